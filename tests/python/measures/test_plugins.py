"""Statistics of the user's own: macros over two columns of shares, from the value to the alert."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from ..harness.project_harness import Project

pytestmark = pytest.mark.slow

START = pd.Timestamp("2026-03-02")
DAYS = 40
BROKEN = START + pd.Timedelta("35D")
AS_OF = START + pd.Timedelta(days=DAYS, hours=6)
PER_DAY = 1_000
MACROS = """
{% macro half_difference(p, q) %}
    {{ model_monitor.share_sum('abs(' ~ p ~ ' - ' ~ q ~ ')') }} / 2
{% endmacro %}

{% macro largest_gap(p, q) %} max(abs({{ p }} - {{ q }})) -- of any bin
{% endmacro %}
"""
MONITOR: dict[str, Any] = {
    "name": "shop",
    "predictions": {"source": ["logs", "orders"], "time": "at", "version": "version"},
    "features": {"age": {}, "plan": {"type": "categorical"}, "calm": {}},
    "slices": ["region"],
    "windows": ["day", "7d"],
    "limits": {"min_rows": 200, "min_cell": 1},
    "plugins": {
        "half difference": {"macro": "shop.half_difference", "threshold": 0.2},
        "gap": {"macro": "shop.largest_gap", "threshold": 0.2},
    },
}
KEYS = ["window_name", "window_end", "slice_name", "slice_value", "subject", "baseline"]


def orders() -> pd.DataFrame:
    random = np.random.default_rng(41)
    size = DAYS * PER_DAY
    at = START + pd.to_timedelta(np.arange(size) * 86_400 / PER_DAY, unit="s")
    broken = np.asarray(at >= BROKEN)
    return pd.DataFrame(
        {
            "at": at,
            "version": "v1",
            "region": random.choice(["north", "south"], size),
            "age": random.normal(40, 10, size) + np.where(broken, 15, 0),
            "plan": np.where(
                broken & (random.random(size) < 0.4), "free", random.choice(["free", "paid"], size)
            ),
            "calm": random.normal(0, 1, size),
        }
    )


def with_macros(project: Project, text: str = MACROS) -> Project:
    folder = project.folder / "macros"
    folder.mkdir(exist_ok=True)
    (folder / "mine.sql").write_text(text)
    return project


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("plugins") / "shop", [MONITOR], {"orders": orders()})
    with_macros(project).build(str(AS_OF))
    return project


def test_the_value_is_that_of_the_published_shares(project: Project) -> None:
    """Against pandas over monitor_distributions: the valid groups of a day and of an earlier one."""
    found = project.query(f"""
        select plugins.*, drift.baseline_window_end
        from monitor_plugins as plugins
        inner join monitor_drift as drift
            on plugins.model_version = drift.model_version
            and {" and ".join(f"plugins.{key} = drift.{key}" for key in KEYS)}
        where plugins.slice_name = '(all)' and plugins.window_name = 'day'
            and plugins.baseline = 'last_week' and plugins.model_version = '(all)'
    """)
    shares = project.frame(
        "monitor_distributions",
        "slice_name = '(all)' and window_name = 'day' and model_version = '(all)'"
        " and bin_kind not in ('missing', 'invalid', 'unseen')",
    )
    counts = shares.groupby(["subject", "window_end", "bin_group"])["row_count"].sum()
    checked = 0
    for row in found.itertuples():
        p = counts[row.subject, row.window_end]
        q = counts[row.subject, row.baseline_window_end]
        p, q = (side / side.sum() for side in p.align(q, fill_value=0))
        gaps = (p - q).abs()
        wanted = gaps.sum() / 2 if row.plugin == "half difference" else gaps.max()
        assert row.value == pytest.approx(wanted, abs=1e-9), row
        checked += 1
    assert checked > 100
    assert set(found["plugin"]) == set(MONITOR["plugins"])
    assert set(found["subject"]) == {"age", "plan", "calm", "region"}


def test_every_published_comparison_has_a_value(project: Project) -> None:
    missing = project.query(f"""
        select {", ".join(f"drift.{key}" for key in KEYS)}, plugins.plugin
        from monitor_drift as drift
        cross join (select distinct plugin from monitor_plugins) as plugins
        left join monitor_plugins as found
            on drift.model_version = found.model_version and plugins.plugin = found.plugin
            and {" and ".join(f"drift.{key} = found.{key}" for key in KEYS)}
        where drift.status in ('ok', 'drifted') and found.value is null
    """)
    assert missing.empty
    assert project.query("select count(*) from monitor_plugins").iloc[0, 0] > 1_000


def test_it_alerts_on_what_changed_and_on_nothing_else(project: Project) -> None:
    alerts = project.frame("monitor_alerts", "family = 'plugin'")
    subjects = alerts.groupby("rule_id")["subject"].agg(set)
    assert subjects["shop.plugin.half difference"] == {"age", "plan"}
    assert subjects["shop.plugin.gap"] <= {"age", "plan"}
    assert (alerts["since"] >= BROKEN).all()
    assert (alerts["severity"] == "warn").all()
    age = alerts[
        (alerts["rule_id"] == "shop.plugin.half difference") & (alerts["subject"] == "age")
    ]
    assert "age half difference rose to 0.5" in age["message"].iloc[0]
    assert "(normally 0.0" in age["message"].iloc[0]
    rules = project.frame("monitor_rule_runs", "rule_id like 'shop.%'")
    assert set(rules["status"]) == {"ok"}


def test_an_alert_can_be_counted_again(project: Project) -> None:
    alerts = project.frame("monitor_alerts", "family = 'plugin'")
    assert len(alerts) > 3
    with duckdb.connect(str(project.file), read_only=True) as connection:
        for alert in alerts.itertuples():
            again = connection.execute(alert.reproduce_sql).fetchone()
            assert again is not None
            assert again[0] == pytest.approx(alert.current_value, abs=1e-6), alert.message


def test_a_rule_of_ones_own_changes_what_is_critical(tmp_path: Path) -> None:
    own = pd.DataFrame(
        {
            "rule_id": ["shop.plugin.gap", "other", "wrong"],
            "family": [None, "plugin", "plugin"],
            "metric": [None, "half difference", "no_such_plugin"],
            "kind": [None, "drift", "drift"],
            "warn": [None, "0.1", "0.1"],
            "critical": ["0.35", None, None],
        }
    )
    project = Project(
        tmp_path / "shop",
        [MONITOR],
        {"orders": orders().head(10), "rules": own},
        {"alert_rules": {"source": ["logs", "rules"]}},
    )
    with_macros(project).build(str(AS_OF), ["+int_monitor__rules"])
    rules = project.frame("int_monitor__rules", "family = 'plugin'").set_index("rule_id")
    gap = rules.loc["shop.plugin.gap"]
    assert (gap["metric"], gap["warn"], gap["critical"], gap["is_own"]) == ("gap", 0.2, 0.35, True)
    assert (
        rules.loc[["shop.plugin.gap", "other", "shop.plugin.half difference"], "problem"]
        .isna()
        .all()
    )
    assert (
        "metric: not one of plugin. Valid: half difference, gap." in rules.loc["wrong", "problem"]
    )


def test_a_macro_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    wrong = {**MONITOR, "plugins": {"gap": {"macro": "shop.larges_gap", "threshold": 0}}}
    project = with_macros(Project(tmp_path / "shop", [wrong], {"orders": orders().head(10)}))
    found = project.build(str(AS_OF), ["int_monitor__monitors"], expect_success=False)
    said = found.failures["int_monitor__monitors"]
    assert "'shop' › plugins › gap › macro: no such macro" in said
    assert "Got: shop.larges_gap" in said
    assert "'shop' › plugins › gap › threshold: not above 0" in said


def test_sql_that_the_warehouse_refuses_names_its_plugin(tmp_path: Path, project: Project) -> None:
    project.configure([{**MONITOR, "plugins": {"gap": {"macro": "shop.gone", "threshold": 1}}}])
    with_macros(project, "{% macro gone(p, q) %} sum({{ p }} - nothing_like_it) {% endmacro %}")
    found = project.build(str(AS_OF), ["monitor_plugins"], expect_success=False)
    said = found.failures["monitor_plugins"]
    assert "shop › plugins › gap › macro: shop.gone returns SQL that the warehouse refuses" in said
    assert "nothing_like_it" in said
