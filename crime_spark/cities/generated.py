"""The embedded sample's files are told from published ones by their names, which the ledger and every row keep."""

GENERATED = "generated_sample_"


def is_generated(file: str) -> bool:
    """Whether a file of this path, or of this name in the ledger, is one that the sample generator wrote."""
    return file.rpartition("/")[2].startswith(GENERATED)
