"""Write the dashboard of examples/superset: make dashboards

Its queries are those of the Grafana dashboards. What a variable of Grafana chooses is a column
here, and a filter of the dashboard chooses among its values.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools" / "grafana"))

import executive  # noqa: E402
import operations  # noqa: E402
from parts import Panel, Row  # noqa: E402

Json = dict[str, Any]
FOLDER = ROOT / "examples" / "superset" / "model_monitor"
NAME = "model_monitor"
# What a user replaces by the schema of the results, and by the address of the warehouse.
SCHEMA = "main_model_monitor"
ADDRESS = "duckdb:////path/to/warehouse.duckdb?access_mode=read_only"
VERSION = "1.0.0"
COLUMNS = 12
NO_TIME = "No filter"
MONITORS = r"(?:\w+\.)?monitor in \(\$\{monitor:sqlstring\}\)"
TIMES = r"\$__timeFilter\(\w+\)"


@dataclass(frozen=True)
class Dataset:
    """A query, and its columns in order. `time` is the column that the time range filters."""

    name: str
    sql: str
    columns: str
    time: str | None = None

    @property
    def names(self) -> list[str]:
        return self.columns.split()


@dataclass(frozen=True)
class Chart:
    """A chart, before it has a place. `query` is what it asks, beside its columns and filters."""

    title: str
    text: str
    kind: str
    dataset: Dataset
    columns: Sequence[Any] = ()
    metrics: Sequence[Json] = ()
    params: Json = field(default_factory=dict)
    order: Sequence[tuple[str, bool]] = ()
    where: str | None = None
    width: int = 6
    height: int = 45


def panel_of(rows: Sequence[Row], title: str) -> Panel:
    (found,) = [panel for row in rows for panel in row.panels if panel.title == title]
    return found


def of_grafana(panel: Panel, *, add_monitor: bool = False) -> str:
    """The query of a panel without the variables of Grafana."""
    text = str(panel.targets[0]["rawSql"]).replace('"${schema}"', SCHEMA)
    for condition in (rf"{MONITORS}\n\s+or monitor is null", MONITORS, TIMES):
        text = re.sub(rf"\n\s*and {condition}", "", text)
        text = re.sub(rf"where {condition}\n\s+and ", "where ", text)
        text = re.sub(rf"\n\s*where {condition}", "", text)
    if add_monitor:
        text = re.sub(r"^select\s+", "select monitor, ", text)
    if "$" in text:
        raise ValueError(f"A variable of Grafana is left in the query of {panel.title}:\n{text}")
    return text


def executive_sql(title: str, *, add_monitor: bool = False) -> str:
    return of_grafana(panel_of(executive.DASHBOARD.rows, title), add_monitor=add_monitor)


def operations_sql(title: str, *, add_monitor: bool = False) -> str:
    return of_grafana(panel_of(operations.DASHBOARD.rows, title), add_monitor=add_monitor)


# ---- datasets ------------------------------------------------------------------------------------

MODELS = Dataset(
    "models",
    executive_sql("Every model"),
    "monitor worst_open open_alerts recommendation evaluation evaluated_until rows_in_window "
    "performance performance_before calibration_ratio drifted_share",
)
OPEN = Dataset(
    "open_incidents",
    executive_sql("Open incidents, the most severe first"),
    "monitor severity since message recommended_action likely_cause owner runbook dashboard",
)
INCIDENTS = Dataset(
    "incidents_by_day",
    f"""
select
    monitor,
    date_trunc('day', since) as "time",
    severity,
    count(*) as incidents
from {SCHEMA}.monitor_incidents
where inhibited_by is null
    and (nature is null or nature <> 'expected' or is_safety)
