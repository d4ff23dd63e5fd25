"""The doctor: everything that is wrong, each with its place, and nothing else."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from model_monitor.cli.parser import main
from model_monitor.doctor import report
from model_monitor.inspect.datatypes import BOOLEAN, NUMBER, OTHER, TEXT, TIME, family, has_zone
from model_monitor.text import nearest

from ..harness.small_project import MONITOR, configure, execute, small_project
from ..sketches.test_bad_input import KINDS, PARTS_OF_KINDS, kind_columns, kind_features

AS_OF = "2026-01-20T08:00:00Z"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = small_project(tmp_path_factory.mktemp("doctor") / "project")
    for name in ("monitor_alerts", "monitor_drift", "monitor_dataset"):
        (folder / "models" / f"{name}.sql").unlink()
    return folder


def examine(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monitors: list[dict[str, Any]],
    policy: dict[str, Any] | None = None,
) -> dict[str, Any]:
    configure(folder, monitors, policy)
    code = main(["doctor", "--json", "--project-dir", str(folder), "--as-of", AS_OF])
    printed = capsys.readouterr()
    assert "Traceback" not in printed.err
    found: dict[str, Any] = json.loads(printed.out)
    assert code == found["exit_code"]
    return found


def findings(found: dict[str, Any], level: str) -> dict[str, str]:
    reported: dict[str, str] = {}
    for each in found["findings"]:
        if each["level"] == level:
            text = f"{each['problem']} / {each['advice']}"
            reported[each["where"]] = "; ".join(
                [*reported.get(each["where"], "").split("; "), text]
            )
    return reported


def test_mistakes_that_the_results_know_are_warnings(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = [
        {
            "kind": "policy_mistake",
            "place": "policy › changes › sale",
            "problem": "recurs: unknown.",
        },
        {"kind": "rule_not_applied", "place": "policy › alert_rules › tails", "problem": "no."},
        # the doctor reads contacts itself
        {"kind": "unusable_contact", "place": "policy › contacts › ops", "problem": "no."},
    ]
    results = [
        {
            "kind": "unknown_group",
            "evidence": "shop › protected_slices › age: there is no group 9.",
        },
        {"kind": "warming_up", "evidence": "shop: baseline warming up."},
    ]
    monkeypatch.setattr(report, "policy_notices", lambda _: policy)
    monkeypatch.setattr(report, "notices", lambda _: results)
    found = report.of_results(cast("Any", None))
    assert [(each.level, each.where) for each in found] == [
        ("warn", "policy › changes › sale"),
        ("warn", "policy › alert_rules › tails"),
        ("warn", "shop › protected_slices › age"),
    ]
    assert found[2].problem == "there is no group 9."
    assert all(each.advice for each in found)


@pytest.mark.usefixtures("here")
def test_keys_without_effect_are_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = examine(folder, capsys, [{**MONITOR, "correlations": {"top": 5}}])
    assert "without effect in this version: correlations" in findings(found, "note")["loans"]
    assert "loans" not in findings(examine(folder, capsys, [MONITOR]), "note")


@pytest.mark.usefixtures("here")
def test_contacts_that_could_not_be_notified(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    execute(
        folder,
        """
        create or replace table raw.contacts as
        select * from (values
            ('team', 'Slack', 'MODEL_MONITOR_TEAM', null, null),
            ('pager', 'beeper', 'MODEL_MONITOR_TEAM', '', null),
            ('mail', 'apprise', 'ALERTS_OF_NOBODY', 'Warn', null), ('void', null, null, null, null),
            ('all', 'slack', 'MODEL_MONITOR_TEAM', 'page', null),
            (null, 'slack', 'MODEL_MONITOR_TEAM', null, null),
            ('thief', 'webhook', 'PGPASSWORD', null, null),
            ('plain', 'webhook', 'ALERTS_PLAIN', null, null),
            ('paste', 'slack', 'https://hooks.example.com/canary', null, null),
            -- what was said before is no longer so, what is to come is
            ('moved', 'slak', null, null, null),
            ('moved', 'slack', 'MODEL_MONITOR_TEAM', null, date '2020-01-01'),
            ('next', 'slack', 'MODEL_MONITOR_TEAM', null, null),
            ('next', 'carrier', null, null, date '2199-01-01')
        ) as rows (contact_id, "Channel", address_variable, severity, valid_from)
        """,
    )
    monkeypatch.setenv("MODEL_MONITOR_TEAM", "https://hooks.example.com/canary")
    monkeypatch.delenv("ALERTS_OF_NOBODY", raising=False)
    monkeypatch.setenv("ALERTS_PLAIN", "http://hooks.example.com/canary")
    monkeypatch.setenv("PGPASSWORD", "canary")
    policy = {
        "contacts": {"source": ["raw", "contacts"]},
        "address_prefixes": ["MODEL_MONITOR_", "ALERTS_"],
    }
    found = examine(folder, capsys, [MONITOR], policy)
    assert found["exit_code"] == 0
    reported = findings(found, "warn")["policy › contacts"]
    assert (
        "thief: address_variable: must begin with MODEL_MONITOR_ or ALERTS_, so that no" in reported
    )
    assert "PGPASSWORD" not in reported
    known = findings(found, "note")["policy › contacts"]
    assert (
        "plain: ALERTS_PLAIN is plain http, so others on the network can read it. Use https"
        in known
    )
    assert "plain: the webhook is not signed: set ALERTS_PLAIN_SECRET" in known
    assert "team" not in known
    assert "team" not in reported
    assert "pager: channel: unknown. Valid: alertmanager, apprise, pagerduty, slack" in reported
    assert "mail: the environment variable ALERTS_OF_NOBODY is not set" in reported
    assert "void: channel: unknown." in reported
    assert ": contact_id: missing" in reported
    assert "all: severity: unknown. Valid: info, warn, critical. Got: page" in reported
    assert "paste: address_variable: not the name of an environment variable." in reported
    assert "moved" not in reported
    assert "next: channel: unknown." in reported
    assert "canary" not in json.dumps(found)


@pytest.mark.usefixtures("here")
def test_a_sound_project(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = examine(folder, capsys, [MONITOR])
    assert found["exit_code"] == 0
    assert findings(found, "error") == {}
    assert findings(found, "warn") == {}
    (log,) = found["logs"]
    assert (log["rows"], log["subjects"]) == (6900, 5)
    assert log["frozen_from"] == "2026-01-01 to 2026-01-08, 2,520 rows"
    assert log["rulers"]["income"]["rows"] == 2520
    assert log["first"] == "2026-01-01T00:00:00"
    tables = {row["table"]: row["per_day"] for row in found["expected_rows"]}
    assert set(tables) >= {"int_monitor__bins", "monitor_profiles", "monitor_drift"}


@pytest.mark.usefixtures("here")
def test_a_memory_limit_that_is_set_again_before_each_model_is_noted(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    profiles = folder / "profiles.yml"
    before = profiles.read_text(encoding="utf-8")
    [(name, profile)] = yaml.safe_load(before).items()
    for place, noted in (("settings", True), ("config_options", False)):
        outputs = {
            target: {**output, place: {"memory_limit": "2GB"}}
            for target, output in profile["outputs"].items()
        }
        profiles.write_text(yaml.safe_dump({name: {**profile, "outputs": outputs}}))
        notes = findings(examine(folder, capsys, [MONITOR]), "note")
        assert ("config_options" in notes.get("profiles.yml", "")) == noted
    profiles.write_text(before, encoding="utf-8")


@pytest.mark.usefixtures("here")
def test_every_type_a_warehouse_has_is_looked_at(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is no number is said, with what to write instead."""
    execute(
        folder,
        "create or replace view raw.kinds as select *, "
        + ", ".join(kind_columns(KINDS))
        + " from (select *, scored_at as happened_at, income / 100 as x, 'a' as c from raw.loan_scores)",
    )
    monitor = {
        **MONITOR,
        "predictions": {**MONITOR["predictions"], "source": ["raw", "kinds"]},
        "features": kind_features(KINDS, PARTS_OF_KINDS),
    }
    found = examine(folder, capsys, [monitor])
    reported = findings(found, "error")
    wrong = {name for name, (_, kind) in KINDS.items() if kind == "invalid"}
    assert set(reported) == {f"loans › features › number_{name}" for name in wrong}, reported
    assert all("numeric, but the values are" in text for text in reported.values())
    assert "type: categorical" in reported["loans › features › number_uuid"]
    assert (
        "sql: to an expression that gives a number" in reported["loans › features › number_struct"]
    )


