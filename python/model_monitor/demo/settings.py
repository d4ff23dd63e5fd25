"""The settings of a demo: its arguments, random streams and clock."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
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


# The random streams of the demo belong to a log that ends on this day (exclusive).
DRAWN_FOR = date(2026, 7, 1)


@dataclass(frozen=True)
class Settings:
    """The arguments of the demo; equal settings give equal bytes. `end` is exclusive.

    `moved` adds days to every date and changes nothing else. Another `end` draws other rows.
    """

    seed: int = 7
    # A quarter fewer rows save a tenth of the time and show incidents that nobody planted. With
    # fewer days, histories are too short for some that are (docs/use/alerts-evidence.md).
    days: int = 90
    rows_per_day: int = 12_000
    end: date = DRAWN_FOR
    suffix: str = ""
    moved: int = 0

    def __post_init__(self) -> None:
        if self.days < 1:
            raise ValueError(f"days: at least 1. Got: {self.days}")
        if self.rows_per_day < 100:
            raise ValueError(f"rows_per_day: at least 100. Got: {self.rows_per_day}")
        if self.suffix and not self.suffix.replace("_", "").isalnum():
            raise ValueError(f"suffix: letters, digits and _ only. Got: {self.suffix!r}")

    @classmethod
    def ending(cls, end: date, **given: Any) -> Settings:
        """The same log whatever the day, moved so that it ends on this one.

        Whoever runs the demo finds the same incidents on every day. The weekly pattern moves too,
        so its two busy days may be any two of the week. Days are compared with the same weekday and
        never with a named one, so no finding depends on that.
        """
        return cls(moved=(end - DRAWN_FOR).days, **given)

    @property
    def start(self) -> date:
        return self.end - timedelta(days=self.days)

    @property
    def shown_end(self) -> date:
        """The day after the last day of the log, as its timestamps say."""
        return self.end + timedelta(days=self.moved)

    @property
    def read_off_at(self) -> datetime:
        """When the log was read off: no row of it was loaded later."""
        return datetime.combine(self.shown_end, time()) + timedelta(microseconds=READ_OFF)

    def date_of(self, day: int) -> date:
        """The date of a day index; the training days have negative ones."""
        return self.start + timedelta(days=day)

    def day_name(self, day: int) -> str:
        """The date of a day index as its timestamps have it, for ids."""
        return f"{self.date_of(day) + timedelta(days=self.moved):%Y%m%d}"

    def weekday(self, day: int) -> int:
        return self.date_of(day).weekday()

    def is_weekend(self, day: int) -> bool:
        return self.weekday(day) >= 5

    def timestamps(self, micros: Ints) -> npt.NDArray[np.datetime64]:
        """Microseconds since the first midnight of the log, as naive UTC timestamps."""
        origin = np.datetime64(self.start + timedelta(days=self.moved), "us")
        stamps: npt.NDArray[np.datetime64] = origin + micros.astype("timedelta64[us]")
        return stamps

    def rng(self, stream: str, day: int | None = None) -> np.random.Generator:
        """A separate random stream per table and date, so days are independent."""
        ordinal = 0 if day is None else self.date_of(day).toordinal()
        key = [self.seed, zlib.crc32(stream.encode()), ordinal]
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(key)))
