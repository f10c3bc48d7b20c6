"""The declaration of Chicago: "Crimes - 2001 to Present" of the Chicago Police Department."""

from crime_spark.cities.city import Box, City, Column
from crime_spark.cities.events import PANDEMIC
from crime_spark.cities.expressions import flag, grouped, local_time, looked_up, not_published, padded
from crime_spark.cities.limits import STANDARD
from crime_spark.cities.vocabulary import city_vocabulary
from crime_spark.settings import CityPortal

BOUNDS = Box(south=41.6, north=42.1, west=-88.0, east=-87.5)

# Index offenses of the FBI's Uniform Crime Reporting; source: the portal's description of the column FBI Code.
INDEX_CODES = ("01A", "02", "03", "04A", "04B", "05", "06", "07", "09")

VOCABULARY = city_vocabulary(__name__)
# By code, because descriptions have been reworded over the years (AGGRAVATED: HANDGUN, AGGRAVATED - HANDGUN).
_WEAPONS = VOCABULARY.weapon_of_offense
_WEAPON_GROUPS = {code: VOCABULARY.weapons.exact[weapon] for code, weapon in _WEAPONS.items()}

_WITHHELD = "north = 0 AND east = 0"
_INSIDE = BOUNDS.holds("north", "east")

CHICAGO = City(
    name="chicago",
    title="Chicago",
    zone="America/Chicago",
    columns=(
        Column("id", ("unique_key",), optional=True),
        Column("case_number"),
        Column("date"),
        Column("block", optional=True),
        Column("iucr"),
        Column("primary_type"),
        Column("description", optional=True),
        Column("location_description", optional=True),
        Column("arrest", optional=True),
        Column("domestic", optional=True),
        Column("beat", optional=True),
        Column("district", optional=True),
        Column("ward", optional=True),
        Column("community_area", optional=True),
        Column("fbi_code"),
        Column("updated_on", optional=True),
        Column("latitude", optional=True),
        Column("longitude", optional=True),
    ),
    given={
        "at": local_time("date"),
        "fbi": f"upper({padded('fbi_code', 2)})",
        "code": f"upper({padded('iucr', 4)})",
        "place": "upper(location_description)",
        "beat_code": padded("beat", 4),
        "north": "try_cast(latitude AS DOUBLE)",
        "east": "try_cast(longitude AS DOUBLE)",
        "community": "try_cast(community_area AS INT)",
    },
    incident={
        "incident_id": "coalesce(id, upper(case_number))",
        "case_number": "upper(case_number)",
        "occurred_at": "at",
        "time_is_default": "hour(at) = 0 AND minute(at) <= 1 AND second(at) = 0",
        "updated_at": local_time("updated_on"),
        "offense_code": "code",
        "offense_description": "upper(concat_ws(' - ', primary_type, description))",
        "offense_group": grouped("code", VOCABULARY.offenses),
        "serious": f"fbi IN {INDEX_CODES}",
        "premise": "place",
        "premise_group": grouped("place", VOCABULARY.premises),
        "weapon": looked_up("code", _WEAPONS),
        "weapon_group": looked_up("code", _WEAPON_GROUPS),
        "area": f"coalesce({padded('district', 3)}, concat('0', left(beat_code, 2)))",
        "beat": "beat_code",
        "ward": "CAST(try_cast(ward AS INT) AS STRING)",
        "community_area": "CAST(CASE WHEN community BETWEEN 1 AND 77 THEN community END AS STRING)",
        "block": "upper(block)",
        "latitude": f"CASE WHEN {_INSIDE} THEN north END",
        "longitude": f"CASE WHEN {_INSIDE} THEN east END",
        "arrest": flag("arrest"),
        "domestic": flag("domestic"),
        **not_published("reported_at", "victim_age", "victim_sex", "victim_descent", "mo_codes"),
    },
    refuse={"no key": "id IS NULL AND case_number IS NULL", "no offense code": "iucr IS NULL"},
    unreadable={
        "updated_at": "updated_on IS NOT NULL AND incident.updated_at IS NULL",
        "ward": "ward IS NOT NULL AND incident.ward IS NULL",
        "community_area": "community_area IS NOT NULL AND incident.community_area IS NULL",
        "latitude": f"latitude IS NOT NULL AND incident.latitude IS NULL AND NOT coalesce({_WITHHELD}, false)",
        "longitude": f"longitude IS NOT NULL AND incident.longitude IS NULL AND NOT coalesce({_WITHHELD}, false)",
        "arrest": "arrest IS NOT NULL AND incident.arrest IS NULL",
        "domestic": "domestic IS NOT NULL AND incident.domestic IS NULL",
    },
    bounds=BOUNDS,
    first_year=2001,
    portal=CityPortal("data.cityofchicago.org", ("ijzp-q8t2",)),
    vocabulary=VOCABULARY,
    limits=STANDARD,
    # The weapon is derived from the offense code and therefore gives the offense away.
    reveals=dict.fromkeys(("weapon", "weapon_group"), ("serious", "offense_group")),
    delay_days=7,  # the portal: "minus the most recent seven days"
    events=(PANDEMIC,),
    source='Chicago Police Department, "Crimes - 2001 to Present" (ijzp-q8t2)',
    notes=(
        ("Preliminary.", "Offenses may be reclassified later. First reports need not have been verified."),
        ("Homicides.", "One row is one incident; for homicides, one row is one victim."),
        ("Rounded places.", "Addresses are rounded to the hundred block. Coordinates lie somewhere on that block."),
        ("Default times.", "00:00 and 00:01 are marked as unknown times (time_is_default); some of them are real."),
        ("Arrests.", "arrest is the state of the case when the file was published. A later file may differ."),
    ),
)
