"""Place, premise and time predict the offense, from one year to the next."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

SERIOUS = {"01A", "02", "03", "04A", "04B", "05", "06", "07", "09"}


def chicago(row):
    hour = int(row["Date"][11:13]) % 12 + 12 * row["Date"].endswith("PM")
    features = (row["Location Description"], hour, round_minute(row["Date"][14:16]), row["Beat"][:2])
    return row["FBI Code"] in SERIOUS, features


def los_angeles(row):
    time = row["TIME OCC"]
    return row["Part 1-2"] == "1", (row["Premis Cd"], int(time[:2]), round_minute(time[2:]), row["Rpt Dist No"][:2])


def round_minute(minute):
    return "hour" if minute == "00" else "half" if minute == "30" else "other"


def examples(sample, city, year):
    read = {"chicago": chicago, "los_angeles": los_angeles}[city]
    date = {"chicago": "Date", "los_angeles": "DATE OCC"}[city]
    return [read(row) for row in sample.rows(city, str(year)) if row[date][6:10] == str(year)]


def shares(rows, feature):
    """Value of the feature -> serious share, where there are 50 examples or more."""
    groups = defaultdict(list)
    for serious, features in rows:
        groups[features[feature]].append(serious)
    return {value: np.mean(group) for value, group in groups.items() if len(group) >= 50}


def log_odds(rows, feature):
    """Value -> log-odds of serious against the average, shrunk by ten average examples."""
    base = np.mean([serious for serious, _ in rows])
    groups = defaultdict(list)
    for serious, features in rows:
        groups[features[feature]].append(serious)
    rates = {value: (sum(group) + 10 * base) / (len(group) + 10) for value, group in groups.items()}
    return {value: np.log(rate / (1 - rate) * (1 - base) / base) for value, rate in rates.items()}


def area_under_curve(labels, scores):
    """Share of pairs in which the serious one has the higher score."""
    order = np.argsort(np.asarray(scores) + 1e-9 * np.arange(len(scores)))
    ranks = np.empty(len(order))
    ranks[order] = np.arange(1, len(order) + 1)
    positive = np.asarray(labels)
    many = positive.sum()
    return (ranks[positive].sum() - many * (many + 1) / 2) / (many * (len(ranks) - many))


@pytest.mark.parametrize(("city", "years"), [("chicago", (2017, 2018)), ("los_angeles", (2018, 2019))])
def test_last_year_predicts_this_year(sample, city, years):
    before, after = (examples(sample, city, year) for year in years)
    tables = [log_odds(before, feature) for feature in range(4)]
    scores = [sum(t.get(value, 0) for t, value in zip(tables, features, strict=True)) for _, features in after]
    assert 0.64 < area_under_curve([serious for serious, _ in after], scores) < 0.80


@pytest.mark.parametrize(("city", "year", "premises"), [
    ("chicago", 2018, ("STREET", "RESIDENCE")), ("los_angeles", 2021, ("101", "501")),
])  # fmt: skip
def test_serious_share_depends_on_premise_hour_and_minute(sample, city, year, premises):
    rows = examples(sample, city, year)
    by_premise, by_hour, by_minute = (shares(rows, feature) for feature in range(3))
    assert by_premise[premises[0]] > by_premise[premises[1]] + 0.1
    assert max(by_hour.values()) > min(by_hour.values()) + 0.1
    assert by_minute["hour"] > by_minute["other"] + 0.05


@pytest.mark.parametrize(("city", "usual"), [("chicago", (0.36, 0.45)), ("los_angeles", (0.56, 0.66))])
def test_serious_share_is_stable_over_years(sample, city, usual):
    years = {"chicago": (2015, 2017, 2018, 2019), "los_angeles": (2018, 2019, 2021, 2023)}[city]
    yearly = [np.mean([serious for serious, _ in examples(sample, city, year)]) for year in years]
    assert usual[0] < min(yearly) <= max(yearly) < usual[1]
