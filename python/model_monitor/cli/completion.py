"""`model-monitor completion`: what the shell may offer after the words of a command line.

The scripts of the three shells only pass the words on. The answer comes from the parser, so it
always fits the installed version.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

SHELLS = ("bash", "zsh", "fish")
# Bash splits words at `=`; where nothing is offered, each shell completes names of files.
SCRIPTS = {
    "bash": """\
_model_monitor() {
    local IFS=$'\\n'
    COMPREPLY=($(model-monitor completion bash -- "${COMP_WORDS[@]:0:COMP_CWORD+1}" 2>/dev/null))
}
complete -o default -F _model_monitor model-monitor
""",
    "zsh": """\
#compdef model-monitor
_model_monitor() {
    local -a found
    found=("${(@f)$(model-monitor completion zsh -- "${(@)words[1,CURRENT]}" 2>/dev/null)}")
    if [[ -n "${found[1]}" ]]; then
        _describe 'model-monitor' found
    else
        _files
    fi
}
if [[ "${funcstack[1]}" == "_model_monitor" ]]; then
    _model_monitor "$@"
else
    compdef _model_monitor model-monitor
fi
""",
    "fish": """\
function __model_monitor
    set -l found (model-monitor completion fish -- (commandline -opc) (commandline -ct) 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c model-monitor -f -a '(__model_monitor)'
""",
}
Offer = tuple[str, str]


def lines(parser: argparse.ArgumentParser, shell: str, words: Sequence[str]) -> list[str]:
    """What may stand for the last word, as the shell reads it. The first word is the program."""
    current = "" if words[-1] == "=" else words[-1]
    found = offers(parser, [*(word for word in words[1:-1] if word != "="), current])
    if shell == "bash":
        return [name for name, _ in found]
    mark = ":" if shell == "zsh" else "\t"
    return [f"{name}{mark}{text}" for name, text in found]


def offers(parser: argparse.ArgumentParser, words: Sequence[str]) -> list[Offer]:
    *before, current = words
    at, waits, place = parser, None, 0
    used: set[argparse.Action] = set()
    for word in before:
        action = option(at, word.partition("=")[0]) if word.startswith("-") else None
        if action is not None:
            used.add(action)
            waits = action if action.nargs != 0 and "=" not in word else None
        elif waits is not None:
            waits = None
        elif (chosen := commands(at).get(word)) is not None:
            at, place, used = chosen, 0, set()
        else:
            place += 1
    return [
        (name, text)
        for name, text in possible(at, waits, place, used, current)
        if name.startswith(current)
    ]


def possible(
    at: argparse.ArgumentParser,
    waits: argparse.Action | None,
    place: int,
    used: set[argparse.Action],
    current: str,
) -> Iterator[Offer]:
    name, is_given, _ = current.partition("=")
    given = option(at, name) if is_given and current.startswith("-") else None
    if given is not None:
        yield from ((f"{name}={word}", "") for word in given.choices or ())
    elif waits is not None and not current.startswith("-"):
        yield from ((str(word), "") for word in waits.choices or ())
    elif current.startswith("-"):
        yield from options(at, used)
    else:
        found = list(positionals(at, place))
        yield from found or (options(at, used) if not current else ())


def option(at: argparse.ArgumentParser, word: str) -> argparse.Action | None:
    """The option of that name, or of the only name that begins so."""
    names = at._option_string_actions
    found = (
        {names[word]} if word in names else {names[each] for each in names if each.startswith(word)}
    )
    return found.pop() if len(found) == 1 else None


def options(at: argparse.ArgumentParser, used: set[argparse.Action]) -> Iterator[Offer]:
    for action in at._actions:
        is_list = isinstance(action, argparse._AppendAction)
        is_shown = bool(action.option_strings) and action.help != argparse.SUPPRESS
        if is_shown and (is_list or action not in used):
            yield max(action.option_strings, key=len), described(at, action)


def positionals(at: argparse.ArgumentParser, place: int) -> Iterator[Offer]:
    """The commands, or the words that the argument at this place may be."""
    if commands(at):
        (chooser,) = (each for each in at._actions if isinstance(each, argparse._SubParsersAction))
        yield from ((each.dest, each.help or "") for each in chooser._choices_actions)
        return
    places = [each for each in at._actions if not each.option_strings]
    if place < len(places):
        yield from ((str(word), "") for word in places[place].choices or ())


def commands(at: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for each in at._actions:
        if isinstance(each, argparse._SubParsersAction):
            return dict(each.choices)
    return {}


def described(at: argparse.ArgumentParser, action: argparse.Action) -> str:
    return " ".join(at._get_formatter()._expand_help(action).split())
