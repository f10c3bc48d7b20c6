"""The quarantine job. `--help` lists what it reads and writes and its options."""

from crime_spark.runner import main

if __name__ == "__main__":
    main("quarantine")
