"""The Python layer of model_monitor: runs dbt, reads its small tables, notifies people.

It computes no statistic and configures no connection: both belong to dbt. Notebooks read results
with `open`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os

    from model_monitor.results import Results

__version__ = "0.1.0"
__all__ = ["__version__", "open"]


def open(  # noqa: A001  (mm.open, as in zipfile, gzip and tarfile)
    project_dir: str | os.PathLike[str] = ".",
    target: str | None = None,
    *,
    profiles_dir: str | os.PathLike[str] | None = None,
    manifest: str | os.PathLike[str] | None = None,
    start_dbt: bool = False,
) -> Results:
    """The results of a dbt project, as pandas frames.

        import model_monitor as mm

        with mm.open(project_dir="shop", target="prod") as m:
            m.incidents()
            m.drift(monitor="fraud", subject="amount", since="2026-06-01")

    It reads `target/manifest.json` and `profiles.yml` and does not start dbt. `manifest` names
    another manifest, such as one of production. `start_dbt=True` lets dbt read the project, for
    targets that need it (Spark).
    """
    from model_monitor.results import opened

    return opened(project_dir, target, profiles_dir, manifest, start_dbt=start_dbt)