group by 1, 2, 3
""".strip(),
    "monitor time severity incidents",
    "time",
)
VALUE = Dataset(
    "value",
    executive_sql("Value of decisions, per decision", add_monitor=True),
    "monitor time metric value",
    "time",
)
REQUESTS = Dataset(
    "requests",
    executive_sql("What requests a new version or another action"),
    "monitor action is_mandatory approvers kind state fired_at reasons blocked_by "
    "candidate_version",
)
UNWATCHED = Dataset(
    "not_watched",
    executive_sql("What is not watched, and why"),
    "monitor family resolution reason series example",
)
BEHIND = Dataset(
    "behind",
    operations_sql("How far the logs were behind", add_monitor=True),
    "monitor time metric value",
    "time",
)
LOGS = Dataset(
    "logs",
    operations_sql("Logs, as of the latest run"),
    "monitor log evaluation loaded_through complete_through new_row_count unmatched_label_count "
    "problems",
)
NOTICES = Dataset(
    "notices", operations_sql("Notices"), "severity monitor log since evidence suggested_command"
)
VOLUME = Dataset(
    "volume",
    operations_sql("Rows by day and log", add_monitor=True),
    "monitor time metric value",
    "time",
)
ERRORS = Dataset(
    "errors",
    operations_sql("Errors, timeouts, fallbacks", add_monitor=True),
    "monitor time metric value",
    "time",
)
LATENCY = Dataset(
    "latency",
    operations_sql("Latency", add_monitor=True),
    "monitor time metric p50 p95 p99",
    "time",
)
DAY = """where role = 'live'
    and model_version = '(all)'
    and window_name = 'day'
    and slice_name = '(all)'"""
DRIFT = Dataset(
    "drift",
    f"""
select
    monitor,
    window_end - interval '1' day as "time",
    baseline,
    case when log = 'predictions' then subject else log || ' ' || subject end as subject,
    greatest(psi_valid - psi_noise_limit, 0) as effect
from {SCHEMA}.monitor_drift
{DAY}
    and status in ('ok', 'drifted')
    and not coalesce(is_reference_mismatch, false)
    and psi_valid is not null
""".strip(),
    "monitor time baseline subject effect",
    "time",
)
DRIFTED = Dataset(
    "drifted_share",
    f"""
select
    monitor,
    window_end - interval '1' day as "time",
    baseline,
    log,
    drifted_share,
    importance_weighted_drifted_share
