"""What can stand where on a command line, read from the command tree: what completion scripts and the man page are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, get_args, get_origin

FILES = "@files"
PROFILES = "@profiles"
MODELS = "@models"
IDS = "@ids:"  # and the letters that the ids begin with
FILE_METAVARS = ("FILE", "DIR", "PATH", "NAME|PATH")


@dataclass(frozen=True, slots=True)
class Choice:
    """An option or a verb, its short form, what it does, and what the value is called that follows it, if one does."""

    word: str
    help: str = ""
    short: str = ""
    metavar: str = ""
    values: str = ""


@dataclass(frozen=True, slots=True)
class Argument:
    """What stands where no option does. `values`: the words it may be, and `@…` for what a shell looks up."""

    metavar: str
    help: str
    values: str
    several: bool
    required: bool


@dataclass(frozen=True, slots=True)
class Place:
    """What can follow the words of `path`: verbs, options, arguments."""

    path: tuple[str, ...]
    help: str
    verbs: tuple[Choice, ...]
    options: tuple[Choice, ...]
    arguments: tuple[Argument, ...]


Values = Mapping[str, str]


def read_places(command: Any, values: Values, path: tuple[str, ...] = ()) -> list[Place]:
    """Every place of the command tree, `command` first.

    `values`: what an argument or an option's value may be, by `path/name`, or by its name alone where that is the same
    everywhere.
    """
    names = command.list_commands(None) if hasattr(command, "commands") else []
    children = {name: command.commands[name] for name in names if not command.commands[name].hidden}
    verbs = [Choice(name, child.get_short_help_str(80)) for name, child in children.items()]
    shown = [param for param in command.params if not getattr(param, "hidden", False)]
    options = [_option(param, values, path) for param in shown if param.param_type_name == "option"]
    options.append(Choice("--help", "Show this message and exit.", "-h"))
    arguments = [_argument(param, values, path) for param in shown if param.param_type_name == "argument"]
    places = [Place(path, command.help or "", tuple(verbs), tuple(options), tuple(arguments))]
    for name, child in children.items():
        places += read_places(child, values, (*path, name))
    return places


def _option(param: Any, values: Values, path: tuple[str, ...]) -> Choice:
    long = next(word for word in param.opts if word.startswith("--"))
    short = next((word for word in param.opts if not word.startswith("--")), "")
    if param.is_flag:
        return Choice(long, param.help or "", short)
    return Choice(long, param.help or "", short, param.metavar or "VALUE", _values(param, values, path))


def _argument(param: Any, values: Values, path: tuple[str, ...]) -> Argument:
    metavar = (param.metavar or param.name.upper()).removesuffix("...").strip("[]")
    return Argument(metavar, param.help or "", _values(param, values, path), param.nargs == -1, param.required)


def _values(param: Any, values: Values, path: tuple[str, ...]) -> str:
    for key in ("/".join((*path, param.name)), param.name):
        if key in values:
            return values[key]
    if choices := _choices(param.type_descriptor.annotation):
        return " ".join(choices)
    return FILES if param.metavar in FILE_METAVARS else ""


def _choices(annotation: Any) -> Sequence[str]:
    """The words that a type allows, where it allows only some."""
    if get_origin(annotation) is Literal:
        return [str(word) for word in get_args(annotation)]
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return [str(member.value) for member in annotation]
    return [word for part in get_args(annotation) for word in _choices(part)]
