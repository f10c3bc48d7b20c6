"""A job beside the flow: tune. `--help` says what it reads and writes."""

from crime_spark.job import main

if __name__ == "__main__":
    main("tune")