from {SCHEMA}.monitor_dataset
{DAY}
""".strip(),
    "monitor time baseline log drifted_share importance_weighted_drifted_share",
    "time",
)


# ---- charts --------------------------------------------------------------------------------------


def metric(expression: str, label: str) -> Json:
    return {
        "expressionType": "SQL", "sqlExpression": expression, "label": label,
        "hasCustomLabel": True, "optionName": f"metric_{label.lower().replace(' ', '_')}",
    }  # fmt: skip


def number(title: str, text: str, dataset: Dataset, expression: str, where: str | None) -> Chart:
    shown = metric(expression, title)
    params = {"metric": shown, "y_axis_format": ",d", "header_font_size": 0.4}
    return Chart(
        title, text, "big_number_total", dataset, metrics=[shown], params=params, where=where,
        width=3, height=18,
    )  # fmt: skip


def table(
    title: str, text: str, dataset: Dataset, columns: str, order: Sequence[tuple[str, bool]],
    width: int = 12, formats: Json | None = None,
) -> Chart:  # fmt: skip
    """Rows as they are. `formats` has the format of numbers, by column."""
    shown = columns.split()
    params = {
        "query_mode": "raw", "all_columns": shown,
        "order_by_cols": [json.dumps(each) for each in order],
        "column_config": {
            name: {"d3NumberFormat": each} for name, each in (formats or {}).items()
        },
        "show_cell_bars": False, "table_timestamp_format": "%Y-%m-%d %H:%M",
        "server_page_length": 10,
    }  # fmt: skip
    return Chart(
        title, text, "table", dataset, shown, params=params, order=order, width=width,
        height=30 if width == COLUMNS else 45,
    )  # fmt: skip


def over_time(
    title: str, text: str, dataset: Dataset, metrics: Sequence[Json], by: str, form: str = "line",
    unit: str = "SMART_NUMBER",
) -> Chart:  # fmt: skip
    params = {
        "x_axis": "time", "time_grain_sqla": "P1D", "metrics": list(metrics), "groupby": [by],
        "y_axis_format": unit, "x_axis_time_format": "smart_date", "show_legend": True,
        "legendType": "scroll", "legendOrientation": "top", "rich_tooltip": True,
        "show_empty_columns": True, **({"stack": "Stack"} if form == "bar" else {}),
    }  # fmt: skip
    kind = f"echarts_timeseries_{form}"
    return Chart(title, text, kind, dataset, [of_days(), by], metrics, params)


def of_days() -> Json:
    return {
        "columnType": "BASE_AXIS", "expressionType": "SQL", "sqlExpression": "time",
        "label": "time", "timeGrain": "P1D",
    }  # fmt: skip


def grid_of_days(title: str, text: str, dataset: Dataset, shown: Json, by: str) -> Chart:
    params = {
        "x_axis": "time", "time_grain_sqla": "P1D", "groupby": by, "metric": shown,
        "sort_x_axis": "alpha_asc", "sort_y_axis": "alpha_desc", "normalize_across": "heatmap",
        "linear_color_scheme": "superset_seq_2", "xscale_interval": -1, "yscale_interval": -1,
        "left_margin": "auto", "bottom_margin": "auto", "value_bounds": [0, 1],
        "y_axis_format": "SMART_NUMBER", "show_legend": True,
    }  # fmt: skip
    return Chart(
        title, text, "heatmap_v2", dataset, [of_days(), by], [shown], params, width=12, height=100
    )


CRITICAL = "severity = 'critical'"
SECTIONS: tuple[tuple[str, tuple[Chart, ...]], ...] = (
    (
        "Is everything all right?",
        (
            number("Critical incidents", "Open critical incidents.", OPEN, "count(*)", CRITICAL),
            number(
                "Other open incidents", "Open incidents below critical.", OPEN, "count(*)",
                "severity <> 'critical'",
            ),
            number(
                "Monitors not fully evaluated",
                "A log, column or window of these monitors could not be read.",
                MODELS, "count(*)", "evaluation <> 'evaluated'",
            ),
            number(
                "Retraining due", "Models that request a new version.",
                REQUESTS, "count(distinct monitor)", "action = 'retrain'",
            ),
            table(
                "Every model", "The latest window of each monitor. Performance is final.",
                MODELS,
                "monitor worst_open open_alerts recommendation evaluation rows_in_window "
                "performance performance_before calibration_ratio drifted_share",
                [("open_alerts", False), ("monitor", True)],
                formats={
                    "rows_in_window": ",d", "performance": ".3f", "performance_before": ".3f",
                    "calibration_ratio": ".2f", "drifted_share": ".0%",
                },
            ),
            table(
                "Open incidents", "What is wrong, since when, and what to do.",
                OPEN, "severity message since recommended_action likely_cause owner",
                [("severity", True), ("since", True)],
            ),
            over_time(
                "Incidents by day",
                "By the day on which they began. Expected ones are not counted.",
                INCIDENTS, [metric("sum(incidents)", "incidents")], "severity", "bar",
            ),
            over_time(
                "Value per decision", "Weeks whose labels are final, in the unit of costs.",
                VALUE, [metric("max(value)", "value")], "metric",
            ),
            table(
                "Requests", "What requests a new version or another action, and what blocks it.",
                REQUESTS, "monitor action kind reasons blocked_by", [("fired_at", False)], 6,
            ),
            table(
                "Not watched", "Series with too few rows or labels.", UNWATCHED,
                "monitor family series reason example", [("series", False)], 6,
            ),
        ),
    ),
    (
        "Does it run?",
        (
            over_time(
                "Hours behind", "From the latest row of a log to the run that read it.",
                BEHIND, [metric("max(value)", "hours")], "metric",
            ),
            over_time(
                "Rows by day and log", "Live versions together.",
                VOLUME, [metric("sum(value)", "rows")], "metric", "bar",
            ),
            over_time(
                "Errors, timeouts, fallbacks", "Share of rows for which an operation is true.",
                ERRORS, [metric("max(value)", "share")], "metric", unit=".1%",
            ),
            over_time(
                "Latency", "95th percentile, in the unit of the log.",
                LATENCY, [metric("max(p95)", "p95")], "metric",
            ),
            table(
                "Logs", "How far each log has been read, and what could not be read.",
                LOGS, "monitor log evaluation loaded_through problems",
                [("evaluation", False), ("monitor", True), ("log", True)], 6,
            ),
            table(
                "Notices", "What needs attention but is not an alert.",
                NOTICES, "severity evidence suggested_command",
                [("severity", False), ("monitor", True)], 6,
            ),
        ),
    ),
    (
        "What changed?",
        (
            grid_of_days(
                "Drift, subject by day",
                "PSI beyond chance. Choose one baseline, and one monitor if there are many.",
                DRIFT, metric("max(effect)", "PSI beyond chance"), "subject",
            ),
            over_time(
                "Share of drifted subjects", "All subjects of a log. Choose one baseline.",
                DRIFTED, [metric("max(drifted_share)", "drifted")], "monitor", unit=".0%",
            ),
            over_time(
                "Share of drifted subjects, by importance", "Weighted with their importance.",
                DRIFTED, [metric("max(importance_weighted_drifted_share)", "drifted")], "monitor",
                unit=".0%",
            ),
        ),
    ),
)  # fmt: skip
CHARTS = [chart for _, charts in SECTIONS for chart in charts]


# ---- files ---------------------------------------------------------------------------------------


def identity(*parts: str) -> str:
    """The same in every version, so that an import replaces what an earlier one made."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join((NAME, "superset", *parts))))


