"""How Chicago's offenses spread over hours, minutes, seasons and premises.

Hours, minutes and premises: shares in per mille, tabulated by kind of offense from the rows of 2015 in "Crimes -
2001 to Present" (data.cityofchicago.org, ijzp-q8t2) and rounded; peaks at default times are lowered as unknown_time
adds them again. Weekend, summer and unknown_time follow the same table loosely; trend is invented.
"""

from __future__ import annotations

from crime_spark.sample.pattern import Pattern

PATTERNS = (
    Pattern(
        "armed_violence", "51 49 41 34 25 20 13 14 20 27 31 37 40 41 45 54 55 58 58 56 56 58 63 54", 0.17, 0.13,
        {"STREET": 283, "SIDEWALK": 233, "APARTMENT": 103, "RESIDENCE": 83, "ALLEY": 46, "RESIDENCE PORCH/HALLWAY": 31,
         "RESIDENTIAL YARD (FRONT/BACK)": 25, "PARKING LOT/GARAGE(NON.RESID.)": 23, "OTHER": 18, "PARK PROPERTY": 12,
         "VEHICLE NON-COMMERCIAL": 13, "GAS STATION": 12, "RESTAURANT": 9, "BAR OR TAVERN": 8},
        weekend=1.3, summer=0.3, unknown_time=0.01, trend=0.01,
    ),
    Pattern(
        "building_theft", "37 22 19 16 11 11 13 22 37 49 49 51 75 71 73 76 63 63 62 45 39 35 30 25", 0.50, 0.20,
        {"RESTAURANT": 122, "RESIDENCE": 105, "OTHER": 105, "APARTMENT": 99, "BAR OR TAVERN": 47, "SIDEWALK": 43,
         "RESIDENCE PORCH/HALLWAY": 42, "STREET": 37, "SMALL RETAIL STORE": 37, "SCHOOL, PUBLIC, BUILDING": 35,
         "CTA TRAIN": 25, "HOTEL/MOTEL": 24, "DEPARTMENT STORE": 21, "ATHLETIC CLUB": 20, "RESIDENCE-GARAGE": 19,
         "COMMERCIAL / BUSINESS OFFICE": 19},
        elsewhere=90, summer=0.25, unknown_time=0.04,
    ),
    Pattern(
        "burglary", "38 21 22 22 20 26 34 51 61 65 55 46 55 45 50 54 44 49 47 44 38 37 36 30", 0.51, 0.19,
        {"APARTMENT": 342, "RESIDENCE": 320, "RESIDENCE-GARAGE": 157, "OTHER": 32, "SMALL RETAIL STORE": 22,
         "RESTAURANT": 22, "VACANT LOT/LAND": 19, "COMMERCIAL / BUSINESS OFFICE": 11, "ABANDONED BUILDING": 5},
        weekend=0.8, summer=0.2, unknown_time=0.04, trend=-0.02,
    ),
    Pattern(
        "damage", "53 41 34 32 25 22 22 29 35 36 33 32 38 33 36 42 44 50 58 57 61 63 68 54", 0.43, 0.17,
        {"STREET": 366, "RESIDENCE": 170, "APARTMENT": 134, "PARKING LOT/GARAGE(NON.RESID.)": 44,
         "RESIDENCE-GARAGE": 42, "OTHER": 33, "RESIDENTIAL YARD (FRONT/BACK)": 30, "VEHICLE NON-COMMERCIAL": 18,
         "ALLEY": 17, "RESIDENCE PORCH/HALLWAY": 15, "RESTAURANT": 12, "SIDEWALK": 10, "SMALL RETAIL STORE": 10},
        weekend=1.15, summer=0.15, unknown_time=0.03, trend=-0.005,
    ),
    Pattern(
        "domestic", "57 47 43 35 27 21 21 25 33 37 40 43 44 37 38 42 45 46 49 48 54 56 59 55", 0.25, 0.16,
        {"APARTMENT": 394, "RESIDENCE": 306, "STREET": 91, "SIDEWALK": 88, "RESIDENCE PORCH/HALLWAY": 18,
         "VEHICLE NON-COMMERCIAL": 17, "RESIDENTIAL YARD (FRONT/BACK)": 13, "ALLEY": 12, "CHA APARTMENT": 8,
         "PARKING LOT/GARAGE(NON.RESID.)": 10, "OTHER": 6, "HOTEL/MOTEL": 4},
        elsewhere=10, weekend=1.3, summer=0.12, unknown_time=0.02,
    ),
    Pattern(
        "enforcement", "35 20 15 10 4 2 11 10 13 19 44 64 59 56 50 47 45 45 72 98 83 78 69 52", 0.08, 0.06,
        {"STREET": 332, "SIDEWALK": 285, "ALLEY": 60, "RESIDENCE": 42, "VEHICLE NON-COMMERCIAL": 37, "APARTMENT": 36,
         "PARKING LOT/GARAGE(NON.RESID.)": 28, "RESIDENTIAL YARD (FRONT/BACK)": 22, "SCHOOL, PUBLIC, BUILDING": 16,
         "PARK PROPERTY": 16, "RESIDENCE PORCH/HALLWAY": 14, "GAS STATION": 13, "POLICE FACILITY/VEH PARKING LOT": 11,
         "OTHER": 10, "VACANT LOT/LAND": 10, "ABANDONED BUILDING": 6},
        weekend=0.9, summer=0.0, unknown_time=0.0, trend=-0.03,
    ),
    Pattern(
        "fraud", "60 12 11 9 6 6 8 16 55 110 70 45 80 52 53 59 45 39 37 28 25 19 14 12", 0.55, 0.11,
        {"RESIDENCE": 372, "OTHER": 120, "APARTMENT": 115, "STREET": 52, "BANK": 43, "RESTAURANT": 38,
         "SMALL RETAIL STORE": 29, "DEPARTMENT STORE": 27, "CURRENCY EXCHANGE": 22, "GAS STATION": 18,
         "ATM (AUTOMATIC TELLER MACHINE)": 18, "SIDEWALK": 17, "TAXICAB": 11, "GROCERY FOOD STORE": 11},
        elsewhere=55, weekend=0.7, summer=0.0, unknown_time=0.15, firsts=2.5, trend=0.02,
    ),
    Pattern(
        "retail_theft", "8 9 6 6 5 3 7 9 21 27 43 63 73 83 94 94 108 92 85 63 45 26 15 14", 0.14, 0.12,
        {"DEPARTMENT STORE": 336, "SMALL RETAIL STORE": 264, "GROCERY FOOD STORE": 195, "DRUG STORE": 62,
         "CONVENIENCE STORE": 45, "GAS STATION": 36, "OTHER": 31},
        elsewhere=10, weekend=0.86, summer=0.08, unknown_time=0.0,
    ),
    Pattern(
        "robbery", "56 45 46 40 31 28 23 21 20 23 27 34 36 38 38 45 52 48 53 52 58 65 63 62", 0.19, 0.16,
        {"SIDEWALK": 372, "STREET": 246, "ALLEY": 73, "PARKING LOT/GARAGE(NON.RESID.)": 27, "SMALL RETAIL STORE": 26,
         "GAS STATION": 19, "APARTMENT": 19, "RESIDENCE PORCH/HALLWAY": 18, "CTA BUS STOP": 17, "RESIDENCE": 14,
         "RESIDENTIAL YARD (FRONT/BACK)": 15, "OTHER": 15, "PARK PROPERTY": 15, "RESTAURANT": 14,
         "VEHICLE NON-COMMERCIAL": 12, "CONVENIENCE STORE": 10},
        elsewhere=35, summer=0.15, unknown_time=0.01,
    ),
    Pattern(
        "sexual", "100 46 41 39 35 26 20 22 37 34 28 22 38 29 30 41 39 44 39 37 39 38 47 51", 0.46, 0.15,
        {"RESIDENCE": 325, "APARTMENT": 221, "SIDEWALK": 59, "STREET": 49, "ALLEY": 49, "OTHER": 43,
         "VEHICLE NON-COMMERCIAL": 27, "SCHOOL, PUBLIC, BUILDING": 26, "HOTEL/MOTEL": 18, "PARK PROPERTY": 17,
         "HOSPITAL BUILDING/GROUNDS": 13, "NURSING HOME/RETIREMENT HOME": 13, "ABANDONED BUILDING": 10},
        elsewhere=40, weekend=1.1, summer=0.1, unknown_time=0.12, firsts=3.0,
    ),
    Pattern(
        "simple_assault", "33 33 29 25 15 11 11 19 35 38 44 49 53 54 56 73 66 60 57 56 52 49 44 39", 0.24, 0.17,
        {"SIDEWALK": 186, "STREET": 152, "APARTMENT": 112, "RESIDENCE": 106, "SCHOOL, PUBLIC, BUILDING": 67,
         "OTHER": 41, "RESIDENCE PORCH/HALLWAY": 32, "RESTAURANT": 24, "RESIDENTIAL YARD (FRONT/BACK)": 22, "ALLEY": 21,
         "PARKING LOT/GARAGE(NON.RESID.)": 22, "SCHOOL, PUBLIC, GROUNDS": 16, "SMALL RETAIL STORE": 15,
         "BAR OR TAVERN": 14, "PARK PROPERTY": 13, "NURSING HOME/RETIREMENT HOME": 11},
        elsewhere=70, summer=0.15, unknown_time=0.01,
    ),
    Pattern(
        "theft", "44 26 21 19 15 15 19 26 38 49 42 42 54 47 50 56 53 58 63 57 57 53 53 39", 0.52, 0.20,
        {"STREET": 375, "RESIDENCE": 77, "APARTMENT": 68, "PARKING LOT/GARAGE(NON.RESID.)": 65, "SIDEWALK": 52,
         "OTHER": 49, "RESIDENTIAL YARD (FRONT/BACK)": 42, "VEHICLE NON-COMMERCIAL": 38, "RESIDENCE PORCH/HALLWAY": 23,
         "RESTAURANT": 18, "RESIDENCE-GARAGE": 13, "SCHOOL, PUBLIC, BUILDING": 13, "PARK PROPERTY": 12,
         "SMALL RETAIL STORE": 12, "ALLEY": 10, "GAS STATION": 9},
        elsewhere=50, summer=0.2, unknown_time=0.04, trend=0.005,
    ),
    Pattern(
        "threats", "40 21 17 14 10 10 15 24 43 66 60 54 58 49 53 54 51 51 59 57 50 50 43 35", 0.34, 0.11,
        {"RESIDENCE": 350, "STREET": 176, "APARTMENT": 167, "SIDEWALK": 64, "OTHER": 64, "VEHICLE NON-COMMERCIAL": 17,
         "SMALL RETAIL STORE": 15, "ALLEY": 12, "SCHOOL, PUBLIC, BUILDING": 9, "POLICE FACILITY/VEH PARKING LOT": 9,
         "RESTAURANT": 8},
        elsewhere=40, weekend=0.9, summer=0.08, unknown_time=0.05, firsts=1.3,
    ),
    Pattern(
        "trespass", "31 27 25 18 13 12 14 27 32 42 46 51 51 44 56 56 58 61 65 66 58 54 54 40", 0.19, 0.12,
        {"RESIDENCE": 114, "APARTMENT": 98, "STREET": 71, "GAS STATION": 66, "RESTAURANT": 56, "OTHER": 55,
         "RESIDENTIAL YARD (FRONT/BACK)": 54, "RESIDENCE PORCH/HALLWAY": 46, "PARKING LOT/GARAGE(NON.RESID.)": 39,
         "CHA PARKING LOT/GROUNDS": 37, "SMALL RETAIL STORE": 28, "GROCERY FOOD STORE": 22, "CONVENIENCE STORE": 20,
         "HOTEL/MOTEL": 15},
        elsewhere=120, summer=0.05, unknown_time=0.0,
    ),
    Pattern(
        "vehicle_theft", "50 31 26 23 17 19 26 31 36 34 33 28 36 31 34 40 39 51 62 63 70 76 84 56", 0.56, 0.20,
        {"STREET": 764, "PARKING LOT/GARAGE(NON.RESID.)": 67, "RESIDENTIAL YARD (FRONT/BACK)": 27, "OTHER": 26,
         "VEHICLE NON-COMMERCIAL": 19, "ALLEY": 16, "GAS STATION": 14, "RESIDENCE": 13, "RESIDENCE-GARAGE": 10,
         "DRIVEWAY - RESIDENTIAL": 11},
        elsewhere=10, summer=0.12, unknown_time=0.04,
    ),
)  # fmt: skip
