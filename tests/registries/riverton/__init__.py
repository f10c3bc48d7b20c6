"""The declaration of Riverton: "Police Reports" of the Riverton Police Department."""

from crime_spark.cities.city import Box, City, Column
from crime_spark.cities.expressions import grouped, local_time, not_published
from crime_spark.cities.limits import STANDARD
from crime_spark.cities.vocabulary import city_vocabulary
from crime_spark.settings import CityPortal

BOUNDS = Box(south=40.0, north=40.2, west=-90.2, east=-90.0)
INSIDE = BOUNDS.holds("north", "east")
VOCABULARY = city_vocabulary(__name__)

RIVERTON = City(
    name="riverton",
    title="Riverton",
    zone="America/Chicago",
    columns=(
        Column("report", ("Report Number",)),
        Column("code", ("Offense Code",)),
        Column("offense", optional=True),
        Column("happened", ("Date and Time",)),
        Column("reported", ("Date Reported",), optional=True),
        Column("level", ("Part",)),
        Column("zone", optional=True),
        Column("place", ("Place Type",), optional=True),
        Column("arm", ("Weapon",), optional=True),
        Column("lat", optional=True),
        Column("lon", optional=True),
    ),
    given={"north": "try_cast(lat AS DOUBLE)", "east": "try_cast(lon AS DOUBLE)"},
    incident={
        "incident_id": "upper(report)",
        "case_number": "upper(report)",
        "occurred_at": local_time("happened"),
        "reported_at": local_time("reported"),
        "time_is_default": "happened LIKE '% 00:00'",
        "offense_code": "upper(code)",
        "offense_description": "upper(offense)",
        "offense_group": grouped("upper(code)", VOCABULARY.offenses),
        "serious": "CASE level WHEN 'I' THEN true WHEN 'II' THEN false END",
        "premise": "upper(place)",
        "premise_group": grouped("upper(place)", VOCABULARY.premises),
        "weapon": "upper(arm)",
        "weapon_group": grouped("upper(arm)", VOCABULARY.weapons),
        "area": "zone",
        "latitude": f"CASE WHEN {INSIDE} THEN north END",
        "longitude": f"CASE WHEN {INSIDE} THEN east END",
        **not_published("updated_at", "beat", "ward", "community_area", "block", "arrest", "domestic", "mo_codes"),
        **not_published("victim_age", "victim_sex", "victim_descent"),
    },
    refuse={"no key": "report IS NULL", "no offense code": "code IS NULL"},
    unreadable={"serious": "level IS NOT NULL AND incident.serious IS NULL"},
    bounds=BOUNDS,
    first_year=2020,
    portal=CityPortal("data.riverton.example", ("abcd-1234",)),
    vocabulary=VOCABULARY,
    limits=STANDARD,
    delay_days=3,
    source='Riverton Police Department, "Police Reports" (abcd-1234)',
    notes=(
        ("Default times.", "00:00 stands for an unknown time."),
        ("Rounded places.", "Coordinates are rounded to three decimals."),
    ),
)
