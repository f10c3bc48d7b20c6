"""Charts as static SVG without scripts, fonts or requests; text has the color of the page, light or dark."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

import vl_convert

from crime_spark.reporting.layout import Chart

# Colors after Okabe and Ito that color-blind readers can distinguish, with a contrast of 3 to 1 on the light and on the
# dark page. Shapes and dashes also distinguish the lines.
COLORS = ("#0072b2", "#d55e00", "#008b69", "#b05c8e", "#8a7400", "#7a7a7a")
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
DASHES = ([1, 0], [6, 3], [2, 2])
WIDTH, HEIGHT = 330, 150
_INK = "currentColor"
_CONFIG: Mapping[str, Any] = {
    "background": None,
    "aria": False,  # the whole drawing has one label
    "font": "sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": _INK,
        "titleColor": _INK,
        "domainColor": _INK,
        "tickColor": _INK,
        "gridColor": _INK,
        "gridOpacity": 0.15,
        "labelFontSize": 11,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
    },
    "legend": {
        "labelColor": _INK,
        "titleColor": _INK,
        "labelFontSize": 11,
        "orient": "bottom",
        "columns": 2,
        "title": None,
        "labelLimit": 220,
        "symbolStrokeColor": _INK,
    },
}


def over_months(values: Mapping[tuple[int, int], float], title: str, caption: str, label: str, share: bool) -> Chart:
    """A line chart by month, from the first to the last month; a month without a value is a gap.

    Args:
        values: value by (year, month).
        title: title of the y axis.
        caption: caption below the chart.
        label: description for screen readers.
        share: whether the values are shares, shown in percent.
    """
    months = [divmod(month, 12) for month in range(_month_number(min(values)), _month_number(max(values)) + 1)]
    points = [{"month": f"{y:04d}-{m + 1:02d}-01", "value": values.get((y, m + 1))} for y, m in months]
    axis = {"format": ".0%" if share else "~s", "tickCount": 4}
    spec = {
        "data": {"values": points},
        "mark": {
            "type": "line",
            "color": COLORS[1] if share else COLORS[0],
            "strokeWidth": 1.5,
            "point": {"size": 14 if len(months) <= 60 else 3, "color": COLORS[1] if share else COLORS[0]},
        },
        "encoding": {
            "x": {
                "field": "month",
                "type": "temporal",
                "title": None,
                "timeUnit": "utcyearmonth",
                "axis": {
                    "grid": False,
                    "tickCount": 6,
                    "labelOverlap": True,
                    "format": "%Y" if len(months) > 30 else "%b %y",
                },
            },
            "y": {"field": "value", "type": "quantitative", "title": title, "axis": axis, "scale": {"zero": True}},
        },
    }
    return Chart(_drawn(spec, label), caption)


def over_years(
    points: Sequence[Mapping[str, Any]], order: Sequence[str], caption: str, title: str, label: str
) -> Chart:
    """A line chart by test year, with a line and intervals for each learner.

    Args:
        points: mappings with year, learner, value, low and high.
        order: learners in the order of their colors.
        caption: caption below the chart.
        title: title of the y axis.
        label: description for screen readers.
    """
    color, shape = _scaled("learner", order, COLORS), _scaled("learner", order, SHAPES)
    x = {
        "field": "year",
        "type": "ordinal",
        "title": "test year",
        "axis": {"grid": False, "labelAngle": 0, "labelOverlap": True},
    }
    y_scale = {"zero": False, "nice": True}
    line = {
        "mark": {"type": "line", "strokeWidth": 1.5},
        "encoding": {
            "y": {"field": "value", "type": "quantitative", "title": title, "scale": y_scale},
            "color": color,
        },
    }
    point = {
        "mark": {"type": "point", "filled": True, "size": 36, "opacity": 1},
        "encoding": {"y": {"field": "value", "type": "quantitative"}, "color": color, "shape": shape},
    }
    rule = {
        "mark": {"type": "rule", "strokeWidth": 1.2},
        "encoding": {"y": {"field": "low", "type": "quantitative"}, "y2": {"field": "high"}, "color": color},
    }
    spec = {
        "data": {"values": list(points)},
        "encoding": {"x": x},
        "layer": [line, rule, point],
        "resolve": {"legend": {"color": "shared"}},
    }
    return Chart(_drawn(spec, label, width=420, height=190), caption)


def over_hours(
    points: Sequence[Mapping[str, Any]], order: Sequence[str], caption: str, title: str, label: str
) -> Chart:
    """A line chart by hour of day, with a line for each series; the first line is solid.

    Args:
        points: mappings with hour, series and value.
        order: series in the order of their colors.
        caption: caption below the chart.
        title: title of the y axis.
        label: description for screen readers.
    """
    color, dash = _scaled("series", order, COLORS), _scaled("series", order, DASHES)
    axis = {"values": list(range(0, 24, 3)), "grid": False, "format": "d"}
    spec = {
        "data": {"values": list(points)},
        "mark": {"type": "line", "strokeWidth": 1.8},
        "encoding": {
            "x": {"field": "hour", "type": "quantitative", "title": "hour from", "axis": axis},
            "y": {"field": "value", "type": "quantitative", "title": title, "scale": {"zero": True}},
            "color": color,
            "strokeDash": dash,
        },
    }
    return Chart(_drawn(spec, label, width=420, height=190), caption)


def over_shares(
    points: Sequence[Mapping[str, Any]],
    order: Sequence[str],
    caption: str,
    axes: tuple[str, str],
    label: str,
    diagonal: bool = True,
) -> Chart:
    """A line chart of shares from 0 to 1, with a line for each series; the first line is solid.

    Args:
        points: mappings with series, x and y; lines connect the points in this order.
        order: series in the order of their colors.
        caption: caption below the chart.
        axes: titles of the x and the y axis.
        label: description for screen readers.
        diagonal: whether to draw the diagonal.
    """
    color, dash = _scaled("series", order, COLORS), _scaled("series", order, DASHES)
    share = {"type": "quantitative", "scale": {"domain": [0, 1]}, "axis": {"format": ".0%", "tickCount": 5}}
    place = {"x": {**share, "field": "x", "title": axes[0]}, "y": {**share, "field": "y", "title": axes[1]}}
    straight = {
        "data": {"values": [{"x": end, "y": end} for end in (0, 1)]},
        "mark": {"type": "line", "color": _INK, "strokeWidth": 0.6, "opacity": 0.5},
        "encoding": place,
    }
    lines = {
        # Rounded to a precision that is invisible, so that the page stays small.
        "data": {"values": [{**point, "at": index, **_rounded(point)} for index, point in enumerate(points)]},
        "mark": {"type": "line", "strokeWidth": 1.6},
        "encoding": {**place, "color": color, "strokeDash": dash, "order": {"field": "at", "type": "quantitative"}},
    }
    return Chart(_drawn({"layer": [straight, lines] if diagonal else [lines]}, label, width=260, height=230), caption)


def _rounded(point: Mapping[str, Any]) -> dict[str, float]:
    return {axis: round(point[axis], 3) for axis in ("x", "y")}


def _month_number(month: tuple[int, int]) -> int:
    return month[0] * 12 + month[1] - 1


def _scaled(field: str, names: Sequence[str], choices: Sequence[Any]) -> dict[str, Any]:
    """An encoding of the names by the choices, repeated if there are fewer choices than names."""
    marks = [choices[index % len(choices)] for index in range(len(names))]
    return {"field": field, "type": "nominal", "scale": {"domain": list(names), "range": marks}}


def _drawn(spec: Mapping[str, Any], label: str, width: int = WIDTH, height: int = HEIGHT) -> str:
    """The SVG with one label in place of Vega's labels, and without a fixed size, so that it fits on a phone."""
    svg = vl_convert.vegalite_to_svg({**spec, "width": width, "height": height, "config": dict(_CONFIG)})
    size = re.search(r'viewBox="0 0 (\d+) (\d+)"', svg)
    if size is None:
        raise ValueError("the SVG of a chart must have a viewBox with whole numbers")
    head = (
        f'<svg class="drawing" role="img" aria-label="{html.escape(label, quote=True)}" '
        f'viewBox="0 0 {size[1]} {size[2]}" style="max-width: {int(size[1]) * 1.25:.0f}px">'
    )
    body = re.sub(r"^<svg[^>]*>", "", svg)
    body = re.sub(r' (aria-hidden|aria-label|aria-roledescription|role|pointer-events)="[^"]*"', "", body)
    return head + re.sub(r'<path class="(?:back|fore)ground" d="[^"]*"(?: display="none")?/>', "", body)
