"""What Prometheus collects: the figures of the tables to the digit, bounded, and in its own form."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from model_monitor.cli.parser import main
from model_monitor.delivery.prometheus import lines, text, write
from model_monitor.findings import gauges as figures
from model_monitor.findings.gauges import Gauge, Sample, bounded, gauges, incident_gauges
from model_monitor.findings.measures import MEASURES
from model_monitor.warehouse.artifacts import artifacts
from model_monitor.warehouse.settings import Settings, entered

from ..harness.observed_project import HOSTILE, SCHEMA, observed_project, on_postgres, rows
from ..harness.postgres_server import Server
from ..harness.project_harness import ROOT
from ..harness.small_project import small_project

EXAMPLES = ROOT / "examples" / "prometheus"
PROMTOOL = shutil.which("promtool")
SAMPLE = re.compile(r'[a-z0-9_]+\{([a-z_]+="([^"\\\n]|\\["\\n])*",?)+\} [0-9e.+-]+')
ODD = HOSTILE.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
needs_promtool = pytest.mark.skipif(
    PROMTOOL is None, reason="no promtool on this machine: apt-get install prometheus"
)


def promtool(*arguments: str, given: str | None = None) -> str:
    done = subprocess.run(
        [str(PROMTOOL), *arguments], input=given, capture_output=True, text=True, check=False
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return said


def written(folder: Path) -> str:
    return text(gauges(artifacts(entered(Settings(folder)), writes=False)))


def of(content: str, gauge: str) -> list[str]:
    return [line for line in content.splitlines() if line.startswith(f"model_monitor_{gauge}{{")]


@pytest.fixture(scope="module")
def exposed(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = observed_project(tmp_path_factory.mktemp("exposed") / "project")
    before = Path.cwd()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(before)
        return written(folder)


# ---- incidents -----------------------------------------------------------------------------------


def test_worked_example() -> None:
    odd = {"monitor": "a", "severity": "warn", "subject": 'x"y\\z\n'}
    held = {"monitor": "a", "severity": "critical", "subject": "h", "inhibited_by": "b"}
    due = {"monitor": "b", "kind": "age", "recommended_action": "retrain", "fired_at": "x"}
    content = text(incident_gauges([odd, held], ["a", "b"], [due])).splitlines()
    assert [line for line in content if not line.startswith("#")] == [
        'model_monitor_open_incidents{monitor="a",severity="info"} 0',
        'model_monitor_open_incidents{monitor="a",severity="warn"} 1',
        'model_monitor_open_incidents{monitor="a",severity="critical"} 0',
        'model_monitor_open_incidents{monitor="b",severity="info"} 0',
        'model_monitor_open_incidents{monitor="b",severity="warn"} 0',
        'model_monitor_open_incidents{monitor="b",severity="critical"} 0',
        'model_monitor_incident{monitor="a",severity="warn",subject="x\\"y\\\\z\\n"} 1',
        'model_monitor_retraining{monitor="b",kind="age",recommended_action="retrain"} 1',
    ]
    assert len({line.split()[2] for line in content if line.startswith("# TYPE")}) == 3


# ---- figures -------------------------------------------------------------------------------------


def test_psi_is_that_of_the_latest_evaluated_window_at_its_resolution(exposed: str) -> None:
    """Not the day that is not evaluated, no other window, version, role or slice."""
    loans = 'monitor="loans",log="predictions",subject='
    assert of(exposed, "psi") == [
        f'model_monitor_psi{{monitor="{ODD}",log="predictions",subject="{ODD}",baseline="reference",window="day"}} 0.25',
        f'model_monitor_psi{{{loans}"income",baseline="last_week",window="day"}} 0.02',
        f'model_monitor_psi{{{loans}"income",baseline="reference",window="day"}} 0.30000000000000004',
        f'model_monitor_psi{{{loans}"p_default",baseline="reference",window="7d"}} 1e-07',
    ]
    drifted = [line.rpartition(" ")[2] for line in of(exposed, "drifted")]
    assert drifted == ["0", "0", "1", "0"]


def test_every_other_figure(exposed: str) -> None:
    loans = 'monitor="loans"'
    shown = {line for line in exposed.splitlines() if loans in line}
    at = f'{loans},log="predictions"'
    for line in (
        f'open_incidents{{{loans},severity="critical"}} 1',
        f'open_incidents{{{loans},severity="warn"}} 1',
        f'drifted_share{{{at},baseline="reference"}} 0.0625',
        f"rows{{{loans}}} 1093",
        f"performance{{{loans}}} 0.8125",
        f'score_mean{{{at},subject="p_default"}} 0.171',
        f'operation_p95{{{at},subject="latency_ms"}} 118.75',
        f'operation_rate{{{at},subject="is_error"}} 0.015625',
        f'metric{{{at},metric="refused_rate"}} 0.05',
        f"window_end_timestamp_seconds{{{loans}}} 1781913600.0",
        # its second run could not evaluate everything
        f"last_success_timestamp_seconds{{{loans}}} 1781935260.0",
        f"watermark_lag_seconds{{{at}}} 7199.75",
        f'delivery_failures{{{loans},status="failed"}} 1',
        f'delivery_failures{{{loans},status="refused"}} 1',
    ):
        assert f"model_monitor_{line}" in shown
    # what is not known is absent and no 0
    for gauge, count in (
        ("drifted_share", 1), ("performance", 1), ("score_mean", 1), ("operation_p95", 1),
        ("operation_rate", 1), ("watermark_lag_seconds", 2), ("delivery_failures", 4), ("rows", 2),
    ):  # fmt: skip
        assert len(of(exposed, gauge)) == count, gauge
    assert (
        f'model_monitor_last_success_timestamp_seconds{{monitor="{ODD}"}} 1781938950.0' in exposed
    )


def test_the_form(exposed: str) -> None:
    samples = [line for line in exposed.splitlines() if not line.startswith("#")]
    assert all(SAMPLE.fullmatch(line) for line in samples)
    assert len(set(samples)) == len(samples)
    for kind in ("HELP", "TYPE"):
        told = re.findall(rf"^# {kind} (\S+) .+$", exposed, re.MULTILINE)
        assert len(told) == len(set(told)) == 16
        assert {line.partition("{")[0] for line in samples} <= set(told)
    assert exposed.endswith("\n")


@needs_promtool
def test_promtool_accepts_it(exposed: str) -> None:
    assert promtool("check", "metrics", given=exposed) == ""


@needs_promtool
def test_promtool_accepts_no_row_at_all() -> None:
    assert promtool("check", "metrics", given=text(incident_gauges([], ["a"], []))) == ""


def test_numbers_keep_all_digits() -> None:
    values: list[Any] = [0.1 + 0.2, 1e-300, 1 / 3, 7, float("inf"), 1e22]
    gauge = Gauge("g", "t", "1", [Sample({"monitor": str(i)}, v) for i, v in enumerate(values)])
    shown = [line.rpartition(" ")[2] for line in lines(gauge) if not line.startswith("#")]
    assert [float(each) for each in shown] == values
    assert shown[4] == "+Inf"


# ---- limits --------------------------------------------------------------------------------------


def test_a_gauge_is_bounded_by_monitor_and_says_what_it_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = observed_project(tmp_path / "project")
    with duckdb.connect(str(folder / "target" / "shop.duckdb")) as connection:
        for table, columns in (
            ("monitor_coverage", "'drift' as family, 'day' as resolution"),
            ("monitor_drift", "'live' as role, 'day' as window_name, timestamp '2026-06-20' as window_end,"
             " 'reference' as baseline, 'ok' as status, 1.0 + i as psi"),
        ):  # fmt: skip
            connection.execute(
                f"insert into {SCHEMA}.{table} by name select 'loans' as monitor, 'predictions' as log,"
                f" '(all)' as model_version, '(all)' as slice_name, '(all)' as slice_value,"
                f" 'x_' || i as subject, {columns} from range(300) as n (i)"
            )
    content = written(folder)
    loans = [line for line in of(content, "psi") if 'monitor="loans"' in line]
    assert len(loans) == 200
    # the largest stay
    kept = {re.findall(r'subject="(.*?)"', line)[0] for line in loans}
    assert kept == {f"x_{number}" for number in range(100, 300)}
    assert [line.split("subject")[1].split(",")[0] for line in of(content, "drifted")] == [
        line.split("subject")[1].split(",")[0] for line in of(content, "psi")
    ]
    assert (
        "# model_monitor_psi: 103 more series of loans are left out (at most 200 per monitor)\n"
        in content
    )
    assert of(content, "left_out_series") == [
        'model_monitor_left_out_series{monitor="loans",gauge="model_monitor_psi"} 103',
        'model_monitor_left_out_series{monitor="loans",gauge="model_monitor_drifted"} 103',
    ]
    if PROMTOOL is not None:
        assert promtool("check", "metrics", given=content) == ""


def test_equal_labels_are_one_series() -> None:
    gauge = bounded("g", "t", "1", [({"monitor": "a"}, 1), ({"monitor": "a"}, 2)])
    assert [sample.value for sample in gauge.samples] == [1]
    assert gauge.left_out == {}


def test_a_removed_monitor_has_no_series(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = observed_project(tmp_path / "project")
    with duckdb.connect(str(folder / "target" / "shop.duckdb")) as connection:
        connection.execute(f"delete from {SCHEMA}.monitor_health where monitor = 'loans'")
    content = written(folder)
    for gauge in ("last_success_timestamp_seconds", "watermark_lag_seconds", "rows"):
        assert [line for line in of(content, gauge) if '"loans"' in line] == []
        assert of(content, gauge) != []


def test_what_a_table_does_not_have_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = observed_project(tmp_path / "project", without=("monitor_metrics",))
    with duckdb.connect(str(folder / "target" / "shop.duckdb")) as connection:
        connection.execute(f"alter table {SCHEMA}.monitor_profiles drop column p95")
    content = written(folder)
    assert "model_monitor_metric" not in content
    assert re.search(r"^# model_monitor_operation_p95 is left out: .*p95.*$", content, re.MULTILINE)
    assert "# TYPE model_monitor_operation_p95" not in content
    assert len(of(content, "psi")) == 4
    if PROMTOOL is not None:
        assert promtool("check", "metrics", given=content) == ""


# ---- the file ------------------------------------------------------------------------------------


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "monitor.prom"
    for content in ("first\n", "second\n"):
        write(file, content)
        assert file.read_text() == content
    assert [path.name for path in file.parent.iterdir()] == ["monitor.prom"]


def test_a_run_writes_it(tmp_path: Path, here: Path) -> None:
    folder, file = small_project(tmp_path / "project"), tmp_path / "monitor.prom"
    asked = ["run", "--no-check", "--no-publish", "--project-dir", str(folder)]
    assert main([*asked, "--prometheus", str(file), "--fail-on", "none"]) == 0
    assert 'model_monitor_open_incidents{monitor="loans",severity="critical"} 1\n' in (
        file.read_text()
    )


# ---- the example rules ---------------------------------------------------------------------------


@needs_promtool
def test_the_example_rules() -> None:
    assert "8 rules found" in promtool("check", "rules", str(EXAMPLES / "model_monitor.rules.yml"))
    assert "SUCCESS" in promtool("test", "rules", str(EXAMPLES / "model_monitor.test.yml"))


def test_every_rule_is_about_gauges_that_exist_and_is_tested() -> None:
    groups = yaml.safe_load((EXAMPLES / "model_monitor.rules.yml").read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    known = {measure.name for measure in MEASURES} | {figures.OPEN}
    used = {name for rule in rules for name in re.findall(r"model_monitor_\w+", rule["expr"])}
    assert used <= known
    tests = yaml.safe_load((EXAMPLES / "model_monitor.test.yml").read_text())["tests"]
    fired = {
        each["alertname"]
        for test in tests
        for each in test["alert_rule_test"]
        if each.get("exp_alerts")
    }
    assert fired == {rule["alert"] for rule in rules}


def test_what_the_tables_say_is_what_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counts of the incidents, against the query of the page on BI recipes."""
    monkeypatch.chdir(tmp_path)
    folder = observed_project(tmp_path / "project")
    open_now = rows(
        folder,
        "select monitor, severity, count(*) from monitor_incidents where state in ('firing', 'acknowledged')"
        " and inhibited_by is null and silenced_by is null and nature <> 'expected' group by all order by all",
    )
    found = [
        gauge
        for gauge in gauges(artifacts(entered(Settings(folder)), writes=False))
        if gauge.name == figures.OPEN
    ]
    shown = [
        (sample.labels["monitor"], sample.labels["severity"], sample.value)
        for sample in found[0].samples
        if sample.value
    ]
    assert sorted(shown) == open_now


@pytest.mark.slow
def test_postgres_gives_the_same_digits(
    postgres: Server, exposed: str, tmp_path: Path, here: Path
) -> None:
    folder = on_postgres(observed_project(tmp_path / "project"), postgres, "gauges")
    content = written(folder)
    # the numbers of these stand-ins are decimals there, so a whole one has a point
    plain = [re.sub(r"\.0$", "", line) for line in exposed.splitlines()]
    assert [re.sub(r"\.0$", "", line) for line in content.splitlines()] == plain
