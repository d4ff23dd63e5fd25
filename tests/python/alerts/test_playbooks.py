"""Each kind of alert has a playbook page, and an alert without a runbook names it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from model_monitor.delivery.channels import page
from model_monitor.delivery.notification import Notification
from model_monitor.findings import retraining

from ..harness.macro_harness import Macros
from ..harness.project_harness import ROOT, Project

PAGES = ROOT / "docs" / "use" / "playbooks"
KINDS = ("feature", "context", "score", "operation", "metric", "label", "entity", "dataset", "log")
LAYERS = ("operations", "data", "behaviour", "performance", "business")
SECTIONS = ["What this means", "Check first", "Decide", "Fix", "Document", "How it closes"]
RUNBOOK = "https://runbooks.example.com/volume"
OTHER = "https://runbooks.example.com/shop"
DAYS, PER_DAY = 34, 500
START = pd.Timestamp("2026-03-02")
AS_OF = START + pd.Timedelta(days=DAYS, hours=3)
MONITOR: dict[str, Any] = {
    "name": "loans",
    "predictions": {
        "source": ["logs", "scores"], "time": "at", "id": "id", "version": "version",
        "label": "repaid",
    },
    "scores": {"p": {"kind": "binary", "outcome": "label", "threshold": 0.5}},
    "features": {"income": {"importance": 0.8}, "purpose": {"type": "categorical"}},
    "slices": ["region"],
    "costs": {"true_positive": 5, "false_positive": -1},
    "windows": ["day", "7d"],
    "limits": {"min_rows": 20, "min_cell": 5, "lateness": "2h"},
}  # fmt: skip
CONTACTS = pd.DataFrame(
    {
        "contact_id": ["team"], "channel": ["webhook"], "address_variable": ["MODEL_MONITOR_TEAM"],
        "severity": ["warn"],
    }
)  # fmt: skip


APPROVALS = pd.DataFrame(
    [
        ("harm", "loans", "rollback", "risk board", "critical", "quality"),
        ("back", "*", "rollback", "on-call", None, None),
        ("fix", "loa*", "fix_feature", "data team", None, None),
        ("other", "shop", "fix_feature", "shop team", None, None),
        ("wrong", "*", "fix_feature", "nobody", "critical", None),
        ("lost", "lones", "retrain", "owner", None, None),
    ],
    columns=["approval_id", "monitor", "action", "approver", "mandatory_from", "families"],
)


# of what is wrong with quiet only its rows matter, and the isles above all
PRIORITIES = pd.DataFrame(
    [
        ("all", "quiet", None, None, None, "low"),
        ("rows", "qui*", "volume", None, None, "Normal"),
        ("isles", "quiet", None, "region", "isles", "high"),
        ("wrong", None, None, None, None, "lowest"),
    ],
    columns=["priority_id", "monitor", "family", "slice_name", "slice_value", "priority"],
)


def log() -> pd.DataFrame:
    """Income is missing in half of the rows from the 31st day on, and the isles send none."""
    generator = np.random.default_rng(40)
    count = DAYS * PER_DAY
    at = START + pd.to_timedelta(np.sort(generator.uniform(0, DAYS * 86_400, count)), unit="s")
    broken = at >= START + pd.Timedelta(days=30)
    region = generator.choice(["north", "south", "isles"], count, p=[0.5, 0.35, 0.15])
    income = generator.lognormal(8, 0.5, count)
    score = generator.beta(2, 3, count)
    rows = pd.DataFrame(
        {
            "id": [f"p{number}" for number in range(count)],
            "at": at,
            "version": "v1",
            "p": score,
            "repaid": (generator.random(count) < score).astype(int),
            "income": np.where(broken & (generator.random(count) < 0.5), np.nan, income),
            "purpose": generator.choice(["car", "home", "study"], count),
            "region": region,
        }
    )
    return rows[~(broken & (region == "isles"))]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """One monitor without a runbook, but for one rule, one with, and one of low priority."""
    # no volume falls by more than all: it warns at most
    rules = pd.DataFrame([{"rule_id": "slice_volume", "runbook": RUNBOOK, "critical": "1.5"}])
    names = ("contacts", "alert_rules", "approvals", "priorities")
    relations = {name: {"source": ["logs", name]} for name in names}
    project = Project(
        tmp_path_factory.mktemp("playbooks") / "project",
        [
            MONITOR, {**MONITOR, "name": "shop", "runbook": OTHER, "slices": []},
            {**MONITOR, "name": "quiet"},
        ],
        {
            "scores": log(), "contacts": CONTACTS, "alert_rules": rules, "approvals": APPROVALS,
            "priorities": PRIORITIES,
        },
        relations,
    )  # fmt: skip
    project.build(as_of=AS_OF.isoformat())
    return project


def mapping(**variables: Any) -> Macros:
    return Macros(
        var=lambda name, default=None: variables.get(name, default),
        project_name=variables.pop("project_name", "shop"),
        builtins=variables.pop("builtins", {"ref": len}),
        invocation_args_dict={},
    )


def kinds_of_alerts() -> pd.DataFrame:
    metrics = mapping().call("metrics_by_family")
    rows = [
        (family, metric, kind, layer, subject)
        for family in metrics
        for metric, kind, layer, subject in product(
            metrics[family], KINDS, LAYERS, ("income", "client_error_rate")
        )
    ]
    return pd.DataFrame(rows, columns=["family", "metric", "subject_kind", "layer", "subject"])


def places(macros: Macros, is_population_shift: str = "false") -> pd.Series[str]:
    alerts = kinds_of_alerts()
    with duckdb.connect() as connection:
        connection.register("alerts", alerts)
        sql = macros.render("playbook", "alerts", is_population_shift)
        return connection.sql(f"select {sql} as place from alerts").df()["place"]


def test_every_kind_of_alert_has_a_page_and_every_page_an_alert() -> None:
    found = places(mapping(project_name="model_monitor"))
    assert len(found) > 1000
    assert found.notna().all()
    assert {ROOT / place for place in found} == set(PAGES.glob("*.md")) - {PAGES / "README.md"}
    shifts = places(mapping(project_name="model_monitor"), "true")
    assert set(shifts) == {"docs/use/playbooks/population-shift.md"}


@pytest.mark.parametrize(
    ("alert", "expected"),
    [
        (("quality", "missing_rate", "feature", "data", "income"), "missing-feature"),
        (("quality", "missing_rate", "score", "behaviour", "p"), "score-shift"),
        (("quality", "zero_rate", "feature", "data", "income"), "changed-unit"),
        (("drift", "psi", "feature", "data", "income"), "feature-drift"),
        (("tail", "p95_shift", "operation", "operations", "latency"), "errors-and-latency"),
        (("metrics", "value", "metric", "behaviour", "empty_rate"), "errors-and-latency"),
        (("metrics", "value", "metric", "business", "revenue"), "business-metric"),
        (("labels", "unlabelled_share", "label", "performance", "buy"), "late-labels"),
        (("labels", "mean_outcome", "label", "performance", "buy"), "changed-labels"),
        (("freshness", "not_evaluated", "log", "operations", "(log)"), "broken-monitor"),
        (("estimates", "roc_auc_error", "score", "performance", "p"), "concept-drift"),
    ],
)
def test_a_page_is_that_of_the_kind(alert: tuple[str, ...], expected: str) -> None:
    names = ("family", "metric", "subject_kind", "layer", "subject")
    values = ", ".join(f"'{value}' as {name}" for name, value in zip(names, alert, strict=True))
    sql = mapping(project_name="model_monitor").render("playbook", "alerts", "false")
    with duckdb.connect() as connection:
        found = connection.execute(f"select {sql} from (select {values}) as alerts").fetchone()
    assert found == (f"docs/use/playbooks/{expected}.md",)


def test_a_project_says_where_the_pages_are() -> None:
    url = "https://docs.example.com/{page}.html"
    named = mapping(policy={"playbook_url": url}).call("playbook_place", "volume")
    assert named == "https://docs.example.com/volume.html"
    # without a setting, or if dbt does not say
    installed = mapping().call("playbook_place", "volume")
    assert installed == "dbt_packages/model_monitor/docs/use/playbooks/volume.md"


@pytest.mark.parametrize("folder", ["packages", "../shared/packages/", "/opt/packages"])
def test_a_page_is_where_dbt_installs_packages(folder: str) -> None:
    config = SimpleNamespace(packages_install_path=folder)
    builtins = {"ref": SimpleNamespace(config=config)}
    place = mapping(builtins=builtins).call("playbook_place", "volume")
    assert place == f"{folder.rstrip('/')}/model_monitor/docs/use/playbooks/volume.md"
    own = mapping(builtins=builtins, project_name="model_monitor")
    assert own.call("playbook_place", "volume") == "docs/use/playbooks/volume.md"


@pytest.mark.parametrize("file", sorted(PAGES.glob("[a-z]*.md")), ids=lambda file: file.stem)
def test_a_page_has_the_parts_that_a_reader_looks_for(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == SECTIONS
    checks, rest = text.split("## Check first")[1].split("## Decide")
    steps = re.findall(r"^(\d)\. ", checks, re.MULTILINE)
    assert steps == [str(number) for number in range(1, len(steps) + 1)]
    assert 3 <= len(steps) <= 6
    assert "model-monitor" in checks
    decisions = rest.split("## Fix")[0].count("\n| ") - 1
    assert decisions >= 4
    documented = rest.split("## Document")[1]
    assert re.search(r"model-monitor triage PASTE_ID \w+ ", documented)
    assert "--cause" in documented
    assert "--prevention" in documented
    assert f"({file.name})" in (PAGES / "README.md").read_text(encoding="utf-8")
    assert f"use/playbooks/{file.name}" in (ROOT / "mkdocs.yml").read_text(encoding="utf-8")


# What the table under "Decide" calls an action that somebody approves.
APPROVED = {
    "rollback": re.compile(r"\broll back\b(?! that deploy)|`rollback`", re.IGNORECASE),
    "recalibrate": re.compile("recalibrate", re.IGNORECASE),
    "retrain": re.compile("retrain", re.IGNORECASE),
}


def test_a_page_says_who_approves_the_actions_that_it_names() -> None:
    silent = set()
    for file in sorted(PAGES.glob("[a-z]*.md")):
        decide = file.read_text(encoding="utf-8").split("## Decide")[1].split("## Fix")[0]
        actions = re.findall(r"^\|[^|]*\|([^|]*)\|$", decide, re.MULTILINE)[2:]
        assert actions, file.name
        named = {
            name
            for name, pattern in APPROVED.items()
            if any(pattern.search(action) for action in actions)
        }
        _, _, said = decide.partition("**Who approves.**")
        if not named:
            silent.add(file.stem)
            assert not said, file.name
            continue
        assert "`monitor_triggers` names the `approvers` of" in said, file.name
        assert named == {name for name in APPROVED if f"`{name}`" in said}, file.name
        assert ("`is_mandatory`" in said) == ("rollback" in named), file.name
        assert "(../retraining.md#who-approves)" in said, file.name
    # their actions concern data and pipelines alone
    assert silent == {"broken-monitor", "freshness", "late-labels", "volume"}


def sent(project: Project) -> Iterator[Notification]:
    for row in project.frame("monitor_outbox").to_dict("records"):
        receiver = ("transition_id", "transition", "contact_id", "channel", "address_variable")
        yield Notification(*(str(row[name]) for name in receiver), row=row)


def test_an_alert_without_a_runbook_names_its_page(project: Project) -> None:
    found = project.query(
        "select monitor, family, metric, subject_kind, rule_id, runbook from monitor_alerts "
        "inner join int_monitor__alert_states using (alert_id, monitor, family, metric, rule_id)"
    )
    ours = found[(found["monitor"] == "loans") & (found["rule_id"] != "slice_volume")]
    assert {"missing_rate", "psi"} <= set(ours["metric"])
    missing = ours[ours["metric"] == "missing_rate"]
    folder = "dbt_packages/model_monitor/docs/use/playbooks"
    assert set(missing["runbook"]) == {f"{folder}/missing-feature.md"}
    for place in ours["runbook"].unique():
        assert (project.folder / place).is_file(), place
    assert ours["runbook"].str.startswith(folder).all()
    assert set(found[found["rule_id"] == "slice_volume"]["runbook"]) == {RUNBOOK}
    assert set(found[found["monitor"] == "shop"]["runbook"]) == {OTHER}
    leads = project.frame("monitor_incidents").merge(
        project.frame("monitor_alerts"), on="alert_id", suffixes=("", "_of_alert")
    )
    assert (leads["runbook"] == leads["runbook_of_alert"]).all()


def test_a_message_names_the_page_or_the_runbook_and_never_both(project: Project) -> None:
    notifications = list(sent(project))
    by_monitor: dict[str, list[Notification]] = {"loans": [], "shop": [], "quiet": []}
    for each in notifications:
        by_monitor[each.row["monitor"]].append(each)
    missing = [each for each in by_monitor["loans"] if each.row["metric"] == "missing_rate"]
    assert missing
    for each in missing:
        assert "docs/use/playbooks/missing-feature.md" in each.body
    assert by_monitor["shop"]
    for each in by_monitor["shop"]:
        assert "playbooks" not in each.body
        assert f"runbook: {OTHER}" in each.body
        assert {"href": OTHER, "text": "runbook"} in page(each)["links"]
    # a file is no link
    assert all(link["text"] != "runbook" for link in page(missing[0])["links"])


def queries(file: Path) -> list[str]:
    text = file.read_text(encoding="utf-8")
    blocks = re.findall(r"^ *```sql\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
    return [textwrap.dedent(block) for block in blocks]


@pytest.mark.parametrize("file", sorted(PAGES.glob("[a-z]*.md")), ids=lambda file: file.stem)
def test_every_query_of_a_page_runs(project: Project, file: Path) -> None:
    """And shows something for each alert that names the page, if it is about one alert."""
    alerts = project.frame("monitor_alerts", f"runbook like '%/{file.name}'")
    found = queries(file)
    assert found
    for sql in found:
        assert ("PASTE_ID" in sql) == ("alert_id" in sql)
        rows = project.query(sql.replace("PASTE_ID", "no alert"))
        assert "PASTE_ID" not in sql or rows.empty
    for alert_id in alerts["alert_id"]:
        shown = project.query(found[0].replace("PASTE_ID", alert_id[:8]))
        assert not shown.empty, f"{alert_id}: {found[0]}"


def test_some_pages_were_tried_on_alerts_of_theirs(project: Project) -> None:
    named = project.query(
        "select distinct regexp_extract(runbook, '([a-z-]+)[.]md$', 1) as page from monitor_alerts"
    )
    assert {"missing-feature", "feature-drift"} <= set(named["page"])


RECIPES = ROOT / "docs" / "use" / "bi-recipes.md"
# the questions that people ask most, which even a small project answers
ASKED = [
    "Is my model all right now", "What changed, and since when", "Which segment",
    "Is it the data or the model", "Which version", "How much did it cost", "What is not watched",
    "Which alerts are noisy",
]  # fmt: skip


def recipes() -> dict[str, list[str]]:
    """The queries under each heading."""
    text = RECIPES.read_text(encoding="utf-8")
    sections = re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    found = {
        heading: re.findall(r"^```sql\n(.*?)^```", body, re.DOTALL | re.MULTILINE)
        for heading, body in sections
    }
    return {heading: queries for heading, queries in found.items() if queries}


def test_each_question_has_three_queries() -> None:
    found = recipes()
    assert set(ASKED) <= set(found)
    assert [heading for heading, queries in found.items() if len(queries) < 3] == []


@pytest.mark.parametrize("heading", recipes())
def test_every_recipe_runs(project: Project, heading: str) -> None:
    incident = project.query("select incident_id from monitor_incidents where monitor = 'loans'")
    names = {"home_feed": "loans", "fraud": "loans", "p_click": "p", "p_fraud": "p"}
    names |= {"click": "label", "PASTE_AN_ID": str(incident["incident_id"].iloc[0])}
    rows = 0
    for sql in recipes()[heading]:
        project.query(sql)
        named = re.sub(r"'(\w+)'", lambda found: f"'{names.get(found[1], found[1])}'", sql)
        rows += len(project.query(named))
    assert rows or heading not in ASKED


@pytest.mark.parametrize("name", ["tables", "retraining"])
def test_the_queries_of_other_pages_run(project: Project, name: str) -> None:
    found = queries(RECIPES.with_name(f"{name}.md"))
    assert found
    for sql in found:
        project.query(sql)


def reader(project: Project) -> Callable[[Any, str, str], list[dict[str, Any]]]:
    """The read of the commands, on the tables of the build."""

    def read(_: Any, name: str, sql: str) -> list[dict[str, Any]]:
        frame = project.query(sql.format(table=name)).astype(object)
        rows: list[dict[str, Any]] = frame.where(frame.notna(), None).to_dict("records")
        return rows

    return read


def test_triggers_name_who_approves_and_which_rollback_is_mandatory(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = project.frame("monitor_triggers", "kind = 'incident' and state = 'fired'")
    found = found.set_index(["monitor", "action"])
    incidents = project.query(
        "select monitor, recommended_action from monitor_incidents "
        "where state = 'firing' and severity = 'critical' and family = 'quality'"
    )
    # the incident asks for another action; the policy of one monitor demands a rollback as well
    assert set(incidents["recommended_action"]) == {"fix_feature"}
    assert set(incidents["monitor"]) == {"loans", "shop"}
    assert found.loc[("loans", "fix_feature"), "approvers"] == "data team"
    assert found.loc[("shop", "fix_feature"), "approvers"] == "shop team"
    rollback = found.loc[("loans", "rollback")]
    assert rollback["is_mandatory"]
    assert rollback["approvers"] == "on-call; risk board"
    assert "income missing" in rollback["reasons"]
    assert ("shop", "rollback") not in found.index
    assert not found.drop([("loans", "rollback")])["is_mandatory"].any()
    monkeypatch.setattr(retraining, "read", reader(project))
    [line] = retraining.mandatory_rollbacks(None)  # type: ignore[arg-type]
    assert line.startswith("A rollback is mandatory for loans (approval: on-call; risk board): ")
    assert "income missing in" in line


def test_mistakes_in_approvals_are_named(project: Project) -> None:
    notices = project.frame("monitor_notices", "evidence like '%approvals%'")
    assert set(notices["kind"]) == {"policy_mistake"}
    assert sorted(notices["evidence"]) == [
        "policy › approvals › lost: there is no monitor lones. Nearest: loans.",
        "policy › approvals › wrong: mandatory_from: only a rollback can be mandatory. "
        "Got: fix_feature.",
    ]


def test_priorities_change_severities_and_what_follows(project: Project) -> None:
    """quiet and loans have the same log, so the same alerts; only their severities differ."""
    key = ["family", "subject", "metric", "baseline", "window_name", "model_version"]
    key += ["slice_name", "slice_value", "rule_id"]
    alerts = project.frame("monitor_alerts", "monitor in ('loans', 'quiet')").set_index(key)
    loans = alerts[alerts["monitor"] == "loans"]
    quiet = alerts[alerts["monitor"] == "quiet"]
    assert set(loans.index) == set(quiet.index)
    assert loans.index.is_unique
    states = project.frame("int_monitor__alert_states", "monitor = 'quiet'").set_index(key)
    usual = project.frame("int_monitor__alert_states", "monitor = 'loans'").set_index(key)
    expected = usual["severity"].copy()
    assert {"warn", "critical"} <= set(expected)
    isles = expected.index.get_level_values("slice_value") == "isles"
    rows = expected.index.get_level_values("family") == "volume"
    expected[~isles & ~rows] = "info"
    expected[isles] = "critical"
    assert isles.any()
    assert not states[isles]["is_learning"].any()
    pd.testing.assert_series_equal(states["severity"].sort_index(), expected.sort_index())
    # an incident is as severe as the worst of its alerts, and one of info alone changes nothing
    incidents = project.frame("monitor_incidents", "state = 'firing'").set_index("monitor")
    income = incidents[incidents["subject"] == "income"]["severity"]
    assert income.to_dict() == {"loans": "critical", "shop": "critical", "quiet": "info"}
    outbox = project.frame("monitor_outbox", "monitor = 'quiet'")
    assert set(outbox["severity"]) == {"critical"}
    assert not (outbox["subject"] == "income").any()
    triggers = project.frame("monitor_triggers", "monitor = 'quiet' and state = 'fired'")
    assert not triggers["reasons"].str.contains("income").any()
    health = project.frame("monitor_health", "monitor = 'quiet' and model_version = '(all)'")
    assert health["worst_open_severity"].tolist() == ["critical"]
    assert project.frame("monitor_notices", "evidence like '%priorities%'")[
        "evidence"
    ].tolist() == [
        "policy › priorities › wrong: priority: unknown. Valid: low, normal, high. Got: lowest."
    ]


def test_a_line_on_retraining_says_who_approves_it() -> None:
    row = {
        "recommended_action": "retrain", "candidate_version": None, "blocked_by": None,
        "approvers": "owner",
    }  # fmt: skip
    assert retraining.action([row]) == "train a new version (approval: owner)"
    assert retraining.action([{**row, "approvers": None}]) == "train a new version"
