"""One vocabulary of offenses for every city: group -> the city's own codes.

Los Angeles by LAPD crime code (the portal's Crm Cd with its description); Chicago by FBI code and primary type, which
together are finer than either. Sources: the portals' own descriptions of the codes.
"""

from collections.abc import Mapping

LOS_ANGELES_GROUPS: Mapping[str, tuple[str, ...]] = {
    "homicide": ("110", "113"),
    "sexual_assault": ("121", "122", "815", "820", "821"),
    "robbery": ("210", "220"),
    "aggravated_assault": ("230", "231", "235", "236", "250", "251", "761"),
    "simple_assault": ("435", "436", "622", "623", "624", "625", "626", "627", "647"),
    "burglary": ("310", "320"),
    "theft": (
        *("330", "331", "341", "343", "345", "347", "349", "350", "351", "352", "353", "410", "420", "421", "440"),
        *("441", "442", "443", "444", "445", "446", "450", "451", "452", "453", "470", "471", "472", "473", "474"),
        *("475", "480", "485", "487", "491"),
    ),
    "motor_vehicle_theft": ("433", "510", "520", "522"),
    "arson": ("648",),
    "vandalism": ("740", "745", "924"),
    "fraud": (
        *("354", "649", "650", "651", "652", "653", "654", "660", "661", "662", "663", "664", "665", "666", "667"),
        *("668", "669", "670", "942", "950", "951"),
    ),
    "weapons": ("753", "755", "756", "904", "906", "931"),
    "sex_offense": (*("760", "762", "812", "813", "814", "810", "830", "840", "845", "850", "860", "932", "956"),),
    "prostitution": ("805", "806"),
    "narcotics": ("865",),
    "human_trafficking": ("822", "921"),
    "kidnapping": ("434", "910", "920", "922"),
    "child_offense": ("237", "870", "880", "954"),
    "threats_and_stalking": ("763", "928", "930", "940"),
    "trespass": ("888", "933"),
    "court_order_violation": ("900", "901", "902", "903"),
    "public_order": ("432", "437", "438", "439", "884", "886", "890", "943", "944", "945", "946", "948", "949"),
}

CHICAGO_GROUPS: Mapping[str, tuple[str, ...]] = {
    "homicide": ("01A HOMICIDE", "01B HOMICIDE"),
    "sexual_assault": (
        "02 CRIM SEXUAL ASSAULT",
        "02 CRIMINAL SEXUAL ASSAULT",
        "02 OFFENSE INVOLVING CHILDREN",
        "02 SEX OFFENSE",
    ),
    "robbery": ("03 ROBBERY",),
    "aggravated_assault": ("04A ASSAULT", "04B BATTERY", "04B RITUALISM", "04A RITUALISM"),
    "simple_assault": ("08A ASSAULT", "08B BATTERY", "08B DOMESTIC VIOLENCE", "08A DOMESTIC VIOLENCE"),
    "burglary": ("05 BURGLARY",),
    "theft": ("06 THEFT",),
    "motor_vehicle_theft": ("07 MOTOR VEHICLE THEFT",),
    "arson": ("09 ARSON", "26 ARSON"),
    "vandalism": ("14 CRIMINAL DAMAGE",),
    "fraud": (
        "10 DECEPTIVE PRACTICE",
        "11 DECEPTIVE PRACTICE",
        "12 DECEPTIVE PRACTICE",
        "13 DECEPTIVE PRACTICE",
        "17 DECEPTIVE PRACTICE",
        "26 DECEPTIVE PRACTICE",
    ),
    "weapons": (
        "15 WEAPONS VIOLATION",
        "15 CONCEALED CARRY LICENSE VIOLATION",
        "15 NON-CRIMINAL",
        "26 WEAPONS VIOLATION",
    ),
    "sex_offense": (
        "17 SEX OFFENSE",
        "17 OBSCENITY",
        "17 PUBLIC INDECENCY",
        "17 OFFENSE INVOLVING CHILDREN",
        "17 OTHER OFFENSE",
    ),
    "prostitution": ("16 PROSTITUTION", "16 OFFENSE INVOLVING CHILDREN"),
    "narcotics": ("18 NARCOTICS", "26 NARCOTICS", "18 OTHER NARCOTIC VIOLATION", "26 OTHER NARCOTIC VIOLATION"),
    "gambling": ("19 GAMBLING", "19 OTHER OFFENSE"),
    "liquor": ("22 LIQUOR LAW VIOLATION",),
    "human_trafficking": ("26 HUMAN TRAFFICKING",),
    "kidnapping": ("20 KIDNAPPING", "26 KIDNAPPING"),
    "child_offense": ("20 OFFENSE INVOLVING CHILDREN", "26 OFFENSE INVOLVING CHILDREN"),
    "threats_and_stalking": ("26 INTIMIDATION", "08A STALKING", "26 STALKING"),
    "trespass": ("26 CRIMINAL TRESPASS",),
    "public_order": (
        "24 INTERFERENCE WITH PUBLIC OFFICER",
        "26 INTERFERENCE WITH PUBLIC OFFICER",
        "24 PUBLIC PEACE VIOLATION",
        "26 PUBLIC PEACE VIOLATION",
        "24 OTHER OFFENSE",
        "26 OTHER OFFENSE",
        "26 NON-CRIMINAL",
        "26 NON - CRIMINAL",
        "26 NON-CRIMINAL (SUBJECT SPECIFIED)",
    ),
}

UNMAPPED = "unmapped"
GROUPS: tuple[str, ...] = (*dict.fromkeys((*CHICAGO_GROUPS, *LOS_ANGELES_GROUPS)), UNMAPPED)
