"""Los Angeles' columns about the victim, the weapon, the modus operandi and the status of the case."""

from __future__ import annotations

import numpy as np

from crime_spark.sample.columns import Columns, Floats, Ints, Texts, pick, pick_each, texts
from crime_spark.sample.los_angeles_tables import (
    CLEARED_AS,
    DESCENT_BY_AREA,
    DESCENT_CODES,
    DESCENT_TILT,
    MO_CODES,
    OFFENSES,
    STATUSES,
    WEAPON_NAMES,
    WEAPONS,
)

_AGE_SPREAD = 0.36  # standard deviation of the logarithm of the age
# Factors on the median age of the offense, by group of descent.
_AGE_OF_GROUP = np.array([0.93, 1.13, 1.0, 1.05, 1.03])
_OLDEST = 99
_UNKNOWN_AGE, _UNKNOWN_DESCENT = 0.02, 0.05  # shares of victims who are persons
_NO_CODES = 0.14  # share of reports; the others have one to four codes
_MO_COUNT = np.array([0.26, 0.31, 0.26, 0.17])


def victims(offense: Ints, area: Ints, rng: np.random.Generator) -> Columns:
    """Vict Age, Vict Sex and Vict Descent by offense and area.

    Vehicle thefts and offenses without a victim have age 0, no sex and no descent. Companies have 0, X and X.
    """
    count = len(offense)
    none, unknown, female, median = (
        np.array(values, dtype=float)[offense]
        for values in zip(*((o.no_victim, o.unknown, o.female, o.age) for o in OFFENSES), strict=True)
    )
    chance = rng.random((5, count))
    victimless = chance[0] < none
    nobody = (chance[0] < none + unknown) & ~victimless
    sex = np.where(chance[1] < female, "F", "M")
    group, descent = _descents(offense, area, rng)
    age = np.exp(np.log(median * _AGE_OF_GROUP[group]) + _AGE_SPREAD * rng.standard_normal(count))
    age = np.where(victimless | nobody | (chance[2] < _UNKNOWN_AGE), 0, np.clip(np.round(age), 2, _OLDEST))
    descent = np.where(nobody | (chance[3] < _UNKNOWN_DESCENT), "X", descent)
    return {
        "Vict Age": texts(map(str, range(_OLDEST + 1)))[age.astype(int)],
        "Vict Sex": texts(np.where(victimless, "", np.where(nobody, "X", sex)).tolist()),
        "Vict Descent": texts(np.where(victimless, "", descent).tolist()),
    }


def _descents(offense: Ints, area: Ints, rng: np.random.Generator) -> tuple[Ints, Texts]:
    """Index of the group of descent, drawn by area and pattern, and a code of that group."""
    by_area = np.array(DESCENT_BY_AREA, dtype=float)[area]
    by_pattern = np.array([DESCENT_TILT.get(o.pattern, (1.0,) * len(DESCENT_CODES)) for o in OFFENSES])[offense]
    group = pick_each(by_area * by_pattern, rng.random(len(offense)))
    chance = rng.random(len(offense))
    descent = texts([""] * len(offense))
    for index, codes in enumerate(DESCENT_CODES):
        here = np.flatnonzero(group == index)
        descent[here] = texts(codes)[pick(np.array(list(codes.values())), chance[here])]
    return group, descent


def weapons(offense: Ints, rng: np.random.Generator) -> Columns:
    """Weapon Used Cd and Weapon Desc by offense."""
    codes = tuple(WEAPON_NAMES)
    shares: Floats = np.array([[WEAPONS[o.weapon].get(code, 0.0) for code in codes] for o in OFFENSES])
    weapon = pick_each(shares[offense], rng.random(len(offense)))
    return {"Weapon Used Cd": texts(codes)[weapon], "Weapon Desc": texts(WEAPON_NAMES.values())[weapon]}


def statuses(offense: Ints, rng: np.random.Generator) -> Columns:
    """Status and Status Desc by offense."""
    cleared = np.array([o.cleared for o in OFFENSES])[offense]
    chance = rng.random((2, len(offense)))
    how = texts(CLEARED_AS)[pick(np.array(list(CLEARED_AS.values())), chance[0])]
    status = np.where(chance[1] < cleared, how, "IC")
    return {"Status": status, "Status Desc": texts(STATUSES[code] for code in status)}


def mo_codes(offense: Ints, rng: np.random.Generator) -> Texts:
    """Up to four different codes of the offense's pattern, separated by blanks."""
    codes = [MO_CODES[o.pattern].split() for o in OFFENSES]
    chance = rng.random((4, len(offense)))
    count = np.where(chance[0] < _NO_CODES, 0, 1 + pick(_MO_COUNT, chance[1]))
    start, stride = (7 * chance[2]).astype(int), 1 + (6 * chance[3]).astype(int)
    rows = zip(offense.tolist(), count.tolist(), start.tolist(), stride.tolist(), strict=True)
    return texts(" ".join(codes[o][(first + k * step) % 7] for k in range(n)) for o, n, first, step in rows)