@pytest.mark.usefixtures("here")
def test_a_table_that_is_no_source_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    execute(folder, "create or replace table raw.nowhere as from raw.loan_scores")
    log = {**MONITOR["predictions"], "source": ["raw", "nowhere"]}
    reported = findings(examine(folder, capsys, [{**MONITOR, "predictions": log}]), "error")
    assert "no source raw.nowhere is declared" in reported["loans › predictions"]
    assert "Declare it in the sources of the project (raw)" in reported["loans › predictions"]


@pytest.mark.usefixtures("here")
def test_the_doctor_says_how_often_a_log_is_evaluated(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """360 a day: a week has the 500 that a distribution needs, a day the 50 of a rate."""
    found = examine(folder, capsys, [{**MONITOR, "limits": {}}])
    noted = findings(found, "note")["loans › predictions"]
    assert (
        "about 360 rows per day: rates are evaluated daily, distributions are evaluated weekly"
        in noted
    )
    assert "A window needs 50 rows for rates and 500 rows for distributions" in noted
    assert found["exit_code"] == 0
    found = examine(folder, capsys, [{**MONITOR, "limits": {"min_rows": 20_000}}])
    warned = findings(found, "warn")["loans › predictions"]
    assert "rates are evaluated weekly, distributions are not evaluated" in warned


@pytest.mark.usefixtures("here")
def test_a_sound_project_in_words(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configure(folder, [MONITOR])
    assert main(["doctor", "--rulers", "--project-dir", str(folder), "--as-of", AS_OF]) == 0
    printed = capsys.readouterr().out
    ruler = next(line.split() for line in printed.splitlines() if " income " in line)
    assert ruler == ["loans", "predictions", "income", "2,520", "0.0%", "2,520", "1,000", "6,002"]
    assert "no reference: rulers are frozen from 2026-01-01 to 2026-01-08" in printed
    assert "No problems found. Next: model-monitor run" in printed


@pytest.mark.usefixtures("here")
def test_everything_at_once_and_one_monitor_does_not_hide_another(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    execute(
        folder,
        """
        create or replace table raw.odd as
        select
            i as id, timestamp '2026-01-18 12:00' + i * interval 1 hour as at,
            least("at", timestamp '2026-01-20 07:00') as came, cast(i as varchar) as said, cast(null as double) as hollow, 7.0 as constant,
            'u' || i as person, i * 1.0 as amount, case when i = 9 then 4e15 else i end as takings
        from range(0, 2000) as rows (i)
        union all select 3, timestamp '2026-01-19 12:00', timestamp '2026-01-19 12:00', 'x', null, 7.0, 'u3', -5, 0
        union all select 3, timestamp '2026-01-19 12:00', timestamp '2026-01-19 12:00', 'x', null, 7.0, 'u3', -5, 0
        union all select 4, timestamp '2026-01-19 12:00', timestamp '2026-01-21', 'x', null, 7.0, 'u3', -5, 0;
        create or replace table raw.training as
        select -1000.0 - i as amount, 1 as constant, cast(null as integer) as label
        from range(100) as rows (i);
        """,
    )
    sources = folder / "models" / "sources.yml"
    text = sources.read_text(encoding="utf-8")
    if "odd" not in text:
        more = "".join(f"  - name: {name}\n" for name in ("odd", "training", "gone"))
        sources.write_text(text.rstrip() + "\n" + more, encoding="utf-8")
    odd = {
        "name": "odd",
        "predictions": {
            "source": ["raw", "odd"],
            "time": "at",
            "loaded_at": "came",
            "id": "id",
            "user": "userid",
            "label": "id",
        },
        "features": {
            "amuont": {},
            "said": {},
            "hollow": {},
            "constant": {},
            "person": {"type": "categorical"},
            "amount": {"min": 0},
            "broken": {"sql": "no_such_function(amount)"},
            "wrong": {"sql": "length(nowhere)"},
        },
        "metrics": {
            "bad": {"numerator": "nothing_here"},
            "paid": {"numerator": "takings", "per": "person"},
            "fine": {"numerator": "takings / 100"},
        },
        "scores": {"takings": {"kind": "binary", "outcome": "label", "threshold": 0.5}},
        "costs": {
            "true_positive": "takings * 0.9",
            "false_positive": -4,
            "false_negative": "-lost",
            "true_negative": "takings",
        },
        "slices": ["regoin"],
        "reference": {"source": ["raw", "training"], "outcomes": {}},
    }
    gone = {
        "name": "gone",
        "predictions": {"source": ["raw", "gone"], "time": "t"},
        "features": ["a"],
    }
    text_time = {
        "name": "text_time",
        "predictions": {"source": ["raw", "odd"], "time": "said", "where": "amount >"},
        "features": ["amount"],
    }
    sound = deepcopy(MONITOR)
    found = examine(folder, capsys, [odd, gone, text_time, sound])
    assert found["exit_code"] == 2
    errors, warnings = findings(found, "error"), findings(found, "warn")
    assert "no column amuont / Nearest: amount" in errors["odd › features › amuont"]
    assert "no column userid" in errors["odd › predictions › user"]
    assert "no column regoin" in errors["odd › slices"]
    assert "numeric, but the values are" in errors["odd › features › said"]
    assert "no_such_function" in errors["odd › features › broken"]
    assert "nowhere" in errors["odd › features › wrong"]
    assert "nothing_here" in errors["odd › metrics › bad › numerator"]
    assert "1 of the newest rows exceed ±1e15" in errors["odd › metrics › paid › numerator"]
    assert "odd › metrics › fine › numerator" not in errors
    assert "lost" in errors["odd › costs › false_negative"]
    assert "1 of the newest rows exceed ±1e15" in errors["odd › costs › true_negative"]
    assert "odd › costs › false_positive" not in errors
    assert "there is no table" in errors["gone › predictions"]
    assert "said is" in errors["text_time › predictions › time"]
    assert "text_time › predictions › where" in errors
    assert not any(where.startswith("loans") for where in [*errors, *warnings])
    assert "always missing" in warnings["odd › features › hollow"]
    assert "rows have a time in the future" in warnings["odd › predictions"]
    # what had not come by then is not looked at
    assert {log["rows"] for log in found["logs"] if log["monitor"] == "odd"} == {2002}
    assert "1 rows of 2026-01-19 repeat the id" in warnings["odd › predictions › id"]
    assert "same unit and encoding" in warnings["odd › features › amount"]
    assert "constant in the reference of its ruler" in warnings["odd › features › constant"]
    assert {log["monitor"] for log in found["logs"]} == {"odd", "gone", "text_time", "loans"}


@pytest.mark.usefixtures("here")
def test_no_monitors_is_not_an_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = examine(folder, capsys, [])
    assert found["exit_code"] == 0
    assert "there are no monitors" in findings(found, "note")["configuration"]


@pytest.mark.parametrize(
    ("data_type", "expected"),
    [
        ("double", NUMBER), ("integer", NUMBER), ("bigint", NUMBER), ("decimal(18,3)", NUMBER),
        ("double precision", NUMBER), ("hugeint", NUMBER), ("uinteger", NUMBER), ("real", NUMBER),
        ("numeric", NUMBER), ("int8", NUMBER), ("float8", NUMBER), ("smallint", NUMBER),
        ("varchar", TEXT), ("character varying(256)", TEXT), ("text", TEXT), ("uuid", TEXT),
        ("enum('a', 'b')", TEXT), ("string", TEXT),
        ("boolean", BOOLEAN), ("bool", BOOLEAN),
        ("timestamp", TIME), ("timestamp with time zone", TIME), ("date", TIME), ("datetime", TIME),
        ("timestamp_ns", TIME),
        ("double[]", OTHER), ("float[64]", OTHER), ("struct(a integer)", OTHER), ("json", OTHER),
        ("map(varchar, double)", OTHER), ("interval", OTHER), ("blob", OTHER),
        ("array<int>", OTHER),
    ],
)  # fmt: skip
def test_types_by_whatever_name(data_type: str, expected: str) -> None:
    assert family(data_type.upper()) == expected


def test_zones() -> None:
    assert has_zone("TIMESTAMP WITH TIME ZONE")
    assert has_zone("timestamptz")
    assert not has_zone("timestamp")


def test_nearest() -> None:
    assert nearest("Amuont", ["amount", "count", "region"]) == "Nearest: amount"
    assert nearest("zzz", ["a", "b"]) == "Available: a, b"
    assert nearest("zzz", []) == "Available: none."
