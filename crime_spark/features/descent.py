"""The victim's descent as published, in the five classes that are told apart."""

# Unknown (X) and what is not recorded are none of them. What the letters mean: docs/victim_descent.md.
CLASSES = {"B": "B", "H": "H", "W": "W", "A": "ACDFJKLVZ", "O": "OGIPSU"}


def descent_class(value: str) -> str:
    """SQL: `value` of the letter's class, in which {at} and {name} stand for its place and its name; else NULL."""
    cases = " ".join(
        f"WHEN victim_descent IN ({', '.join(map(repr, codes))}) THEN {value.format(at=at, name=name)}"
        for at, (name, codes) in enumerate(CLASSES.items())
    )
    return f"CASE {cases} END"
