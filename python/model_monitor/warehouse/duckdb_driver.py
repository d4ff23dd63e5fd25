"""The driver of DuckDB, opened as dbt-duckdb opens it with the same target of profiles.yml."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from model_monitor.errors import MonitorError
from model_monitor.warehouse.driver import Driver
from model_monitor.warehouse.needs_dbt import NeedsDbtError
from model_monitor.warehouse.sql_errors import literal
from model_monitor.warehouse.target import Target, quoted, refuse_unknown

# Settings that are used here, and those that change nothing for a reader.
USED = frozenset(
    {"type", "path", "database", "schema", "settings", "extensions", "config_options", "attach"}
)
IGNORED = frozenset({"threads", "keep_open", "external_root", "disable_transactions", "retries"})
ATTACHMENT = frozenset({"path", "alias", "type", "read_only"})
# Databases of an extension or of a service, such as md:, ducklake: and s3://
SCHEME = re.compile(r"^[a-z0-9_+-]{2,}:", re.IGNORECASE)
WORD = re.compile(r"\w+")


class DuckDB(Driver):
    """A database file."""

    name = "duckdb"

    def __init__(self, target: Target, *, writes: bool) -> None:
        refuse_unknown(target, USED | IGNORED)
        path = str(target.get("path") or ":memory:")
        if SCHEME.match(path) or path.startswith(":memory:"):
            raise NeedsDbtError("the target has no database file")
        self.file = Path(path).absolute()
        self.is_read_only = not writes
        self.config = dict(target.get("config_options") or {})
        self.preparations = [*extensions(target), *attachments(target, self.is_read_only)]
        self.preparations += settings(target)

    def _opened(self) -> Any:
        import duckdb

        if not self.file.is_file():
            raise MonitorError(
                f"The database {self.file} does not exist yet. To build it: model-monitor run"
            )
        opened = duckdb.connect(self.file, read_only=self.is_read_only, config=self.config)
        try:
            for statement in self.preparations:
                opened.execute(statement)
        except BaseException:
            opened.close()
            raise
        return opened

    def run(self, sql: str, bindings: Sequence[Any] | None) -> Any:
        return self.handle.execute(sql) if bindings is None else self.handle.execute(sql, bindings)

    def begin(self) -> None:
        self.handle.execute("begin")

    def commit(self) -> None:
        self.handle.execute("commit")

    def rollback(self) -> None:
        import duckdb

        # an error may already have ended the transaction
        with contextlib.suppress(duckdb.Error):
            self.handle.execute("rollback")

    def stop(self) -> Callable[[], Any]:
        stop: Callable[[], Any] = self.handle.interrupt
        return stop


def extensions(target: Target) -> list[str]:
    names = [str(name) for name in target.get("extensions") or []]
    if not all(WORD.fullmatch(name) for name in names):
        raise NeedsDbtError("the target has an extension of a repository")
    return [f"{verb} {name}" for name in names for verb in ("install", "load")]


def settings(target: Target) -> list[str]:
    found = dict(target.get("settings") or {})
    if not all(WORD.fullmatch(str(name)) for name in found):
        raise NeedsDbtError("the target has an unknown setting")
    return [f"set {name} = {literal(str(value))}" for name, value in found.items()]


def attachments(target: Target, is_read_only: bool) -> list[str]:
    """Statements that attach other databases. A reader opens them for reading only."""
    statements = []
    for each in target.get("attach") or []:
        path, kind = str(each.get("path")), str(each.get("type") or "duckdb")
        if SCHEME.match(path) or not WORD.fullmatch(kind) or set(each) - ATTACHMENT:
            raise NeedsDbtError("the target attaches a database in its own way")
        options = [f"type {kind}"] if each.get("type") else []
        options += ["read_only"] if is_read_only or each.get("read_only") else []
        alias = f" as {quoted(str(each['alias']))}" if each.get("alias") else ""
        listed = f" ({', '.join(options)})" if options else ""
        statements.append(f"attach if not exists {literal(path)}{alias}{listed}")
    return statements
