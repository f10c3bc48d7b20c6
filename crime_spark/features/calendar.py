"""Features of the time of an incident or of the start of a period."""

from __future__ import annotations

from collections.abc import Sequence

from crime_spark.cities import CITIES
from crime_spark.cities.city import City
from crime_spark.features.feature import Feature

HOUR = Feature("hour", "category", "hour(occurred_at)", ("occurred_at",), "hour of the day, 0 to 23")
# Exact times indicate other offenses than estimated times. The minute carries no information beyond its rounding.
MINUTE = Feature(
    "minute",
    "category",
    "CASE WHEN hour(occurred_at) = 0 AND minute(occurred_at) <= 1 THEN 'midnight'"
    " WHEN minute(occurred_at) = 0 THEN 'hour' WHEN minute(occurred_at) = 30 THEN 'half hour'"
    " WHEN minute(occurred_at) % 15 = 0 THEN 'quarter' WHEN minute(occurred_at) % 5 = 0 THEN 'five minutes'"
    " WHEN minute(occurred_at) = 1 THEN 'one past' WHEN occurred_at IS NOT NULL THEN 'exact' END",
    ("occurred_at",),
    "minute of the hour, by how far it is rounded",
)
WEEKDAY = Feature("weekday", "category", "weekday(occurred_at)", ("occurred_at",), "0 = Monday to 6 = Sunday")
WEEKEND = Feature("weekend", "category", "weekday(occurred_at) >= 5", ("occurred_at",), "Saturday or Sunday")
DAY_OF_MONTH = Feature(
    "day_of_month",
    "category",
    "day(occurred_at)",
    ("occurred_at",),
    "1 to 31; many reports without a known day are dated to the 1st",
)
# gold/examples_<task> already has a column month, by which rows are split.
MONTH = Feature("month_of_year", "category", "month(occurred_at)", ("occurred_at",), "1 to 12")
SEASON = Feature(
    "season",
    "category",
    "CASE month(occurred_at) DIV 3 % 4 WHEN 0 THEN 'winter' WHEN 1 THEN 'spring' WHEN 2 THEN 'summer'"
    " WHEN 3 THEN 'autumn' END",
    ("occurred_at",),
    "three months each, winter from December on",
)

# Legal public holidays by 5 U.S.C. 6103(a). The n-th or last Monday or Thursday lies among seven days of its month. A
# day off in place of a holiday at a weekend is not included.
# Name to month, first and last possible day, weekday (None: a fixed day).
_HOLIDAYS: dict[str, tuple[int, int, int, int | None]] = {
    "new_year": (1, 1, 1, None),
    "martin_luther_king": (1, 15, 21, 0),
    "washington": (2, 15, 21, 0),
    "memorial_day": (5, 25, 31, 0),
    "juneteenth": (6, 19, 19, None),
    "independence_day": (7, 4, 4, None),
    "labor_day": (9, 1, 7, 0),
    "columbus_day": (10, 8, 14, 0),
    "veterans_day": (11, 11, 11, None),
    "thanksgiving": (11, 22, 28, 3),
    "christmas": (12, 25, 25, None),
}
_SINCE = {"juneteenth": 2021}  # Public Law 117-17; all others are older than the data


def _holiday() -> str:
    """SQL for the name of the holiday, or none."""
    cases = []
    for name, (month, first, last, weekday) in _HOLIDAYS.items():
        condition = f"month(occurred_at) = {month} AND day(occurred_at) BETWEEN {first} AND {last}"
        condition += "" if weekday is None else f" AND weekday(occurred_at) = {weekday}"
        condition += f" AND year(occurred_at) >= {_SINCE[name]}" if name in _SINCE else ""
        cases.append(f"WHEN {condition} THEN '{name}'")
    return f"CASE {' '.join(cases)} WHEN occurred_at IS NOT NULL THEN 'none' END"


HOLIDAY = Feature("holiday", "category", _holiday(), ("occurred_at",), "federal holiday by 5 U.S.C. 6103(a), or none")

# With sine and cosine, 23:59 is near midnight and December 31 near January 1.
_DAY_SHARE = "(hour(occurred_at) + minute(occurred_at) / 60D) / 24D"
_YEAR_SHARE = "(dayofyear(occurred_at) - 1) / 365.25D"


