"""Each message that docs/use/troubleshooting.md quotes is a message of the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "use" / "troubleshooting.md"
HEADERS = ("symptom", "the line says")
GAP = "…"  # in a quote and in the code: a value that differs each time
EDGE = " .,:;()"
TEXTS = (ast.Constant, ast.JoinedStr, ast.BinOp)
SQL_COMMENT = re.compile(r"\{#.*?#\}|^\s*--.*?$", re.DOTALL | re.MULTILINE)
SQL_JOIN = re.compile(r"""(["'])\s*(?:\|\||~)\s*\1""")


def quotes() -> list[str]:
    """What is in backticks in the first column of the tables of symptoms."""
    found: list[str] = []
    is_symptoms = False
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("|"):
            is_symptoms = False
            continue
        cell = line.split("|")[1].strip()
        if cell in HEADERS:
            is_symptoms = True
        elif is_symptoms:
            found += re.findall("`([^`]+)`", cell)
    return found


def fixed_parts(quote: str) -> list[str]:
    """The parts of a quote between its gaps, without punctuation at their ends."""
    parts = (part.strip(EDGE) for part in quote.split(GAP))
    return [part for part in parts if re.search("[a-zA-Z]", part)]


def in_python(source: str) -> Iterator[str]:
    """The texts of a module without its docstrings; `text += "more"` continues a text."""
    tree = ast.parse(source)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    assigned: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            assigned[node.targets[0].id] = text_of(node.value)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            yield assigned.get(node.target.id, "") + text_of(node.value)
        elif isinstance(node, TEXTS) and id(node) not in docstrings:
            yield text_of(node)


def text_of(node: ast.expr) -> str:
    """A text with a gap for each value."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else GAP
    if isinstance(node, ast.JoinedStr):
        return "".join(map(text_of, node.values))
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return text_of(node.left) + text_of(node.right)
    return GAP


def in_sql(source: str) -> str:
    """A model or macro without comments, whose texts are not broken into lines."""
    return SQL_JOIN.sub("", SQL_COMMENT.sub("", source))


@pytest.fixture(scope="module")
def messages() -> str:
    """Every text in the code, with one blank between its words."""
    texts: list[str] = []
    for path in sorted((ROOT / "python" / "model_monitor").rglob("*.py")):
        texts += in_python(path.read_text(encoding="utf-8"))
    for folder in ("macros", "models"):
        for path in sorted((ROOT / folder).rglob("*.sql")):
            texts.append(in_sql(path.read_text(encoding="utf-8")))
    return "\n".join(re.sub(r"\s+", " ", text) for text in texts)


def unknown(quote: str, messages: str) -> list[str]:
    return [part for part in fixed_parts(quote) if part not in messages]


def test_every_quoted_message_is_in_the_code(messages: str) -> None:
    quoted = quotes()
    assert sum(len(part.split()) > 1 for quote in quoted for part in fixed_parts(quote)) > 100
    stale = [f"{quote}: {parts}" for quote in quoted if (parts := unknown(quote, messages))]
    assert not stale, "the code prints no such text:\n" + "\n".join(stale)


@pytest.mark.parametrize(
    "quote",
    [
        "no such channel",
        "There is no table … yet. First: model-monitor run",
        "… rows are later than now",
        "missing in … of the latest rows and in … of the reference",
    ],
)
def test_a_message_that_the_code_does_not_print_is_noticed(quote: str, messages: str) -> None:
    assert unknown(quote, messages)
