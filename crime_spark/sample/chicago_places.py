"""Chicago's police districts, premises and street grid.

Districts, wards and community areas: number of beats, and centres and spreads in degrees, of the incidents of 2015 in
"Crimes - 2001 to Present" (data.cityofchicago.org, ijzp-q8t2), rounded; weights and tilts likewise. The State Plane
formula is fitted to the same rows (within some 20 feet). Opening hours, shore line and street grid are approximations.
"""

from __future__ import annotations

from crime_spark.sample.place import Area

# Tilts follow the order of chicago_patterns.PATTERNS.
DISTRICTS = (
    Area("001", 45, 41.878, -87.628, 0.013, 0.007, 11, "4 37 3 6 3 3 20 36 7 7 9 14 6 20 4"),
    Area("002", 41, 41.809, -87.615, 0.015, 0.013, 15, "10 10 9 11 11 5 11 7 13 11 11 11 10 10 12"),
    Area("003", 49, 41.770, -87.598, 0.008, 0.020, 12, "13 7 15 11 14 7 8 4 12 10 10 8 13 9 8"),
    Area("004", 60, 41.740, -87.562, 0.020, 0.017, 12, "12 5 13 11 13 9 8 5 10 9 11 9 12 10 8"),
    Area("005", 43, 41.688, -87.622, 0.021, 0.014, 9, "14 5 12 12 13 9 7 7 9 8 12 8 11 9 9"),
    Area("006", 61, 41.748, -87.632, 0.009, 0.024, 12, "11 5 13 10 13 9 9 13 13 8 10 8 10 10 9"),
    Area("007", 60, 41.774, -87.654, 0.011, 0.015, 15, "14 5 10 9 13 16 6 2 10 9 10 6 12 8 9"),
    Area("008", 65, 41.779, -87.709, 0.020, 0.026, 15, "9 7 13 12 10 8 10 10 10 12 9 10 12 7 13"),
    Area("009", 48, 41.813, -87.666, 0.016, 0.024, 15, "13 8 11 11 11 11 8 7 12 9 10 9 10 8 12"),
    Area("010", 44, 41.854, -87.714, 0.009, 0.014, 12, "13 6 8 11 13 14 6 4 13 12 10 7 10 7 10"),
    Area("011", 74, 41.880, -87.721, 0.011, 0.014, 15, "12 4 5 7 10 29 5 2 12 8 9 5 8 7 8"),
    Area("012", 47, 41.882, -87.670, 0.016, 0.018, 15, "9 13 10 11 7 5 11 9 9 11 10 15 8 9 14"),
    Area("014", 34, 41.915, -87.693, 0.010, 0.016, 12, "7 12 11 11 7 4 9 10 9 11 9 19 7 8 14"),
    Area("015", 44, 41.884, -87.756, 0.009, 0.009, 9, "11 4 5 8 14 20 7 2 12 10 10 6 10 9 10"),
    Area("016", 36, 41.967, -87.782, 0.018, 0.056, 17, "5 8 13 12 8 6 14 5 5 10 10 13 13 18 10"),
    Area("017", 29, 41.960, -87.719, 0.013, 0.013, 9, "8 9 14 13 9 4 10 14 8 13 9 13 9 6 16"),
    Area("018", 43, 41.899, -87.631, 0.011, 0.010, 12, "4 36 5 6 3 4 21 30 7 10 9 15 5 15 5"),
    Area("019", 44, 41.946, -87.655, 0.013, 0.014, 15, "5 19 10 9 4 4 15 17 9 12 10 16 6 14 9"),
    Area("020", 16, 41.977, -87.667, 0.007, 0.016, 9, "7 11 9 10 6 5 14 18 7 10 13 12 10 13 12"),
    Area("022", 33, 41.709, -87.656, 0.018, 0.017, 9, "11 5 11 11 10 7 14 7 8 10 10 11 12 10 10"),
    Area("024", 27, 42.006, -87.675, 0.010, 0.015, 9, "8 12 12 12 9 6 11 11 8 14 11 11 10 12 9"),
    Area("025", 57, 41.919, -87.753, 0.012, 0.024, 15, "11 6 10 10 11 10 9 13 10 12 10 8 13 8 14"),
)

