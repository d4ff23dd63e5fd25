"""The set-up: from the locks alone, nothing when done, whole again after an interruption."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from model_monitor import __version__

ROOT = Path(__file__).resolve().parents[3]


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Machine:
    """Stands in for the commands that the set-up runs: what they were, and which of them dies."""

    def __init__(self, tools: ModuleType, venv: Path) -> None:
        self.tools, self.venv = tools, venv
        self.commands: list[str] = []
        self.dies_at = ""
        self.refuses = ""

    def succeeds(self, command: list[str], *, quiet: bool = False) -> bool:
        text = " ".join(command)
        if quiet and " sync " not in text:
            return Path(command[0]).exists()
        self.commands.append(text)
        if self.dies_at and self.dies_at in text:
            raise KeyboardInterrupt
        if " -m venv " in text:
            python = self.tools.python_in(self.venv)
            python.parent.mkdir(parents=True)
            python.touch()
            (self.venv / "pyvenv.cfg").touch()
        return not (self.refuses and self.refuses in text)

    def set_up(self) -> tuple[int, list[str]]:
        """The exit code, and the steps that were taken, by a word of each."""
        self.commands.clear()
        code = self.tools.main(["--venv", str(self.venv)])
        words = (" -m venv ", "bootstrap.txt", " sync ", "--editable")
        taken = [word.strip() for c in self.commands for word in words if word in c]
        return code, list(dict.fromkeys(taken))


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    tools = load("bootstrap")
    for name in tools.INPUTS:
        (tmp_path / name).write_text(name, encoding="utf-8")
    found = Machine(tools, tmp_path / "venv")
    monkeypatch.setattr(tools, "ROOT", tmp_path)
    monkeypatch.setattr(tools, "succeeds", found.succeeds)
    return found


EVERYTHING = ["-m venv", "bootstrap.txt", "sync", "--editable"]


def test_all_of_it_once_and_nothing_twice(machine: Machine) -> None:
    assert machine.set_up() == (0, EVERYTHING)
    assert machine.set_up() == (0, [])


def test_a_changed_lock_is_installed_into_what_is_there(machine: Machine) -> None:
    machine.set_up()
    (machine.tools.ROOT / "requirements.lock").write_text("other", encoding="utf-8")
    assert machine.set_up() == (0, EVERYTHING[1:])


@pytest.mark.parametrize("step", ["-m venv", "bootstrap.txt", " sync ", "--editable"])
def test_what_was_interrupted_is_made_anew(machine: Machine, step: str) -> None:
    machine.dies_at = step
    assert machine.set_up()[0] == 130
    machine.dies_at = ""
    assert machine.set_up() == (0, EVERYTHING)
    assert machine.set_up() == (0, [])


def test_a_moved_folder_is_made_anew(machine: Machine) -> None:
    machine.set_up()
    machine.venv = machine.venv.rename(machine.venv.with_name("elsewhere"))
    assert machine.set_up() == (0, EVERYTHING)


def test_where_uv_cannot_pip_does_it_from_the_same_lock(machine: Machine) -> None:
    machine.refuses = " sync "
    code, _ = machine.set_up()
    assert code == 0
    fallback = next(c for c in machine.commands if c.endswith("-r requirements.lock"))
    assert "--require-hashes" in fallback
    assert "--no-deps" in fallback


def test_no_index_is_an_error_that_says_so(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.refuses = "bootstrap.txt"
    assert machine.set_up()[0] == 2
    assert "is a package index within reach?" in capsys.readouterr().err


def test_a_folder_of_somebody_else_is_left_alone(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.venv.mkdir()
    precious = machine.venv / "precious"
    precious.touch()
    assert machine.set_up() == (2, [])
    assert precious.exists()
    assert "is not a virtual environment" in capsys.readouterr().err


def test_what_is_behind_a_link_is_left_alone(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.set_up()
    made = machine.venv.rename(machine.venv.with_name("made"))
    machine.venv.symlink_to(made)
    before = sorted(made.iterdir())
    # the link itself stands where the environment stood, so another lock makes it out of date
    (machine.tools.ROOT / "requirements.lock").write_text("other", encoding="utf-8")
    assert machine.set_up() == (2, [])
    assert sorted(made.iterdir()) == before
    assert "is a link" in capsys.readouterr().err


def test_the_locks_have_hashes_and_no_addresses() -> None:
    command = [sys.executable, str(ROOT / "tools" / "check_lock.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_versions_agree() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    dbt = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))
    assert project["version"] == dbt["version"] == __version__
    tools = load("bootstrap")
    oldest, newest = tools.OLDEST, (tools.NEWEST[0], tools.NEWEST[1] + 1)
    wanted = ">={}.{},<{}.{}".format(*oldest, *newest)
    assert project["requires-python"] == wanted
    ci = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    for minor in range(tools.OLDEST[1], tools.NEWEST[1] + 1):
        assert f'"3.{minor}"' in ci


def test_make_help_names_every_target() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", text, re.MULTILINE))
    described = set(re.findall(r"^([a-z-]+):.*## ", text, re.MULTILINE))
    assert targets == described
    assert {"demo", "test", "test-all", "lint", "bench", "help", "clean"} <= targets
