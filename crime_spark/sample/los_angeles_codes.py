"""Los Angeles' offense, weapon, status and descent codes, and who the victims are.

Codes and descriptions: the more frequent ones in "Crime Data from 2020 to Present" (data.lacity.org, 2nrs-mtv8), where
the portal also explains descent and status. Weights and shares: tabulated from its rows of January to March 2023,
February 2024 and a part of 2020, and rounded; the descent tilts follow the same table loosely.
"""

from __future__ import annotations

from typing import NamedTuple


class Offense(NamedTuple):
    """A crime code; part is 1 for serious, 2 for less serious; weight is its share of all incidents in per mille.

    The rest are shares of its own: no_victim, reports without victim columns; unknown, victims of unknown sex (mostly
    companies); female, women among the others; age, the victims' median age; weapon, a key of WEAPONS; cleared, reports
    whose status is no longer "continuing".
    """

    code: str
    description: str
    part: str
    pattern: str
    weight: float
    no_victim: float
    unknown: float
    female: float
    age: float
    weapon: str
    cleared: float


OFFENSES = (
    Offense("110", "CRIMINAL HOMICIDE", "1", "armed_assault", 1.2, 0.01, 0, 0.2, 35, "arms", 0.45),
    Offense("121", "RAPE, FORCIBLE", "1", "sexual", 2.9, 0, 0, 0.99, 25, "force", 0.21),
    Offense("210", "ROBBERY", "1", "robbery", 31.2, 0.01, 0.2, 0.3, 34, "robbery", 0.24),
    Offense("220", "ATTEMPTED ROBBERY", "1", "robbery", 4.7, 0, 0.11, 0.27, 34, "robbery", 0.27),
    Offense("230", "ASSAULT WITH DEADLY WEAPON, AGGRAVATED ASSAULT", "1", "armed_assault", 50.3, 0, 0.02, 0.26, 36,
            "arms", 0.3),
    Offense("236", "INTIMATE PARTNER - AGGRAVATED ASSAULT", "1", "domestic", 11.6, 0, 0, 0.78, 32, "arms", 0.6),
    Offense("237", "CHILD NEGLECT (SEE 300 W.I.C.)", "2", "domestic", 1.3, 0, 0.01, 0.46, 7, "sometimes", 0.44),
    Offense("251", "SHOTS FIRED AT INHABITED DWELLING", "1", "armed_assault", 1.9, 0, 0.08, 0.49, 40, "guns", 0.04),
    Offense("310", "BURGLARY", "1", "burglary", 59.5, 0, 0.24, 0.36, 46, "sometimes", 0.07),
    Offense("320", "BURGLARY, ATTEMPTED", "1", "burglary", 4.1, 0, 0.22, 0.47, 50, "sometimes", 0.09),
    Offense("330", "BURGLARY FROM VEHICLE", "1", "theft_from_vehicle", 58.5, 0, 0.02, 0.42, 35, "rarely", 0.02),
    Offense("331", "THEFT FROM MOTOR VEHICLE - GRAND ($950.01 AND OVER)", "1", "theft_from_vehicle", 85.9, 0, 0.04,
            0.38, 40, "none", 0.02),
    Offense("341", "THEFT-GRAND ($950.01 & OVER)EXCPT,GUNS,FOWL,LIVESTK,PROD", "1", "theft", 32.1, 0.02, 0.16, 0.43,
            37, "rarely", 0.05),
    Offense("343", "SHOPLIFTING-GRAND THEFT ($950.01 & OVER)", "1", "shoplifting", 6.9, 0, 0.61, 0.09, 29, "rarely",
            0.18),
    Offense("350", "THEFT, PERSON", "1", "theft", 4.4, 0.01, 0.02, 0.58, 38, "sometimes", 0.08),
    Offense("352", "PICKPOCKET", "1", "theft", 4.5, 0.02, 0.01, 0.73, 28, "none", 0),
    Offense("354", "THEFT OF IDENTITY", "2", "fraud", 65.8, 0, 0.01, 0.68, 37, "none", 0.01),
    Offense("410", "BURGLARY FROM VEHICLE, ATTEMPTED", "1", "theft_from_vehicle", 0.9, 0, 0.1, 0.48, 34, "rarely",
            0.07),
    Offense("420", "THEFT FROM MOTOR VEHICLE - PETTY ($950 & UNDER)", "1", "theft_from_vehicle", 35.5, 0.64, 0.01,
            0.42, 39, "none", 0.01),
    Offense("437", "RESISTING ARREST", "2", "trespass", 1, 0, 0.35, 0.11, 26, "force", 0.56),
    Offense("440", "THEFT PLAIN - PETTY ($950 & UNDER)", "1", "theft", 44.1, 0, 0.11, 0.49, 36, "rarely", 0.04),
    Offense("442", "SHOPLIFTING - PETTY THEFT ($950 & UNDER)", "1", "shoplifting", 37, 0, 0.62, 0.13, 25, "none", 0.11),
    Offense("480", "BIKE - STOLEN", "1", "vehicle_theft", 5.6, 0, 0.03, 0.28, 31, "none", 0.01),
    Offense("510", "VEHICLE - STOLEN", "1", "vehicle_theft", 102.7, 0.99, 0, 0.27, 46, "none", 0.05),
    Offense("520", "VEHICLE - ATTEMPT STOLEN", "1", "vehicle_theft", 4.5, 0, 0.06, 0.44, 41, "rarely", 0.05),
    Offense("522", "VEHICLE, STOLEN - OTHER (MOTORIZED SCOOTERS, BIKES, ETC)", "1", "vehicle_theft", 3.4, 0.98, 0,
            0.2, 32, "none", 0.01),
    Offense("623", "BATTERY POLICE (SIMPLE)", "2", "simple_assault", 2.6, 0, 0.51, 0.16, 30, "force", 0.39),
    Offense("624", "BATTERY - SIMPLE ASSAULT", "2", "simple_assault", 75.3, 0, 0.01, 0.47, 38, "force", 0.2),
    Offense("625", "OTHER ASSAULT", "2", "simple_assault", 4.2, 0, 0.01, 0.48, 38, "force", 0.15),
    Offense("626", "INTIMATE PARTNER - SIMPLE ASSAULT", "2", "domestic", 42.7, 0, 0, 0.75, 33, "force", 0.4),
    Offense("627", "CHILD ABUSE (PHYSICAL) - SIMPLE ASSAULT", "2", "domestic", 3.6, 0, 0, 0.53, 12, "force", 0.36),
    Offense("648", "ARSON", "1", "vandalism", 1.7, 0, 0.31, 0.24, 43, "sometimes", 0.06),
    Offense("649", "DOCUMENT FORGERY / STOLEN FELONY", "2", "fraud", 2.2, 0, 0.14, 0.56, 56, "none", 0.03),
    Offense("662", "BUNCO, GRAND THEFT", "2", "fraud", 6.4, 0, 0.06, 0.53, 46, "none", 0.01),
    Offense("664", "BUNCO, PETTY THEFT", "2", "fraud", 2.1, 0.02, 0.07, 0.48, 35, "rarely", 0.01),
    Offense("668", "EMBEZZLEMENT, GRAND THEFT ($950.01 & OVER)", "2", "fraud", 2.2, 0.61, 0.23, 0.16, 30, "none", 0.14),
    Offense("740", "VANDALISM - FELONY ($400 & OVER, ALL CHURCH VANDALISMS)", "2", "vandalism", 53.9, 0, 0.2, 0.44,
            39, "sometimes", 0.13),
    Offense("745", "VANDALISM - MISDEAMEANOR ($399 OR UNDER)", "2", "vandalism", 21.4, 0, 0.16, 0.48, 40,
            "sometimes", 0.1),
    Offense("753", "DISCHARGE FIREARMS/SHOTS FIRED", "2", "armed_assault", 2.8, 0.01, 0.67, 0.12, 30, "guns", 0.1),
    Offense("761", "BRANDISH WEAPON", "1", "armed_assault", 14.7, 0, 0.01, 0.3, 35, "arms", 0.27),
    Offense("762", "LEWD CONDUCT", "2", "sexual", 0.7, 0, 0.12, 0.87, 31, "rarely", 0.06),
    Offense("812", "CRM AGNST CHLD (13 OR UNDER) (14-15 & SUSP 10 YRS OLDER)", "2", "sexual", 1, 0, 0, 0.85, 12,
            "force", 0.31),
    Offense("813", "CHILD ANNOYING (17YRS & UNDER)", "2", "sexual", 0.9, 0, 0, 0.77, 14, "sometimes", 0.15),
    Offense("815", "SEXUAL PENETRATION W/FOREIGN OBJECT", "1", "sexual", 1.1, 0, 0, 0.91, 30, "force", 0.09),
    Offense("845", "SEX OFFENDER REGISTRANT OUT OF COMPLIANCE", "2", "trespass", 0.5, 0, 0.81, 0.14, 36, "none", 0.42),
    Offense("850", "INDECENT EXPOSURE", "2", "sexual", 1.4, 0, 0.01, 0.86, 36, "sometimes", 0.14),
    Offense("860", "BATTERY WITH SEXUAL CONTACT", "2", "sexual", 3.6, 0, 0, 0.92, 28, "force", 0.15),
    Offense("886", "DISTURBING THE PEACE", "2", "threats", 1.6, 0.01, 0.04, 0.55, 42, "sometimes", 0.21),
    Offense("888", "TRESPASSING", "2", "trespass", 17, 0.01, 0.39, 0.42, 44, "rarely", 0.14),
    Offense("890", "FAILURE TO YIELD", "2", "trespass", 1.7, 0.01, 0.76, 0.11, 22, "rarely", 0.25),
    Offense("900", "VIOLATION OF COURT ORDER", "2", "domestic", 5.9, 0, 0, 0.7, 39, "rarely", 0.26),
    Offense("901", "VIOLATION OF RESTRAINING ORDER", "2", "domestic", 11.1, 0, 0.01, 0.74, 41, "rarely", 0.28),
    Offense("902", "VIOLATION OF TEMPORARY RESTRAINING ORDER", "2", "domestic", 0.9, 0.02, 0.03, 0.86, 44, "rarely",
            0.28),
    Offense("903", "CONTEMPT OF COURT", "2", "threats", 2.2, 0.01, 0.01, 0.73, 40, "sometimes", 0.32),
    Offense("910", "KIDNAPPING", "2", "trespass", 0.9, 0, 0.05, 0.73, 27, "force", 0.31),
    Offense("930", "CRIMINAL THREATS - NO WEAPON DISPLAYED", "2", "threats", 21.6, 0, 0.03, 0.53, 38, "verbal", 0.32),
    Offense("940", "EXTORTION", "2", "fraud", 2.5, 0.01, 0.01, 0.25, 30, "sometimes", 0.03),
    Offense("946", "OTHER MISCELLANEOUS CRIME", "2", "threats", 7.5, 0, 0.28, 0.44, 38, "sometimes", 0.15),
    Offense("951", "DEFRAUDING INNKEEPER/THEFT OF SERVICES, $950 & UNDER", "2", "fraud", 1.2, 0, 0.58, 0.14, 42,
            "rarely", 0.08),
    Offense("956", "LETTERS, LEWD  -  TELEPHONE CALLS, LEWD", "2", "threats", 6.2, 0, 0.05, 0.66, 36, "rarely", 0.15),
)  # fmt: skip

