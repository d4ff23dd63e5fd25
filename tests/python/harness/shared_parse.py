"""One parse of the package for all projects of a session: a parse takes as long as a small build.

A parse depends on the files of a project and on its target. The configuration of the monitors adds
sources, refs and macros to the models that read it, and nothing else: it is read again when models are
compiled. So the package is parsed once with a configuration that uses every family. Whatever parses a
project of the harness finds that parse as if dbt had saved it, and dbt reads the files
that differ.

A borrowed parse may have more refs than dbt finds in the project by itself. If dbt misses a ref there,
no test that borrows notices. test_quickstart runs the installed program, which parses by itself.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import yaml

# The folder in which the processes of one session keep their parses for each other.
FOLDER = "MODEL_MONITOR_SHARED_PARSES"
# A project with other settings, for instance of models, is parsed by itself.
PLAIN_SETTINGS = frozenset({"name", "version", "config-version", "profile", "flags", "vars"})
DEFAULT_PATHS = {"model-paths": ["models"]}
# Of the harness, of the benchmarks and of the quickstart.
PROJECTS = frozenset({"shop", "bench", "churn"})
OWN_SOURCES = "shop://models/sources.yml"
OWN_SOURCE = "source.shop."


@cache
def every_family(root: Path) -> Mapping[str, Any]:
    """The demo's configuration as that of any project: it uses every family of the package."""
    read = yaml.safe_load((root / "dbt_project.yml").read_text(encoding="utf-8"))
    demo = read["vars"]["model_monitor"]
    return {"monitors": demo["demo_monitors"], "policy": demo["demo_policy"]}


@cache
def remember_templates() -> None:
    """Parse and compile each Jinja text once: dbt does both again in every parse and build.

    The tree and the code depend on the text and the kind of environment, and nothing changes them.
    """
    for step in ("parse", "compile"):
        _remember(jinja2.Environment, step)


def _remember(kind: type, step: str) -> None:
    original = getattr(kind, step)
    found: dict[tuple[Any, ...], Any] = {}

    def remembered(environment: Any, source: Any, *more: Any, **named: Any) -> Any:
        if not isinstance(source, str) or more or named:
            return original(environment, source, *more, **named)
        of = type(environment), source
        if of not in found:
            found[of] = original(environment, source)
        return found[of]

    setattr(kind, step, remembered)


@cache
def lend(root: Path, parse: Callable[[Any], bytes]) -> None:
    """From now on a project of the harness that has no parse begins with that of the package.

    `parse` gives what dbt saves of a project for these credentials.
    """
    from dbt.flags import get_flags
    from dbt.parser.manifest import ManifestLoader

    original = ManifestLoader.read_manifest_for_partial_parse
    parsed: dict[tuple[str, ...], bytes] = {}

    def read(loader: Any) -> Any:
        saved = original(loader)
        # a parse of every file was asked for, or none is needed
        if not get_flags().PARTIAL_PARSE or saved is not None or not _is_plain(loader, root):
            return saved
        credentials = loader.root_project.credentials
        # no macro of the package asks for the name of the target
        place = (credentials.type, credentials.schema)
        if place not in parsed:
            parsed[place] = _once(root, place, lambda: parse(loader.root_project))
        return _moved(parsed[place], loader)

    ManifestLoader.read_manifest_for_partial_parse = read


def _once(root: Path, place: tuple[str, ...], parse: Callable[[], bytes]) -> bytes:
    """What the first process of this session that needed it has parsed; the others wait for it."""
    folder = os.environ.get(FOLDER)
    if folder is None:
        return parse()
    name = hashlib.sha256(repr((str(root), place)).encode()).hexdigest()
    kept = Path(folder) / name
    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            new = kept.with_suffix(".new")
            new.write_bytes(parse())
            new.replace(kept)
    return kept.read_bytes()


def _is_plain(loader: Any, root: Path) -> bool:
    """Whether a full parse would give the same, but for the files that differ."""
    project = loader.root_project
    package = loader.all_projects.get("model_monitor")
    text = (Path(project.project_root) / "dbt_project.yml").read_text(encoding="utf-8")
    settings = yaml.safe_load(text)
    own = {name for name, value in settings.items() if DEFAULT_PATHS.get(name) != value}
    return (
        project.project_name in PROJECTS
        and package is not None
        and project.credentials.type in ("duckdb", "postgres")
        and own <= PLAIN_SETTINGS
        and _same(Path(package.project_root) / "dbt_project.yml", root / "dbt_project.yml")
    )


def _same(one: Path, other: Path) -> bool:
    return one.read_bytes() == other.read_bytes()


def _moved(parsed: bytes, loader: Any) -> Any:
    """The parse as this project would have saved it before its sources were declared."""
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    manifest = Manifest.from_msgpack(parsed, decoder=extended_mashumuro_decoder)
    # as dbt does with what it saved: a manifest older than the project is refused
    manifest.metadata.generated_at = datetime.now(UTC).replace(tzinfo=None)
    manifest.state_check = loader.manifest.state_check
    manifest.metadata.project_name = loader.manifest.metadata.project_name
    manifest.metadata.project_id = loader.manifest.metadata.project_id
    manifest.sources = {}
    manifest.files.pop(OWN_SOURCES, None)
    roots = {name: str(project.project_root) for name, project in loader.all_projects.items()}
    for file in manifest.files.values():
        if file.path is not None and file.project_name in roots:
            file.path.project_root = roots[file.project_name]
    database = loader.root_project.credentials.database
    may_have_refs = _names_a_ref(loader.root_project.vars.to_dict())
    for node in manifest.nodes.values():
        _move(node, roots, database)
        if _reads_a_source(node):
            node.sources = []
            node.depends_on.nodes = [
                name for name in node.depends_on.nodes if not name.startswith(OWN_SOURCE)
            ]
            if may_have_refs:
                manifest.files[node.file_id].checksum.checksum = "read it again, it may have a ref"
    return manifest


def _move(node: Any, roots: Mapping[str, str], database: str) -> None:
    if getattr(node, "root_path", None):  # a seed
        node.root_path = roots[node.package_name]
    if node.relation_name:
        old, new = f'"{node.database}"', f'"{database}"'
        node.relation_name = str(node.relation_name).replace(old, new, 1)
    node.database = database


def _reads_a_source(node: Any) -> bool:
    return any(name.startswith(OWN_SOURCE) for name in getattr(node.depends_on, "nodes", ()))


def _names_a_ref(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(key == "ref" or _names_a_ref(item) for key, item in value.items())
    return isinstance(value, list) and any(_names_a_ref(item) for item in value)


@contextmanager
def one_opening() -> Iterator[None]:
    """DuckDB's file is opened once for a whole command: each opening takes as long as a model."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.adapters.duckdb.environments.local import LocalEnvironment

    original = LocalEnvironment.notify_closed

    def stay_open(environment: Any) -> None:
        with environment.lock:
            environment.handle_count -= 1

    LocalEnvironment.notify_closed = stay_open
    try:
        yield
    finally:
        LocalEnvironment.notify_closed = original
        environment = DuckDBConnectionManager._ENV
        if environment is not None and getattr(environment, "handle_count", 1) == 0:
            environment.close()


@cache
def open_once_per_invocation() -> None:
    """The same for whatever `model-monitor` has dbt do in this process."""
    from dbt.cli.main import dbtRunner

    original = dbtRunner.invoke

    def invoke(runner: Any, *given: Any, **named: Any) -> Any:
        with one_opening():
            return original(runner, *given, **named)

    dbtRunner.invoke = invoke
