"""Los Angeles' police areas, premises and streets.

Areas: centres and spreads in degrees, tilts and descent of victims, tabulated from the rows of January to March 2023,
February 2024 and a part of 2020 in "Crime Data from 2020 to Present" (data.lacity.org, 2nrs-mtv8) and rounded; weights
adjusted by hand where that part of 2020 holds too much of an area. Premise codes: the more frequent ones of the same.
Opening hours are approximations.
"""

from __future__ import annotations

from crime_spark.sample.place import Area

# Tilts follow the order of los_angeles_patterns.PATTERNS.
AREAS = (
    Area("01", 65, 34.047, -118.251, 0.007, 0.010, 48, "11 5 6 4 11 13 14 14 15 11 8 16 11 7", "Central"),
    Area("02", 46, 34.061, -118.275, 0.012, 0.010, 48, "14 7 11 8 14 14 12 11 9 9 7 14 11 10", "Rampart"),
    Area("03", 56, 34.021, -118.311, 0.010, 0.027, 48, "9 6 11 10 12 11 8 11 12 7 11 7 10 14", "Southwest"),
    Area("04", 38, 34.052, -118.206, 0.024, 0.017, 48, "12 9 12 9 11 7 3 10 8 10 10 6 13 13", "Hollenbeck"),
    Area("05", 48, 33.776, -118.290, 0.038, 0.018, 48, "10 9 15 9 8 6 5 9 9 9 10 6 12 14", "Harbor"),
    Area("06", 50, 34.100, -118.328, 0.006, 0.016, 48, "10 8 9 7 10 11 8 12 15 10 11 16 10 8", "Hollywood"),
    Area("07", 51, 34.065, -118.352, 0.016, 0.018, 48, "7 12 5 8 8 9 27 9 11 10 10 15 9 8", "Wilshire"),
    Area("08", 48, 34.049, -118.441, 0.012, 0.035, 48, "3 14 6 11 4 11 22 7 12 12 11 9 11 8", "West LA"),
    Area("09", 44, 34.183, -118.449, 0.021, 0.016, 48, "7 13 11 10 7 7 16 9 8 11 8 7 10 10", "Van Nuys"),
    Area("10", 43, 34.190, -118.525, 0.021, 0.028, 48, "9 15 10 11 6 11 5 8 8 12 12 11 10 8", "West Valley"),
    Area("11", 45, 34.107, -118.248, 0.018, 0.039, 48, "6 10 8 8 8 10 9 7 11 15 10 10 10 9", "Northeast"),
    Area("12", 60, 33.977, -118.296, 0.013, 0.021, 48, "17 6 15 15 18 9 3 11 7 6 12 5 8 11", "77th Street"),
    Area("13", 47, 34.009, -118.262, 0.017, 0.013, 48, "15 9 11 12 16 9 6 11 8 7 6 9 8 13", "Newton"),
    Area("14", 48, 33.987, -118.420, 0.031, 0.033, 48, "5 15 6 8 6 9 3 7 16 14 8 8 8 12", "Pacific"),
    Area("15", 47, 34.170, -118.383, 0.023, 0.018, 48, "7 13 6 9 8 7 8 9 10 13 13 17 12 8", "N Hollywood"),
    Area("16", 28, 34.252, -118.395, 0.025, 0.047, 48, "9 12 12 13 6 16 4 9 7 9 13 9 11 11", "Foothill"),
    Area("17", 38, 34.247, -118.536, 0.020, 0.040, 48, "6 18 9 14 6 8 15 9 9 11 11 10 8 7", "Devonshire"),
    Area("18", 52, 33.941, -118.269, 0.013, 0.018, 48, "17 5 14 19 16 8 3 10 5 5 12 7 9 12", "Southeast"),
    Area("19", 35, 34.238, -118.452, 0.036, 0.016, 48, "10 6 16 15 8 14 8 9 7 9 9 10 8 11", "Mission"),
    Area("20", 43, 34.060, -118.300, 0.012, 0.010, 48, "13 14 10 6 11 10 3 12 9 10 8 7 10 11", "Olympic"),
    Area("21", 36, 34.190, -118.602, 0.019, 0.021, 48, "7 14 11 12 8 10 23 8 9 10 11 8 8 7", "Topanga"),
)

