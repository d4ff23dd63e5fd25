"""What asks for a new version, what it waits for, and what a candidate must reach before it serves."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from model_monitor.alerting.audit_trail import RULES_SQL, record, rules
from model_monitor.findings.retraining import by_monitor
from model_monitor.warehouse.project import Project as Ours
from model_monitor.warehouse.project import Settings

from ..harness.frames import rows as rows_of
from ..harness.project_harness import Project

pytestmark = pytest.mark.slow

START = pd.Timestamp("2026-03-02")
DAYS = 57
PER_DAY = 700
TRIED = START + pd.Timedelta("42D")  # from then on two versions beside the one that serves
TURNED = START + pd.Timedelta("42D")  # from then on v1 knows little of what it used to know
BROKEN = START + pd.Timedelta("48D")  # a feature is empty for two days
MENDED = START + pd.Timedelta("50D")
WORSE = START + pd.Timedelta("47D 6h")
BLOCKED = START + pd.Timedelta("50D 6h")
AFTER = START + pd.Timedelta("56D 6h")
MATURES = pd.Timedelta("1D")
LATENESS = pd.Timedelta("2h")
LABELS = 12_000

MONITOR: dict[str, Any] = {
    "name": "loans",
    "predictions": {
        "source": ["logs", "scores"],
        "time": "at",
        "loaded_at": "loaded_at",
        "id": "id",
        "version": "version",
        "role": "role",
    },
    "scores": {"p": {"kind": "binary", "outcome": "repaid", "threshold": 0.5}},
    "outcomes": {
        "source": ["logs", "repaid"],
        "prediction": "id",
        "value": "value",
        "time": "at",
        "kinds": {"repaid": {"matures_after": "1d", "otherwise": 0}},
    },
    "features": ["income", "tenure"],
    "gates": {"min_auc": 0.6, "min_labelled": 2_000, "max_age": "30d"},
    "retraining": {"every": "90d", "labels": LABELS, "events": ["launch"]},
    "windows": ["day", "7d"],
    "limits": {"min_rows": 200},
}
# A monitor of the same log with nothing to go by: no registry, no outcome, nothing configured.
BARE: dict[str, Any] = {
    "name": "bare",
    "predictions": MONITOR["predictions"],
    "features": ["income"],
    "retraining": {"drift": False, "every": "30d"},
    "windows": ["day"],
}
VERSIONS = pd.DataFrame(
    [
        ("loans", "v1", START, START, "champion", None),
        ("loans", "v2", START + pd.Timedelta("50D"), START + pd.Timedelta("51D"), "shadow", None),
        ("loans", "v3", START + pd.Timedelta("50D"), START + pd.Timedelta("51D"), "shadow", None),
    ],
    columns=["monitor", "model_version", "trained_to", "deployed_at", "stage", "valid_from"],
)
CHANGES = pd.DataFrame(
    [
        ("l1", "loans", "launch", "second country", START + pd.Timedelta("12D 9h")),
        ("l0", "loans", "launch", "first country", START - pd.Timedelta("5D")),
        ("x1", "loans", "policy", "new limits", START + pd.Timedelta("3D")),
    ],
    columns=["change_id", "monitor", "kind", "name", "started_at"],
)
POLICY = {"versions": {"source": ["logs", "versions"]}, "changes": {"source": ["logs", "changes"]}}


def logs() -> tuple[pd.DataFrame, pd.DataFrame]:
    """How much each version knows of what will be: v1 until it turns, v2 for good, v3 next to nothing."""
    random = np.random.default_rng(8)
    size = DAYS * PER_DAY
    at = START + pd.to_timedelta(np.arange(size) * 86_400 // PER_DAY, unit="s")
    broken = (at >= BROKEN) & (at < MENDED)
    truth = random.random(size)
    repaid = random.random(size) < truth
    parts = []
    for version, role, known, first in (
        ("v1", "live", np.where(at < TURNED, 0.8, 0.4), START), ("v2", "shadow", 0.7, TRIED), ("v3", "shadow", 0.05, TRIED),
    ):  # fmt: skip
        rows = pd.DataFrame(
            {
                "at": at,
                "version": version,
                "role": role,
                "p": known * truth + (1 - known) * random.random(size),
                "income": random.normal(3000, 500, size),
                "tenure": np.where(broken, np.nan, random.gamma(2, 3, size)),
                "repaid": repaid,
            }
        )
        parts.append(rows[rows["at"] >= first])
    log = pd.concat(parts, ignore_index=True)
    log["id"] = [f"p{number}" for number in range(len(log))]
    log["loaded_at"] = log["at"] + pd.Timedelta("1min")
    paid = log[log["repaid"]]
    outcomes = pd.DataFrame({"id": paid["id"], "value": 1, "at": paid["at"] + MATURES / 2})
    return log, outcomes


@pytest.fixture(scope="module")
def both() -> tuple[pd.DataFrame, pd.DataFrame]:
    return logs()


@pytest.fixture(scope="module")
def told(
    both: tuple[pd.DataFrame, pd.DataFrame], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Project, dict[str, pd.DataFrame]]:
    """What three runs say: v1 is worse, a fault of the data on top of it, and that mended."""
    project = Project(tmp_path_factory.mktemp("triggers") / "shop", [MONITOR, BARE], policy=POLICY)
    log, outcomes = both
    found = {}
    for name, as_of in (("worse", WORSE), ("blocked", BLOCKED), ("after", AFTER)):
        project.load("scores", log[log["loaded_at"] <= as_of])
        project.load("repaid", outcomes[outcomes["at"] <= as_of])
        project.load("versions", VERSIONS)
        project.load("changes", CHANGES)
        project.build(str(as_of))
        found[name] = triggers(project)
    return project, found


def triggers(project: Project) -> pd.DataFrame:
    return project.frame("monitor_triggers").set_index(["monitor", "kind"]).sort_index()


Told = tuple[Project, dict[str, pd.DataFrame]]


def test_a_row_per_monitor_and_kind(told: Told) -> None:
    for found in told[1].values():
        assert set(found.index[found["action"] == "retrain"]) == {
            (monitor, kind)
            for monitor in ("loans", "bare")
            for kind in ("drift", "performance", "age", "schedule", "label_volume", "event")
        }


def test_each_is_due_since_the_moment_it_is(told: Told) -> None:
    """By hand: the day on which v1 turned is judged when it is over; 30 days of age; the label that
    reaches 12,000 is one of the eighteenth day, known a day and two hours after it."""
    found = told[1]["worse"].loc["loans"]
    asked = found[found["state"] == "fired"]
    asked = asked[asked["action"] == "retrain"]
    assert asked["fired_at"].to_dict() == {
        "performance": TURNED + pd.Timedelta("1D"),
        "age": START + pd.Timedelta("30D"),
        "label_volume": START + pd.Timedelta(days=-(-LABELS // PER_DAY)) + MATURES + LATENESS,
        "event": CHANGES.loc[0, "started_at"],
    }
    assert asked["due"].all()
    assert set(asked["model_version"]) == {"v1"}
    assert set(asked["recommended_action"]) == {"retrain"}
    assert set(asked["gates_state"]) == {"no_candidate"}
    assert "p accuracy fell to" in asked.loc["performance", "reasons"]
    assert found.loc["drift", "state"] == "waiting"
    assert found.loc["schedule", "state"] == "waiting"
    assert "2026-05-31" in found.loc["schedule", "reasons"]
    assert found.loc["event", "reasons"] == "2026-03-14 09:00 launch second country"


def test_a_fault_of_the_data_blocks_what_trains(told: Told) -> None:
    project, found = told
    before, during = (found[name].loc["loans"] for name in ("worse", "blocked"))
    for kind in ("performance", "age", "label_volume", "event"):
        row = during.loc[kind]
        assert row["state"] == "blocked"
        assert not row["due"]
        assert row["recommended_action"] == "fix_data"
        assert "tenure missing in 100% of rows" in row["blocked_by"]
        assert row["fired_at"] == before.loc[kind, "fired_at"]
    ids = set(during["blocking_incidents"].dropna())
    incidents = project.frame("monitor_incidents", "metric = 'missing_rate'")
    assert ids == set(incidents["incident_id"])
    # the fault itself is to be mended now, and what nothing asks for is blocked by nothing
    assert during.loc["incident", "action"] == "fix_feature"
    assert during.loc["incident", "due"]
    assert during.loc["schedule", "state"] == "waiting"
    assert pd.isna(during.loc["schedule", "blocked_by"])


def test_what_was_made_since_waits_for_the_gates(told: Told) -> None:
    """v2 passes them, v3 does not: the one to promote is v2, and nothing is to be trained again."""
    found = told[1]["after"].loc["loans"]
    for kind in ("age", "label_volume", "event"):
        row = found.loc[kind]
        assert row["fired_at"] == told[1]["worse"].loc[("loans", kind), "fired_at"]
        assert (row["state"], row["due"]) == ("fired", False)
        assert (row["candidate_version"], row["gates_state"]) == ("v2", "passed")
        assert row["recommended_action"] == "promote"


def test_gates_are_the_numbers_of_the_log(
    told: Told, both: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    gates = told[0].frame("monitor_gates").set_index(["candidate_version", "gate"])
    assert set(gates.index) == {
        (version, gate)
        for version in ("v2", "v3")
        for gate in ("min_auc", "min_labelled", "not_worse")
    }
    end = START + pd.Timedelta("55D")  # the last week whose labels were there
    log = both[0][both[0]["at"].between(end - pd.Timedelta("7D"), end, inclusive="left")]
    areas = {
        version: roc_auc_score(rows["repaid"], rows["p"])
        for version, rows in log.groupby("version")
    }
    for (version, gate), row in gates.iterrows():
        assert row["window_end"] == end
        assert row["labelled_count"] == 7 * PER_DAY
        assert row["needed_count"] == 2_000
        assert row["role"] == "shadow"
        if row["metric"] == "roc_auc":
            assert row["value"] == pytest.approx(areas[version], abs=0.003)
            assert row["champion_value"] == pytest.approx(areas["v1"], abs=0.003)
        passes = version == "v2" or gate == "min_labelled"
        assert row["state"] == ("holds" if passes else "fails"), row["reason"]


def test_rows_that_depend_on_each_other_prove_less(told: Told) -> None:
    """Hanley and McNeil of either version, and the dispersion of the middle subject."""
    project = told[0]
    measures = project.frame("int_monitor__candidate_measures", "metric = 'roc_auc'")
    versions = project.frame(
        "monitor_performance", "window_name = '7d' and slice_name = '(all)' and is_final"
    ).set_index(["role", "model_version", "window_end"])
    assert len(measures) == 2
    for _, row in measures.iterrows():
        variances = []
        for role, version in (("shadow", row["candidate_version"]), ("live", "v1")):
            found = versions.loc[(role, version, row["window_end"])]
            area, count = found["roc_auc"], found["labelled_count"]
            yes = count * found["prevalence"]
            one, two = area / (2 - area), 2 * area**2 / (1 + area)
            among_yes = (yes - 1) * (one - area**2)
            among_no = (count - yes - 1) * (two - area**2)
            variances.append((area * (1 - area) + among_yes + among_no) / (yes * (count - yes)))
        subjects = project.frame(
            "monitor_drift",
            "monitor = 'loans' and log = 'predictions' and role = 'live' and window_name = '7d' "
            "and model_version = '(all)' and slice_name = '(all)' "
            f"and window_end = '{row['window_end']}'",
        )
        dispersion = subjects["dispersion"].median()
        assert dispersion > 0
        assert row["difference_error"] == pytest.approx(np.sqrt(dispersion * sum(variances)))


def test_nobody_guesses(told: Told) -> None:
    """Which version serves is not known, no score has an outcome, drift may not ask."""
    found = told[1]["after"].loc["bare"]
    assert found.loc["schedule", "state"] == "not_enough_data"
    assert found.loc["schedule", "reasons"] == "the serving version is unknown"
    rest = found.drop(index=["schedule", "incident"], errors="ignore")
    assert set(rest["state"]) == {"not_configured"}
    assert rest["reasons"].isna().all()
    assert not found["due"].any()
    assert set(found["gates_state"]) == {"none"}


def test_a_run_again_says_the_same(told: Told) -> None:
    project, found = told
    project.build(str(AFTER))
    pd.testing.assert_frame_equal(triggers(project), found["after"])


def test_what_fired_is_in_the_audit_once(told: Told) -> None:
    project, found = told
    ours = Ours(Settings(project.folder, project.folder))
    record(ours)
    assert record(ours) == 0
    audit = project.frame("monitor_audit", "act = 'trigger'")
    fired = found["after"].reset_index().dropna(subset="fired_at")
    assert len(audit) == len(fired) > 3
    merged = audit.merge(
        fired, left_on=["monitor", "subject", "decision"], right_on=["monitor", "kind", "action"]
    )
    assert (merged["acted_at"] == merged["fired_at"]).all()
    assert (merged["reason"] == merged["model_version"] + ": " + merged["reasons"]).all()
    assert set(audit["author"]) == {"model_monitor"}


def test_a_rule_that_changed_is_an_act() -> None:
    before, now, after = (pd.Timestamp(f"2026-04-0{day}") for day in (1, 2, 3))
    ran = [
        (before, "kept", "a"), (before, "changed", "b"), (before, "removed", "c"),
        (before, "unclear", "d"), (now, "kept", "a"), (now, "changed", "x"), (now, "added", "e"),
        (now, "unclear", "f"), (now, "unclear", "g"),
        (after, "kept", "a"), (after, "changed", "b"), (after, "added", "e"), (after, "unclear", "g"),
    ]  # fmt: skip
    rows = [dict(zip(("as_of", "rule_id", "rule_version"), row, strict=True)) for row in ran]
    assert [(act.subject, act.decision, act.reason, act.acted_at) for act in rules(rows)] == [
        ("added", "added", "before: none; now: e", now),
        ("changed", "changed", "before: b; now: x", now),
        ("removed", "removed", "before: c; now: none", now),
        ("changed", "changed", "before: x; now: b", after),
        ("unclear", "changed", "before: d; now: g", after),
    ]
    assert list(rules(rows[:4])) == []


def test_rules_of_every_moment_are_compared() -> None:
    """A run that failed after its rules were judged has put down nothing: the next one does."""
    with duckdb.connect() as connection:
        connection.execute(
            "create table runs as select moment::timestamp as as_of, rule_id, rule_version "
            "from (values ('2026-04-01', 'a', '1'), ('2026-04-02', 'a', '1'), ('2026-04-03', 'a', '2'), "
            "('2026-04-04', 'a', '2'), ('2026-04-04', 'b', '1'), ('2026-04-05', 'a', '2'), "
            "('2026-04-06', 'a', '2')) as rows (moment, rule_id, rule_version)"
        )
        found = rows_of(connection.sql(RULES_SQL.format(table="runs")).df())
    assert {str(row["as_of"])[:10] for row in found} == {f"2026-04-0{day}" for day in (2, 3, 4, 5)}
    assert [(act.subject, act.decision, act.acted_at.day) for act in rules(found)] == [
        ("a", "changed", 3), ("b", "added", 4), ("b", "removed", 5),
    ]  # fmt: skip


def test_what_a_replay_says_and_what_v1_has_learned(
    told: Told, both: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    """The first run again, of logs that have gone on. Then v1 was trained after it turned: it has
    learned of it, and of the launch."""
    project, found = told
    project.load("scores", both[0])
    project.load("repaid", both[1])
    project.reset()
    project.build(str(WORSE))
    pd.testing.assert_frame_equal(triggers(project), found["worse"])

    learned = TURNED + pd.Timedelta("2D")
    is_v1 = VERSIONS["model_version"] == "v1"
    project.load(
        "versions", VERSIONS.assign(trained_to=VERSIONS["trained_to"].mask(is_v1, learned))
    )
    project.build(str(WORSE))
    again = triggers(project).loc["loans"]
    assert again.loc["performance", "state"] == "waiting"
    assert again.loc["age", "state"] == "waiting"
    assert again.loc["event", "reasons"] == "no configured event since 2026-04-15"
    assert not again["due"].any()


def test_the_terminal_has_a_line_per_monitor() -> None:
    """Where several ask, what is to be done is what comes first."""
    moment = pd.Timestamp("2026-04-01")

    def row(monitor: str, kind: str, action: str) -> dict[str, Any]:
        return {
            "monitor": monitor, "model_version": "v1", "kind": kind, "fired_at": moment,
            "blocked_by": "empty" if action == "fix_data" else None,
            "candidate_version": "v2", "recommended_action": action,
        }  # fmt: skip

    said = by_monitor(
        [row("a", "age", "promote"), row("a", "label_volume", "retrain"), row("b", "age", "hold"),
         row("c", "drift", "fix_data"), row("d", "event", "validate"), row("e", "age", "promote")]
    )  # fmt: skip
    assert [(line[0], *line[3:]) for line in said] == [
        ("a", "age, label volume", "train a new version"),
        ("b", "age", "do not promote v2: a gate fails"),
        ("c", "drift", "fix the data first: empty"),
        ("d", "event", "validate v2: some gates lack data"),
        ("e", "age", "promote v2: every gate passes"),
    ]
