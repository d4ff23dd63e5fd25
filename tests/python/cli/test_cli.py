"""The command line: what it prints, for people and for programs, and its exit codes."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

import duckdb
import pandas as pd
import pytest

from model_monitor.alerting import actions
from model_monitor.alerting.explain import DETECTIONS, Explained
from model_monitor.alerting.explain import show as show_explained
from model_monitor.backtest import Backtest, Rule
from model_monitor.backtest import show as show_backtest
from model_monitor.cli.parser import main, parser
from model_monitor.cli.projects import options_settings
from model_monitor.delivery.channels import CHANNELS
from model_monitor.errors import UsageError
from model_monitor.findings import policy, tables
from model_monitor.findings.tables import Findings
from model_monitor.job import Run
from model_monitor.job import show as show_run
from model_monitor.output import Output
from model_monitor.text import ACTIONS
from model_monitor.warehouse.project import Build

from ..harness.frames import rows
from ..harness.macro_harness import Macros
from ..harness.small_project import MONITOR, configure, execute, small_project

AS_OF = ["--as-of", "2026-01-20T08:00:00Z"]
# The stand-ins for the models are too few for the suites.
RUN = ["run", "--no-check"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_project(tmp_path_factory.mktemp("cli") / "project")


@pytest.fixture(autouse=True)
def _back(here: Path) -> None:
    """Every command goes into its project."""


def test_a_run_prints_alerts_monitors_and_where_to_look(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*RUN, "--project-dir", str(folder)]) == 1
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert "Open incidents: 1 critical, 1 warn" in lines
    alerts = [line.split("  ") for line in lines if "income p95" in line or "boat" in line]
    assert [alert[1] for alert in alerts] == ["critical", "warn"]
    assert "2026-01-19 09:00  loans v1 income p95 shifted +45% in south" in printed.out
    still_open, ended = printed.out.split("Resolved incidents: 1 critical")
    assert "was down" not in still_open
    assert "was down" in ended
    assert "known trouble" not in printed.out, "silenced"
    assert "Suppressed (silenced, expected or represented by another alert): 1" in printed.out
    row = next(line for line in lines if line.startswith("  loans "))
    assert row.split() == [
        "loans", "day", "2026-01-20", "00:00", "360", "2", "1", "1", "50%",
        "(critical)", "1", "critical,", "1", "warn",
    ]  # fmt: skip
    assert str(Path("target/published/small.duckdb")) in printed.out
    assert str(Path("target/report.html")) in printed.out
    assert "loans" in (folder / "target" / "report.html").read_text(encoding="utf-8")
    assert "\033" not in printed.out
    assert "8 of 8" in printed.err


def test_a_run_for_programs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json", "--project-dir", str(folder), *RUN, "--fail-on", "none"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [alert["alert_id"] for alert in found["alerts"]] == ["a4", "a1", "a2"]
    assert found["monitors"][0]["drifted_in_slices"] == 1
    assert found["failures"] == []
    with duckdb.connect(found["published"], read_only=True) as connection:
        assert connection.execute(
            "select count(*) from main_results.monitor_alerts"
        ).fetchone() == (4,)


@pytest.mark.parametrize(("fail_on", "code"), [("critical", 1), ("warn", 1), ("none", 0)])
def test_the_exit_code_is_that_of_the_gravest_open_alert(
    folder: Path, capsys: pytest.CaptureFixture[str], fail_on: str, code: int
) -> None:
    assert main(["alerts", "--fail-on", fail_on, "--project-dir", str(folder)]) == code
    printed = capsys.readouterr().out
    assert "critical  loans v1 income p95 shifted +45% in south" in printed
    assert "value          1,450, baseline 1,000" in printed
    assert "Open incidents: 1 critical, 1 warn (and 1 suppressed)" in printed


def test_more_than_ten_alerts_are_counted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = ["--project-dir", str(folder)]
    many = "insert into main_results.monitor_alerts select 'b' || i, 'loans', 'firing', 'warn', 'm' || i, "
    many += "timestamp '2026-01-01', 1, 0, null, 'f1', null, null from range(12) as r (i)"
    execute(folder, many)
    try:
        assert main(["alerts", *project]) == 1
        printed = capsys.readouterr().out
        assert printed.count("  value  ") == 10
        assert "… and 4 warn more. To list them: model-monitor alerts --all" in printed
        assert main(["alerts", "--all", *project]) == 1
        assert capsys.readouterr().out.count("  value  ") == 15
    finally:
        execute(folder, "delete from main_results.monitor_alerts where alert_id like 'b%'")


def test_coverage_says_what_is_evaluated_how_often_and_why(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["coverage", "--project-dir", str(folder)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "loans: series evaluated: 2 daily, 1 weekly; not evaluated: 1 too small",
        "  too small: drift in slices by region (1),"
        " because 30 days have about 60 independent rows; 100 are needed",
        "  weekly: drift in slices by region (1),"
        " because a day has about 94 independent rows; 100 are needed",
    ]
    assert main(["coverage", "--monitor", "loans", "--json", "--project-dir", str(folder)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [
        (row["slice_value"], row["resolution"]) for row in found if row["slice_name"] != "(all)"
    ] == [
        ("north", "too_small"),
        ("south", "7d"),
    ]
    assert main(["coverage", "--monitor", "loan", "--project-dir", str(folder)]) == 64
    assert "--monitor: no results. Nearest: loans. Got: loan" in capsys.readouterr().err


def test_notices_are_listed_by_kind_with_what_helps(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = ["--project-dir", str(folder)]
    assert main(["notices", *project]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "",
        "Notices: 8 warn, 1 info",
        "  warn  loans › predictions: no table.",
        "        Next: model-monitor doctor",
        *(f"  warn  policy › changes › c{number}: recurs: unknown." for number in range(6)),
        "        Next: model-monitor doctor",
        "  warn  policy › alert_rules › tails: the rule is not applied.",
        "  info  loans: baseline warming up: 9 of 14 days.",
    ]
    assert main(["notices", "--monitor", "loans", "--json", *project]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [row["kind"] for row in found] == ["log_problem", "warming_up"]
    assert main(["notices", "--monitor", "loan", *project]) == 64
    assert "--monitor: no results. Nearest: loans. Got: loan" in capsys.readouterr().err


def test_a_run_prints_the_first_notices_of_each_kind(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*RUN, "--project-dir", str(folder)]) == 1
    lines = capsys.readouterr().out.splitlines()
    # what stops an evaluation is named above, with its exit code
    assert "Notices: 7 warn, 1 info" in lines
    assert sum(line.startswith("  warn  policy › changes") for line in lines) == 5
    assert "        … and 1 more: model-monitor notices" in lines
    assert main(["alerts", "--project-dir", str(folder)]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == (
        "Notices: 8 warn, 1 info. To list them: model-monitor notices"
    )


def test_an_alert_is_explained(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = ["--project-dir", str(folder)]
    assert main(["explain", "a1", *project]) == 0
    printed = capsys.readouterr().out
    assert "critical  loans v1 income p95 shifted +45% in south" in printed
    assert "    select 1450 as value" in printed, "the query to paste"
    assert "value 1,450, row_count 360" in printed, "and what it gives"
    assert "History (evaluated windows: 1)" in printed
    assert main(["alerts", "show", "a1", *project]) == 0
    assert capsys.readouterr().out == printed
    assert main(["alerts", "show", *project]) == 64
    assert "alerts show ALERT_ID" in capsys.readouterr().err
    assert main(["--json", "explain", "A1", *project]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["counted_again"] == [{"value": 1450, "row_count": 360}]
    assert found["history"][0]["outcome"] == "breach"
    for wrong, words in (("a", "ambiguous id, 4 alerts match"), ("zz{", "unknown id")):
        assert main(["explain", wrong, *project]) == 64
        assert words in capsys.readouterr().err


def test_of_an_incident_that_goes_on_nothing_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    alerts = pd.DataFrame(
        {
            "alert_id": ["a", "b", "c", "d", "e", "f"],
            "incident_id": ["one", "one", "two", None, "three", "three"],
            "state": ["resolved", "stale", "resolved", "resolved", "resolved", "stale"],
            # what only another spoke for keeps nothing open
            "inhibited_by": [None, None, None, None, None, "e"],
            "last_seen_at": pd.to_datetime([f"2026-01-0{day}" for day in (1, 2, 6, 4, 5, 5)]),
        }
    )
    monkeypatch.setattr(tables, "read", lambda *_: rows(alerts))
    monkeypatch.setattr(tables, "as_incidents", lambda _, found: found)
    ended = tables.closed_alerts(cast("Any", None))
    assert ended is not None
    assert [alert["alert_id"] for alert in ended] == ["c", "e", "d"]


def test_nothing_of_a_warehouse_steers_the_terminal() -> None:
    odd = "\x1b[2J\u202ered"
    alert = {"severity": "warn", "message": odd}
    out = io.StringIO()
    output = Output(out, out)
    show_explained(Explained(alert, [], [{"value": odd}], None, [alert]), output)
    show_explained(Explained(alert, [], [], odd), output)
    seen = dict.fromkeys(DETECTIONS, "x") | {"detector": "cusum"}
    show_explained(Explained(alert, [], [], detections=[seen]), output)
    assert "cusum" in out.getvalue()
    rule = Rule(odd, 0.1, None, 0, 0, [0], 1.0, 0.0, None, None, odd)
    show_backtest(Backtest([date(2026, 1, 5)], 1, 7, [rule]), output, everything=True)
    run = Run(Build((), 1, 0), Findings(notes=[f"one\n{odd}"]), None, "main")
    show_run(run, output)
    assert "\x1b" not in out.getvalue()
    assert "\u202e" not in out.getvalue()
    assert "one\n [2J red\n" in out.getvalue(), "a note may have lines"


def test_who_acts_when_and_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise KeyError("getpwuid(): uid not found: 1234")

    monkeypatch.setattr("getpass.getuser", nameless)
    assert actions.author(" kim ") == "kim"
    start = datetime.fromisoformat("2026-03-01")
    for words, wrong in (
        ("--author: a name is required", lambda: actions.author(None)),
        ("--reason: a reason is required", lambda: actions.reason(" ")),
        ("--until: beyond the year 9999", lambda: actions.until("99999999999d", start)),
        ("--until: beyond the year 9999", lambda: actions.until("4000000d", start)),
        ("--until: not a time", lambda: actions.until("\u00b2d", start)),
        ("--until: not a time", lambda: actions.until("0001-01-01T00:00+14:00", start)),
    ):
        with pytest.raises(UsageError, match=words):
            wrong()


def test_words_that_python_and_sql_both_list_are_the_same() -> None:
    macros = Macros()
    assert set(ACTIONS) == set(macros.call("action_reasons"))
    assert list(policy.RULE_COLUMNS) == list(macros.call("alert_rule_columns"))
    assert set(CHANNELS) == set(macros.call("contact_channels"))


def test_a_model_that_fails_is_named_once_with_the_warehouses_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = small_project(tmp_path / "project")
    broken = "select no_such_column from {{ ref('model_monitor', 'int_monitor__private') }}"
    (folder / "models" / "monitor_drift.sql").write_text(broken, encoding="utf-8")
    assert main([*RUN, "--project-dir", str(folder)]) == 2
    printed = capsys.readouterr()
    assert "Failed models and tests: 1 (skipped: 0)" in printed.out
    assert "monitor_drift" in printed.out
    assert 'Referenced column "no_such_column" not found' in printed.out
    assert "Open incidents: 1 critical, 1 warn" in printed.out, "the others are shown all the same"
    assert "The table monitor_drift does not exist yet." in printed.out
    assert "Traceback" not in printed.out + printed.err


def test_without_results_there_is_a_word_and_no_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = small_project(tmp_path / "project")
    for path in (folder / "models").glob("*monitor_*.sql"):
        path.unlink()
    assert main([*RUN, "--project-dir", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert "The table monitor_alerts does not exist yet." in printed
    assert "Open incidents" not in printed
    assert main(["alerts", "--project-dir", str(folder)]) == 2
    assert "To build it: model-monitor run" in capsys.readouterr().err


def test_a_wrong_configuration_is_shown_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = small_project(tmp_path / "project")
    wrong = {**MONITOR, "scores": {"p_default": {"outcme": "label"}}, "slice": ["region"]}
    configure(folder, [wrong])
    for command in (["doctor"], ["run"]):
        (folder / "models" / "monitor_dataset.sql").write_text(
            "select {{ model_monitor.monitors() | length }} as monitors", encoding="utf-8"
        )
        assert main([*command, "--project-dir", str(folder)]) == 2
        printed = capsys.readouterr()
        text = printed.out + printed.err
        assert "outcme" in text
        assert "outcome" in text
        assert "slice" in text, "every problem at once"
        assert "Traceback" not in text
        assert "> in macro" not in text


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [
        (["run", "--vars", "[1, 2]"], "not a mapping", 64),
        (["run", "--vars", "{a: "], "not YAML", 64),
        (["run", "--profiles-dir", "nowhere"], "nowhere", 2),
        (["run", "--target", "moon"], "does not have a target named 'moon'", 2),
        (["demo", "--days", "0"], "at least 1. Got: 0", 64),
        (["init", "a.b.c.d"], "Valid: table, schema.table", 64),
        (["init", "raw.loan_score"], "Nearest: raw.loan_scores", 64),
    ],
)
def test_mistakes_on_the_command_line(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str, code: int
) -> None:
    assert main([*arguments, "--project-dir", str(folder)]) == code
    printed = capsys.readouterr()
    assert words in printed.err
    assert "Traceback" not in printed.err
    assert not printed.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["alrets"], "error: alrets is unknown. Nearest: alerts"),
        (["run", "--fail-on", "warning"], "error: --fail-on: warning is unknown. Nearest: warn"),
        (
            ["triage", "a1", "yes"],
            "error: decision: yes is unknown. Available: true, false, expected, accepted",
        ),
        (["run", "--monitr", "x"], "error: --monitr is unknown. Nearest: --monitor"),
        (["--jsn", "alerts"], "error: --jsn is unknown. Nearest: --json"),
        # its value would look like the argument of the command
        (["alerts", "--fail_on", "warn"], "error: --fail_on is unknown. Nearest: --fail-on"),
        (["ack", "--reson=x"], "error: --reson is unknown. Nearest: --reason, --json"),
        (
            ["init", "--colour", "a.b"],
            "error: --colour is unknown. Available: --help, --project-dir, --profiles-dir, "
            "--target, --vars, --as-of, --json",
        ),
        (["schema", "x"], "error: unexpected argument: x"),
        ([], "error: the following arguments are required: COMMAND"),
    ],
)
def test_a_mistyped_word_names_the_nearest(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 64
    first, see, *more = capsys.readouterr().err.splitlines()
    assert first == said
    assert see.startswith("See: model-monitor")
    assert not more


def test_every_unknown_option_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["run", "--no-sent", "--monitor", "--no-chek", "-x"])
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(" is unknown")[0] for line in lines] == [
        "error: --no-sent",
        "error: --no-chek",
        "See: model-monitor run --help",
    ]


def test_the_beginning_of_an_option_is_enough() -> None:
    options = parser().parse_args(["run", "--mon", "a", "--fail=warn", "-t", "prod"])
    assert (options.only, options.fail_on, options.target) == (["a"], "warn", "prod")


def test_what_reads_nothing_imports_nothing_heavy() -> None:
    """--help and --version answer at once: neither pandas nor dbt nor an engine is imported."""
    program = (
        "import sys; from model_monitor.cli.parser import parser; parser().format_help(); "
        "print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    heavy = {
        "pandas",
        "numpy",
        "dbt",
        "duckdb",
        "yaml",
        "requests",
        "apprise",
        "great_expectations",
    }
    assert not heavy & set(done.stdout.split())


def test_outside_of_a_project(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "model_monitor", "run", "--project-dir", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("error: no dbt_project.yml in")
    assert done.stdout == ""


def test_the_demo_replaces_its_tables_and_what_was_counted_from_others(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    small = ["demo", "--days", "3", "--rows-per-day", "200", "--project-dir", str(folder)]
    count = "select count(*) from information_schema.tables where table_schema = '{}'"
    assert main(small) == 0
    assert "Next: model-monitor run" in capsys.readouterr().out
    count_before = execute(folder, "select count(*) from demo_logs.home_feed_predictions")
    assert count_before > [(300,)]
    assert main([*RUN, "--fail-on", "none", "--project-dir", str(folder)]) == 0
    assert execute(folder, count.format("main_results")) == [(8,)]

    assert main(small) == 0
    assert execute(folder, count.format("main_results")) == [(8,)], "the same logs again"
    assert execute(folder, "select count(*) from demo_logs.home_feed_predictions") == count_before

    assert main([*small, "--seed", "8"]) == 0
    assert "Dropping 8 earlier results" in capsys.readouterr().err
    assert execute(folder, count.format("main_results")) == [(0,)]


def test_an_option_comes_before_the_full_name_of_its_variable() -> None:
    said = ["run", "--vars", "{model_monitor_as_of: 2026-01-01, model_monitor_check: all, x: 1}"]
    options = parser().parse_args([*said, "--as-of", "2026-02-01"])
    settings = options_settings(options)
    assert settings.variables == {"model_monitor_check": "all", "x": 1, "as_of": "2026-02-01"}
    # variables of one run are no part of the parse, by either name
    assert settings.arguments(is_parse=True)[-1] == '{"x": 1}'
    kept = options_settings(parser().parse_args(said)).variables
    assert str(kept["model_monitor_as_of"]) == "2026-01-01"
