"""Text for people: aligned tables, colour on terminals only, progress on the error stream."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
import time
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, TextIO

COLOURS = {"critical": "31;1", "error": "31;1", "warn": "33", "ok": "32", "title": "1", "dim": "2"}
QUIET_SECONDS = 5.0


class Output:
    """Results go to `out` and progress to `err`, so results can be piped."""

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self.out = out or sys.stdout
        self.err = err or sys.stderr
        for stream in (self.out, self.err):
            # A terminal that cannot print … must not end the run.
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")
        self.is_rich = self.out.isatty() and not os.environ.get("NO_COLOR")
        self.is_live = self.err.isatty()
        self._live_width = 0
        self._last_progress = 0.0

    def say(self, text: str = "") -> None:
        self._end_live()
        print(text, file=self.out, flush=True)

    def title(self, text: str) -> None:
        self.say()
        self.say(self.paint(text, "title"))

    def note(self, text: str) -> None:
        """A line of progress."""
        self._end_live()
        print(text, file=self.err, flush=True)

    def progress(self, text: str, *, done: bool = False) -> None:
        """Progress in place on a terminal; elsewhere a line every few seconds."""
        if self.is_live:
            text = clip(text, shutil.get_terminal_size().columns - 1)
            print(f"\r{pad(text, self._live_width)}", end="", file=self.err, flush=True)
            self._live_width = width(text)
        elif done or time.monotonic() - self._last_progress >= QUIET_SECONDS:
            self._last_progress = time.monotonic()
            print(text, file=self.err, flush=True)

    def _end_live(self) -> None:
        if self._live_width:
            print(f"\r{' ' * self._live_width}\r", end="", file=self.err, flush=True)
            self._live_width = 0

    def json(self, value: Any) -> None:
        self.say(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))

    def paint(self, text: str, style: str) -> str:
        code = COLOURS.get(style)
        return f"\033[{code}m{text}\033[0m" if self.is_rich and code else text

    def table(self, headers: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Columns two spaces apart, numbers right-aligned; lines are cut to a terminal's width."""
        cells = [[clean(shown(value)) for value in row] for row in rows]
        is_number = [
            bool(rows) and all(_is_number(row[index]) or row[index] is None for row in rows)
            for index in range(len(headers))
        ]
        widths = [
            max([width(header), *(width(row[index]) for row in cells)])
            for index, header in enumerate(headers)
        ]
        room = self.room()
        self.say(self.paint(self._line(headers, widths, is_number, room), "dim"))
        for row in cells:
            line = self._line(row, widths, is_number, room)
            self.say(self.paint(line, row[0]) if row[0] in ("critical", "warn") else line)

    def room(self) -> int | None:
        """Columns of the terminal; None where the text goes elsewhere."""
        return shutil.get_terminal_size().columns if self.out.isatty() else None

    def can_print(self, text: str) -> bool:
        """Whether the encoding of the output has these characters."""
        try:
            text.encode(getattr(self.out, "encoding", None) or "utf-8")
        except (UnicodeEncodeError, LookupError):
            return False
        return True

    @staticmethod
    def _line(
        row: Sequence[str], widths: Sequence[int], is_number: Sequence[bool], room: int | None
    ) -> str:
        parts = [
            pad(cell, size, right=right)
            for cell, size, right in zip(row, widths, is_number, strict=True)
        ]
        line = ("  " + "  ".join(parts)).rstrip()
        return clip(line, room) if room else line


def clean(text: str) -> str:
    """Text from a warehouse on one line, without control characters."""
    return "".join(char if char.isprintable() else " " for char in text)


def width(text: str) -> int:
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    unseen = sum(unicodedata.combining(char) > 0 or char in "\u200d\ufe0f" for char in text)
    return len(text) + wide - unseen


def pad(text: str, size: int, *, right: bool = False) -> str:
    space = " " * max(0, size - width(text))
    return space + text if right else text + space


def clip(text: str, size: int) -> str:
    if width(text) <= size:
        return text
    kept = text
    while kept and width(kept) > size - 1:
        kept = kept[:-1]
    return kept + "…"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def shown(value: Any) -> str:
    if value is None or value != value:  # noqa: PLR0124  (NaN and NaT differ from themselves)
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() else f"{value:,.3g}"
    return f"{value:,}" if _is_number(value) else str(value)


def _plain(value: Any) -> Any:
    if value != value:  # noqa: PLR0124  (as above)
        return None
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else str(value)


def duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"
