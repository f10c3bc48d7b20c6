"""All stages from ingest to report in one Spark application. `--help` lists the options."""

from crime_spark.runner import main

if __name__ == "__main__":
    main("pipeline")