# Centres of the wards 1 to 50 and of the community areas 1 to 77, in order.
WARDS = """
41.909,-87.682 41.874,-87.641 41.810,-87.625 41.812,-87.606 41.769,-87.585 41.758,-87.618 41.751,-87.561
41.746,-87.589 41.692,-87.617 41.715,-87.550 41.834,-87.649 41.823,-87.691 41.775,-87.730 41.803,-87.704
41.779,-87.685 41.789,-87.660 41.761,-87.654 41.750,-87.691 41.699,-87.679 41.782,-87.617 41.736,-87.650
41.844,-87.721 41.796,-87.747 41.866,-87.720 41.856,-87.664 41.907,-87.707 41.895,-87.705 41.881,-87.732
41.888,-87.768 41.927,-87.730 41.929,-87.744 41.920,-87.672 41.960,-87.708 41.688,-87.640 41.930,-87.710
41.936,-87.798 41.903,-87.753 41.950,-87.767 41.969,-87.726 41.984,-87.683 41.979,-87.838 41.890,-87.628
41.919,-87.642 41.942,-87.652 41.969,-87.761 41.964,-87.655 41.961,-87.680 41.981,-87.658 42.015,-87.672
41.998,-87.695
"""
COMMUNITY_AREAS = """
42.014,-87.671 41.998,-87.692 41.966,-87.656 41.972,-87.689 41.947,-87.682 41.944,-87.653 41.923,-87.649
41.897,-87.629 42.005,-87.814 41.983,-87.800 41.975,-87.768 41.992,-87.749 41.983,-87.714 41.968,-87.718
41.953,-87.760 41.954,-87.724 41.945,-87.802 41.930,-87.798 41.926,-87.765 41.921,-87.735 41.938,-87.715
41.922,-87.701 41.900,-87.721 41.903,-87.677 41.890,-87.756 41.879,-87.729 41.877,-87.706 41.878,-87.660
41.862,-87.718 41.846,-87.711 41.855,-87.670 41.882,-87.628 41.859,-87.624 41.842,-87.633 41.832,-87.620
41.825,-87.607 41.805,-87.633 41.811,-87.617 41.809,-87.599 41.791,-87.621 41.798,-87.591 41.778,-87.606
41.761,-87.574 41.745,-87.608 41.745,-87.587 41.744,-87.555 41.727,-87.597 41.730,-87.576 41.703,-87.624
41.704,-87.603 41.715,-87.566 41.704,-87.536 41.677,-87.633 41.656,-87.605 41.655,-87.546 41.795,-87.754
41.805,-87.726 41.816,-87.696 41.830,-87.673 41.837,-87.647 41.804,-87.665 41.793,-87.723 41.795,-87.698
41.778,-87.770 41.772,-87.725 41.776,-87.691 41.775,-87.665 41.776,-87.645 41.763,-87.618 41.747,-87.709
41.748,-87.655 41.711,-87.673 41.721,-87.650 41.695,-87.707 41.690,-87.663 41.977,-87.901 41.986,-87.660
"""

# Premises that no pattern names; they take their share of what happens elsewhere.
OTHER_PREMISES = (
    "AIRPORT TERMINAL UPPER LEVEL - SECURE AREA", "BARBERSHOP", "CAR WASH", "CTA BUS", "CTA PLATFORM", "CTA STATION",
    "DAY CARE CENTER", "GOVERNMENT BUILDING/PROPERTY", "LIBRARY", "MEDICAL/DENTAL OFFICE",
    "OTHER COMMERCIAL TRANSPORTATION", "SCHOOL, PRIVATE, BUILDING", "SPORTS ARENA/STADIUM", "WAREHOUSE",
)  # fmt: skip

