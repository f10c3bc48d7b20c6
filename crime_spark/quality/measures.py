"""Small frames from which limits are computed, so that the incidents are read only once."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from crime_spark.cities.limits import TERMS
from crime_spark.cities.vocabulary import UNMAPPED


def days(incidents: DataFrame) -> DataFrame:
    """Count incidents by city, day and offense_group.

    Returns:
        city, day, offense_group, rows, without_coordinates, and <term>_recorded and <term>_unmapped for each of TERMS.
    """
    counts = [
        F.count(F.lit(1)).alias("rows"),
        F.count_if(F.col("latitude").isNull() | F.col("longitude").isNull()).alias("without_coordinates"),
    ]
    for term, group in TERMS.items():
        counts += [
            F.count(group).alias(f"{term}_recorded"),
            F.count_if(F.col(group) == UNMAPPED).alias(f"{term}_unmapped"),
        ]
    return incidents.groupBy("city", F.to_date("occurred_at").alias("day"), "offense_group").agg(*counts)


def unmapped_words(incidents: DataFrame) -> DataFrame:
    """Count the codes and words of TERMS without a group: city, year, term, word and rows."""
    pairs = [
        F.when(F.col(group) == UNMAPPED, F.struct(F.lit(term).alias("term"), F.col(term).alias("word")))
        for term, group in TERMS.items()
    ]
    unmapped = incidents.where(" OR ".join(f"{group} = '{UNMAPPED}'" for group in TERMS.values()))
    words = unmapped.select("city", "year", F.inline(F.array(*pairs))).where("term IS NOT NULL")
    return words.groupBy("city", "year", "term", "word").agg(F.count(F.lit(1)).alias("rows"))
