"""What dbt does for each node and nobody needs, left out of the builds in this process.

dbt makes some 7,000 messages in a build, 1,300 objects for the macros of each node, twice, compares each
name with that of every table, and reads the environment for each package without a macro. The objects
alone, and collecting them afterwards, take a fifth of the build of a small project.
"""

from __future__ import annotations

import json
from collections.abc import (
    Callable,
    Collection,
    ItemsView,
    Iterator,
    KeysView,
    Mapping,
    ValuesView,
)
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from itertools import chain
from types import SimpleNamespace
from typing import Any

# The one listener that dbt always has: it counts warnings of one kind.
HEARS_WARNINGS = "track_behavior_change_warn"
# That of `model-monitor`, which shows what is done, and errors and warnings: nothing of level debug.
HEARS_WHAT_IS_DONE = "listen"


@cache
def make_dbt_quick() -> None:
    _fire_what_is_heard()
    _make_messages_late()
    if version("dbt-core").startswith("1.11."):  # later ones make a macro when it is called
        _make_macros_late()
    _keep_macros()
    _compare_near_names()
    _look_up_relations()
    _read_plain_settings()
    _read_the_environment_once()
    _read_dates_in_one_way()
    _write_artifacts_at_once()


@contextmanager
def without_files() -> Iterator[None]:
    """Without the two files of each node, what it compiles to and what is run: nobody reads them."""
    from dbt.compilation import Compiler
    from dbt.context.providers import ProviderContext

    def unwritten(_: Compiler, node: Any, **_named: Any) -> Any:
        return node

    def nowhere(_: ProviderContext, _payload: str) -> str:
        return ""

    # a context reads its members here, and not on the class
    members = [of._context_members_ for of in _with_subclasses(ProviderContext)]
    before = Compiler._write_node, members[0]["write"]
    try:
        Compiler._write_node = unwritten
        for each in members:
            each["write"] = nowhere
        yield
    finally:
        Compiler._write_node = before[0]
        for each in members:
            each["write"] = before[1]


def _with_subclasses(of: type) -> list[Any]:
    return [of, *chain.from_iterable(map(_with_subclasses, of.__subclasses__()))]


def _fire_what_is_heard() -> None:
    from dbt_common.events.event_manager import EventManager

    fire = EventManager.fire_event

    def fire_if_heard(
        manager: Any, event: Any, level: Any = None, *more: Any, **named: Any
    ) -> None:
        # a warning may be an error
        loudness = (level or event.level_tag()).value
        names = {getattr(call, "__name__", "") for call in manager.callbacks}
        writes = any(
            loudness == "info" or logger.level.value == "debug" for logger in manager.loggers
        )
        hears_little = {HEARS_WARNINGS, *([HEARS_WHAT_IS_DONE] if loudness == "debug" else [])}
        if writes or names - hears_little or loudness not in ("debug", "info"):
            fire(manager, event, level, *more, **named)

    EventManager.fire_event = fire_if_heard


def _make_messages_late() -> None:
    """An event has its message when somebody reads it."""
    from dbt_common.events.base_types import BaseEvent

    make, read, write = BaseEvent.__init__, BaseEvent.__getattr__, BaseEvent.__setattr__

    def keep(event: Any, *values: Any, **named: Any) -> None:
        event.__dict__["parts"] = values, named

    def read_late(event: Any, name: str) -> Any:
        parts = event.__dict__.pop("parts", None)
        if parts is not None:
            make(event, *parts[0], **parts[1])
        return event.__dict__["pb_msg"] if name == "pb_msg" else read(event, name)

    def write_late(event: Any, name: str, value: Any) -> None:
        if name != "pb_msg":
            _ = event.pb_msg
        write(event, name, value)

    BaseEvent.__init__, BaseEvent.__getattr__, BaseEvent.__setattr__ = keep, read_late, write_late


class Late(dict[str, Any]):
    """Values by name, each made when somebody first asks for it."""

    def __init__(self, names: Collection[str] = (), make: Callable[[str], Any] = str) -> None:
        super().__init__()
        self.names, self.make = names, make

    def __missing__(self, name: str) -> Any:
        if name not in self.names:
            raise KeyError(name)
        made = self[name] = self.make(name)
        return made

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self.names

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*super().__iter__(), *self.names)))

    def __bool__(self) -> bool:  # whoever asks does not want to count
        return bool(self.names) or super().__len__() > 0

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def get(self, name: str, default: Any = None) -> Any:
        try:
            return self[name]
        except KeyError:
            return default

    def keys(self) -> Any:
        return KeysView(self)

    def values(self) -> Any:
        return ValuesView(self)

    def items(self) -> Any:
        return ItemsView(self)


