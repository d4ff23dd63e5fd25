"""Texts that would change a query, a message or a format if anything read them as more than a text."""

from __future__ import annotations

import unicodedata

# every place of a template of SQL, and of a query that Python formats
PLACES = (
    "formula", "bins", "in_bin", "compared", "keys", "subject", "metric", "rows", "before",
    "before_cell", "value", "on_slice", "cell", "start", "end", "categories", "min", "max", "least",
    "most", "stale", "table", "0", "",
)  # fmt: skip
IN_PLACES = tuple(f"/cal/{{{name}}}/x" for name in PLACES)
ENDS_OF_TEXT = (
    "'", "''", "o'brien", "\\'", "\\\\'", "\\", "x\\", '"', '""', "`", "$$", "$$; select 1; $$",
    "$tag$", "E'\\x27'", "u&'\\0027'", "[a]", "(", ")", "')", "'))", "') or ('1'='1",
)  # fmt: skip
STATEMENTS = (
    "'; create table pwned (x int); --", "--{cell}", "') select 1; create table pwned (x int); --",
    "\") select 1; create table pwned (x int); --", "; drop table logs.scores; --", "/*", "*/",
    "/* {end} */", "-- ", "#", "' union select 1, 2 --", "{cell}' or 1=1 --",
)  # fmt: skip
FORMATS = (
    "%", "%s", "%%", "%(name)s", "%d %n", "{{ 1 }}", "{% raw %}", "{# x #}", "{{", "}}", "{", "}",
    "${x}", "${env:HOME}", "${spark:x}", ":name", "?", "?1", "\\1", "\\g<0>", "$1", "&amp;",
    "<!channel>", "<http://x.test|click>", "*bold* _x_ ~y~", "@here",
)  # fmt: skip
CONTROLS = (
    "two\nlines", "cr\r\nlf", "tab\there", "\x1b[31mred", "\u2028line", "\u202ereversed", " padded ",
    "",
    "x" * 200, "é" * 90, "漢字", "👩‍👩‍👧", "a+b", "+", "65+", "(all)", "(other)", "(missing)", '"(all)"',
    "null", "None", "NaN", "true", "1; 2", "a, b", "a; b: c",
)  # fmt: skip
HOSTILE = (*IN_PLACES, *ENDS_OF_TEXT, *STATEMENTS, *FORMATS, *CONTROLS)


def one_line(text: str) -> str:
    """As a message has a text, but for its length."""
    joiners = "\u200c\u200d"
    return "".join(" " if is_control(each) and each not in joiners else each for each in text)


def is_control(character: str) -> bool:
    """What steers a line, a terminal or the order of letters."""
    return unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp")


def shown(text: str) -> str:
    """As a message has a text."""
    line = one_line(text)
    return line if len(line) <= 80 else f"{line[:79]}…"