# How busy a premise is from midnight, 6, 12 and 18 o'clock; 1 is no effect.
OPENING = {
    "APARTMENT": (1.2, 0.9, 0.9, 1.1),
    "ATHLETIC CLUB": (0.3, 1.5, 1.2, 1.2),
    "BANK": (0.2, 1.5, 1.5, 0.3),
    "BAR OR TAVERN": (2.6, 0.2, 0.5, 1.5),
    "COMMERCIAL / BUSINESS OFFICE": (0.5, 1.4, 1.3, 0.7),
    "CTA TRAIN": (0.7, 1.0, 1.1, 1.1),
    "DEPARTMENT STORE": (0.1, 0.7, 1.4, 1.0),
    "GAS STATION": (1.6, 0.8, 0.8, 1.2),
    "RESTAURANT": (0.8, 0.6, 1.1, 1.3),
    "SCHOOL, PRIVATE, BUILDING": (0.1, 1.6, 1.5, 0.2),
    "SCHOOL, PUBLIC, BUILDING": (0.1, 1.6, 1.6, 0.2),
    "SCHOOL, PUBLIC, GROUNDS": (0.3, 1.2, 1.5, 0.6),
    "SIDEWALK": (1.1, 0.8, 0.9, 1.2),
}

# The grid: 800 numbers to the mile, from State and Madison. North-south streets stand half a mile to a mile apart.
STATE_AND_MADISON = (41.8820, -87.6278)
DEGREES_A_BLOCK = (0.001811, 0.002425)  # latitude, longitude of 100 numbers
NORTH_SOUTH = (  # from longitude -87.83 eastwards, one every 0.0103 degrees
    "PACIFIC AVE", "OKETO AVE", "HARLEM AVE", "OAK PARK AVE", "NARRAGANSETT AVE", "AUSTIN AVE", "CENTRAL AVE",
    "LARAMIE AVE", "CICERO AVE", "KOSTNER AVE", "PULASKI RD", "CENTRAL PARK AVE", "KEDZIE AVE", "CALIFORNIA AVE",
    "WESTERN AVE", "DAMEN AVE", "ASHLAND AVE", "RACINE AVE", "HALSTED ST", "STATE ST", "INDIANA AVE",
    "COTTAGE GROVE AVE",
    "WOODLAWN AVE", "STONY ISLAND AVE", "JEFFERY BLVD", "EXCHANGE AVE", "EWING AVE", "AVENUE O",
)  # fmt: skip
EAST_WEST = (  # from Madison northwards, one every four blocks
    "MADISON ST", "KINZIE ST", "CHICAGO AVE", "DIVISION ST", "NORTH AVE", "ARMITAGE AVE", "FULLERTON AVE",
    "DIVERSEY PKWY", "BELMONT AVE", "ADDISON ST", "IRVING PARK RD", "MONTROSE AVE", "LAWRENCE AVE", "FOSTER AVE",
    "BRYN MAWR AVE", "PETERSON AVE", "DEVON AVE", "PRATT BLVD", "TOUHY AVE", "HOWARD ST",
)  # fmt: skip

# The shore of Lake Michigan: longitude by latitude, from south to north.
SHORE = ((41.64, 41.72, 41.75, 41.80, 41.84, 41.88, 41.92, 41.97, 42.03), (
    -87.525, -87.53, -87.545, -87.58, -87.606, -87.613, -87.628, -87.645, -87.665))  # fmt: skip
CITY_LIMITS = (41.645, 42.022, -87.93)  # south, north, west

# Illinois State Plane East (EPSG:3435), in feet, near enough for a city: offset, per degree of latitude, of longitude.
STATE_PLANE_X = (1162262.9, -2848.5, 272444.2)
STATE_PLANE_Y = (1888613.2, 364383.2, 2060.0)
STATE_PLANE_ORIGIN = (41.85, -87.68)

# Where a geocoder that knows nothing puts an incident: State Plane 0, 0 lies in Missouri.
MISSOURI = ("36.619446395", "-91.686565684")