# Percent of victims by descent group, an area a line, in the order of AREAS: Hispanic, White, Black, other, Asian.
DESCENT_BY_AREA = (
    (35, 24, 23, 10, 9),
    (53, 20, 15, 6, 5),
    (37, 14, 39, 5, 5),
    (74, 12, 6, 3, 4),
    (52, 21, 13, 9, 4),
    (25, 40, 18, 12, 5),
    (24, 40, 18, 11, 7),
    (13, 49, 8, 19, 10),
    (39, 36, 8, 13, 4),
    (30, 38, 7, 20, 5),
    (41, 38, 6, 8, 7),
    (44, 4, 48, 3, 1),
    (61, 13, 20, 3, 3),
    (20, 47, 14, 13, 6),
    (29, 39, 9, 19, 3),
    (61, 21, 5, 12, 2),
    (35, 33, 9, 16, 7),
    (53, 3, 41, 2, 1),
    (68, 13, 6, 11, 3),
    (46, 13, 14, 10, 17),
    (29, 44, 10, 13, 4),
)

PREMISES = {
    "101": "STREET", "102": "SIDEWALK", "103": "ALLEY", "104": "DRIVEWAY", "108": "PARKING LOT",
    "109": "PARK/PLAYGROUND", "116": "OTHER/OUTSIDE", "118": "CONSTRUCTION SITE", "119": "PORCH, RESIDENTIAL",
    "121": "YARD (RESIDENTIAL/BUSINESS)", "122": "VEHICLE, PASSENGER/TRUCK", "123": "PARKING UNDERGROUND/BUILDING",
    "124": "BUS STOP", "202": "LIQUOR STORE", "203": "OTHER BUSINESS", "207": "BAR/COCKTAIL/NIGHTCLUB",
    "210": "RESTAURANT/FAST FOOD", "212": "TRANSPORTATION FACILITY (AIRPORT)", "213": "WAREHOUSE",
    "221": "PUBLIC STORAGE", "222": "LAUNDROMAT", "242": "DISCOUNT STORE (99 CENT,DOLLAR,ETC.",
    "243": "DIY CENTER (LOWE'S,HOME DEPOT,OSH,CONTRACTORS WAREHOUSE)",
    "252": "COFFEE SHOP (STARBUCKS, COFFEE BEAN, PEET'S, ETC.)", "301": "GAS STATION", "401": "MINI-MART",
    "402": "MARKET", "403": "DRUG STORE", "404": "DEPARTMENT STORE", "405": "CLOTHING STORE", "406": "OTHER STORE",
    "415": "THE GROVE", "501": "SINGLE FAMILY DWELLING", "502": "MULTI-UNIT DWELLING (APARTMENT, DUPLEX, ETC)",
    "503": "HOTEL", "504": "OTHER RESIDENCE", "505": "MOTEL", "506": "ABANDONED BUILDING ABANDONED HOUSE",
    "507": "CONDOMINIUM/TOWNHOUSE", "510": "NURSING/CONVALESCENT/RETIREMENT HOME", "517": "MISSIONS/SHELTERS",
    "602": "BANK", "605": "AUTOMATED TELLER MACHINE (ATM)", "701": "HOSPITAL", "702": "OFFICE BUILDING/OFFICE",
    "704": "ELEMENTARY SCHOOL", "707": "GARAGE/CARPORT", "708": "CHURCH/CHAPEL (CHANGED 03-03 FROM CHURCH/TEMPLE)",
    "710": "OTHER PREMISE", "717": "HEALTH SPA/GYM", "719": "MEDICAL/DENTAL OFFICES", "720": "JUNIOR HIGH SCHOOL",
    "721": "HIGH SCHOOL", "722": "COLLEGE/JUNIOR COLLEGE/UNIVERSITY",
    "725": "GOVERNMENT FACILITY (FEDERAL,STATE, COUNTY & CITY)", "726": "POLICE FACILITY",
    "727": "SHOPPING MALL (COMMON AREA)", "735": "NIGHT CLUB (OPEN EVENINGS ONLY)", "738": "LIBRARY",
    "750": "CYBERSPACE", "801": "MTA BUS", "834": "LA UNION STATION (NOT LINE SPECIFIC)",
    "913": "MTA - RED LINE - NORTH HOLLYWOOD",
}  # fmt: skip

