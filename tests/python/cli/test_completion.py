"""The shells are offered what the parser knows, at the place where they ask."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from model_monitor.cli.completion import SCRIPTS, SHELLS, lines, offers
from model_monitor.cli.parser import main, parser

ROOT = Path(__file__).resolve().parents[3]


def offered(*words: str) -> list[str]:
    return [name for name, _ in offers(parser(), words)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["al"], ["alerts"]),
        (["re"], ["report", "rebuild"]),
        (["run", "--no"], ["--no-publish", "--no-check", "--no-report", "--no-send"]),
        (["run", "--fail-on", ""], ["info", "warn", "critical", "none"]),
        (["run", "--fail-on", "w"], ["warn"]),
        (["run", "--fail-on=w"], ["--fail-on=warn"]),
        (["run", "--fail", "w"], ["warn"]),
        # an option before the command, with its value
        (["--project-dir", "run", "al"], ["alerts"]),
        (["--json", "al"], ["alerts"]),
        # nothing is known of a path, an id or a name: the shell offers files
        (["run", "--project-dir", ""], []),
        (["ack", "--reason", "al"], []),
        (["ack", "al"], []),
        (["triage", "a1", "ex"], ["expected"]),
        (["triage", "a1", "--reason", "x y", "ex"], ["expected"]),
        (["triage", "expected", "true", "--action", "re"], ["recalibrate", "retrain"]),
        (["alerts", "s"], ["show"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["init-project", "--git", "--rev"], ["--revision"]),
        # what is given already is offered again only where it may be repeated
        (["run", "--json", "--monitor", "a", "--j"], []),
        (["run", "--json", "--monitor", "a", "--mo"], ["--monitor"]),
        (["nonsense", "--vers"], ["--version"]),
    ],
)
def test_what_is_offered(words: list[str], expected: list[str]) -> None:
    assert offered(*words) == expected


def test_every_command_and_every_option_is_offered() -> None:
    commands = offered("")
    for command in commands:
        assert f"    {command} " in parser().format_help()
        names = offered(command, "--")
        assert "--project-dir" in names
        assert len(set(names)) == len(names)
    assert {"run", "alerts", "schema", "init-project"} <= set(commands)
    assert offered("ack", "")[-3:] == ["--reason", "--author", "--manifest"]
    # what --help does not show
    assert "words" not in parser().format_help()


def test_descriptions_are_those_of_the_help() -> None:
    assert lines(parser(), "zsh", ["model-monitor", "ack"]) == ["ack:acknowledge an alert"]
    (line,) = lines(parser(), "fish", ["model-monitor", "run", "--parq"])
    assert line == "--parquet\tDuckDB: also publish the results as Parquet files"
    assert lines(parser(), "bash", ["model-monitor", "ack"]) == ["ack"]
    # bash takes --fail-on=w apart
    assert lines(parser(), "bash", ["model-monitor", "run", "--fail-on", "=", "w"]) == ["warn"]
    assert len(lines(parser(), "bash", ["model-monitor", "run", "--fail-on", "="])) == 4


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_of_a_shell_is_printed(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    assert capsys.readouterr().out == SCRIPTS[shell]
    asked = ["completion", shell, "--", "model-monitor", "run", "--"]
    assert main(asked) == 0
    assert capsys.readouterr().out.splitlines() == lines(parser(), shell, asked[3:])


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with `model-monitor`, the script of each shell, and a file to complete."""
    program = tmp_path / "bin" / "model-monitor"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\nexec {sys.executable} -m model_monitor "$@"\n', encoding="utf-8"
    )
    program.chmod(0o755)
    for shell, script in SCRIPTS.items():
        (tmp_path / f"completion.{shell}").write_text(script, encoding="utf-8")
    return tmp_path


def ask(place: Path, shell: str, script: str) -> list[str]:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    path = f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT / "python")}
    done = subprocess.run(
        [shell, "-c", script],
        cwd=place,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_bash_completes(place: Path) -> None:
    script = """
        source completion.bash
        complete -p model-monitor
        for typed in "model-monitor al" "model-monitor run --fail-on = w" "model-monitor ack --au"; do
            COMP_WORDS=($typed) COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _model_monitor
            echo "${COMPREPLY[@]}"
        done
        COMP_WORDS=(model-monitor completion "") COMP_CWORD=2
        _model_monitor
        echo "${#COMPREPLY[@]} ${COMPREPLY[@]}"
    """
    assert ask(place, "bash", script) == [
        "complete -o default -F _model_monitor model-monitor",
        "alerts",
        "warn",
        "--author",
        "3 bash zsh fish",
    ]


def test_fish_completes(place: Path) -> None:
    script = "source completion.fish; complete -C 'model-monitor ack --au'"
    assert ask(place, "fish", script) == ["--author\twho acts (default: the user of this machine)"]


def test_zsh_completes(place: Path) -> None:
    """What the script hands to zsh: its own functions stand in, which need a terminal."""
    script = """
        autoload -U compinit && compinit -D -u
        source ./completion.zsh
        echo ${_comps[model-monitor]}
        _describe() { print -l -- "${(@P)2}"; }
        _files() { echo files; }
        words=(model-monitor ack --au) CURRENT=3
        _model_monitor
        words=(model-monitor run --project-dir "") CURRENT=4
        _model_monitor
    """
    assert ask(place, "zsh", script) == [
        "_model_monitor",
        "--author:who acts (default: the user of this machine)",
        "files",
    ]
