"""`model-monitor exposures`: exposures for dbt's lineage, one per model and one per dashboard.

The package cannot declare them: it does not know the monitors of a project when dbt parses it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from model_monitor.errors import UsageError
from model_monitor.warehouse.settings import PACKAGE

Json = dict[str, Any]

# What decides about a model: its state, its incidents, and whether a version may serve.
MODEL_TABLES = (
    "monitor_health", "monitor_incidents", "monitor_drift", "monitor_performance",
    "monitor_triggers", "monitor_gates",
)  # fmt: skip


@dataclass(frozen=True)
class Dashboard:
    """One of the dashboards in examples/: where it is served, and the tables that it reads."""

    tool: str
    page: str
    label: str
    text: str
    tables: tuple[str, ...]


# By the name of their exposure.
DASHBOARDS = {
    "model_monitor_executive": Dashboard(
        "grafana",
        "/d/model-monitor-executive",
        "Grafana: is everything all right?",
        "Open incidents, the state of every model, retraining, and what is not watched.",
        (
            "monitor_coverage", "monitor_effectiveness", "monitor_health", "monitor_incidents",
            "monitor_triggers", "monitor_value", "monitor_watermarks",
        ),
    ),
    "model_monitor_operations": Dashboard(
        "grafana",
        "/d/model-monitor-operations",
        "Grafana: operations",
        "Runs, freshness, volume, errors, latency, labels and deliveries.",
        (
            "monitor_alerts", "monitor_deliveries", "monitor_health", "monitor_labels",
            "monitor_metrics", "monitor_notices", "monitor_outbox", "monitor_profiles",
            "monitor_rule_runs", "monitor_runs", "monitor_watermarks",
        ),
    ),
    "model_monitor_debugging": Dashboard(
        "grafana",
        "/d/model-monitor-debugging",
        "Grafana: find the cause",
        "What drifted, how its values changed, in which segments, and performance.",
        (
            "monitor_alert_rules", "monitor_alerts", "monitor_calibration", "monitor_coverage",
            "monitor_dataset", "monitor_distributions", "monitor_drift", "monitor_drift_bins",
            "monitor_health", "monitor_incidents", "monitor_labels", "monitor_performance",
            "monitor_profiles", "monitor_segments",
        ),
    ),
    "model_monitor_superset": Dashboard(
        "superset",
        "/superset/dashboard/model-monitor/",
        "Superset: models in production",
        "The state of every model, drift, value, volume, errors and latency.",
        (
            "monitor_coverage", "monitor_dataset", "monitor_drift", "monitor_health",
            "monitor_incidents", "monitor_metrics", "monitor_notices", "monitor_profiles",
            "monitor_triggers", "monitor_value", "monitor_watermarks",
        ),
    ),
    "model_monitor_streamlit": Dashboard(
        "streamlit",
        "",
        "Streamlit: models in production",
        "The state of every model, open incidents, drift and performance.",
        (
            "monitor_coverage", "monitor_drift", "monitor_health", "monitor_incidents",
            "monitor_notices", "monitor_performance", "monitor_triggers",
        ),
    ),
}  # fmt: skip
TOOLS = tuple(dict.fromkeys(each.tool for each in DASHBOARDS.values()))
ADDRESS = re.compile(r"https?://[^\s/]+[^\s{}]*")
E_MAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+")
NO_OWNER = "no owner configured"
HEAD = """\
# Written by model-monitor exposures. To update it, run the command again:
#   model-monitor exposures{options} > models/exposures.yml
"""


def exposures(
    monitors: Sequence[Mapping[str, Any]],
    exists: Callable[[str], bool],
    addresses: Mapping[str, str],
) -> Json:
    """The content of an exposures file for these monitors, and for the tools with an address."""
    for tool, address in addresses.items():
        if ADDRESS.fullmatch(address) is None:
            raise UsageError(
                f"--{tool}: not an address. Valid: that of your {tool.title()}, "
                f"such as https://{tool}.example.com. Got: {address}"
            )
    found = [of_model(monitor, exists) for monitor in monitors]
    owner = owner_of(str(monitor["owner"]) for monitor in monitors if monitor.get("owner"))
    for name, dashboard in DASHBOARDS.items():
        if dashboard.tool in addresses:
            address = addresses[dashboard.tool].rstrip("/")
            found.append(of_dashboard(name, dashboard, address, owner, exists))
    return {"version": 2, "exposures": with_unique_names(found)}


def of_model(monitor: Mapping[str, Any], exists: Callable[[str], bool]) -> Json:
    name = str(monitor["name"])
    owners = [str(monitor["owner"])] if monitor.get("owner") else []
    pages = [str(monitor.get(key)) for key in ("dashboard", "runbook")]
    page = next((each for each in pages if ADDRESS.fullmatch(each)), None)
    return {
        "name": f"{slug(name)}_model",
        "label": f"Model {name}",
        "type": "ml",
        **({"url": page} if page is not None else {}),
        "description": f"The model that the monitor {name} watches.",
        "depends_on": references(MODEL_TABLES, exists),
        "owner": owner_of(owners),
    }


def of_dashboard(
    name: str, dashboard: Dashboard, address: str, owner: Json, exists: Callable[[str], bool]
) -> Json:
    return {
        "name": name,
        "label": dashboard.label,
        "type": "dashboard",
        "url": f"{address}{dashboard.page}",
        "description": dashboard.text,
        "depends_on": references(dashboard.tables, exists),
        "owner": owner,
    }


def references(tables: Iterable[str], exists: Callable[[str], bool]) -> list[str]:
    """Those tables that the project has; dbt refuses a file that names another one."""
    return [f"ref('{PACKAGE}', '{table}')" for table in tables if exists(table)]


def owner_of(owners: Iterable[str]) -> Json:
    """dbt asks for a name or an address."""
    names = sorted(set(owners))
    if len(names) == 1 and E_MAIL.fullmatch(names[0]):
        return {"email": names[0]}
    return {"name": ", ".join(names) or NO_OWNER}


def slug(name: str) -> str:
    """dbt allows letters, digits and underscores."""
    return re.sub(r"\W", "_", name, flags=re.ASCII)


def with_unique_names(found: Sequence[Json]) -> list[Json]:
    names: set[str] = set()
    unique = []
    for each in found:
        name, number = each["name"], 1
        while name in names:
            number += 1
            name = f"{each['name']}_{number}"
        names.add(name)
        unique.append({**each, "name": name})
    return unique


def text(content: Json, addresses: Mapping[str, str]) -> str:
    """The file, with the command that writes it."""
    options = "".join(f" --{tool} {address}" for tool, address in addresses.items())
    head = HEAD.format(options=options)
    return head + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)
