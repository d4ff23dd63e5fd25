"""Parts of a Grafana dashboard: variables, panels and their places on the grid."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

COLUMNS = 24
# The format of Grafana 11; later versions upgrade it on import.
SCHEMA_VERSION = 39
GREEN, YELLOW, ORANGE, RED, DARK_RED = "green", "yellow", "orange", "red", "dark-red"
SHADES = ("rgba(115, 191, 105, 0.35)", "rgba(115, 191, 105, 0.7)", YELLOW, ORANGE, DARK_RED)
TABLE = re.compile(r"\{(monitor_\w+)\}")
POSTGRES, PROMETHEUS = "grafana-postgresql-datasource", "prometheus"


@dataclass(frozen=True)
class Panel:
    """One panel, before it has a place."""

    title: str
    text: str
    kind: str
    targets: Sequence[Json]
    width: int
    height: int
    defaults: Json = field(default_factory=dict)
    overrides: Sequence[Json] = ()
    options: Json = field(default_factory=dict)
    transformations: Sequence[Json] = ()


@dataclass(frozen=True)
class Row:
    """A heading, and the panels below it from left to right."""

    title: str
    panels: Sequence[Panel]


@dataclass(frozen=True)
class Dashboard:
    """What a dashboard is about."""

    uid: str
    title: str
    text: str
    since: str
    source: str
    variables: Sequence[Json]
    rows: Sequence[Row]
    annotations: Sequence[Json] = ()


def sql(text: str) -> str:
    """A query with its tables in the schema that the variable names."""
    return TABLE.sub(r'"${schema}".\1', text.strip())


def source(kind: str) -> Json:
    return {"type": kind, "uid": "${datasource}"}


# ---- queries -------------------------------------------------------------------------------------


def queried(text: str, form: str = "table", letter: str = "A") -> Json:
    return {
        "refId": letter,
        "datasource": source(POSTGRES),
        "editorMode": "code",
        "format": form,
        "rawQuery": True,
        "rawSql": sql(text),
    }


def expressed(expression: str, legend: str = "", letter: str = "A", *, now: bool = False) -> Json:
    """A PromQL expression, over time or as of now."""
    shape = {"format": "table", "instant": True} if now else {"format": "time_series"}
    return {
        "refId": letter,
        "datasource": source(PROMETHEUS),
        "editorMode": "code",
        "expr": expression,
        "legendFormat": legend or "__auto",
        "range": not now,
        **shape,
    }


# ---- panels --------------------------------------------------------------------------------------


def limits(*steps: tuple[float | None, str]) -> Json:
    """Colours, each from a value on."""
    return {"mode": "absolute", "steps": [{"value": value, "color": each} for value, each in steps]}


NONE_IS_GREEN = limits((None, GREEN), (1, RED))


def stat(
    title: str, text: str, target: Json, colours: Json, unit: str = "none", width: int = 4
) -> Panel:
    reduced = {"values": False, "calcs": ["lastNotNull"], "fields": ""}
    options = {
        "reduceOptions": reduced, "colorMode": "background", "graphMode": "none",
        "textMode": "value", "justifyMode": "auto", "orientation": "auto",
    }  # fmt: skip
    defaults = {"unit": unit, "color": {"mode": "thresholds"}, "thresholds": colours}
    return Panel(title, text, "stat", [target], width, 4, defaults, options=options)


def lines(
    title: str, text: str, targets: Sequence[Json], unit: str = "short", width: int = 12,
    overrides: Sequence[Json] = (),
) -> Panel:  # fmt: skip
    custom = {"drawStyle": "line", "lineWidth": 2, "fillOpacity": 0, "showPoints": "auto"}
    return over_time(title, text, targets, unit, width, custom, overrides)


def bars(
    title: str, text: str, targets: Sequence[Json], unit: str = "short", width: int = 12,
    overrides: Sequence[Json] = (),
) -> Panel:  # fmt: skip
    stacked = {"mode": "normal", "group": "A"}
    custom = {"drawStyle": "bars", "lineWidth": 1, "fillOpacity": 70, "stacking": stacked}
    return over_time(title, text, targets, unit, width, custom, overrides)


def over_time(
    title: str, text: str, targets: Sequence[Json], unit: str, width: int, custom: Json,
    overrides: Sequence[Json],
) -> Panel:  # fmt: skip
    options = {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
        "tooltip": {"mode": "multi", "sort": "desc"},
    }
    defaults = {"unit": unit, "custom": custom, "color": {"mode": "palette-classic"}}
    return Panel(title, text, "timeseries", targets, width, 8, defaults, overrides, options)


def table(
    title: str, text: str, target: Json, width: int = 24, height: int = 8,
    overrides: Sequence[Json] = (), transformations: Sequence[Json] = (),
) -> Panel:  # fmt: skip
    custom = {"align": "auto", "cellOptions": {"type": "auto"}, "filterable": True, "inspect": True}
    options = {"showHeader": True, "cellHeight": "sm"}
    defaults = {"custom": custom}
    return Panel(
        title, text, "table", [target], width, height, defaults, overrides, options, transformations
    )


def grid_of_days(title: str, text: str, target: Json, colours: Json) -> Panel:
    """A row per series, a cell per day."""
    options = {
        "showValue": "never", "rowHeight": 0.9, "colWidth": 0.95,
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
        "tooltip": {"mode": "single", "sort": "none"},
    }  # fmt: skip
    defaults = {
        "unit": "none", "decimals": 2, "color": {"mode": "thresholds"}, "thresholds": colours,
        "custom": {"fillOpacity": 90, "lineWidth": 0},
    }  # fmt: skip
    return Panel(title, text, "status-history", [target], 24, 14, defaults, options=options)


def columns(title: str, text: str, target: Json, x: str, unit: str, width: int = 24) -> Panel:
    """A group of bars per text value."""
    options = {
        "xField": x, "orientation": "auto", "stacking": "none", "showValue": "never",
        "groupWidth": 0.8, "barWidth": 0.95, "xTickLabelRotation": -45, "xTickLabelMaxLength": 24,
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
        "tooltip": {"mode": "multi", "sort": "none"}, "barRadius": 0, "fullHighlight": False,
    }  # fmt: skip
    defaults = {
        "unit": unit, "color": {"mode": "palette-classic"},
        "custom": {"fillOpacity": 80, "lineWidth": 1},
    }  # fmt: skip
    return Panel(title, text, "barchart", [target], width, 9, defaults, options=options)


def of_column(name: str, **properties: Any) -> Json:
    """How one column or series looks; `custom__x` is the property custom.x."""
    found = [{"id": key.replace("__", "."), "value": value} for key, value in properties.items()]
    return {"matcher": {"id": "byName", "options": name}, "properties": found}


def coloured(name: str, colours: Mapping[str, str]) -> Json:
    """A text column whose background says how bad a value is."""
    options = {
        value: {"color": each, "index": index}
        for index, (value, each) in enumerate(colours.items())
    }
    return of_column(
        name,
        mappings=[{"type": "value", "options": options}],
        custom__cellOptions={"type": "color-background", "mode": "basic"},
    )


SEVERITY = {"critical": RED, "warn": ORANGE, "info": "blue"}


def linked(name: str, title: str) -> Json:
    """A column whose value is an address."""
    link = {"title": title, "url": "${__value.raw}", "targetBlank": True}
    return of_column(name, links=[link])


# ---- variables -----------------------------------------------------------------------------------


def chosen_source(kind: str) -> Json:
    return {
        "name": "datasource", "label": "Data source", "type": "datasource", "query": kind,
        "refresh": 1, "hide": 0, "multi": False, "includeAll": False, "options": [], "regex": "",
    }  # fmt: skip


def chosen(name: str, label: str, text: str, *, several: bool = False) -> Json:
    """A variable whose values a query lists; the first one is the default."""
    listed = {
        "name": name, "label": label, "type": "query", "datasource": source(POSTGRES),
        "query": sql(text), "refresh": 2, "sort": 0, "hide": 0,
        "regex": "", "multi": several, "includeAll": several, "options": [],
    }  # fmt: skip
    return {**listed, "current": {"text": ["All"], "value": ["$__all"]}} if several else listed


def one_of(name: str, label: str, values: Sequence[str]) -> Json:
    options = [{"text": each, "value": each, "selected": each == values[0]} for each in values]
    return {
        "name": name, "label": label, "type": "custom", "query": ",".join(values), "hide": 0,
        "multi": False, "includeAll": False, "options": options, "current": options[0],
    }  # fmt: skip


# Whoever built into several schemas (dev, prod) chooses one.
SCHEMA = chosen(
    "schema",
    "Schema",
    """
