"""When it happened. Reported times are rounded, and how far they are says much about what happened."""

from crime_spark.features.feature import Feature

HOUR = Feature("hour", "category", "hour(occurred_at)", ("occurred_at",), "hour of the day, 0 to 23")
MINUTE = Feature(
    "minute", "category", "minute(occurred_at)", ("occurred_at",), "minute of the hour, 0 to 59", one_hot_only=True
)
MINUTE_ROUNDING = Feature(
    "minute_rounding",
    "category",
    "CASE WHEN hour(occurred_at) = 0 AND minute(occurred_at) <= 1 THEN 'midnight'"
    " WHEN minute(occurred_at) = 0 THEN 'hour' WHEN minute(occurred_at) = 30 THEN 'half hour'"
    " WHEN minute(occurred_at) % 15 = 0 THEN 'quarter' WHEN minute(occurred_at) % 5 = 0 THEN 'five minutes'"
    " WHEN minute(occurred_at) = 1 THEN 'one past' WHEN occurred_at IS NOT NULL THEN 'exact' END",
    ("occurred_at",),
    "how far the reported time is rounded",
)
