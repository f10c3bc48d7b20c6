"""Chicago's offense codes.

Codes, descriptions and FBI codes: the more frequent ones in "Crimes - 2001 to Present" (data.cityofchicago.org,
ijzp-q8t2), where the portal also explains them. Weights and rates: tabulated from its rows of 2015 and rounded.
RECLASSIFIED is invented.
"""

from __future__ import annotations

from typing import NamedTuple


class Offense(NamedTuple):
    """An IUCR code; weight is its share of all incidents in per mille, arrest and domestic are shares of its own."""

    iucr: str
    primary_type: str
    description: str
    fbi_code: str
    pattern: str
    weight: float
    arrest: float
    domestic: float


OFFENSES = (
    Offense("0110", "HOMICIDE", "FIRST DEGREE MURDER", "01A", "armed_violence", 1.9, 0.36, 0.07),
    Offense("0281", "CRIM SEXUAL ASSAULT", "NON-AGGRAVATED", "02", "sexual", 3.2, 0.07, 0.14),
    Offense("0313", "ROBBERY", "ARMED: OTHER DANGEROUS WEAPON", "03", "robbery", 1.8, 0.09, 0.02),
    Offense("031A", "ROBBERY", "ARMED: HANDGUN", "03", "robbery", 14.1, 0.06, 0.01),
    Offense("0320", "ROBBERY", "STRONGARM - NO WEAPON", "03", "robbery", 12.5, 0.11, 0.04),
    Offense("0330", "ROBBERY", "AGGRAVATED", "03", "robbery", 1.9, 0.16, 0),
    Offense("041A", "BATTERY", "AGGRAVATED: HANDGUN", "04B", "armed_violence", 7.1, 0.06, 0),
    Offense("0420", "BATTERY", "AGGRAVATED:KNIFE/CUTTING INSTR", "04B", "armed_violence", 3.3, 0.22, 0.07),
    Offense("0430", "BATTERY", "AGGRAVATED: OTHER DANG WEAPON", "04B", "armed_violence", 7, 0.16, 0.05),
    Offense("0454", "BATTERY", "AGG PO HANDS NO/MIN INJURY", "08B", "simple_assault", 2.7, 0.93, 0.06),
    Offense("0460", "BATTERY", "SIMPLE", "08B", "simple_assault", 59.6, 0.21, 0.03),
    Offense("0470", "PUBLIC PEACE VIOLATION", "RECKLESS CONDUCT", "24", "enforcement", 7.1, 0.89, 0.01),
    Offense("0484", "BATTERY", "PRO EMP HANDS NO/MIN INJURY", "08B", "simple_assault", 2.7, 0.43, 0),
    Offense("0486", "BATTERY", "DOMESTIC BATTERY SIMPLE", "08B", "domestic", 93.3, 0.24, 0.89),
    Offense("0496", "BATTERY", "AGGRAVATED DOMESTIC BATTERY: KNIFE/CUTTING INST", "04B", "domestic", 2.6, 0.38, 0.83),
    Offense("0497", "BATTERY", "AGGRAVATED DOMESTIC BATTERY: OTHER DANG WEAPON", "04B", "domestic", 3.9, 0.25, 0.88),
    Offense("051A", "ASSAULT", "AGGRAVATED: HANDGUN", "04A", "armed_violence", 7.5, 0.24, 0.2),
    Offense("0520", "ASSAULT", "AGGRAVATED:KNIFE/CUTTING INSTR", "04A", "armed_violence", 4.6, 0.36, 0.43),
    Offense("0530", "ASSAULT", "AGGRAVATED: OTHER DANG WEAPON", "04A", "armed_violence", 3.6, 0.29, 0.28),
    Offense("0545", "ASSAULT", "PRO EMP HANDS NO/MIN INJURY", "08A", "simple_assault", 2.2, 0.39, 0),
    Offense("0560", "ASSAULT", "SIMPLE", "08A", "simple_assault", 43.9, 0.18, 0.28),
    Offense("0580", "STALKING", "SIMPLE", "08A", "simple_assault", 0.4, 0.17, 0.5),
    Offense("0610", "BURGLARY", "FORCIBLE ENTRY", "05", "burglary", 31.3, 0.05, 0),
    Offense("0620", "BURGLARY", "UNLAWFUL ENTRY", "05", "burglary", 15.7, 0.06, 0.01),
    Offense("0630", "BURGLARY", "ATTEMPT FORCIBLE ENTRY", "05", "burglary", 2, 0.1, 0),
    Offense("0810", "THEFT", "OVER $500", "06", "theft", 48.1, 0.04, 0.03),
    Offense("0820", "THEFT", "$500 AND UNDER", "06", "theft", 93.5, 0.04, 0.06),
    Offense("0860", "THEFT", "RETAIL THEFT", "06", "retail_theft", 32, 0.58, 0),
    Offense("0870", "THEFT", "POCKET-PICKING", "06", "building_theft", 6.3, 0.02, 0),
    Offense("0880", "THEFT", "PURSE-SNATCHING", "06", "building_theft", 2.4, 0.02, 0.02),
    Offense("0890", "THEFT", "FROM BUILDING", "06", "building_theft", 33.3, 0.02, 0.02),
    Offense("0910", "MOTOR VEHICLE THEFT", "AUTOMOBILE", "07", "vehicle_theft", 32, 0.09, 0.01),
    Offense("0920", "MOTOR VEHICLE THEFT", "ATT: AUTOMOBILE", "07", "vehicle_theft", 1.8, 0.05, 0),
    Offense("0930", "MOTOR VEHICLE THEFT", "THEFT/RECOVERY: AUTOMOBILE", "07", "vehicle_theft", 2.4, 0.26, 0.02),
    Offense("1020", "ARSON", "BY FIRE", "09", "damage", 1.2, 0.07, 0.02),
    Offense("1055", "HUMAN TRAFFICKING", "INVOLUNTARY SERVITUDE", "26", "threats", 0.1, 0.01, 0),
    Offense("1120", "DECEPTIVE PRACTICE", "FORGERY", "10", "fraud", 1.7, 0.08, 0.04),
    Offense("1121", "DECEPTIVE PRACTICE", "COUNTERFEITING DOCUMENT", "10", "fraud", 2.5, 0.1, 0),
    Offense("1122", "DECEPTIVE PRACTICE", "COUNTERFEIT CHECK", "10", "fraud", 1.7, 0.17, 0.01),
    Offense("1130", "DECEPTIVE PRACTICE", "FRAUD OR CONFIDENCE GAME", "11", "fraud", 5.5, 0.03, 0.01),
    Offense("1150", "DECEPTIVE PRACTICE", "CREDIT CARD FRAUD", "11", "fraud", 11.3, 0.03, 0.01),
    Offense("1152", "DECEPTIVE PRACTICE", "ILLEGAL USE CASH CARD", "11", "fraud", 4.1, 0.01, 0.02),
    Offense("1153", "DECEPTIVE PRACTICE", "FINANCIAL IDENTITY THEFT OVER $ 300", "11", "fraud", 17.4, 0.01, 0.01),
    Offense("1154", "DECEPTIVE PRACTICE", "FINANCIAL IDENTITY THEFT $300 AND UNDER", "11", "fraud", 5.8, 0.01, 0.01),
    Offense("1156", "DECEPTIVE PRACTICE", "ATTEMPT - FINANCIAL IDENTITY THEFT", "11", "fraud", 2, 0.01, 0),
    Offense("1210", "DECEPTIVE PRACTICE", "THEFT OF LABOR/SERVICES", "11", "fraud", 2.9, 0.37, 0),
    Offense("1305", "CRIMINAL DAMAGE", "CRIMINAL DEFACEMENT", "14", "damage", 3.8, 0.15, 0),
    Offense("1310", "CRIMINAL DAMAGE", "TO PROPERTY", "14", "damage", 50.4, 0.08, 0.14),
    Offense("1320", "CRIMINAL DAMAGE", "TO VEHICLE", "14", "damage", 51.7, 0.04, 0.08),
    Offense("1330", "CRIMINAL TRESPASS", "TO LAND", "26", "trespass", 14.3, 0.8, 0.02),
    Offense("1345", "CRIMINAL DAMAGE", "TO CITY OF CHICAGO PROPERTY", "14", "damage", 2.1, 0.23, 0),
    Offense("1350", "CRIMINAL TRESPASS", "TO STATE SUP LAND", "26", "trespass", 2.9, 0.88, 0),
    Offense("1360", "CRIMINAL TRESPASS", "TO VEHICLE", "26", "trespass", 2.5, 0.38, 0.02),
    Offense("1365", "CRIMINAL TRESPASS", "TO RESIDENCE", "26", "trespass", 4.5, 0.38, 0.16),
    Offense("143A", "WEAPONS VIOLATION", "UNLAWFUL POSS OF HANDGUN", "15", "enforcement", 9.2, 0.86, 0),
    Offense("1479", "CONCEALED CARRY LICENSE VIOLATION", "OTHER", "15", "enforcement", 0.1, 0.99, 0),
    Offense("1506", "PROSTITUTION", "SOLICIT ON PUBLIC WAY", "16", "enforcement", 3.5, 0.99, 0),
    Offense("1536", "PUBLIC INDECENCY", "LICENSED PREMISE", "17", "enforcement", 0.1, 0.99, 0),
    Offense("1540", "OBSCENITY", "OBSCENE MATTER", "17", "enforcement", 0.1, 0.99, 0.32),
    Offense("1563", "SEX OFFENSE", "CRIMINAL SEXUAL ABUSE", "17", "sexual", 1.4, 0.16, 0.12),
    Offense("1661", "GAMBLING", "GAME/DICE", "19", "enforcement", 1.1, 0.99, 0),
    Offense("1750", "OFFENSE INVOLVING CHILDREN", "CHILD ABUSE", "20", "domestic", 2.7, 0.19, 0.58),
    Offense("1780", "OFFENSE INVOLVING CHILDREN", "OTHER OFFENSE", "26", "threats", 2, 0.01, 0.64),
    Offense("1792", "KIDNAPPING", "CHILD ABDUCTION/STRANGER", "20", "threats", 0.3, 0.1, 0.01),
    Offense("1811", "NARCOTICS", "POSS: CANNABIS 30GMS OR LESS", "18", "enforcement", 37.5, 0.99, 0),
    Offense("1812", "NARCOTICS", "POSS: CANNABIS MORE THAN 30GMS", "18", "enforcement", 3, 0.99, 0),
    Offense("1821", "NARCOTICS", "MANU/DEL:CANNABIS 10GM OR LESS", "18", "enforcement", 2.6, 0.99, 0),
    Offense("2014", "NARCOTICS", "MANU/DELIVER: HEROIN (WHITE)", "18", "enforcement", 5.4, 0.99, 0),
    Offense("2017", "NARCOTICS", "MANU/DELIVER:CRACK", "18", "enforcement", 2.1, 0.99, 0),
    Offense("2022", "NARCOTICS", "POSS: COCAINE", "18", "enforcement", 3.1, 0.99, 0),
    Offense("2024", "NARCOTICS", "POSS: HEROIN(WHITE)", "18", "enforcement", 14.4, 0.99, 0),
    Offense("2027", "NARCOTICS", "POSS: CRACK", "18", "enforcement", 7.9, 0.99, 0),
    Offense("2028", "NARCOTICS", "POSS: SYNTHETIC DRUGS", "18", "enforcement", 1.6, 0.99, 0),
    Offense("2210", "LIQUOR LAW VIOLATION", "SELL/GIVE/DEL LIQUOR TO MINOR", "22", "enforcement", 0.2, 0.99, 0),
    Offense("2250", "LIQUOR LAW VIOLATION", "LIQUOR LICENSE VIOLATION", "22", "enforcement", 0.5, 0.99, 0),
    Offense("2820", "OTHER OFFENSE", "TELEPHONE THREAT", "26", "threats", 16, 0.02, 0.4),
    Offense("2825", "OTHER OFFENSE", "HARASSMENT BY TELEPHONE", "26", "threats", 11.3, 0.02, 0.36),
    Offense("2826", "OTHER OFFENSE", "HARASSMENT BY ELECTRONIC MEANS", "26", "threats", 7.8, 0.03, 0.32),
    Offense("3731", "INTERFERENCE WITH PUBLIC OFFICER", "OBSTRUCTING IDENTIFICATION", "24", "enforcement", 3.1, 0.97,
            0),
    Offense("3960", "INTIMIDATION", "INTIMIDATION", "26", "threats", 0.4, 0.17, 0.09),
    Offense("4387", "OTHER OFFENSE", "VIOLATE ORDER OF PROTECTION", "26", "threats", 5.9, 0.46, 0.85),
    Offense("4625", "OTHER OFFENSE", "PAROLE VIOLATION", "26", "threats", 7.5, 0.99, 0),
    Offense("5002", "OTHER OFFENSE", "OTHER VEHICLE OFFENSE", "26", "threats", 4.1, 0.18, 0.31),
    Offense("5011", "OTHER OFFENSE", "LICENSE VIOLATION", "26", "threats", 2.2, 0.22, 0),
    Offense("502P", "OTHER OFFENSE", "FALSE/STOLEN/ALTERED TRP", "26", "threats", 2.2, 0.52, 0),
    Offense("5093", "NON-CRIMINAL", "LOST PASSPORT", "26", "threats", 0.1, 0.01, 0),
    Offense("5114", "NON - CRIMINAL", "FOID - REVOCATION", "26", "threats", 0.1, 0.2, 0),
)  # fmt: skip

# What detectives reclassify an incident to: IUCR before -> after. Some of them cross the line to a serious offense.
RECLASSIFIED = {"0820": "0810", "0460": "0430", "0486": "0497", "0560": "051A", "0610": "0620", "1320": "1310"}
