"""The numbers of an incident for summaries and correlations."""

from crime_spark.statistics.statistic import Number

HOUR_OF_DAY = Number("hour", "hour(occurred_at)")
# Without default times such as 12:00 and 00:01, which mean an unknown time.
HOUR_KNOWN = Number("hour_known_times", "hour(occurred_at)", leave_out="time_is_default")
MONTH_OF_YEAR = Number("month", "month(occurred_at)")
SERIOUS = Number("serious", "CAST(serious AS INT)")
ARREST = Number("arrest", "CAST(arrest AS INT)")
DOMESTIC = Number("domestic", "CAST(domestic AS INT)")
VICTIM_AGE = Number("victim_age", "victim_age")
# Difference of calendar days, because the time of the report is not published. Negative for wrong dates.
REPORTING_DELAY = Number("reporting_delay_days", "datediff(reported_at, occurred_at)")
# Steps of 0.0001 degree (11 m) are finer than the hundred blocks of the portals, and coarse enough for values to
# repeat, so that exact quartiles need counts instead of a sort of all rows.
LATITUDE = Number("latitude", "CAST(round(latitude * 10000) AS INT)", steps=10_000)
LONGITUDE = Number("longitude", "CAST(round(longitude * 10000) AS INT)", steps=10_000)
