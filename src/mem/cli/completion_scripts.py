"""Completion scripts made from the command tree. They know every verb and option themselves: a TAB starts no Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# A quoted heading in each script; the test that compares `completions/` with what is printed keeps it true.
HEADING = "# {shell} completion for mem, made by: mem completions {shell}"
BASH = """\
{heading}
_mem() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} place= verbs= options= index
    for ((index = 1; index < COMP_CWORD; index++)); do
        case "${{COMP_WORDS[index]}}" in
            {with_value}) ((index++)); continue ;;
        esac
        case "$place/${{COMP_WORDS[index]}}" in
            {places}) place="$place/${{COMP_WORDS[index]}}" ;;
        esac
    done
    case "$place" in
{cases}
    esac
    if [[ $word == -* ]]; then verbs=$options; fi
    COMPREPLY=($(compgen -W "$verbs" -- "$word"))
}}
complete -o default -F _mem mem
"""
ZSH = """\
#compdef mem
{heading}
_mem() {{
    local place= index
    local -a verbs options
    for ((index = 2; index < CURRENT; index++)); do
        case "$words[index]" in
            ({with_value}) ((index++)); continue ;;
        esac
        case "$place/$words[index]" in
            ({places}) place="$place/$words[index]" ;;
        esac
    done
    case "$place" in
{cases}
    esac
    if [[ $PREFIX == -* ]]; then
        _describe -o 'option' options
    elif (( $#verbs )); then
        _describe 'command' verbs
    else
        _files
    fi
}}
if [ "$funcstack[1]" = "_mem" ]; then _mem "$@"; else compdef _mem mem; fi
"""


@dataclass(frozen=True, slots=True)
class Choice:
    """A word that can stand at a place, its short form, what it does, and whether a value follows it."""

    word: str
    help: str = ""
    short: str = ""
    takes_value: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """What can follow the words of `path`: verbs (or the words of an argument), and options."""

    path: tuple[str, ...]
    verbs: tuple[Choice, ...]
    options: tuple[Choice, ...]


def read_places(command: Any, arguments: Mapping[str, Sequence[str]], path: tuple[str, ...] = ()) -> list[Place]:
    """Every place of the command tree, `command` first. `arguments`: the words that a verb's argument may be."""
    children = {name: command.commands[name] for name in command.list_commands(None)} if hasattr(command, "commands") else {}
    verbs = [Choice(name, child.get_short_help_str(80)) for name, child in children.items()]
    verbs += [Choice(word) for word in arguments.get(path[-1], ())] if path else []
    options = [_option(param) for param in command.params if param.param_type_name == "option" and not param.hidden]
    options.append(Choice("--help", "Show this message and exit.", "-h"))
    places = [Place(path, tuple(verbs), tuple(options))]
    for name, child in children.items():
        places += read_places(child, arguments, (*path, name))
    return places


def bash_script(places: Sequence[Place]) -> str:
    """For bash."""
    cases = [
        f'        "{_key(place)}") verbs="{" ".join(choice.word for choice in place.verbs)}"\n'
        f'            options="{" ".join(choice.word for choice in place.options)}" ;;'
        for place in places
    ]
    return _filled(BASH, "bash", places, cases)


def zsh_script(places: Sequence[Place]) -> str:
    """For zsh, with descriptions."""
    cases = []
    for place in places:
        verbs, options = (" ".join(map(_described, choices)) for choices in (place.verbs, place.options))
        cases.append(f'        ("{_key(place)}") verbs=({verbs})\n            options=({options}) ;;')
    return _filled(ZSH, "zsh", places, cases)


def fish_script(places: Sequence[Place]) -> str:
    """For fish, with descriptions."""
    lines = [HEADING.format(shell="fish"), "complete -c mem -f"]
    for place in places:
        inside = "; and ".join(f"__fish_seen_subcommand_from {word}" for word in place.path) or "__fish_use_subcommand"
        verbs = " ".join(choice.word for choice in place.verbs)
        nothing_yet = f"{inside}; and not __fish_seen_subcommand_from {verbs}" if place.path else inside
        for choice in place.verbs:
            lines.append(f"complete -c mem -n '{nothing_yet}' -a {choice.word}{_fish_help(choice)}")
        for choice in place.options:
            short = f" -s {choice.short[1:]}" if choice.short else ""
            value = " -r" if choice.takes_value else ""
            lines.append(f"complete -c mem -n '{inside}' -l {choice.word[2:]}{short}{value}{_fish_help(choice)}")
    return "\n".join(lines) + "\n"


def _option(param: Any) -> Choice:
    long = next(word for word in param.opts if word.startswith("--"))
    short = next((word for word in param.opts if not word.startswith("--")), "")
    return Choice(long, param.help or "", short, takes_value=not param.is_flag)


def _filled(script: str, shell: str, places: Sequence[Place], cases: Sequence[str]) -> str:
    valued = [name for choice in places[0].options if choice.takes_value for name in (choice.word, choice.short)]
    return script.format(
        heading=HEADING.format(shell=shell),
        with_value="|".join(filter(None, valued)),
        places="|".join(_key(place) for place in places if place.path),
        cases="\n".join(cases),
    )


def _key(place: Place) -> str:
    return "".join(f"/{word}" for word in place.path)


def _described(choice: Choice) -> str:
    return _quoted(f"{choice.word}:{choice.help}" if choice.help else choice.word)


def _fish_help(choice: Choice) -> str:
    return f" -d {_quoted(choice.help, backslash=True)}" if choice.help else ""


def _quoted(text: str, *, backslash: bool = False) -> str:
    """`text` in single quotes; fish escapes a quote in them, the others close and open them."""
    return "'" + (text.replace("\\", "\\\\").replace("'", "\\'") if backslash else text.replace("'", "'\\''")) + "'"