def file_name(title: str) -> str:
    return re.sub("[^a-z0-9]+", "_", title.lower()).strip("_")


def of_database() -> Json:
    return {
        "database_name": NAME, "sqlalchemy_uri": ADDRESS, "cache_timeout": None,
        "expose_in_sqllab": True, "allow_run_async": False, "allow_ctas": False,
        "allow_cvas": False, "allow_dml": False, "extra": {}, "uuid": identity("database"),
        "version": VERSION,
    }  # fmt: skip


def of_dataset(dataset: Dataset) -> Json:
    columns = [
        {
            "column_name": name, "is_dttm": name == dataset.time, "groupby": True,
            "filterable": True, "is_active": True,
        }
        for name in dataset.names
    ]  # fmt: skip
    counted = {"metric_name": "count", "expression": "count(*)"}
    return {
        "table_name": f"{NAME}_{dataset.name}", "main_dttm_col": dataset.time, "schema": None,
        "sql": dataset.sql, "columns": columns, "metrics": [counted],
        "uuid": identity("dataset", dataset.name), "version": VERSION,
        "database_uuid": identity("database"),
    }  # fmt: skip


def of_chart(chart: Chart) -> Json:
    filters = [] if chart.where is None else [
        {"expressionType": "SQL", "clause": "WHERE", "sqlExpression": chart.where}
    ]  # fmt: skip
    params = {
        "viz_type": chart.kind, **chart.params, "adhoc_filters": filters, "row_limit": 10000,
        "time_range": NO_TIME, **({"granularity_sqla": "time"} if chart.dataset.time else {}),
    }  # fmt: skip
    query = {
        "columns": list(chart.columns),
        # rows are asked without metrics: an empty list would group them
        **({"metrics": list(chart.metrics)} if chart.metrics else {}),
        "orderby": [list(each) for each in chart.order], "filters": [], "row_limit": 10000,
        "extras": {"where": f"({chart.where})" if chart.where else "", "having": ""},
        "time_range": NO_TIME,
    }  # fmt: skip
    context = {
        "datasource": {"id": 0, "type": "table"}, "force": False, "queries": [query],
        "form_data": params, "result_format": "json", "result_type": "full",
    }  # fmt: skip
    return {
        "slice_name": chart.title, "description": chart.text, "viz_type": chart.kind,
        "params": params, "query_context": json.dumps(context), "cache_timeout": None,
        "uuid": identity("chart", chart.title), "version": VERSION,
        "dataset_uuid": identity("dataset", chart.dataset.name),
    }  # fmt: skip


def in_rows(charts: Sequence[Chart]) -> Iterator[list[Chart]]:
    row: list[Chart] = []
    for chart in charts:
        if row and sum(each.width for each in row) + chart.width > COLUMNS:
            yield row
            row = []
        row.append(chart)
    yield row