def _turn(name: str, what: str, share: str) -> tuple[Feature, Feature]:
    sine, cosine = (
        Feature(f"{name}_{short}", "number", f"{short}(2 * pi() * {share})", ("occurred_at",), f"{long} of the {what}")
        for short, long in (("sin", "sine"), ("cos", "cosine"))
    )
    return sine, cosine


HOUR_SIN, HOUR_COS = _turn("hour", "time of day, as a share of the day", _DAY_SHARE)
WEEK_SIN, WEEK_COS = _turn("week", "weekday, as a share of the week", "weekday(occurred_at) / 7D")
YEAR_SIN, YEAR_COS = _turn("year", "day of the year, as a share of 365.25 days", _YEAR_SHARE)
TREND = Feature(
    "trend",
    "number",
    "datediff(occurred_at, DATE'2000-01-01') / 365.25D",
    ("occurred_at",),
    "years of 365.25 days since 2000 began",
    trend=True,
)


def daylight(cities: Sequence[City]) -> Feature:
    """Whether the sun is up at the center of the city's box: true or false, NULL for other cities.

    Formulas: NOAA Global Monitoring Laboratory, General Solar Position Calculations (Fourier series of the equation of
    time and the declination after Spencer 1971). The sun is up while its center is less than 90.833 degrees from the
    zenith, which includes refraction and its radius. Sunrise and sunset are exact within about two minutes; the
    distance of an incident from the center of the box adds up to a minute. The repeated hour in autumn is ambiguous.
    """

    def by_city(values: Sequence[str]) -> str:
        cases = [f"WHEN '{city.name}' THEN {value}" for city, value in zip(cities, values, strict=True)]
        return f"CASE city {' '.join(cases)} END"

    boxes = [city.bounds for city in cities]
    utc = by_city([f"to_utc_timestamp(occurred_at, '{city.zone}')" for city in cities])
    north = f"radians({by_city([f'{(box.south + box.north) / 2!r}D' for box in boxes])})"
    east = by_city([f"{(box.west + box.east) / 2!r}D" for box in boxes])
    minutes = f"(hour({utc}) * 60 + minute({utc}))"
    year = f"(2 * pi() / 365D * (dayofyear({utc}) - 1 + ({minutes} - 720) / 1440D))"
    ahead = (  # equation of time, minutes
        f"229.18D * (0.000075D + 0.001868D * cos({year}) - 0.032077D * sin({year}) - 0.014615D * cos(2 * {year})"
        f" - 0.040849D * sin(2 * {year}))"
    )
    declination = (
        f"(0.006918D - 0.399912D * cos({year}) + 0.070257D * sin({year}) - 0.006758D * cos(2 * {year})"
        f" + 0.000907D * sin(2 * {year}) - 0.002697D * cos(3 * {year}) + 0.00148D * sin(3 * {year}))"
    )
    hour_angle = f"radians(({minutes} + {ahead} + 4 * ({east})) / 4 - 180)"
    height = f"sin({north}) * sin({declination}) + cos({north}) * cos({declination}) * cos({hour_angle})"
    return Feature(
        "daylight",
        "category",
        f"{height} > cos(radians(90.833D))",
        ("city", "occurred_at"),
        "whether the sun is up in the middle of the city",
    )


DAYLIGHT = daylight(CITIES)

# Features of an incident, whose time may be estimated.
CALENDAR = (
    HOUR,
    MINUTE,
    WEEKDAY,
    WEEKEND,
    DAY_OF_MONTH,
    MONTH,
    SEASON,
    HOLIDAY,
    DAYLIGHT,
    HOUR_SIN,
    HOUR_COS,
    YEAR_SIN,
    YEAR_COS,
)
# Features of a day, and of a shorter period.
DAYS = (WEEKDAY, WEEKEND, MONTH, SEASON, HOLIDAY, YEAR_SIN, YEAR_COS, TREND)
HOURS = (HOUR, *DAYS, HOUR_SIN, HOUR_COS, WEEK_SIN, WEEK_COS, DAYLIGHT)
