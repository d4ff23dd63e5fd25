"""A Superset with the dashboard of examples/superset, imported as its page says."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from .example_programs import EXAMPLES, shell

BOARD = EXAMPLES / "superset" / "model_monitor"
ASKED_BY = Path(__file__).with_name("superset_charts.py")
CONFIG = """
SECRET_KEY = "of-a-test-that-nobody-else-can-reach"
SQLALCHEMY_DATABASE_URI = "sqlite:///{file}"
"""


@dataclass(frozen=True)
class Site:
    """Where Superset is installed, and where it keeps its data."""

    programs: Path
    folder: Path

    @property
    def settings(self) -> dict[str, str]:
        return {
            "SUPERSET_CONFIG_PATH": str(self.folder / "superset_config.py"),
            "SUPERSET_HOME": str(self.folder),
        }

    def run(self, program: str, *arguments: str) -> str:
        done = shell(self.folder, [str(self.programs / program), *arguments], **self.settings)
        assert done.returncode == 0, " ".join(arguments) + done.stdout + done.stderr
        return done.stdout


def imported(programs: Path, file: Path, folder: Path, settings: str = "") -> Site:
    """Superset with the dashboard, which reads this database."""
    site = Site(programs, folder)
    config = CONFIG.format(file=folder / "superset.db") + settings
    (folder / "superset_config.py").write_text(config, encoding="utf-8")
    copied_board = Path(shutil.copytree(BOARD, folder / "model_monitor"))
    database = copied_board / "databases" / "model_monitor.yaml"
    address = database.read_text(encoding="utf-8")
    assert "/path/to/warehouse.duckdb" in address
    database.write_text(address.replace("/path/to/warehouse.duckdb", str(file)), encoding="utf-8")
    archive = shutil.make_archive(str(folder / "board"), "zip", folder, copied_board.name)
    site.run("superset", "db", "upgrade")
    site.run("superset", "init")
    person = ("--username", "admin", "--firstname", "A", "--lastname", "B")
    secret = ("--email", "admin@example.com", "--password", "admin")
    site.run("superset", "fab", "create-admin", *person, *secret)
    site.run("superset", "import-dashboards", "-p", archive, "-u", "admin")
    return site
