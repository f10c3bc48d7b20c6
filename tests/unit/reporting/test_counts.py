"""Counts by year, month, offense group, premise, victim, weekday and hour."""

from __future__ import annotations

from crime_spark.reporting.breakdowns import compared_years, victims, victims_table
from crime_spark.reporting.counts import counts, months_table, years_table
from crime_spark.reporting.layout import STEPS, Cell, Missing, Table, Text, heat_steps
from crime_spark.reporting.material import BY_GROUP, BY_PREMISE, SHARE_SERIOUS, WEEK, WEEK_OF_KNOWN_TIMES, Material
from crime_spark.reporting.periods import Year, by_month, by_year, incomplete_years, period, years_without_reports
from crime_spark.reporting.week import reports_by_weekday_hour, week_tables
from tests.unit.reporting.records import CHICAGO, LOS_ANGELES, statistic, year_of_reports

THREE_YEARS = Material(
    (CHICAGO,), statistics=[*year_of_reports(2014), *year_of_reports(2015, 200), *year_of_reports(2017, months=2)]
)


def cells(table: Table) -> dict[str, tuple[str, ...]]:
    return {line.head: tuple(cell.text for cell in line.cells) for group in table.groups for line in group.lines}


def table_with_caption(material: Material, words: str) -> Table:
    tables = [p for p in counts(material).sections[0].pieces if isinstance(p, Table) and words in p.caption]
    assert len(tables) == 1
    return tables[0]


def test_months_are_in_chronological_order() -> None:
    assert list(by_month(THREE_YEARS, CHICAGO))[8:14] == [(2014, m) for m in (9, 10, 11, 12)] + [(2015, 1), (2015, 2)]


def test_year_without_twelve_months_is_incomplete() -> None:
    years = by_year(THREE_YEARS, CHICAGO)
    assert years == [Year(2014, 1200, 0.4, 12), Year(2015, 2400, 0.4, 12), Year(2017, 200, 0.4, 2)]
    assert [year.complete for year in years] == [True, True, False]
    assert incomplete_years(years) == "2017 (2 of 12 months)"
    assert years_without_reports(years) == "2016"
    assert period(THREE_YEARS, CHICAGO) == "Jan 2014 to Feb 2017"


def test_city_without_counts_has_no_period() -> None:
    assert by_year(THREE_YEARS, LOS_ANGELES) == []
    assert period(THREE_YEARS, LOS_ANGELES) == ""
    assert years_without_reports([]) == ""


def test_years_table_marks_incomplete_years() -> None:
    table = years_table(by_year(THREE_YEARS, CHICAGO), CHICAGO)
    assert cells(table) == {
        "2014": ("1,200", "40.0 %", "12 of 12"),
        "2015": ("2,400", "40.0 %", "12 of 12"),
        "2017": ("200", "40.0 %", "2 of 12"),
    }
    assert table.groups[0].lines[2].cells[2].note == "incomplete"
    assert "2017 (2 of 12 months)" in table.note


def test_months_table_has_blank_cells_for_months_without_reports() -> None:
    table = months_table({(2015, 11): 10, (2016, 2): 30}, CHICAGO)
    assert cells(table) == {"2015": ("",) * 10 + ("10", ""), "2016": ("", "30", *("",) * 10)}
    assert table.groups[0].lines[1].cells[1] == Cell("30", step=STEPS - 1)


def test_compared_years_are_complete_and_consecutive() -> None:
    years = [Year(2013, 1, None, 12), Year(2014, 1, None, 12), Year(2015, 1, None, 11), Year(2016, 1, None, 12)]
    assert compared_years(years) == (2014, 2013)
    assert compared_years(years[2:]) is None


def test_offense_groups_have_totals_shares_and_change_between_complete_years() -> None:
    groups = [
        statistic(BY_GROUP, value, year, (name,))
        for name, year, value in (("theft", 2014, 100), ("theft", 2015, 150), ("arson", 2014, 10), ("arson", 2015, 40))
    ]
    table = table_with_caption(Material((CHICAGO,), statistics=[*THREE_YEARS.statistics, *groups]), "offense group")
    assert table.columns[-3:] == ("2014", "2015", "Change")
    assert cells(table) == {
        "Theft": ("250", "83.3 %", "100", "150", "+50.0 %"),
        "Arson": ("50", "16.7 %", "10", "40", "–"),
    }


def test_premises_are_the_most_frequent_over_all_years() -> None:
    rows = [statistic(BY_PREMISE, 20 - number, None, (f"PLACE {number}",)) for number in range(17)]
    rows += [
        statistic(BY_PREMISE, 100, None, (None,)),
        statistic(BY_PREMISE, 0.5, None, (None,), SHARE_SERIOUS),
        statistic(BY_PREMISE, 999, 2014, ("OF ONE YEAR",)),
    ]
    table = table_with_caption(Material((CHICAGO,), statistics=[*THREE_YEARS.statistics, *rows]), "kinds of place")
    assert list(cells(table)) == ["Not recorded", *(f"PLACE {number}" for number in range(14))]
    assert cells(table)["Not recorded"] == ("100", "32.9 %", "50.0 %")
    assert table.note == "3 further kinds of place are not shown."


def test_shares_of_victims_exclude_values_that_are_not_recorded() -> None:
    table = victims_table({"18-24": 30, None: 50, "<1": 10}, "Age", ("<1", "1-17", "18-24"), {"<1": "Under 1"})
    assert table is not None
    assert list(cells(table).items()) == [
        ("Under 1", ("10", "25.0 %")),
        ("18-24", ("30", "75.0 %")),
        ("Not recorded", ("50", "")),
    ]
    assert victims_table({None: 5}, "Age", (), {}) is None
    assert victims_table({}, "Age", (), {}) is None


def test_cities_without_victim_data_and_without_counts_have_different_notices() -> None:
    without, missing = victims(Material((CHICAGO, LOS_ANGELES), statistics=year_of_reports(2016))).sections
    assert without.pieces == (Text("The data of Chicago contains nothing about victims."),)
    assert isinstance(missing.pieces[0], Missing)


def test_week_uses_only_rows_of_all_years() -> None:
    rows = [statistic(WEEK, 3, 2015, ("1", "0")), statistic(WEEK, 6, None, ("1", "0"))]
    assert reports_by_weekday_hour(Material((CHICAGO,), statistics=rows), CHICAGO, WEEK) == {(1, 0): 6}
    assert reports_by_weekday_hour(Material((CHICAGO,), statistics=rows), CHICAGO, WEEK_OF_KNOWN_TIMES) == {}


def test_week_is_relative_to_its_average_hour_and_tables_share_a_heat_scale() -> None:
    even = {(day, hour): 2.0 for day in range(1, 8) for hour in range(24)}
    noon = {**even, (7, 12): 338.0}
    first, second = week_tables([(even, "even"), (noon, "noon")], CHICAGO)
    assert set(cells(first)["00:00"]) == {"100"}
    assert cells(second)["12:00"] == ("50",) * 6 + ("8450",)
    assert [first.groups[0].lines[0].cells[0].step, second.groups[0].lines[12].cells[6].step] == [0, STEPS - 1]


def test_heat_steps_run_from_lowest_to_highest_and_skip_unknown_values() -> None:
    assert heat_steps([1.0, None, 3.0, 2.0]) == [0, None, STEPS - 1, 4]
    assert heat_steps([1.0, 1.0]) == [None, None]
    assert heat_steps([]) == []
