"""The wheel and the sdist: what is in them, and a project that has both halves from the wheel."""

from __future__ import annotations

import json
import os
import posixpath
import re
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

from model_monitor import __version__

from ..harness.project_harness import PAGES, PARTS

ROOT = Path(__file__).resolve().parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
INSIDE = "model_monitor/package/"
# The playbooks, and what they link.
DOCS = ("docs/start", "docs/understand", "docs/use")
PROFILE = {"shop": {"target": "dev", "outputs": {"dev": {"type": "duckdb", "path": "shop.duckdb"}}}}
MONITOR = {
    "name": "churn",
    "predictions": {"source": ["raw", "churn"], "time": "at"},
    "features": ["fee"],
}


def build(folder: Path, source: Path, kind: str) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("sdist"), ROOT, "sdist")


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the sdist, as installers do it: what that leaves out is missing here too."""
    source = tmp_path_factory.mktemp("source")
    with tarfile.open(sdist) as files:
        files.extractall(source, filter="data")
    (unpacked,) = source.iterdir()
    return build(tmp_path_factory.mktemp("wheel"), unpacked, "wheel")


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as files:
        return set(files.namelist())


def tracked(*folders: str) -> set[str]:
    files = [file for folder in folders for file in (ROOT / folder).rglob("*") if file.is_file()]
    return {file.relative_to(ROOT).as_posix() for file in files if "__pycache__" not in file.parts}


def test_the_wheel_has_the_dbt_package(names: set[str]) -> None:
    package = {name.removeprefix(INSIDE) for name in names if name.startswith(INSIDE)}
    alone = {"dbt_project.yml", "model_monitor.schema.json"}
    assert package == tracked(*PARTS, *DOCS) | alone


def test_every_link_of_a_playbook_leads_to_a_page_of_the_wheel(wheel: Path) -> None:
    """An alert names the file of its playbook: who reads it there must get on from it."""
    with zipfile.ZipFile(wheel) as files:
        names = {name.removeprefix(INSIDE) for name in files.namelist()}
        playbooks = {
            name: files.read(f"{INSIDE}{name}").decode()
            for name in names
            if name.startswith(f"{PAGES}/")
        }
    links = {
        (name, posixpath.normpath(posixpath.join(posixpath.dirname(name), link)))
        for name, text in playbooks.items()
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)
    }
    assert len(links) > 50
    assert {link for link in links if link[1] not in names} == set()


def test_the_wheel_has_all_of_the_python_package_and_nothing_else(names: set[str]) -> None:
    ours = {f"python/{name}" for name in names if not name.startswith(INSIDE)}
    ours = {name for name in ours if name.startswith("python/model_monitor/")}
    shipped = "python/model_monitor/expectations/shipped/"
    assert {name for name in ours if not name.startswith(shipped)} == tracked(
        "python/model_monitor"
    )
    suites = {name.removeprefix(shipped) for name in ours if name.startswith(shipped)}
    assert suites == {Path(name).name for name in tracked("python/expectations")}
    rest = {name for name in names if not name.startswith("model_monitor/")}
    assert all(name.startswith(f"dbt_model_monitor-{__version__}.dist-info/") for name in rest)


def test_every_link_of_the_page_in_an_index_is_absolute(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as files:
        text = files.read(f"dbt_model_monitor-{__version__}.dist-info/METADATA").decode()
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert len(links) > 50
    assert [link for link in links if not link.startswith(("https://", "#"))] == []
    repository = PROJECT["urls"]["Repository"]
    at = f"v{__version__}"
    assert f"{repository}/blob/{at}/docs/use/alerts.md" in links
    assert f"{repository}/raw/{at}/docs/use/images/report.png" in links
    # and where they lead, something is
    for link in links:
        place = re.match(rf"{re.escape(repository)}/(?:blob|raw)/{re.escape(at)}/([^#]*)", link)
        assert place is None or (ROOT / place[1]).exists(), link
    for label in ("Homepage", "Documentation", "Repository", "Changelog", "Issues"):
        assert f"Project-URL: {label}, {repository}" in text


@pytest.mark.slow
def test_a_project_with_both_halves_from_the_wheel(wheel: Path, tmp_path: Path) -> None:
    """Installed without its dependencies, which the environment of the tests lends."""
    uv = str(Path(sys.executable).parent / "uv")
    venv = tmp_path / "shop" / ".venv"
    subprocess.run([uv, "venv", "-q", "-p", sys.executable, venv], check=True)
    python = venv / "bin" / "python"
    install = [uv, "pip", "install", "-q", "--offline", "--no-deps", "-p", python, wheel]
    subprocess.run(install, check=True)
    (packages,) = venv.glob("lib/*/site-packages")
    lent = sysconfig.get_paths()["purelib"]
    (packages / "lent.pth").write_text(f"{lent}\n", encoding="utf-8")

    project = venv.parent
    settings = {
        "name": "shop",
        "profile": "shop",
        "packages-install-path": "installed",
        "vars": {"model_monitor": {"monitors": [MONITOR]}},
    }
    (project / "dbt_project.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    (project / "profiles.yml").write_text(yaml.safe_dump(PROFILE), encoding="utf-8")
    source = {"sources": [{"name": "raw", "tables": [{"name": "churn"}]}]}
    (project / "models").mkdir()
    (project / "models" / "raw.yml").write_text(yaml.safe_dump(source), encoding="utf-8")
    (project / "packages.yml").write_text("packages: []  # none yet\n", encoding="utf-8")

    def run(*command: str) -> str:
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        done = subprocess.run(
            command, cwd=project, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    monitor = str(venv / "bin" / "model-monitor")
    dbt = (str(python), "-m", "dbt.cli.main")
    assert run(monitor, "--version").strip() == __version__
    assert run(monitor, "schema") == (ROOT / "model_monitor.schema.json").read_text(
        encoding="utf-8"
    )
    said = run(monitor, "init-project")
    folder = f".venv/{packages.relative_to(venv).as_posix()}/model_monitor/package"
    assert f"Added in packages.yml: local: {folder}" in said
    run(*dbt, "deps")
    run(*dbt, "parse", "--warn-error", "--no-version-check")
    manifest = json.loads((project / "target" / "manifest.json").read_text(encoding="utf-8"))
    ours = [node for node in manifest["nodes"].values() if node["package_name"] == "model_monitor"]
    assert len(ours) > 150
    parents = manifest["parent_map"]["model.model_monitor.int_monitor__arrivals"]
    assert "source.shop.raw.churn" in parents
    # an alert without a runbook names a page that is there
    page = "{{ model_monitor.playbook_place('volume') }}"
    named = run(*dbt, "--quiet", "compile", "--inline", page).strip()
    assert named == "installed/model_monitor/docs/use/playbooks/volume.md"
    assert (project / named).read_text(encoding="utf-8").startswith("# Playbook: volume")
    # both halves know each other: the command reads the configuration through the package
    names = run(str(python), "-c", CONFIGURATION)
    assert json.loads(names) == ["churn"]
    other = run(monitor, "init-project", "--json")
    assert json.loads(other)["done"] == "unchanged"


CONFIGURATION = """
import json
from model_monitor.warehouse.project import Project
from model_monitor.warehouse.settings import Settings
print(json.dumps([each["name"] for each in Project(Settings()).config()["monitors"]]))
"""
