#!/usr/bin/env python3
"""Set the project up in a virtual environment, from the locks with hashes.

    python3 tools/bootstrap.py
    python3 tools/bootstrap.py --spark      (Spark and a Java, in an environment of their own)

Needs Python 3.11 to 3.14 and a package index, nothing else. Does nothing when the environment
is up to date; makes one anew whose set-up was interrupted. Standard library only.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INPUTS = ("bootstrap.txt", "requirements.lock", "pyproject.toml")
SPARK_INPUTS = ("bootstrap.txt", "bootstrap-spark.txt", "requirements-spark.lock", "pyproject.toml")
SOURCES = "pyspark"  # published as sources alone; bootstrap-spark.txt makes a wheel of them
OLDEST, NEWEST = (3, 11), (3, 14)
STAMP, UNFINISHED, LOCK = "set-up.json", "set-up.unfinished", "set-up.lock"
STRAY = ("PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX", "PIP_USER", "VIRTUAL_ENV")


class SetUpError(Exception):
    """Something that the person at the keyboard can put right."""


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Set the project up, from the locks.")
    parser.add_argument("--venv", help="the environment's folder (.venv, or .venv-spark)")
    parser.add_argument("--spark", action="store_true", help="the environment of Spark")
    given = parser.parse_args(argv)
    folder = given.venv or (".venv-spark" if given.spark else ".venv")
    venv = (ROOT / Path(folder).expanduser()).absolute()
    inputs = SPARK_INPUTS if given.spark else INPUTS
    try:
        if not is_current(venv, inputs):
            refuse_link(venv)
            venv.mkdir(parents=True, exist_ok=True)
            with alone(venv):
                if not is_current(venv, inputs):
                    set_up(venv, inputs)
    except (SetUpError, OSError) as error:
        print(f"set-up: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("set-up: interrupted; the next run starts it afresh", file=sys.stderr)
        return 130
    return 0


def is_current(venv: Path, inputs: tuple[str, ...] = INPUTS) -> bool:
    """Whether the environment was finished from these very locks, in this very place."""
    unfinished = (venv / UNFINISHED).exists()
    return stamp_of(venv) == wanted(venv, inputs) and not unfinished and python_in(venv).exists()


def wanted(venv: Path, inputs: tuple[str, ...]) -> dict[str, str]:
    digest = hashlib.sha256()
    for name in inputs:
        digest.update(name.encode() + b"\0" + (ROOT / name).read_bytes() + b"\0")
    return {"inputs": digest.hexdigest(), "root": str(ROOT), "venv": str(venv)}


def stamp_of(venv: Path) -> object:
    try:
        return json.loads((venv / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def set_up(venv: Path, inputs: tuple[str, ...]) -> None:
    if not is_sound(venv):
        base = supported_python()
        say(f"making {shown(venv)} with {base}")
        empty(venv)
        run([base, "-m", "venv", str(venv)], hint="on Debian or Ubuntu: apt install python3-venv")
    (venv / STAMP).unlink(missing_ok=True)
    (venv / UNFINISHED).touch()
    say(f"installing the locked packages into {shown(venv)} (a minute or two the first time)")
    python = str(python_in(venv))
    binary = ["--require-hashes", "--only-binary", ":all:"]
    pip = [
        python,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "-qq",
        "install",
        "--no-deps",
        *binary,
    ]
    uv = [python, "-m", "uv", "--quiet", "pip"]
    reach = "is a package index within reach? pip's own settings say which one"
    *tools, lock, _ = inputs
    for name in tools:
        run([*pip, "-r", name], hint=reach)
    if len(tools) > 1:
        binary += ["--no-binary", SOURCES, "--no-build-isolation"]
        pip += ["--no-binary", SOURCES, "--no-build-isolation"]
    # Compiled once, here: where Python may not write bytecode, each command would compile it again.
    sync = [*uv, "sync", "--compile-bytecode", "--python", python, *binary, lock]
    # Some machines have certificates of their own, or an index that pip's settings alone name.
    if not (succeeds(sync, quiet=True) or succeeds([*sync, "--system-certs"], quiet=True)):
        say("uv did not get them; trying pip with the same lock")
        run([*pip, "-r", lock], hint=reach)
    # The package itself, built by the locked backend: nothing more is fetched.
    here = ["--no-deps", "--no-build-isolation", "--editable", "."]
    run([*uv, "install", "--offline", "--python", python, *here])
    succeeds([python, "-m", "compileall", "-q", "python/model_monitor"])
    finished = venv / f"{STAMP}.new"
    finished.write_text(json.dumps(wanted(venv, inputs)), encoding="utf-8")
    (venv / UNFINISHED).unlink()
    finished.replace(venv / STAMP)
    say("done")


def is_sound(venv: Path) -> bool:
    """Whether what is there can be brought up to date: made whole, here, by a supported Python."""
    stamp, python = stamp_of(venv), str(python_in(venv))
    moved = isinstance(stamp, dict) and stamp.get("venv") != str(venv)
    if moved or (venv / UNFINISHED).exists() or not is_supported(python):
        return False
    return succeeds([python, "-m", "pip", "--version"], quiet=True)


def refuse_link(venv: Path) -> None:
    """Behind a link is the environment of another copy of the project: it would be emptied."""
    if venv.is_symlink():
        raise SetUpError(
            f"{venv} is a link, and an environment belongs to one copy of the project. "
            "Remove the link, or name another folder with --venv"
        )


def empty(venv: Path) -> None:
    """Clear the folder, but for the mark that its set-up is not finished."""
    entries = [entry for entry in venv.iterdir() if entry.name not in (UNFINISHED, LOCK)]
    ours = (venv / "pyvenv.cfg").exists() or (venv / UNFINISHED).exists()
    if entries and not ours:
        raise SetUpError(f"{venv} is not a virtual environment; name another folder with --venv")
    (venv / UNFINISHED).touch()
    for entry in entries:
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def supported_python() -> str:
    """This Python if it is supported, else the newest supported one on the path."""
    newest_first = range(NEWEST[1], OLDEST[1] - 1, -1)
    for candidate in [sys.executable, *(f"python3.{minor}" for minor in newest_first)]:
        found = shutil.which(candidate)
        if found and is_supported(found):
            return found
    valid = f"{OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}"
    here = sys.version.split(maxsplit=1)[0]
    raise SetUpError(f"needs Python {valid}; this is {here} and no other is on the path")


def is_supported(python: str) -> bool:
    code = f"import sys; sys.exit(not {OLDEST} <= sys.version_info[:2] <= {NEWEST})"
    return succeeds([python, "-c", code], quiet=True)


def python_in(venv: Path) -> Path:
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def run(command: list[str], hint: str = "") -> None:
    if not succeeds(command):
        raise SetUpError(f"this failed: {' '.join(command)}" + (f"\n  {hint}" if hint else ""))


def succeeds(command: list[str], *, quiet: bool = False) -> bool:
    env = {name: value for name, value in os.environ.items() if name not in STRAY}
    env["UV_PYTHON_DOWNLOADS"] = "never"
    env.setdefault("UV_LINK_MODE", "copy")
    output = subprocess.DEVNULL if quiet else None
    try:
        done = subprocess.run(command, cwd=ROOT, env=env, stdout=output, stderr=output, check=False)
    except OSError:
        return False
    return done.returncode == 0


@contextlib.contextmanager
def alone(venv: Path) -> Iterator[None]:
    """Let a second set-up of the same environment wait for the first."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield
        return
    with (venv / LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def say(text: str) -> None:
    print(f"set-up: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