# Key of Offense.weapon -> weapon code -> share; blank is no weapon.
WEAPONS: dict[str, dict[str, float]] = {
    "none": {"": 0.995, "500": 0.003, "400": 0.002},
    "rarely": {"": 0.96, "500": 0.025, "400": 0.015},
    "sometimes": {"": 0.86, "500": 0.08, "400": 0.04, "306": 0.01, "511": 0.01},
    "force": {"400": 0.88, "500": 0.09, "306": 0.005, "308": 0.005, "511": 0.01, "302": 0.01},
    "verbal": {"511": 0.84, "400": 0.04, "500": 0.04, "515": 0.03, "113": 0.02, "102": 0.02, "207": 0.01},
    "robbery": {"400": 0.45, "102": 0.16, "109": 0.07, "511": 0.06, "500": 0.05, "200": 0.04, "113": 0.04, "207": 0.03,
                "106": 0.03, "512": 0.02, "101": 0.02, "204": 0.02, "": 0.01},
    "arms": {"102": 0.2, "400": 0.11, "500": 0.11, "106": 0.07, "207": 0.07, "200": 0.07, "109": 0.06, "512": 0.04,
             "307": 0.04, "204": 0.03, "205": 0.03, "308": 0.03, "312": 0.03, "212": 0.03, "304": 0.03, "201": 0.03,
             "215": 0.02},
    "guns": {"106": 0.5, "102": 0.25, "109": 0.15, "101": 0.05, "107": 0.05},
}  # fmt: skip
WEAPON_NAMES = {
    "": "", "101": "REVOLVER", "102": "HAND GUN", "106": "UNKNOWN FIREARM", "107": "OTHER FIREARM",
    "109": "SEMI-AUTOMATIC PISTOL", "113": "SIMULATED GUN", "200": "KNIFE WITH BLADE 6INCHES OR LESS",
    "201": "KNIFE WITH BLADE OVER 6 INCHES IN LENGTH", "204": "FOLDING KNIFE", "205": "KITCHEN KNIFE",
    "207": "OTHER KNIFE", "212": "BOTTLE", "215": "MACHETE", "302": "BLUNT INSTRUMENT", "304": "CLUB/BAT",
    "306": "ROCK/THROWN OBJECT", "307": "VEHICLE", "308": "STICK", "312": "PIPE/METAL PIPE",
    "400": "STRONG-ARM (HANDS, FIST, FEET OR BODILY FORCE)", "500": "UNKNOWN WEAPON/OTHER WEAPON",
    "511": "VERBAL THREAT", "512": "MACE/PEPPER SPRAY", "515": "PHYSICAL PRESENCE",
}  # fmt: skip

