"""Programs of the examples: installed as their pages say, and run in a folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"


def shell(
    folder: Path, command: list[str], *programs: Path, **more: str
) -> subprocess.CompletedProcess[str]:
    """With the installed programs, or with those in the folders given."""
    places = [folder / "bin", *programs, Path(sys.executable).parent, os.environ["PATH"]]
    environment = {
        **os.environ,
        "PATH": os.pathsep.join(map(str, places)),
        "PYTHONPATH": str(EXAMPLES.parent / "python"),
        "DBT_PROFILES_DIR": str(folder),
        **more,
    }
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def environment(folder: Path, example: str, *more: str) -> Path:
    """An environment of its own with what an example says it needs; its programs."""
    uv = str(Path(sys.executable).parent / "uv")
    needed = EXAMPLES / example / "requirements.txt"
    subprocess.run([uv, "venv", "-q", "-p", sys.executable, folder], check=True)
    python = folder / "bin" / "python"
    install = [uv, "pip", "install", "-q", "-p", python, "-r", needed, *more]
    subprocess.run(install, check=True)
    return folder / "bin"
