"""Completion scripts: they know every verb and option themselves, and look ids up in a file. A TAB starts no process.

All three go through the words on the line in the same way: `place` is the verb they are at, `position` how many arguments
stand behind it, `awaiting` the option whose value comes next.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mem.cli.completion_places import Choice, Place
from mem.cli.completion_templates import BASH, FISH, ZSH

HEADING = "# {shell} completion for mem, made by: mem completions {shell}"


def bash_script(places: Sequence[Place]) -> str:
    """For bash."""
    cases = [
        f'        "{key(place)}") verbs="{" ".join(choice.word for choice in place.verbs)}"\n'
        f'            options="{" ".join(choice.word for choice in place.options)}" ;;'
        for place in places
    ]
    values = [f'        {"|".join(map(_posix, patterns))}) values="{words}" ;;' for patterns, words in _values(places)]
    return _filled(BASH, "bash", places, cases, values, "|", _posix)


def zsh_script(places: Sequence[Place]) -> str:
    """For zsh, with descriptions."""
    cases = []
    for place in places:
        verbs, options = (" ".join(map(_described, choices)) for choices in (place.verbs, place.options))
        cases.append(f'        ("{key(place)}") verbs=({verbs})\n            options=({options}) ;;')
    values = [f'        ({"|".join(map(_posix, patterns))}) values="{words}" ;;' for patterns, words in _values(places)]
    return _filled(ZSH, "zsh", places, cases, values, "|", _posix)


def fish_script(places: Sequence[Place]) -> str:
    """For fish, with descriptions."""
    cases = []
    for place in places:
        cases.append(f"        case '{key(place)}'")
        for name, choices in (("verbs", place.verbs), ("options", place.options)):
            if choices:
                cases.append(f"            set {name} {' '.join(map(_tabbed, choices))}")
    values = [
        f"        case {' '.join(map(_fish, patterns))}\n            set values {words}" for patterns, words in _values(places)
    ]
    return _filled(FISH, "fish", places, cases, values, " ", _fish)


def key(place: Place) -> str:
    """How the scripts call a place: `/models/pull`."""
    return "".join(f"/{word}" for word in place.path)


def _values(places: Sequence[Place]) -> list[tuple[list[str], str]]:
    """Where which values stand, as patterns of a place and a position, or a place and an option; `*` is any."""
    found: list[tuple[list[str], str]] = []
    for place in places:
        here = key(place) if place.path else "*"  # the options of the root may stand anywhere
        for option in place.options:
            if option.values:
                found.append(([f"{here} {name}" for name in (option.word, option.short) if name], option.values))
        for position, argument in enumerate(place.arguments):
            if argument.values:
                found.append(([f"{here} {'*' if argument.several else position}"], argument.values))
    return found


def _valued(places: Sequence[Place]) -> list[str]:
    """Which options a value follows, as the same patterns."""
    return [
        f"{key(place) if place.path else '*'} {name}"
        for place in places
        for option in place.options
        if option.metavar
        for name in (option.word, option.short)
        if name
    ]


def _filled(
    script: str, shell: str, places: Sequence[Place], cases: Sequence[str], values: Sequence[str],
    between: str, pattern: Callable[[str], str],
) -> str:  # fmt: skip
    parts = {
        "HEADING": HEADING.format(shell=shell),
        "VALUED": between.join(map(pattern, _valued(places))),
        "PLACES": between.join(key(place) for place in places if place.path),
        "CASES": "\n".join(cases),
        "VALUES": "\n".join(values),
    }
    for name, text in parts.items():
        script = script.replace(f"@{name}@", text)
    return script


def _posix(pattern: str) -> str:
    """In double quotes, but for the stars."""
    return "*".join(f'"{part}"' if part else "" for part in pattern.split("*"))


def _fish(pattern: str) -> str:
    return f"'{pattern}'"


def _described(choice: Choice) -> str:
    text = f"{choice.word}:{choice.help}" if choice.help else choice.word
    return "'" + text.replace("'", "'\\''") + "'"


def _tabbed(choice: Choice) -> str:
    """With a tab, which fish knows outside of quotes only."""
    return choice.word + ("\\t" + _fish_quoted(choice.help) if choice.help else "")


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