STATUSES = {
    "IC": "Invest Cont", "AA": "Adult Arrest", "AO": "Adult Other", "JA": "Juv Arrest", "JO": "Juv Other", "CC": "UNK",
}  # fmt: skip
# Of the cleared reports.
CLEARED_AS = {"AO": 0.49, "AA": 0.46, "JA": 0.025, "JO": 0.02, "CC": 0.005}

# Pattern -> seven codes of modus operandi (seven, a prime: stepping through them by any stride repeats none).
MO_CODES = {
    "armed_assault": "1822 0334 0913 0416 0400 1309 1100",
    "burglary": "0344 1822 1609 0321 0329 0358 1607",
    "domestic": "2000 0913 1814 0416 0400 1813 0444",
    "fraud": "1822 0100 0922 0930 0929 0377 1501",
    "robbery": "1822 0344 0416 0334 0400 0342 0432",
    "sexual": "0913 1822 0522 0500 0400 0527 1415",
    "shoplifting": "0325 1822 0344 0104 0352 0378 2028",
    "simple_assault": "0416 1822 0913 0400 0444 0446 0429",
    "theft": "0344 1822 0394 2032 0325 0352 0377",
    "theft_from_vehicle": "0344 1822 1300 0385 1609 1307 0358",
    "threats": "0913 0421 1822 0443 0432 1906 1501",
    "trespass": "1501 1822 2004 0910 1402 0913 1202",
    "vandalism": "0329 1822 1300 1307 0913 0311 1609",
    "vehicle_theft": "0344 1822 0329 1300 1307 0397 1251",
}

