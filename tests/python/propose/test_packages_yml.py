"""`init-project`: the entry in packages.yml, whatever the file looks like, and nothing lost."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from model_monitor import __version__
from model_monitor.cli.parser import main
from model_monitor.errors import MonitorError
from model_monitor.propose.dbt_package import dbt_package
from model_monitor.propose.packages_yml import Entry, flow, local_entry, write

GIT = {"git": "https://git.example.com/a/model_monitor.git", "revision": "v0.1.0"}
LOCAL = {"local": "../model_monitor"}
UTILS = {"package": "dbt-labs/dbt_utils", "version": [">=1.0.0", "<2.0.0"]}
# layouts that people have: name, the text, the packages in it
LAYOUTS: list[tuple[str, str, list[Any]]] = [
    ("no file", "", []),
    ("comments only", "# none yet\n", []),
    ("key alone", "packages:\n", []),
    ("key and comment", "packages:   # none yet\n# more later", []),
    ("empty list", "packages: []\n", []),
    ("another key first", "projects: []\npackages:\n", []),
    ("indented", "packages:\n  - package: dbt-labs/dbt_utils\n    version: [\">=1.0.0\", \"<2.0.0\"]\n", [UTILS]),
    ("not indented", "packages:\n- package: dbt-labs/dbt_utils\n  version:\n  - '>=1.0.0'\n  - <2.0.0\n", [UTILS]),
    ("no line end", "packages:\n  - local: ../other", [{"local": "../other"}]),
    ("comments", "# ours\npackages:  # all\n  # a\n  - local: a  # keep\n\n  # b\n  - local: b  # keep\n  # last\n\n# end\n",
     [{"local": "a"}, {"local": "b"}]),
    ("flow", "packages: [{local: a}, {local: b}]  # all\n", [{"local": "a"}, {"local": "b"}]),
    ("flow items", "packages:\n  - {local: a}\n  - {git: g,\n     revision: '1'}  # b\nname: x\n",
     [{"local": "a"}, {"git": "g", "revision": "1"}]),
    ("windows", "packages:\r\n  - local: a # x\r\n# end\r\n", [{"local": "a"}]),
    ("key after it", "packages:\n  - local: a\nvars: {x: 1}\n", [{"local": "a"}]),
    ("block text", "packages:\n  - local: |-\n      a\n", [{"local": "a"}]),
    ("strange path", "packages:\n  - local: 'a: b # c'\n", [{"local": "a: b # c"}]),
    ("umlauts", "# für alle: größer\npackages:\n  - local: ../größe\n", [{"local": "../größe"}]),
]  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "dbt_project.yml").write_text("name: shop\n", encoding="utf-8")
    return folder


def put(file: Path, text: str) -> None:
    if text:
        file.write_bytes(text.encode())


def text_of(file: Path) -> str:
    return file.read_bytes().decode()


@pytest.mark.parametrize("entry", [LOCAL, GIT], ids=["local", "git"])
@pytest.mark.parametrize(("text", "there"), [each[1:] for each in LAYOUTS], ids=[each[0] for each in LAYOUTS])  # fmt: skip
def test_the_entry_is_added_and_nothing_is_lost(
    project: Path, text: str, there: list[Any], entry: Entry
) -> None:
    file = project / "packages.yml"
    put(file, text)
    done = write(project, entry)
    after = text_of(file)
    assert (done.file, done.entry, done.done) == (file, entry, "added")
    found = yaml.safe_load(after)
    assert [each for each in found["packages"] if each != entry] == there
    assert entry in found["packages"]
    # every word and comment is there, in order
    rest = iter(re.findall(r"[^\s\[\],]+", after))
    assert all(word in rest for word in re.findall(r"[^\s\[\],]+", text))
    assert ("\r\n" in after) == ("\r\n" in text)
    assert not after.replace("\r\n", "").count("\r")
    # a second time nothing changes
    assert write(project, entry).done == "unchanged"
    assert text_of(file) == after


def test_a_comment_stays_at_its_line(project: Path) -> None:
    put(project / "packages.yml", {each[0]: each[1] for each in LAYOUTS}["comments"])
    write(project, GIT)
    assert text_of(project / "packages.yml") == (
        "# ours\npackages:  # all\n  # a\n  - local: a  # keep\n\n  # b\n  - local: b  # keep\n"
        "  - git: https://git.example.com/a/model_monitor.git\n    revision: v0.1.0\n"
        "  # last\n\n# end\n"
    )


def test_another_version_replaces_the_values_of_the_entry(project: Path) -> None:
    file = project / "packages.yml"
    put(
        file,
        "packages:\n  - git: https://old/model_monitor  # pinned\n    revision: v0.0.9 # old\n  - local: a\n",
    )
    assert write(project, GIT).done == "replaced"
    assert text_of(file) == (
        "packages:\n  - git: https://git.example.com/a/model_monitor.git  # pinned\n"
        "    revision: v0.1.0 # old\n  - local: a\n"
    )
    put(file, "packages: [{local: a}, {local: ../old/lib/model_monitor/package}]\n")
    assert write(project, LOCAL).done == "replaced"
    assert text_of(file) == "packages: [{local: a}, {local: ../model_monitor}]\n"


def test_a_folder_of_another_name_is_ours_by_its_project(project: Path) -> None:
    other = project.parent / "vendored"
    other.mkdir()
    (other / "dbt_project.yml").write_text('name: "model_monitor"\n', encoding="utf-8")
    put(project / "packages.yml", "packages:\n  - local: ../vendored\n")
    assert write(project, LOCAL).done == "replaced"
    (project.parent / "model_monitor").mkdir()
    (project.parent / "model_monitor" / "dbt_project.yml").write_text("name: theirs\n")
    assert write(project, {"local": "../elsewhere/model_monitor"}).done == "added"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("packages: [\n", "packages.yml is not YAML, and was not changed"),
        ("- local: a\n", "packages.yml has no list of packages"),
        ("packages: {local: a}\n", "packages.yml has no list of packages"),
        ("packages: ~\n", "Add this entry to it: {'local': '../model_monitor'}"),
        ("packages:\n  - git: https://x/model_monitor.git\n", "names model_monitor in another way"),
        ("packages:\n  - local: ../model_monitor\n  - local: a/model_monitor\n", "2 times"),
        ("packages: &all\n  - local: a\nothers: *all\n", "cannot be changed safely"),
    ],
)
def test_what_cannot_be_changed_stays_as_it_is(project: Path, text: str, said: str) -> None:
    file = project / "packages.yml"
    put(file, text)
    with pytest.raises(MonitorError) as caught:
        write(project, LOCAL)
    assert said in str(caught.value)
    assert text_of(file) == text


def test_packages_may_be_in_dependencies_yml(project: Path) -> None:
    other = project / "dependencies.yml"
    put(other, "projects:\n  - name: up\n")
    assert write(project, LOCAL).file == project / "packages.yml"
    (project / "packages.yml").unlink()
    put(other, "projects:\n  - name: up\npackages:\n  - local: a\n")
    assert write(project, LOCAL).file == other
    assert yaml.safe_load(text_of(other)) == {
        "projects": [{"name": "up"}], "packages": [{"local": "a"}, LOCAL]
    }  # fmt: skip
    assert not (project / "packages.yml").exists()


def test_a_near_folder_is_relative_and_a_far_one_is_not(tmp_path: Path) -> None:
    project = tmp_path / "here" / "shop"
    assert local_entry(project, project / ".venv/lib/package") == {"local": ".venv/lib/package"}
    assert local_entry(project, tmp_path / "here/model_monitor") == LOCAL
    write_to = {"local": "../a: b # c"}
    assert yaml.safe_load(flow(write_to)) == write_to
    far = tmp_path / "there" / "package"
    assert local_entry(project, far) == {"local": far.as_posix()}


def test_the_command(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--project-dir", str(project)]
    assert main(["init-project", *where]) == 0
    said = capsys.readouterr().out
    assert f"Added in packages.yml: local: {dbt_package().as_posix()}" in said
    assert "Others may have this folder elsewhere" in said
    (entry,) = yaml.safe_load(text_of(project / "packages.yml"))["packages"]
    assert (project / entry["local"] / "dbt_project.yml").is_file()
    (project / "packages.yml").unlink()
    assert main(["init-project", "--git", GIT["git"], *where, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "file": str(project / "packages.yml"),
        "entry": {**GIT, "revision": f"v{__version__}"},
        "done": "added",
    }
    # without an address that of the installed package
    assert main(["init-project", "--git", "--revision", "main", *where]) == 0
    assert "Replaced in packages.yml: git: https://" in capsys.readouterr().out
    assert main(["init-project", "--revision", "main", *where]) == 64
    assert "Valid: --git URL --revision TAG" in capsys.readouterr().err
    assert main(["init-project", "--project-dir", str(project.parent)]) == 2
    assert "no dbt_project.yml in" in capsys.readouterr().err
