"""When it happened."""

from crime_spark.features.feature import Feature

HOUR = Feature("hour", "category", "hour(occurred_at)", ("occurred_at",), "hour of the day, 0 to 23")
# A time that somebody looked up on a watch tells of another offense than one that was guessed. The sixty minutes by
# themselves say no more than how far they are rounded.
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
