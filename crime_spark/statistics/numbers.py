"""The numbers of an incident that are summarized and correlated."""

from crime_spark.statistics.statistic import Number

HOUR_OF_DAY = Number("hour", "hour(occurred_at)")
# The hour where it is known: a default such as 12:00 or 00:01 is not when anything happened.
HOUR_KNOWN = Number("hour_known_times", "hour(occurred_at)", leave_out="time_is_default")
MONTH_OF_YEAR = Number("month", "month(occurred_at)")
SERIOUS = Number("serious", "CAST(serious AS INT)")
ARREST = Number("arrest", "CAST(arrest AS INT)")
DOMESTIC = Number("domestic", "CAST(domestic AS INT)")
VICTIM_AGE = Number("victim_age", "victim_age")
# Between calendar days: the report's time of day is not published. Negative if reported before it occurred.
REPORTING_DELAY = Number("reporting_delay_days", "datediff(reported_at, occurred_at)")
# In steps of 0.0001 degree (11 m): finer than the hundred block that portals blur to, and coarse enough that values
# repeat, so that exact quartiles cost a count instead of a sort of every row.
LATITUDE = Number("latitude", "CAST(round(latitude * 10000) AS INT)", steps=10_000)
LONGITUDE = Number("longitude", "CAST(round(longitude * 10000) AS INT)", steps=10_000)
