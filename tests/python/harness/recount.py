"""Counts the numbers of a report again, by the queries that stand beside them."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Rows = Sequence[dict[str, Any]]
CARD = re.compile(r'<article [^>]*aria-labelledby="([^"]+)-card">(.*?)</article>', re.S)
CHAPTER = re.compile(
    r'<section class="chapter" id="([^"]+)"(.*?)(?=<section class="block"|\Z)', re.S
)
BLOCK = re.compile(r'<section class="block" id="([^"]+)">(.*?)</section>', re.S)
# A query is printed in its section, or its section links where the chapter has printed it.
QUERY = re.compile(
    r'<pre id="([^"]+)"><code>(.*?)</code></pre>|'
    r'<p class="query-name">Query \d+ is <a href="#([^"]+)">[^<]*</a></p>',
    re.S,
)
NUMBER = re.compile(r'<data value="([^"]*)" title="([^"]*)">([^<]*)</data>')
CELLS = re.compile(r"Query (\d+), rows? ([\d–, ]+): (.+)")
COUNT = re.compile(r"count of (\w+)(?: = (.+))?")
DATE = re.compile(
    r"\b(?:\d{1,2} )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\b"
    r"(?: \d{4})?(?:, \d\d:\d\d)?"
)
DIGITS = re.compile(r"\d[\d.,]*")
# Numbers of the report's own words: lengths of windows, legends and scales.
WORDS = (
    "7 days", "30 days", "95% interval", "up to 2 ×", "up to 5 ×", "0 is equal, 1 is all to one",
    "the top 1%", "100% is perfect, 0% is no better",
)  # fmt: skip
# How much longer a list is than what is shown of it.
LEFT_OUT = re.compile(r"… and [\d,]+ (?:more|older|earlier)")


@dataclass(frozen=True)
class Place:
    """A section or a card: its text without its queries, and these queries."""

    anchor: str
    body: str
    queries: tuple[str, ...]


@dataclass(frozen=True)
class Number:
    """A number of the report, what it says of itself, and the queries beside it."""

    place: Place
    value: float
    origin: str
    text: str


def places(page: str) -> Iterator[Place]:
    page = page.split("</style>", maxsplit=1)[1]
    texts = {anchor: text for anchor, text, _ in QUERY.findall(page) if anchor}
    first = {anchor: queries(head, texts) for anchor, head in CHAPTER.findall(page)}
    for anchor, body in CARD.findall(page):
        yield Place(anchor, body, first[anchor])
    for anchor, body in BLOCK.findall(page):
        yield Place(anchor, QUERY.sub("", body), queries(body, texts))


def queries(part: str, texts: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(html.unescape(texts[here or there]) for here, _, there in QUERY.findall(part))


def numbers(page: str) -> list[Number]:
    return [
        Number(place, float(value), html.unescape(origin), html.unescape(text))
        for place in places(page)
        for value, origin, text in NUMBER.findall(place.body)
    ]


def recounted(number: Number, run: Callable[[str], Rows]) -> float:
    """The number by the query that it names."""
    found = [cells(number, part, run) for part in number.origin.split(" ÷ ")]
    return found[0] if len(found) == 1 else found[0] / found[1]


def cells(number: Number, text: str, run: Callable[[str], Rows]) -> float:
    named = CELLS.fullmatch(text)
    assert named is not None, number
    rows = run(number.place.queries[int(named[1]) - 1])
    chosen = [rows[index] for index in indexes(named[2])]
    if named[3] == "count":
        return len(chosen)
    if counted := COUNT.fullmatch(named[3]):
        values = [row[counted[1]] for row in chosen if row[counted[1]] is not None]
        return len([value for value in values if counted[2] in (None, value)])
    column = named[3].removeprefix("sum of ")
    assert len(chosen) == 1 or named[3] != column, "several cells are a count or a sum"
    return sum(float(row[column] or 0) for row in chosen)


def indexes(text: str) -> list[int]:
    found: list[int] = []
    for part in text.split(", "):
        first, _, last = part.partition("–")
        found.extend(range(int(first) - 1, int(last or first)))
    assert len(found) == len(set(found)), text
    return found


def is_rounding(text: str, value: float) -> bool:
    """Whether the text is this value, rounded to the digits that it shows."""
    shown = text.replace(",", "").removesuffix("%")
    digits, _, power = shown.partition("e")
    unit = 10.0 ** (int(power or 0) - len(digits.partition(".")[2]))
    # A number with a sign is one below 0, or a difference between shares, in points.
    scales = (100,) if text.endswith("%") else (1, 100) if text[0] in "+-" else (1,)
    return any(abs(float(shown) - scale * value) <= 0.5001 * unit for scale in scales)


def loose(place: Place, run: Callable[[str], Rows]) -> list[str]:
    """Numbers that name no query, and stand in no text that a query returned."""
    body = re.sub(r"<svg\b.*?</svg>|<summary>.*?</summary>", " ", place.body, flags=re.S)
    body = re.sub(r'<small class="from">.*?</small>', " ", body)
    # A command names an incident by the first characters of its id.
    body = re.sub(r'<p class="query-name".*?</p>|<code>.*?</code>', " ", body, flags=re.S)
    body = re.sub(NUMBER, "#", body)
    text = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())
    returned = {
        digits
        for sql in place.queries
        for row in run(sql)
        for value in row.values()
        if isinstance(value, str)
        for digits in DIGITS.findall(value)
    }
    for words in WORDS:
        text = text.replace(words, " ")
    text = LEFT_OUT.sub(" ", text)
    return [digits for digits in DIGITS.findall(DATE.sub(" ", text)) if digits not in returned]
