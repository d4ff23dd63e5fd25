"""The driver of Postgres, connected as dbt-postgres connects it with the same target."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from typing import Any

from model_monitor.warehouse.driver import Driver
from model_monitor.warehouse.engine import CONNECTION
from model_monitor.warehouse.needs_dbt import NeedsDbtError
from model_monitor.warehouse.target import Target, refuse_unknown

NEEDED = ("host", "port", "user", "password", "dbname", "schema")
OPTIONS = ("sslmode", "sslcert", "sslkey", "sslrootcert")
KNOWN = frozenset(
    {
        *NEEDED, *OPTIONS, "type", "threads", "connect_timeout", "role",
        "search_path", "keepalives_idle", "application_name", "autocommit", "retries",
    }
)  # fmt: skip
ALIASES = {"pass": "password", "database": "dbname"}


class Postgres(Driver):
    """A session on the server."""

    name = "postgres"
    file = None
    is_read_only = False

    def __init__(self, target: Target) -> None:
        try:
            import psycopg2
        except ImportError as error:
            raise NeedsDbtError("psycopg2 is not installed") from error
        self.driver: Any = psycopg2
        found = with_first_names(target)
        self.arguments = arguments_of(found)
        self.role = found.get("role")
        self.retries = int(found.get("retries", 1))

    def _opened(self) -> Any:
        opened = self._connected()
        if self.role:
            with opened.cursor() as cursor:
                cursor.execute(f"set role {self.role}")
        return opened

    def _connected(self) -> Any:
        for attempt in range(self.retries):
            try:
                return self.driver.connect(**self.arguments)
            except self.driver.OperationalError:
                time.sleep(attempt**2)
        return self.driver.connect(**self.arguments)

    def run(self, sql: str, bindings: Sequence[Any] | None) -> Any:
        cursor = self.handle.cursor()
        cursor.execute(sql, bindings)
        return cursor

    def begin(self) -> None:
        """The driver begins a transaction with its first statement."""

    def commit(self) -> None:
        self.handle.commit()

    def rollback(self) -> None:
        with contextlib.suppress(self.driver.Error):
            self.handle.rollback()

    def stop(self) -> Callable[[], Any]:
        stop: Callable[[], Any] = self.handle.cancel
        return stop


def with_first_names(target: Target) -> dict[str, Any]:
    """The settings under their first names."""
    return {ALIASES.get(name, name): value for name, value in target.items()}


def arguments_of(target: Target) -> dict[str, Any]:
    """The arguments of the driver, as dbt-postgres gives them."""
    refuse_unknown(target, KNOWN)
    missing = [name for name in NEEDED if target.get(name) is None]
    if missing or not isinstance(target["port"], int):
        raise NeedsDbtError(f"the target has no valid {', '.join(missing) or 'port'}")
    found = {name: target[name] for name in ("host", "port", "user", "password", "dbname")}
    found |= {name: target[name] for name in OPTIONS if target.get(name)}
    found["connect_timeout"] = int(target.get("connect_timeout", 10))
    found["application_name"] = target.get("application_name") or CONNECTION
    if target.get("keepalives_idle"):
        found["keepalives_idle"] = target["keepalives_idle"]
    if target.get("search_path"):
        escaped = str(target["search_path"]).replace(" ", "\\ ")
        found["options"] = f"-c search_path={escaped}"
    return found