select table_schema
from information_schema.tables
where table_name = 'monitor_health'
order by case when table_schema like '%model_monitor' then 0 else 1 end, table_schema
""",
)
ALL_MONITORS = "select distinct monitor from {monitor_health} order by monitor"


# ---- the whole -----------------------------------------------------------------------------------


def written(dashboard: Dashboard) -> Json:
    return {
        "uid": dashboard.uid,
        "title": dashboard.title,
        "description": dashboard.text,
        "tags": ["model_monitor"],
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "timezone": "utc",
        "refresh": "",
        "time": {"from": dashboard.since, "to": "now"},
        "timepicker": {},
        "templating": {"list": [chosen_source(dashboard.source), *dashboard.variables]},
        "annotations": {"list": list(dashboard.annotations)},
        "links": [
            {
                "title": "model_monitor", "type": "dashboards", "tags": ["model_monitor"],
                "asDropdown": True, "includeVars": False, "keepTime": False, "targetBlank": False,
                "icon": "external link", "tooltip": "", "url": "",
            }
        ],
        "panels": list(placed(dashboard.rows, dashboard.source)),
    }  # fmt: skip


def placed(rows: Sequence[Row], kind: str) -> Iterable[Json]:
    """The rows, each with its panels from left to right."""
    top, number = 0, 0
    for row in rows:
        number += 1
        place = {"h": 1, "w": COLUMNS, "x": 0, "y": top}
        heading = {"type": "row", "title": row.title, "collapsed": False, "panels": []}
        yield {"id": number, **heading, "gridPos": place}
        top += 1
        left, tallest = 0, 0
        for panel in row.panels:
            if left + panel.width > COLUMNS:
                top, left, tallest = top + tallest, 0, 0
            number += 1
            place = {"h": panel.height, "w": panel.width, "x": left, "y": top}
            yield drawn(panel, number, place, kind)
            left, tallest = left + panel.width, max(tallest, panel.height)
        top += tallest


def drawn(panel: Panel, number: int, place: Json, kind: str) -> Json:
    shown = {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.text,
        "datasource": source(kind),
        "gridPos": place,
        "targets": list(panel.targets),
        "fieldConfig": {"defaults": panel.defaults, "overrides": list(panel.overrides)},
        "options": panel.options,
    }
    if panel.transformations:
        shown["transformations"] = list(panel.transformations)
    return shown
