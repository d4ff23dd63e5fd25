"""What Prometheus collects: every monitor, every open incident, and nothing that breaks the form."""

from __future__ import annotations

import re
from pathlib import Path

from model_monitor.cli.parser import main
from model_monitor.delivery.prometheus import text, write

from ..harness.small_project import small_project

SAMPLE = re.compile(r'[a-z_]+\{([a-z_]+="([^"\\\n]|\\["\\n])*",?)+\} [0-9]+')


def test_by_hand() -> None:
    odd = {"monitor": "a", "severity": "warn", "subject": 'x"y\\z\n'}
    held = {"monitor": "a", "severity": "critical", "subject": "h", "inhibited_by": "b"}
    asked = {"monitor": "b", "kind": "age", "recommended_action": "retrain", "fired_at": "x"}
    told = text([odd, held], ["a", "b"], [asked]).splitlines()
    assert [line for line in told if not line.startswith("#")] == [
        'model_monitor_open_incidents{monitor="a",severity="warn"} 1',
        'model_monitor_open_incidents{monitor="a",severity="critical"} 0',
        'model_monitor_open_incidents{monitor="b",severity="warn"} 0',
        'model_monitor_open_incidents{monitor="b",severity="critical"} 0',
        'model_monitor_incident{monitor="a",severity="warn",subject="x\\"y\\\\z\\n"} 1',
        'model_monitor_retraining{monitor="b",kind="age",recommended_action="retrain"} 1',
    ]
    assert all(SAMPLE.fullmatch(line) for line in told if not line.startswith("#"))
    assert len({line.split()[2] for line in told if line.startswith("# TYPE")}) == 3


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