# How busy a premise is from midnight, 6, 12 and 18 o'clock; 1 is no effect.
OPENING = {
    "203": (0.9, 1.0, 1.0, 1.0),
    "207": (2.6, 0.1, 0.4, 1.6),
    "210": (1.0, 0.8, 1.0, 1.2),
    "301": (1.5, 0.8, 0.8, 1.2),
    "402": (0.4, 1.0, 1.2, 1.1),
    "404": (0.1, 0.7, 1.3, 1.0),
    "405": (0.2, 0.7, 1.3, 1.0),
    "602": (0.2, 1.4, 1.5, 0.4),
    "702": (0.8, 1.4, 1.2, 0.7),
    "704": (0.5, 1.5, 1.4, 0.3),
    "717": (0.2, 1.3, 1.1, 1.1),
    "720": (0.2, 1.5, 1.5, 0.3),
    "721": (0.3, 1.5, 1.5, 0.4),
    "735": (3.0, 0.1, 0.2, 1.5),
}

CITY_LIMITS = (33.705, 34.335, -118.665, -118.157)  # south, north, west, east

# Street and its suffix; an empty suffix as in BROADWAY.
STREETS = (
    ("FIGUEROA", "ST"), ("VERMONT", "AV"), ("BROADWAY", ""), ("VENTURA", "BL"), ("SUNSET", "BL"), ("WESTERN", "AV"),
    ("WILSHIRE", "BL"), ("SEPULVEDA", "BL"), ("HOLLYWOOD", "BL"), ("SANTA MONICA", "BL"), ("SHERMAN", "WY"),
    ("MAIN", "ST"), ("VAN NUYS", "BL"), ("VICTORY", "BL"), ("OLYMPIC", "BL"), ("PICO", "BL"), ("LA BREA", "AV"),
    ("VANOWEN", "ST"), ("BEVERLY", "BL"), ("SAN PEDRO", "ST"), ("LANKERSHIM", "BL"), ("CENTRAL", "AV"), ("GRAND", "AV"),
    ("CRENSHAW", "BL"), ("WASHINGTON", "BL"), ("AVALON", "BL"), ("VENICE", "BL"), ("LA CIENEGA", "BL"), ("HILL", "ST"),
    ("NORMANDIE", "AV"), ("HOOVER", "ST"), ("RESEDA", "BL"), ("ALAMEDA", "ST"), ("ROSCOE", "BL"), ("SPRING", "ST"),
    ("ALVARADO", "ST"), ("SATICOY", "ST"), ("BALBOA", "BL"), ("CENTURY", "BL"), ("MANCHESTER", "AV"), ("ADAMS", "BL"),
    ("SLAUSON", "AV"), ("PACIFIC COAST", "HY"), ("MARTIN LUTHER KING JR", "BL"), ("MAGNOLIA", "BL"), ("TAMPA", "AV"),
    ("MELROSE", "AV"), ("AVENUE 26", ""), ("3RD", "ST"), ("5TH", "ST"), ("6TH", "ST"), ("7TH", "ST"), ("8TH", "ST"),
    ("39TH", "PL"), ("54TH", "ST"), ("83RD", "ST"),
)  # fmt: skip
