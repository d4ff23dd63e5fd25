"""The demo made small: all of what is measured, of few subjects and slices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from model_monitor.demo import Settings, write_parquet

ROOT = Path(__file__).resolve().parents[3]
# Labels that mature after thirty days have some behind them, and a block of the detectors (from
# 4 June) has the two weeks before it that it learns from.
SETTINGS = Settings(days=42, rows_per_day=100, end=date(2026, 6, 30))
AS_OF = "2026-07-01 06:00:00"
KEPT: dict[str, dict[str, Any]] = {
    "home_feed": {
        "features": ("item_ctr_7d", "price_usd", "device_os"),
        "slices": ["region", ["region", "device"]],
        "ranking": {"order_by": "p_click", "ks": [5]},
        "windows": ["day", "7d"],
        "metrics": ("revenue_per_request", "prediction_volume"),
    },
    "fraud": {
        "features": ("device_risk", "is_new_device"),
        "slices": ["channel"],
        "windows": ["hour", "day", "7d", "30d"],
        "metrics": ("blocked_amount", "prediction_volume"),
        "protected_slices": ["channel"],
        "plugins": {"distance": {"macro": "model_monitor.hellinger_distance", "threshold": 0.3}},
    },
    "house_price": {
        "features": ("sqm", "property_type"),
        "slices": ["region"],
        "windows": ["day", "7d"],
        "metrics": ("prediction_volume",),
    },
}
# Of the kinds that no default rule is of.
RULES = """
rule_id,family,metric,window_name,kind,direction,baseline,warn,critical,error_budget,short_window
missing_chart,quality,missing_rate,day,control_chart,both,,4,6,,
rows_chart,volume,row_count,day,control_chart,both,,4,6,,
auc_chart,performance,roc_auc,"day,7d",control_chart,below,,4,6,,
missing_season,quality,missing_rate,"hour,day",seasonal,both,,0.5,2,,
metric_points,metrics,value,day,delta,both,seasonal,0.05,0.5,,
metric_season_chart,metrics,value,day,control_chart,both,seasonal,4,6,,
missing_burn,quality,missing_rate,7d,burn_rate,above,,1,6,0.02,day
"""


def tables(folder: Path, settings: Settings = SETTINGS) -> dict[str, str]:
    """A query for each table of the demo."""
    folder.mkdir(parents=True, exist_ok=True)
    files = write_parquet(folder, settings)
    found = {name: f"select * from read_parquet('{path}')" for name, path in files.items()}
    rules = folder / "rules.csv"
    rules.write_text(RULES.strip(), encoding="utf-8")
    return {**found, "rules": f"select * from read_csv('{rules}', all_varchar = true)"}


def monitors(of_each: Mapping[str, Mapping[str, Any]] = KEPT) -> list[dict[str, Any]]:
    """The monitors of the demo with what is kept of them, on tables of the schema `logs`."""
    found = []
    for monitor in _of_the_project("demo_monitors"):
        if monitor["name"] not in of_each:
            continue
        kept = of_each[monitor["name"]]
        small = {**monitor, "limits": {"min_rows": 20, "min_cell": 5}}
        for key, wanted in kept.items():
            small[key] = (
                {name: monitor[key][name] for name in wanted}
                if isinstance(wanted, tuple)
                else wanted
            )
        small.get("logs", {}).pop("candidates", None)
        kinds = small["outcomes"]["kinds"]
        small["outcomes"]["kinds"] = {
            name: kinds[name] for name in kinds if name not in ("hide", "rating")
        }
        found.append(small)
    return found


def policy() -> dict[str, Any]:
    found: dict[str, Any] = _of_the_project("demo_policy")
    del found["contacts"]
    return {**found, "alert_rules": {"source": ["logs", "rules"]}}


def _of_the_project(name: str) -> Any:
    text = (ROOT / "dbt_project.yml").read_text(encoding="utf-8")
    return yaml.safe_load(text.replace("[demo_logs,", "[logs,"))["vars"]["model_monitor"][name]