# Descent groups: Hispanic, White, Black, other, Asian -> the codes in each, with their shares.
DESCENT_CODES = (
    {"H": 1.0},
    {"W": 1.0},
    {"B": 1.0},
    {"O": 0.975, "I": 0.017, "P": 0.004, "U": 0.002, "S": 0.001, "G": 0.001},
    {"A": 0.57, "F": 0.12, "K": 0.12, "C": 0.11, "J": 0.045, "V": 0.02, "Z": 0.009, "L": 0.004, "D": 0.002},
)
# Pattern -> how much more often a group is the victim, in the same order; 1 where a pattern is missing.
DESCENT_TILT = {
    "armed_assault": (1.3, 0.6, 1.4, 0.6, 0.4),
    "burglary": (0.6, 1.4, 0.7, 2.0, 1.6),
    "domestic": (1.3, 0.6, 1.4, 0.5, 0.4),
    "fraud": (1.0, 0.9, 1.5, 0.9, 1.0),
    "robbery": (1.4, 0.6, 1.0, 0.8, 0.8),
    "sexual": (1.3, 0.9, 1.0, 0.5, 0.6),
    "shoplifting": (0.9, 1.3, 0.4, 2.0, 0.5),
    "simple_assault": (1.3, 0.8, 1.2, 0.7, 0.6),
    "theft": (0.8, 1.2, 1.0, 1.2, 1.8),
    "theft_from_vehicle": (0.9, 1.3, 0.7, 1.0, 1.6),
    "trespass": (0.7, 1.3, 0.8, 2.0, 0.6),
}
