"""File names of the embedded sample, by which pages tell generated from published data."""

GENERATED = "generated_sample_"


def is_generated(file: str) -> bool:
    """Whether the sample generator wrote a file, given its path or its name in the ledger."""
    return file.rpartition("/")[2].startswith(GENERATED)
