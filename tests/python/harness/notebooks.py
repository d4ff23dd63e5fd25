"""Executes the code cells of a notebook in this process, as Jupyter would: the last value is shown."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any


def executed(file: Path) -> list[Any]:
    """What each code cell shows, None if its last line is a statement."""
    notebook = json.loads(file.read_text(encoding="utf-8"))
    assert notebook["nbformat"] == 4
    names: dict[str, Any] = {"__name__": "__main__"}
    return [
        shown("".join(cell["source"]), names, f"{file.name}, {cell['id']}")
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    ]


def shown(code: str, names: dict[str, Any], where: str) -> Any:
    tree = ast.parse(code, where)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, where, "exec"), names)
    if last is None:
        return None
    value = eval(compile(ast.Expression(last.value), where, "eval"), names)
    # what Jupyter asks of a value
    assert repr(value)
    return value
