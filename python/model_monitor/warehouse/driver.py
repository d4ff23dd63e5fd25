"""What the drivers share: a connection that is open during a block."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from model_monitor.warehouse.target import quoted


class Driver(ABC):
    """An engine's own driver. It is open during a block, and closed for others afterwards."""

    handle: Any = None

    @abstractmethod
    def _opened(self) -> Any:
        """A new connection of the driver."""

    @contextmanager
    def connection(self) -> Iterator[None]:
        if self.handle is not None:
            yield
            return
        self.handle = self._opened()
        try:
            yield
        finally:
            self.handle.close()
            self.handle = None

    kept = connection

    def quote(self, name: str) -> str:
        return quoted(name)