def _make_macros_late() -> None:
    from dbt.clients.jinja import MacroGenerator
    from dbt.context.configured import ConfiguredContext
    from dbt.context.macros import MacroNamespace
    from dbt.context.manifest import ManifestContext

    make_all = ManifestContext.to_dict

    def namespace(of: Any) -> MacroNamespace:
        context = of._ctx = Late()
        builder = of._get_namespace_builder()
        packages = of.manifest.get_macros_by_package()

        def late(macros: Mapping[str, Any]) -> Late:
            return Late(
                macros,
                lambda name: MacroGenerator(
                    macros[name], context, builder.node, builder.thread_ctx
                ),
            )

        internal: dict[str, Any] = {}
        for name in reversed(builder.internal_package_names_order):
            internal.update(packages.get(name, {}))
        own = {
            name: late(macros)
            for name, macros in packages.items()
            if name not in builder.internal_package_names
        }
        root = (
            {}
            if builder.root_package == builder.search_package
            else own.get(builder.root_package, {})
        )
        found = MacroNamespace(root, own.get(builder.search_package, {}), late(internal), own)
        context.names, context.make = found, found.__getitem__
        return found

    def to_dict(of: Any) -> dict[str, Any]:
        if not isinstance(of._ctx, Late):
            return make_all(of)
        context: dict[str, Any] = ConfiguredContext.to_dict(of)
        for name in dict.keys(context):
            if name in of.namespace:
                context[name] = of.namespace[name]
        return context

    ManifestContext._build_namespace, ManifestContext.to_dict = namespace, to_dict


def _keep_macros() -> None:
    """A macro of one context is made once: dbt makes it, with a context of its own, in each call."""
    from dbt.clients.jinja import MacroGenerator

    make = MacroGenerator.get_macro

    def get_macro(of: Any) -> Any:
        made = of.__dict__.get("made")
        if made is None:
            made = of.made = make(of)
        return made

    MacroGenerator.get_macro = get_macro


def _compare_near_names() -> None:
    from dbt.adapters.base import BaseAdapter

    match = BaseAdapter._make_match

    def match_near(
        adapter: Any, relations: Any, database: str, schema: str, identifier: str
    ) -> Any:
        wanted = identifier.lower()
        near = [each for each in relations if str(each.identifier).lower() == wanted]
        return match(adapter, near, database, schema, identifier)

    BaseAdapter._make_match = match_near


def _look_up_relations() -> None:
    """The relations of a schema by their keys, which are in lower case already."""
    from dbt.adapters.cache import RelationsCache
    from dbt_common.utils.formatting import lowercase

    def get_relations(of: Any, database: str | None, schema: str | None) -> list[Any]:
        wanted = lowercase(database), lowercase(schema)
        with of.lock:
            return [
                each.inner
                for key, each in of.relations.items()
                if (key.database, key.schema) == wanted
            ]

    RelationsCache.get_relations = get_relations


def _read_plain_settings() -> None:
    """A variable without Jinja is what it says: dbt copies the whole context to find that out."""
    from dbt.clients.jinja import _HAS_RENDER_CHARS_PAT
    from dbt.context.base import Var

    render = Var.get_rendered_var

    def get_rendered_var(of: Any, name: str) -> Any:
        said = of._merged[name]
        if isinstance(said, str) and not _HAS_RENDER_CHARS_PAT.search(said):
            return said
        return render(of, name)

    Var.get_rendered_var = get_rendered_var


def _read_the_environment_once() -> None:
    from dbt_common.exceptions import base as exceptions

    exceptions.env_secrets = cache(exceptions.env_secrets)


def _read_dates_in_one_way() -> None:
    """Each answer of the database compiles how dates may be written, for columns that have none."""
    import parsedatetime

    parsedatetime.Constants = cache(parsedatetime.Constants)


def _write_artifacts_at_once() -> None:
    """To write JSON into a file bit by bit, Python does without its encoder in C."""
    from dbt_common.clients import system

    def dump(value: Any, file: Any, **how: Any) -> None:
        file.write(json.dumps(value, **how))

    system.json = SimpleNamespace(load=json.load, dump=dump)
