"""What publishes a version: the check of a tag, the workflow, the image, the forms for issues."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from model_monitor import __version__

from .test_set_up import load
from .test_wheel import build

ROOT = Path(__file__).resolve().parents[3]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
USES = re.compile(r"uses: (\S+)(.*)")


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The check, on copies of the files that it reads, with a dated heading."""
    tools = load("check_release")
    for name in (*tools.VERSIONS, "CHANGELOG.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    changelog = "# Changelog\n\n## 9.0.0 – unreleased\n\n- b\n\n## {} – 2026-12-01\n\n### Added\n- a\n\n## 0.0.1\n- c\n"
    (tmp_path / "CHANGELOG.md").write_text(changelog.format(__version__), encoding="utf-8")
    monkeypatch.setattr(tools, "ROOT", tmp_path)
    return tools


def test_a_tag_of_the_version_prints_its_notes(
    release: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert release.main([f"v{__version__}"]) == 0
    assert capsys.readouterr().out == "### Added\n- a\n"


def test_every_disagreement_is_named(release: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert release.main(["v9.0.0"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    lines = said.err.splitlines()
    assert len(lines) == 4
    assert lines[0] == f"pyproject.toml says {__version__}, not 9.0.0"
    assert lines[3].startswith("CHANGELOG.md has no heading '## 9.0.0 – ")
    assert release.main([__version__]) == 1
    assert "does not begin with v" in capsys.readouterr().err
    assert release.main([]) == 64


def test_the_changelog_begins_with_the_version() -> None:
    tools = load("check_release")
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    first = tools.HEADING.search(changelog)
    assert first is not None
    assert first[1] == __version__
    notes, _ = tools.section(changelog, __version__)
    assert "### Added" in notes


def test_every_action_is_pinned() -> None:
    pinned = {}
    for file in (*WORKFLOWS, ROOT / "examples/github_actions/model-monitor.yml"):
        for action, comment in USES.findall(file.read_text(encoding="utf-8")):
            name, _, commit = action.partition("@")
            assert re.fullmatch(r"[0-9a-f]{40}", commit), (file, action)
            assert re.fullmatch(r"  # v\d+\.\d+\.\d+", comment), (file, action, comment)
            assert pinned.setdefault(name, (commit, comment)) == (commit, comment), action
    assert len(pinned) >= 5


def test_the_workflow_of_a_release() -> None:
    text = (ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")
    found = yaml.safe_load(text)
    assert found[True] == {"push": {"tags": ["v*"]}}  # YAML reads `on` as true
    assert found["permissions"] == {"contents": "read"}
    jobs = found["jobs"]
    may = {name: job.get("permissions", {}) for name, job in jobs.items()}
    assert may == {"build": {}, "pypi": {"id-token": "write"}, "release": {"contents": "write"}}
    # what publishes runs nothing but what was built
    assert not any("run" in step for step in jobs["pypi"]["steps"])
    assert jobs["pypi"]["environment"]["name"] == "pypi"
    assert jobs["pypi"]["needs"] == "build"
    assert "secrets." not in text
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["name"] in jobs["pypi"]["environment"]["url"]
    # the commands are there
    for name in re.findall(r"(?:tools|tests)/[\w/]+\.py", text):
        assert (ROOT / name).is_file(), name


def test_the_image_gets_what_the_wheel_is_built_from(tmp_path: Path) -> None:
    """.dockerignore lets through what it names, and that is enough and no more than is needed."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in lines
    source = tmp_path / "source"
    for line in lines:
        if line.startswith("!"):
            place, target = ROOT / line[1:], source / line[1:]
            target.parent.mkdir(parents=True, exist_ok=True)
            copy = shutil.copytree if place.is_dir() else shutil.copy
            copy(place, target)
    built = build(tmp_path / "image", source, "wheel")
    whole = build(tmp_path / "whole", ROOT, "wheel")
    assert names(built) == names(whole)
    docker = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    images = set(re.findall(r"^FROM python:(\d+)\.(\d+)-slim", docker, re.MULTILINE))
    bootstrap = load("bootstrap")
    (version,) = images
    assert bootstrap.OLDEST <= tuple(map(int, version)) <= bootstrap.NEWEST


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as files:
        return {name for name in files.namelist() if "__pycache__" not in name}


def test_the_constraints_of_the_image_are_the_pins_of_the_lock() -> None:
    docker = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    script = re.search(r"RUN sed '([^']+)' requirements.lock", docker)
    assert script is not None
    done = subprocess.run(
        ["sed", script[1], "requirements.lock"], cwd=ROOT, capture_output=True, text=True, check=True
    )  # fmt: skip
    lines = done.stdout.split("\n")[:-1]
    assert all(re.fullmatch(r"[a-z0-9._-]+==\S+( ; .+)?", line) for line in lines)
    tools = load("check_lock")
    assert {line.partition("==")[0] for line in lines} == set(tools.pins("requirements.lock"))


def test_the_development_container() -> None:
    found = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text(encoding="utf-8"))
    bootstrap = load("bootstrap")
    version = tuple(map(int, found["image"].rpartition(":")[2].split(".")))
    assert bootstrap.OLDEST <= version <= bootstrap.NEWEST
    target = found["postCreateCommand"].removeprefix("make ")
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_forms_for_issues() -> None:
    assert {file.name for file in FORMS} == {"alert.yml", "bug.yml", "config.yml", "idea.yml"}
    for file in FORMS:
        form = yaml.safe_load(file.read_text(encoding="utf-8"))
        if file.name == "config.yml":
            for link in form["contact_links"]:
                assert set(link) == {"name", "url", "about"}
                assert (ROOT / link["url"].partition("/blob/main/")[2]).is_file()
            continue
        assert (
            {"name", "description", "body"}
            <= set(form)
            <= {"name", "description", "labels", "body"}
        )
        ids = [field["id"] for field in form["body"]]
        assert len(set(ids)) == len(ids) > 0
        for field in form["body"]:
            assert field["type"] in ("textarea", "dropdown", "input")
            assert field["attributes"]["label"]
            assert (field["type"] == "dropdown") == ("options" in field["attributes"])
        assert any(field.get("validations") == {"required": True} for field in form["body"])


def test_the_commands_in_the_forms_are_ours() -> None:
    from model_monitor.cli.parser import parser

    known = parser().format_help()
    text = "".join(file.read_text(encoding="utf-8") for file in FORMS)
    commands = re.findall(r"model-monitor ([a-z]+)", text)
    assert commands
    assert all(f"    {command} " in known for command in commands)
