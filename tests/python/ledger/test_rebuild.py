"""`model-monitor rebuild`: what it says, what it refuses, and that it puts right what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from model_monitor.cli.parser import main

from ..harness.project_harness import Project, assert_same
from ..sketches.test_bad_input import LOG, REFERENCE, monitor

AS_OF = "2026-02-01T06:00:00Z"
RESULTS = ["int_monitor__bins", "int_monitor__window_bins", "monitor_drift", "monitor_profiles"]
# the log of the other tests, without its twentieth day
GAP = f"select * from ({LOG}) as log where cast(happened_at as date) <> date '2026-01-20'"


def shops(minimum: int | None = None) -> list[dict[str, object]]:
    features = {"x": {} if minimum is None else {"min": minimum}, "flag": {"type": "boolean"}}
    return [
        monitor(name, "log", features=features, slices=["region"]) for name in ("shop", "stall")
    ]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    tables = {"log": GAP, "reference": REFERENCE}
    project = Project(tmp_path_factory.mktemp("rebuild"), shops(), tables)
    project.build(AS_OF)
    return project


@pytest.fixture(autouse=True)
def _back(here: Path) -> None:
    """Every command goes into its project."""


def rebuild(project: Project, *arguments: str, command: str = "rebuild") -> int:
    folder = str(project.folder)
    place = ["--project-dir", folder, "--profiles-dir", folder, "--as-of", AS_OF]
    return main([command, *place, "--fail-on", "none", "--no-check", *arguments])


def test_what_would_be_counted_is_said_and_nothing_is_done(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    before = project.dump(RESULTS)
    asked = ["--from", "2026-01-25", "--monitor", "shop", "--subject", "x", "--dry-run"]
    assert rebuild(project, *asked) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "Would be recomputed from 2026-01-25 on" in lines
    assert [line.split() for line in lines if line.startswith("  shop  ")] == [
        ["shop", "predictions", "7", "2026-01-31"]
    ]
    assert "  shop › predictions › x" in lines
    assert "windows that start before 2026-01-25" in lines[-1]
    assert "--from 2026-01-01" in lines[-1]
    assert "stall" not in " ".join(lines)
    assert rebuild(project, *asked, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [log["days"] for log in found["logs"]] == [7]
    assert found["subjects"] == ["shop › predictions › x"]
    assert_same(project.dump(RESULTS), before)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--monitor", "shpo"], ["no such monitor", "Valid: shop, stall", "Got: 'shpo'"]),
        (["--subject", "flg"], ["no such subject", "Valid: flag, p, x", "Got: 'flg'"]),
        (["--slice", "regin"], ["no such slice", "Valid: region", "Got: 'regin'"]),
        (["--from", "2026-02-01"], ["there are no results from 2026-02-01 on",
                                    "shop › predictions 2026-01-01 to 2026-01-31"]),
    ],
)  # fmt: skip
def test_what_is_not_there_is_refused_with_what_is(
    project: Project, capsys: pytest.CaptureFixture[str], arguments: list[str], words: list[str]
) -> None:
    code = 64 if arguments[0] == "--from" else 2  # the others are for dbt to refuse
    assert rebuild(project, "--from", "2026-01-25", *arguments) == code
    printed = capsys.readouterr()
    assert all(word in printed.err for word in words), printed.err
    assert "Traceback" not in printed.err
    assert not printed.out


def test_a_day_is_a_day(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        rebuild(project, "--from", "yesterday")
    assert stopped.value.code == 64
    assert "Valid: a date such as 2026-01-31. Got: yesterday" in capsys.readouterr().err


def test_by_dbt_alone_a_wrong_request_is_refused_too(project: Project) -> None:
    asked = {"rebuild": {"form": "2026-01-01", "monitor": "shpo", "subject": ["x"]}}
    refused = project.build(AS_OF, variables=asked, expect_success=False)
    said = refused.error + " ".join(refused.failures.values())
    assert "rebuild › form: an unknown key. Valid: from, monitor, subject, slice" in said
    assert "rebuild › from: not a day" in said
    assert "rebuild › monitor: no such monitor. Valid: shop, stall" in said


@pytest.mark.apart
def test_a_damaged_table_is_whole_again(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    before = project.dump(RESULTS)
    late = "monitor = 'shop' and {} timestamp '2026-01-18'"
    schema = f'"{project.schema}"'
    project.execute(
        f"delete from {schema}.int_monitor__bins where {late.format('period_start >=')}"
    )
    project.execute(
        f"update {schema}.int_monitor__window_bins set row_count = 7 "
        f"where {late.format('window_end >')}"
    )
    project.execute(f"delete from {schema}.monitor_drift where {late.format('window_end >')}")
    assert rebuild(project, "--from", "2026-01-18", "--monitor", "shop") == 0
    assert "Monitors, at their latest evaluated window" in capsys.readouterr().out
    assert_same(project.dump(RESULTS), before)


@pytest.mark.apart
def test_what_a_rebuild_emptied_when_it_died_is_filled_by_the_next_run(project: Project) -> None:
    """Spark has no transactions: of a table with many logs it may have replaced none, or half."""
    whole = project.dump(RESULTS)
    project.execute(
        f'delete from "{project.schema}".int_monitor__bins'
        " where period_start >= timestamp '2026-01-28';"
        f' insert into "{project.schema}".int_monitor__run_starts by name'
        " select max(start_number) + 1 as start_number, 'killed' as run_id,"
        " '2026-01-28' as rebuilt_from, max(as_of) as as_of, max(started_at) as started_at"
        f' from "{project.schema}".int_monitor__run_starts'
    )
    assert not project.dump(RESULTS)["int_monitor__bins"].equals(whole["int_monitor__bins"])
    project.build(AS_OF)
    assert_same(project.dump(RESULTS), whole)


@pytest.mark.apart
def test_a_changed_ruler_is_frozen_anew_where_it_is_asked_for(project: Project) -> None:
    """(after all else that reads this project)"""
    project.configure(shops(minimum=-5))
    project.append("log", LOG.replace("2026-01-01", "2026-02-01") + " where i < 40")
    project.build("2026-02-02T06:00:00Z")

    def status(name: str) -> pd.Series[str]:
        drift = project.frame("monitor_drift", f"monitor = '{name}' and subject = 'x'")
        return drift.groupby("window_end")["status"].max()

    def noticed() -> dict[str, str]:
        notices = project.frame("monitor_notices", "kind = 'changed_definition'")
        assert set(notices["subject"]) == {"x"}
        return dict(zip(notices["monitor"], notices["suggested_command"], strict=True))

    assert status("shop").iloc[-1] == status("stall").iloc[-1] == "ruler_changed"
    command = "model-monitor rebuild --from 2026-01-05 --monitor {} --subject x"
    assert noticed() == {name: command.format(name) for name in ("shop", "stall")}
    asked = ["--from", "2026-01-01", "--monitor", "shop", "--subject", "x", "--subject", "p"]
    assert rebuild(project, *asked, "--as-of", "2026-02-02T06:00:00Z") == 0
    assert "ruler_changed" not in set(status("shop"))
    assert len(status("shop")) == 30, "each day but the silent one and the last, which goes on"
    assert status("stall").iloc[-1] == "ruler_changed"
    assert set(noticed()) == {"stall"}
    rulers = project.frame("monitor_rulers").groupby(["monitor", "subject"])
    assert rulers["ruler_version"].max().to_dict() == {
        ("shop", "x"): 2, ("shop", "p"): 2, ("shop", "flag"): 1, ("shop", "region"): 1,
        ("stall", "x"): 1, ("stall", "p"): 1, ("stall", "flag"): 1, ("stall", "region"): 1,
    }  # fmt: skip
    outside = project.query(
        "select count(*) as n from logs.log where x < -5 and happened_at < timestamp '2026-02-01'"
    )["n"][0]
    profiles = project.frame(
        "monitor_profiles",
        "monitor = 'shop' and subject = 'x' and window_name = 'day' and model_version = '(all)'"
        " and slice_name = '(all)'",
    )
    counted = (profiles["out_of_range_rate"] * profiles["row_count"]).sum()
    assert counted == pytest.approx(outside)


@pytest.mark.apart
def test_a_slice_reports_what_has_become_frequent(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """(after all else that reads this project)"""
    began = "2026-02-02"
    new = LOG.replace("2026-01-01", began).replace("'south'", "'east'")
    project.append("log", new)
    as_of = "2026-03-04T06:00:00Z"

    def rows(name: str) -> dict[str, dict[pd.Timestamp, int]]:
        where = f"monitor = '{name}' and slice_name = 'region' and window_name = 'day'"
        found = project.frame("monitor_profiles", f"{where} and subject = 'x'")
        found = found[found["model_version"] == "(all)"].groupby(["slice_value", "window_end"])
        counts = found["row_count"].sum()
        return {value: counts[value].to_dict() for value in counts.index.unique("slice_value")}

    assert rebuild(project, "--as-of", as_of, command="run") == 0
    said = capsys.readouterr().out
    assert "a region that is reported as (other), up from 0.0% in the first week." in said
    assert "model-monitor rebuild --from 2026-02-25 --monitor shop --slice region" in said
    before = rows("shop")
    assert set(before) == {"(other)", "north", "south"}
    asked = ["--from", began, "--monitor", "shop", "--slice", "region", "--as-of", as_of]
    assert rebuild(project, *asked, "--dry-run") == 0
    assert "  shop › predictions › region" in capsys.readouterr().out.splitlines()
    assert rebuild(project, *asked) == 0
    after, other = rows("shop"), rows("stall")
    assert after == {"east": before["(other)"], "north": before["north"], "south": before["south"]}
    assert set(other) == {"(other)", "north", "south"}, "it was not asked for"
    vocabulary = project.frame("int_monitor__vocabulary", "monitor = 'shop'")
    assert sorted(vocabulary["slice_value"]) == ["east", "north", "south"]
    # asked again, nothing is new
    assert rebuild(project, *asked) == 0
    assert len(project.frame("int_monitor__vocabulary", "monitor = 'shop'")) == 3