def placed() -> Json:
    """The layout: a heading per section, and its charts from left to right."""
    grid: list[str] = []
    found: Json = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"id": "ROOT_ID", "type": "ROOT", "children": ["GRID_ID"]},
        "GRID_ID": {"id": "GRID_ID", "type": "GRID", "children": grid, "parents": ["ROOT_ID"]},
        "HEADER_ID": {"id": "HEADER_ID", "type": "HEADER", "meta": {"text": NAME}},
    }
    above = ["ROOT_ID", "GRID_ID"]
    count = 0
    for title, charts in SECTIONS:
        heading = f"HEADER-{file_name(title)}"
        meta = {
            "text": title,
            "headerSize": "MEDIUM_HEADER",
            "background": "BACKGROUND_TRANSPARENT",
        }
        found[heading] = {
            "id": heading, "type": "HEADER", "children": [], "parents": above, "meta": meta,
        }  # fmt: skip
        grid.append(heading)
        for row in in_rows(charts):
            name = f"ROW-{file_name(row[0].title)}"
            grid.append(name)
            places = [f"CHART-{file_name(each.title)}" for each in row]
            found[name] = {
                "id": name, "type": "ROW", "children": places, "parents": above,
                "meta": {"background": "BACKGROUND_TRANSPARENT"},
            }  # fmt: skip
            for place, chart in zip(places, row, strict=True):
                count += 1
                found[place] = {
                    "id": place, "type": "CHART", "children": [], "parents": [*above, name],
                    "meta": {
                        "chartId": count, "uuid": identity("chart", chart.title),
                        "sliceName": chart.title, "width": chart.width, "height": chart.height,
                    },
                }  # fmt: skip
    return found


def chosen(name: str, column: str, dataset: Dataset, default: str | None = None) -> Json:
    """A filter of the dashboard. It acts on every chart whose dataset has the column."""
    value = [] if default is None else [default]
    state = {"filterState": {"value": value}} if value else {"filterState": {}}
    clause = {"filters": [{"col": column, "op": "IN", "val": value}]} if value else {}
    return {
        "id": f"NATIVE_FILTER-{column}", "name": name, "type": "NATIVE_FILTER",
        "filterType": "filter_select", "cascadeParentIds": [], "description": "",
        "controlValues": {
            "multiSelect": True, "enableEmptyFilter": False, "inverseSelection": False,
            "searchAllOptions": False, "defaultToFirstItem": False,
        },
        "targets": [
            {"column": {"name": column}, "datasetUuid": identity("dataset", dataset.name)}
        ],
        "defaultDataMask": {"extraFormData": clause, **state},
        "scope": {"rootPath": ["ROOT_ID"], "excluded": []},
    }  # fmt: skip


def time_range() -> Json:
    return {
        "id": "NATIVE_FILTER-time", "name": "Time range", "type": "NATIVE_FILTER",
        "filterType": "filter_time", "cascadeParentIds": [], "description": "", "targets": [{}],
        "controlValues": {"enableEmptyFilter": False},
        "defaultDataMask": {
            "extraFormData": {"time_range": "Last quarter"},
            "filterState": {"value": "Last quarter"},
        },
        "scope": {"rootPath": ["ROOT_ID"], "excluded": []},
    }  # fmt: skip


def of_dashboard() -> Json:
    filters = [
        time_range(),
        chosen("Monitor", "monitor", MODELS),
        chosen("Baseline", "baseline", DRIFTED, "last_week"),
    ]
    return {
        "dashboard_title": "model_monitor: models in production",
        "description": "Is everything all right, does it run, and what changed?",
        "css": "", "slug": "model-monitor", "uuid": identity("dashboard"), "position": placed(),
        "metadata": {
            "native_filter_configuration": filters, "color_scheme": "supersetColors",
            "cross_filters_enabled": True, "refresh_frequency": 0,
        },
        "version": VERSION, "published": True,
    }  # fmt: skip


class Written(yaml.SafeDumper):
    """Texts of several lines as blocks, so that a query can be read."""


def as_block(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


Written.add_representer(str, as_block)


def files() -> Iterator[tuple[str, Json]]:
    """Every file of the folder by its path, as Superset exports them."""
    # with the time of an export it would be another file each time
    yield "metadata.yaml", {
        "version": VERSION, "type": "Dashboard", "timestamp": "2026-01-01T00:00:00+00:00",
    }  # fmt: skip
    yield f"databases/{NAME}.yaml", of_database()
    for dataset in {chart.dataset.name: chart.dataset for chart in CHARTS}.values():
        yield f"datasets/{NAME}/{dataset.name}.yaml", of_dataset(dataset)
    for chart in CHARTS:
        yield f"charts/{file_name(chart.title)}.yaml", of_chart(chart)
    yield f"dashboards/{NAME}.yaml", of_dashboard()


def main(folder: Path = FOLDER) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in files():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        text = yaml.dump(content, Dumper=Written, sort_keys=False, allow_unicode=True, width=100)
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
