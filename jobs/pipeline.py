"""Every stage in one application, from landed files to the report."""

from crime_spark.job import STAGES, main

if __name__ == "__main__":
    main(*STAGES)
