"""The README for a package index, where relative links lead nowhere: they get an address.

A metadata hook of hatchling (pyproject.toml). The README in the repository keeps relative links,
which work in a clone and on a branch.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

# The target of a link or an image: neither an address nor a heading of the same page.
LINK = re.compile(r"\]\((?![a-z][a-z0-9+.-]*:|#|/)([^)\s]+)\)", re.IGNORECASE)
PICTURES = (".gif", ".jpg", ".png", ".svg")


class PyPiReadme(MetadataHookInterface):
    def update(self, metadata: dict[str, Any]) -> None:
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        tag = f"v{metadata['version']}"
        text = absolute(text, metadata["urls"]["Repository"], tag)
        metadata["readme"] = {"content-type": "text/markdown", "text": text}


def absolute(text: str, repository: str, tag: str) -> str:
    def address(found: re.Match[str]) -> str:
        kind = "raw" if found[1].lower().endswith(PICTURES) else "blob"
        return f"]({repository}/{kind}/{tag}/{found[1]})"

    return LINK.sub(address, text)
