"""Drawings as static SVG: no script, no font, no request; text in the page's colour, so that it reads on dark too."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

import vl_convert

from crime_spark.reporting.layout import Chart

# Okabe and Ito's colours that keep a contrast of 3 to 1 on white and on the dark page alike; told apart when colour is
# not seen, and by shape and dash besides.
COLOURS = ("#0072b2", "#d55e00", "#008b69", "#b05c8e", "#8a7400", "#7a7a7a")
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
WIDTH, HEIGHT = 330, 150
_INK = "currentColor"
_CONFIG: Mapping[str, Any] = {
    "background": None,
    "aria": False,  # the drawing as a whole has one label
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
    """A line over the months from the first to the last of values; a month without a value is a gap."""
    months = [divmod(month, 12) for month in range(_number(min(values)), _number(max(values)) + 1)]
    points = [{"month": f"{y:04d}-{m + 1:02d}-01", "value": values.get((y, m + 1))} for y, m in months]
    axis = {"format": ".0%" if share else "~s", "tickCount": 4}
    spec = {
        "data": {"values": points},
        "mark": {
            "type": "line",
            "color": COLOURS[1] if share else COLOURS[0],
            "strokeWidth": 1.5,
            "point": {"size": 14 if len(months) <= 60 else 3, "color": COLOURS[1] if share else COLOURS[0]},
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
    """A line with intervals for each learner; points are year, learner, value, low, high. title is of the values."""
    names = list(order)
    colour = {"field": "learner", "type": "nominal", "scale": {"domain": names, "range": _cycled(COLOURS, len(names))}}
    x = {
        "field": "year",
        "type": "ordinal",
        "title": "year scored",
        "axis": {"grid": False, "labelAngle": 0, "labelOverlap": True},
    }
    shape = {**colour, "scale": {"domain": names, "range": _cycled(SHAPES, len(names))}}
    y_scale = {"zero": False, "nice": True}
    line = {
        "mark": {"type": "line", "strokeWidth": 1.5},
        "encoding": {
            "y": {"field": "value", "type": "quantitative", "title": title, "scale": y_scale},
            "color": colour,
        },
    }
    point = {
        "mark": {"type": "point", "filled": True, "size": 36, "opacity": 1},
        "encoding": {"y": {"field": "value", "type": "quantitative"}, "color": colour, "shape": shape},
    }
    rule = {
        "mark": {"type": "rule", "strokeWidth": 1.2},
        "encoding": {"y": {"field": "low", "type": "quantitative"}, "y2": {"field": "high"}, "color": colour},
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
    """A line over the hours of the day for each series, the first of them solid; points are hour, series, value."""
    names = list(order)
    dashes = _cycled(["1,0", "6,3", "2,2"], len(names))
    colour = {"field": "series", "type": "nominal", "scale": {"domain": names, "range": _cycled(COLOURS, len(names))}}
    dash = {**colour, "scale": {"domain": names, "range": [[int(n) for n in one.split(",")] for one in dashes]}}
    axis = {"values": list(range(0, 24, 3)), "grid": False, "format": "d"}
    spec = {
        "data": {"values": list(points)},
        "mark": {"type": "line", "strokeWidth": 1.8},
        "encoding": {
            "x": {"field": "hour", "type": "quantitative", "title": "hour from", "axis": axis},
            "y": {"field": "value", "type": "quantitative", "title": title, "scale": {"zero": True}},
            "color": colour,
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
    """A line for each series over shares from 0 to 1, beside the diagonal; points are series, x, y, in their order.

    axes are what x and y are of.
    """
    names = list(order)
    dashes = _cycled(["1,0", "6,3", "2,2"], len(names))
    colour = {"field": "series", "type": "nominal", "scale": {"domain": names, "range": _cycled(COLOURS, len(names))}}
    dash = {**colour, "scale": {"domain": names, "range": [[int(n) for n in one.split(",")] for one in dashes]}}
    share = {"type": "quantitative", "scale": {"domain": [0, 1]}, "axis": {"format": ".0%", "tickCount": 5}}
    place = {"x": {**share, "field": "x", "title": axes[0]}, "y": {**share, "field": "y", "title": axes[1]}}
    straight = {
        "data": {"values": [{"x": end, "y": end} for end in (0, 1)]},
        "mark": {"type": "line", "color": _INK, "strokeWidth": 0.6, "opacity": 0.5},
        "encoding": place,
    }
    lines = {
        # Rounded as far as nobody sees, so that the page stays light.
        "data": {"values": [{**one, "at": at, **_rounded(one)} for at, one in enumerate(points)]},
        "mark": {"type": "line", "strokeWidth": 1.6},
        "encoding": {**place, "color": colour, "strokeDash": dash, "order": {"field": "at", "type": "quantitative"}},
    }
    return Chart(_drawn({"layer": [straight, lines] if diagonal else [lines]}, label, width=260, height=230), caption)


def _rounded(point: Mapping[str, Any]) -> dict[str, float]:
    return {axis: round(point[axis], 3) for axis in ("x", "y")}


def _number(month: tuple[int, int]) -> int:
    return month[0] * 12 + month[1] - 1


def _cycled(choices: Sequence[str], size: int) -> list[str]:
    return [choices[at % len(choices)] for at in range(size)]


def _drawn(spec: Mapping[str, Any], label: str, width: int = WIDTH, height: int = HEIGHT) -> str:
    """The SVG with one label in the place of Vega's many, and without a fixed size, so that it shrinks on a phone."""
    svg = vl_convert.vegalite_to_svg({**spec, "width": width, "height": height, "config": dict(_CONFIG)})
    size = re.search(r'viewBox="0 0 (\d+) (\d+)"', svg)
    if size is None:
        raise ValueError("the drawing has no size")
    head = (
        f'<svg class="drawing" role="img" aria-label="{html.escape(label, quote=True)}" '
        f'viewBox="0 0 {size[1]} {size[2]}" style="max-width: {int(size[1]) * 1.25:.0f}px">'
    )
    body = re.sub(r"^<svg[^>]*>", "", svg)
    body = re.sub(r' (aria-hidden|aria-label|aria-roledescription|role|pointer-events)="[^"]*"', "", body)
    return head + re.sub(r'<path class="(?:back|fore)ground" d="[^"]*"(?: display="none")?/>', "", body)
