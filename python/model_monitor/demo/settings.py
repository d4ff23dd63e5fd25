"""The settings of a demo: its arguments, random streams and clock."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]
Columns = dict[str, npt.NDArray[Any]]

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

# The logs end this long after the last full day; later arrivals are not in them.
READ_OFF = 6 * HOUR
TRAINING_DAYS = 28


@dataclass(frozen=True)
class Settings:
    """The arguments of the demo; equal settings give equal bytes. `end` is exclusive."""

    seed: int = 7
    days: int = 90
    rows_per_day: int = 12_000
    end: date = date(2026, 7, 1)
    suffix: str = ""

    def __post_init__(self) -> None:
        if self.days < 1:
            raise ValueError(f"days: at least 1. Got: {self.days}")
        if self.rows_per_day < 100:
            raise ValueError(f"rows_per_day: at least 100. Got: {self.rows_per_day}")
        if self.suffix and not self.suffix.replace("_", "").isalnum():
            raise ValueError(f"suffix: letters, digits and _ only. Got: {self.suffix!r}")

    @property
    def start(self) -> date:
        return self.end - timedelta(days=self.days)

    def date_of(self, day: int) -> date:
        """The date of a day index; the training days have negative ones."""
        return self.start + timedelta(days=day)

    def weekday(self, day: int) -> int:
        return self.date_of(day).weekday()

    def is_weekend(self, day: int) -> bool:
        return self.weekday(day) >= 5

    def timestamps(self, micros: Ints) -> npt.NDArray[np.datetime64]:
        """Microseconds since the first midnight of the log, as naive UTC timestamps."""
        origin = np.datetime64(self.start, "us")
        stamps: npt.NDArray[np.datetime64] = origin + micros.astype("timedelta64[us]")
        return stamps

    def rng(self, stream: str, day: int | None = None) -> np.random.Generator:
        """A separate random stream per table and date, so days are independent."""
        ordinal = 0 if day is None else self.date_of(day).toordinal()
        key = [self.seed, zlib.crc32(stream.encode()), ordinal]
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(key)))
