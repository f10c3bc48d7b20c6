"""The declaration of Los Angeles: "Crime Data from 2010 to 2019" and "from 2020 to Present" of the LAPD."""

from datetime import date

from crime_spark.cities.city import Box, City, Column, Event
from crime_spark.cities.events import PANDEMIC
from crime_spark.cities.expressions import (
    at_hhmm,
    either,
    grouped,
    is_hhmm,
    local_time,
    not_published,
    padded,
    whole_number,
)
from crime_spark.cities.limits import STANDARD, break_on
from crime_spark.cities.vocabulary import city_vocabulary
from crime_spark.settings import CityPortal

BOUNDS = Box(south=33.6, north=34.4, west=-118.8, east=-118.0)

# The portal's codes of Vict Descent, without X (unknown) and - (not recorded), which become NULL.
DESCENT_CODES = "ABCDFGHIJKLOPSUVWZ"
OLDEST_VICTIM = 110

VOCABULARY = city_vocabulary(__name__)

_INSIDE = BOUNDS.holds("north", "east")
_WITHHELD = "north = 0 AND east = 0"

NIBRS = Event(
    "nibrs_break",
    date(2024, 3, 7),
    None,
    "from that day on the department moved, bureau by bureau, to the FBI's National Incident-Based Reporting System "
    "(NIBRS), whose offenses are published apart (k7nn-b2ep): this data set has fewer and fewer of the reports, so a "
    "fall in it is none in the city; do not compare counts across that day",
)

LOS_ANGELES = City(
    name="los_angeles",
    title="Los Angeles",
    zone="America/Los_Angeles",
    columns=(
        Column("dr_no"),
        Column("date_rptd", optional=True),
        Column("date_occ"),
        Column("time_occ"),
        Column("area", optional=True),
        Column("rpt_dist_no", optional=True),
        Column("part_1_2"),
        Column("crm_cd"),
        Column("crm_cd_desc", optional=True),
        Column("mocodes", optional=True),
        Column("vict_age", optional=True),
        Column("vict_sex", optional=True),
        Column("vict_descent", optional=True),
        Column("premis_desc", optional=True),
        Column("weapon_desc", optional=True),
        Column("status", optional=True),
        Column("location", optional=True),
        Column("lat", optional=True),
        Column("lon", optional=True),
    ),
    given={
        "day": local_time("date_occ"),
        "hhmm": "lpad(time_occ, 4, '0')",
        "code": padded("crm_cd", 3),
        "number": padded("dr_no", 9),
        "place": "upper(premis_desc)",
        "arm": "upper(weapon_desc)",
        "north": "try_cast(lat AS DOUBLE)",
        "east": "try_cast(lon AS DOUBLE)",
        "age": whole_number("vict_age"),
    },
    incident={
        "incident_id": "number",
        "case_number": "number",
        "occurred_at": at_hhmm("day", "time_occ"),
        "reported_at": local_time("date_rptd"),
        # The department enters 12:00 or 00:01 if nobody knows the time.
        "time_is_default": f"time_occ IS NULL OR NOT {is_hhmm('time_occ')} OR hhmm IN ('1200', '0001')",
        "offense_code": "code",
        "offense_description": "upper(crm_cd_desc)",
        "offense_group": grouped("code", VOCABULARY.offenses),
        "serious": "CASE part_1_2 WHEN '1' THEN true WHEN '2' THEN false END",
        "premise": "place",
        "premise_group": grouped("place", VOCABULARY.premises),
        "weapon": "arm",
        "weapon_group": grouped("arm", VOCABULARY.weapons),
        "area": padded("area", 2),
        "beat": padded("rpt_dist_no", 4),
        "block": "upper(location)",
        "latitude": f"CASE WHEN {_INSIDE} THEN north END",
        "longitude": f"CASE WHEN {_INSIDE} THEN east END",
        # IC (continuing) and AO, JO (cleared by other means) mean that nobody was arrested; CC and others are unknown.
        "arrest": "CASE WHEN upper(status) IN ('AA', 'JA') THEN true WHEN upper(status) IN ('IC', 'AO', 'JO') "
        "THEN false END",
        "victim_age": f"CASE WHEN age BETWEEN 1 AND {OLDEST_VICTIM} THEN age END",
        "victim_sex": either("vict_sex", "FM"),
        "victim_descent": either("vict_descent", DESCENT_CODES),
        "mo_codes": "transform(split(mocodes, '\\\\s+'), code -> CASE WHEN length(code) < 4 THEN lpad(code, 4, '0') "
        "ELSE code END)",
        **not_published("updated_at", "ward", "community_area", "domestic"),
    },
    refuse={"no key": "dr_no IS NULL", "no offense code": "crm_cd IS NULL"},
    unreadable={
        "reported_at": "date_rptd IS NOT NULL AND incident.reported_at IS NULL",
        "time_is_default": "time_occ IS NOT NULL AND incident.occurred_at = day AND hhmm <> '0000'",
        "serious": "part_1_2 IS NOT NULL AND incident.serious IS NULL",
        "latitude": f"lat IS NOT NULL AND incident.latitude IS NULL AND NOT coalesce({_WITHHELD}, false)",
        "longitude": f"lon IS NOT NULL AND incident.longitude IS NULL AND NOT coalesce({_WITHHELD}, false)",
        "arrest": "upper(status) NOT IN ('AA', 'JA', 'IC', 'AO', 'JO', 'CC')",
        "victim_age": "vict_age IS NOT NULL AND incident.victim_age IS NULL AND NOT coalesce(age <= 0, false)",
        "victim_sex": "upper(vict_sex) NOT IN ('F', 'M', 'X', 'H', 'N', '-')",
        "victim_descent": "incident.victim_descent IS NULL AND upper(vict_descent) NOT IN ('X', '-')",
    },
    bounds=BOUNDS,
    first_year=2010,
    portal=CityPortal("data.lacity.org", ("63jg-8b9z", "2nrs-mtv8")),
    vocabulary=VOCABULARY,
    others={
        "uniquenibrno": "the NIBRS format (data set k7nn-b2ep), whose counts must not be compared with these",
        "rd": "the yearly file of before 2018, which has 14 columns and does not say what is serious",
    },
    limits=(*STANDARD, break_on(NIBRS.first, NIBRS.name, NIBRS.what)),
    delay_days=7,  # the portal: updated weekly
    events=(PANDEMIC, NIBRS),
    source='Los Angeles Police Department, "Crime Data from 2010 to 2019" (63jg-8b9z) and "Crime Data from 2020 to '
    'Present" (2nrs-mtv8)',
    notes=(
        ("Typed from paper.", "The department types the rows from paper reports, so they contain typing errors."),
        (
            "Default times.",
            "If nobody knows the time, 12:00 or 00:01 is entered. Both are marked (time_is_default), although some "
            "incidents do happen at noon: a peak at noon comes from the form.",
        ),
        (
            "Rounded places.",
            "Addresses are rounded to the hundred block. If a place is withheld, the file contains 0, 0, which is read "
            "as unknown.",
        ),
        (
            "Missing victims.",
            "Many reports do not have a person as victim. Age 0 and below, sex X or H, descent X (unknown) or - (not "
            "recorded) are read as unknown and never filled in. Shares refer to recorded values.",
        ),
        ("Arrests.", "arrest is the state of the case when the file was published. A later file may differ."),
    ),
)
