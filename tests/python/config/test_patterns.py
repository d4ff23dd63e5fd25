"""Patterns of rules, contacts, silences and changes, on the engines that read them."""

from __future__ import annotations

from fnmatch import fnmatchcase
from itertools import product

import duckdb
import pytest

from ..harness.macro_harness import Macros
from ..harness.postgres_server import Server

WORDS = ["home_feed", "homeXfeed", "home", "fraud", "fraudulent", "a,b", "(all)", "50%", "x~y", ""]
PATTERNS = [
    "", "*", "home_*", "fraud", "home_*,fraud", "fraud,home_*", "!home_*,fraud", "home_*, fraud*",
    "!(all)", "(all)", "*feed,5*%", "home_feed,fraud", "!home_feed", "x~*,nothing", "*_feed",
]  # fmt: skip
VALUES = ", ".join(f"('{word}', '{pattern}')" for word, pattern in product(WORDS, PATTERNS))


def fits(word: str, pattern: str) -> bool:
    if pattern in ("", "*"):
        return True
    listed = pattern.removeprefix("!").replace(", ", ",").split(",")
    found = (
        any(fnmatchcase(word, each) for each in listed) or f",{word}," in f",{','.join(listed)},"
    )
    return found != pattern.startswith("!")


def query(engine: str) -> str:
    fitting = Macros(engine).render("model_monitor.fits_pattern", "given.word", "given.pattern")
    return f"select word, pattern, {fitting} from (values {VALUES}) as given (word, pattern)"


def differences(found: list[tuple[str, str, bool]]) -> list[tuple[str, str, bool]]:
    assert len(found) == len(WORDS) * len(PATTERNS)
    return [(word, pattern, said) for word, pattern, said in found if said != fits(word, pattern)]


def test_each_element_of_a_list_is_a_pattern() -> None:
    # as in the join of rules and what they judge
    joined = query("duckdb").split("select word, pattern, ")[1].split(" from (values")[0]
    joined = joined.replace("given.word", "words.word").replace("given.pattern", "patterns.pattern")
    words = ", ".join(f"('{word}')" for word in WORDS)
    with duckdb.connect() as connection:
        assert differences(connection.sql(query("duckdb")).fetchall()) == []
        found = connection.sql(
            f"select words.word, patterns.pattern from (values {words}) as words (word) inner join "
            f"(select distinct pattern from (values {VALUES}) as given (word, pattern)) as patterns "
            f"on {joined}"
        ).fetchall()
    expected = [pair for pair in product(WORDS, PATTERNS) if fits(*pair)]
    assert sorted(found) == sorted(expected)


@pytest.mark.slow
def test_on_postgres_too(postgres: Server) -> None:
    postgres.create("patterns")
    with postgres.connect("patterns") as connection, connection.cursor() as cursor:
        cursor.execute(query("postgres"))
        assert differences(cursor.fetchall()) == []
