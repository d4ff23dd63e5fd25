"""The series of an alert as one line of bars, in a terminal and elsewhere."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from model_monitor.alerting.explain import Explained, as_json
from model_monitor.alerting.explain import show as show_explained
from model_monitor.alerting.series import (
    INDENT,
    KEYS,
    MOST_WINDOWS,
    Point,
    is_wide,
    line,
    read_series,
)
from model_monitor.alerting.show import series_of, show
from model_monitor.output import Output

from ..harness.report_tables import Results

FIRST = datetime.fromisoformat("2026-06-01")
ONSET = datetime.fromisoformat("2026-06-07")
VALUES = (0.1, 0.1, 0.2, None, 0.1, 0.1, 0.1, 0.8, 0.6)


class Terminal(io.TextIOWrapper):
    """A terminal of some encoding."""

    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding, newline="\n")

    def isatty(self) -> bool:
        return True

    def text(self) -> str:
        self.flush()
        return self.buffer.getvalue().decode(self.encoding)


def points(values: tuple[float | None, ...] = VALUES) -> list[Point]:
    return [Point(FIRST + timedelta(days=day), value) for day, value in enumerate(values)]


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.mark.usefixtures("wide")
def test_the_line_marks_the_onset_and_names_its_scale() -> None:
    """The day of 7 June ends on the 8th: it is the first that the onset affects."""
    expected = "▁▁▂ ▁▁▁│█▆  0.1 to 0.8, 2026-06-01 to 2026-06-09; │ onset"
    assert line(points(), ONSET, Output(Terminal())) == expected
    assert line(points(), None, Output(Terminal())) == expected.replace("│", "").removesuffix(
        ";  onset"
    )
    assert "│" not in line(points(), FIRST - timedelta(days=9), Output(Terminal()))


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
@pytest.mark.usefixtures("wide")
def test_without_utf_8_it_is_plain_ascii(encoding: str) -> None:
    expected = "__. ___|#*  0.1 to 0.8, 2026-06-01 to 2026-06-09; | onset"
    assert line(points(), ONSET, Output(Terminal(encoding))) == expected


@pytest.mark.usefixtures("wide")
def test_few_values_have_no_line_and_equal_values_have_one() -> None:
    output = Output(Terminal())
    assert line(points((0.1, None, 0.2)), ONSET, output) == ""
    assert line([], ONSET, output) == ""
    assert line(points((0.5,) * 3), None, output).startswith("▁▁▁  0.5, ")
    assert line(points((-1.7e308, 0.0, 1.7e308)), None, output)[:3] in ("▁▄█", "▁▅█")


@pytest.mark.parametrize("columns", [20, 40, 60, 80, 100, 200])
def test_the_line_fits_every_terminal(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    series = points(tuple(float(day % 7) for day in range(90)))
    found = line(series, FIRST + timedelta(days=80), Output(Terminal()))
    assert len(found) <= columns - INDENT
    assert found.count("│") == (2 if "onset" in found else 1 if columns > 30 else 0)
    assert len(line(series, None, Output(io.StringIO())).split("  ")[0]) == MOST_WINDOWS


def alert(name: str = "a1") -> dict[str, Any]:
    found: dict[str, Any] = dict.fromkeys(KEYS, "(all)")
    found |= {"monitor": "shop {1}", "subject": name, "window_name": "day"}
    found |= {"alert_id": name, "severity": "warn", "message": f"shop: {name} moved"}
    return found | {"since": ONSET, "state": "firing", "is_safety": False, "nature": "incident"}


@pytest.fixture
def project(tmp_path: Path) -> Results:
    file = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema results")
        columns = ", ".join(f"{name} varchar" for name in KEYS)
        connection.execute(
            f"create table results.monitor_signals ({columns}, window_end timestamp, value double)"
        )
        for name in ("a1", "a2"):
            rows = [
                [*(alert(name)[each] for each in KEYS), point.window_end, point.value]
                for point in reversed(points())
            ]
            marks = ", ".join("?" * len(rows[0]))
            connection.executemany(f"insert into results.monitor_signals values ({marks})", rows)
    return Results(file)


def test_one_query_reads_the_series_of_all_alerts(project: Results) -> None:
    unknown = {"alert_id": "x", "since": None}
    assert read_series(project, [alert("a2"), unknown, alert("a3"), alert()]) == [
        points(), [], [], points(),
    ]  # fmt: skip
    assert sum("monitor_signals" in sql for sql in project.warehouse.queries) <= 2
    assert read_series(project, [unknown]) == [[]]


@pytest.mark.usefixtures("wide")
def test_alerts_show_it_on_a_wide_terminal_only(
    project: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    output = Output(terminal)
    found = [alert(), alert("a3")]
    show(found, output, series=series_of(project, found, output))
    lines = terminal.text().splitlines()
    [bars] = [each for each in lines if "│" in each]
    assert bars.startswith("  series         ▁▁▂ ▁▁▁│█▆  0.1 to 0.8")
    [since] = {each.index("2026-06-07") for each in lines if each.startswith("  since")}
    assert since == INDENT == bars.index("▁"), "aligned with the other facts"

    monkeypatch.setenv("COLUMNS", "99")
    assert series_of(project, found, Output(Terminal())) == {}
    piped = io.StringIO()
    assert not is_wide(Output(piped))
    show(found, Output(piped), series=series_of(project, found, Output(piped)))
    assert "series" not in piped.getvalue()


def test_an_explained_alert_shows_it_everywhere() -> None:
    piped = io.StringIO()
    found = Explained(alert(), [], series=points())
    show_explained(found, Output(piped))
    assert "  series         ▁▁▂ ▁▁▁│█▆  0.1 to 0.8, 2026-06-01" in piped.getvalue()
    assert as_json(found)["series"][0] == {"window_end": FIRST, "value": 0.1}
