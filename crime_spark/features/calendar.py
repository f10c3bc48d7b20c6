"""When it happened. Reported times are rounded, and how far they are says much about what happened."""

from crime_spark.features.feature import Feature

HOUR = Feature("hour", "category", "hour(occurred_at)", ("occurred_at",), "hour of the day, 0 to 23")
MINUTE = Feature(
    "minute", "category", "minute(occurred_at)", ("occurred_at",), "minute of the hour, 0 to 59: shows rounded times"
)
WEEKDAY = Feature("weekday", "category", "weekday(occurred_at)", ("occurred_at",), "0 = Monday to 6 = Sunday")
MONTH = Feature("month_of_year", "category", "month(occurred_at)", ("occurred_at",), "1 to 12")
DAY_OF_MONTH = Feature(
    "day_of_month", "category", "day(occurred_at)", ("occurred_at",), "1 to 31: the first stands for unknown days too"
)

CALENDAR = (HOUR, MINUTE, WEEKDAY, MONTH, DAY_OF_MONTH)
