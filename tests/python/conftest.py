"""What holds for every test: slow ones last, no colour, no talk with the world."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from .harness import shared_parse
from .harness.evidence import Note
from .harness.postgres_server import Server, server
from .harness.rare_collection import collect_rarely, collect_what_piled_up

# Before dbt is imported anywhere: it reads its environment early.
os.environ.update(
    {
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_VERSION_CHECK": "false",
        "GX_ANALYTICS_ENABLED": "false",
        "NO_COLOR": "1",
    }
)


shared_parse.remember_templates()
collect_rarely()

ROOT = Path(__file__).resolve().parents[2]

# Set in the first process of a session, which begins the others.
if shared_parse.FOLDER not in os.environ:
    PARSES = tempfile.TemporaryDirectory(prefix="parses-")
    os.environ[shared_parse.FOLDER] = PARSES.name

# Files that take longest: begun last, they would keep everybody waiting.
LONGEST = (
    "test_kill.py", "test_kill_postgres.py", "test_engines.py", "test_runs.py",
    "test_broken_monitor.py", "test_bad_input.py", "test_suites.py",
)  # fmt: skip


# after those that are not asked for were taken out: what is left of a file decides
@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What fails soon should be seen soon; the tests of one file stay in their order."""
    slow = {item.path for item in items if item.get_closest_marker("slow") is not None}
    items.sort(key=lambda item: (item.path in slow, item.path.name not in LONGEST))


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    collect_what_piled_up()
    try:
        Path.cwd()
    except FileNotFoundError:  # a test has stayed in its folder, and the folder is gone
        os.chdir(item.config.rootpath)


@pytest.fixture(scope="module", autouse=True)
def no_folder_stays(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """A file's folders go when its tests have passed; pytest keeps a module's until the end."""
    base, failed = tmp_path_factory.getbasetemp(), request.session.testsfailed
    before = set(base.iterdir())
    yield
    if request.session.testsfailed == failed:
        os.chdir(request.config.rootpath)
        for folder in set(base.iterdir()) - before:
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def here() -> Iterator[Path]:
    """The folder to come back to: whatever opens a project goes into the project's folder."""
    before = Path.cwd()
    yield before
    os.chdir(before)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A Postgres server for as long as the tests run."""
    with server() as running:
        yield running


@pytest.fixture(scope="module")
def postgres(postgres_server: Server) -> Iterator[Server]:
    """The same server; the databases of a file go with its last test."""
    yield postgres_server
    postgres_server.drop_databases()


@pytest.fixture(scope="session")
def commands() -> Iterator[Path]:
    """A folder for a PATH: `dbt` and `model-monitor` that begin at once."""
    from .harness.quick_commands import quick_commands

    with quick_commands() as folder:
        yield folder


@pytest.fixture(scope="session")
def demo() -> Iterator[tuple[str, Path]]:
    """What `make demo` prints, on the numbers as measured, and its warehouse."""
    # not among the folders of the first file that asks for it: those go with its last test
    with tempfile.TemporaryDirectory(prefix="demo-") as place:
        folder = Path(place)
        kept = {
            "MODEL_MONITOR_DUCKDB": str(folder / "demo.duckdb"),
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
        }
        done = subprocess.run(
            [sys.executable, "-m", "model_monitor", "demo", "--run"],
            cwd=ROOT, env={**os.environ, **kept}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        print(done.stdout)
        assert done.returncode == 0, done.stdout + done.stderr
        yield done.stdout, folder / "demo.duckdb"


@pytest.fixture
def evidence(request: pytest.FixtureRequest) -> Note:
    """Notes a figure that a test has counted, for docs/internals/evidence.md (`make evidence`)."""
    file = os.environ.get("MODEL_MONITOR_EVIDENCE")

    def note(what: str, figure: object) -> None:
        if file is not None:
            with Path(file).open("a", encoding="utf-8") as notes:
                line = {"test": request.node.nodeid, "what": what, "figure": str(figure)}
                notes.write(json.dumps(line) + "\n")

    return note
