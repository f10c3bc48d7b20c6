"""The published descent of the victim in five classes."""

# Unknown (X) and missing values have no class. docs/victim_descent.md lists the letters.
CLASSES = {"B": "B", "H": "H", "W": "W", "A": "ACDFJKLVZ", "O": "OGIPSU"}


def descent_class(value: str) -> str:
    """SQL for the class of the victim: `value`, with {index} and {name} replaced by those of the class; else NULL."""
    cases = " ".join(
        f"WHEN victim_descent IN ({', '.join(map(repr, codes))}) THEN {value.format(index=index, name=name)}"
        for index, (name, codes) in enumerate(CLASSES.items())
    )
    return f"CASE {cases} END"
