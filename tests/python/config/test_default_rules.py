"""Numbers that people asked for stand in the default rules as they were asked for."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
RULES = {
    row["rule_id"]: row
    for row in csv.DictReader(
        (ROOT / "seeds/monitor_alert_rules.csv").read_text(encoding="utf-8").splitlines()
    )
}
ASKED = [
    ("accuracy", "accuracy", "relative", "below", 0.05, 0.10),
    ("precision", "precision", "relative", "below", 0.10, 0.15),
    ("recall", "recall", "relative", "below", 0.10, 0.15),
    ("f1", "f1", "relative", "below", 0.10, None),
    ("training_gap", "roc_auc", "delta", "below", 0.15, None),
    ("training_gap_accuracy", "accuracy", "delta", "below", 0.15, None),
    ("concentration", "gini", "static", "above", 0.70, None),
    # a coverage of less than a fifth
    ("coverage", "uncovered_share", "static", "above", 0.80, None),
]


@pytest.mark.parametrize(("rule_id", "metric", "kind", "direction", "warn", "critical"), ASKED)
def test_a_default_judges_by_the_number_that_was_asked_for(
    rule_id: str, metric: str, kind: str, direction: str, warn: float, critical: float | None
) -> None:
    rule = RULES[rule_id]
    assert (rule["metric"], rule["kind"], rule["direction"]) == (metric, kind, direction)
    assert rule["enabled"] == "true"
    assert float(rule["warn"]) == warn
    assert critical is None or float(rule["critical"]) == critical


def test_a_calibration_error_is_judged_less_its_bias_and_after_maturity() -> None:
    """Of whole weeks that are final, as every rule of an outcome is."""
    rule = RULES["calibration_error"]
    assert (rule["metric"], rule["window_name"]) == ("ece_debiased", "longer")


def test_every_default_has_a_description_and_a_budget() -> None:
    """None for what noise does not do: a log that cannot be read, a floor that is agreed on."""
    assert all(rule["description"].strip() for rule in RULES.values())
    budgets = {
        rule_id: float(rule["false_alarms_per_monitor_28d"]) for rule_id, rule in RULES.items()
    }
    assert {rule_id for rule_id, budget in budgets.items() if budget <= 0} == {
        "not_evaluated", "sla_minimum",
    }  # fmt: skip
