"""Files of data sets, read with care: what is wrong with one becomes an InputError that names file and place."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from mem.errors import InputError
from mem.text import well_formed

Kind = TypeVar("Kind")
NAMES = {str: "a text", int: "a number", list: "a list", dict: "an object"}


def malformed(where: str, problem: str) -> InputError:
    """The error for a file that is not of its format."""
    return InputError(f"{where}: {problem}; nothing was evaluated: see the format with: mem eval -h")


def read_text(path: Path) -> str:
    """The whole file."""
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise malformed(str(path), f"not UTF-8 text (byte {error.start})") from error
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}; nothing was evaluated") from error


def read_json(path: Path) -> Any:
    """The JSON value that the file holds."""
    return parse(read_text(path), str(path))


def parse(text: str, where: str) -> Any:
    """`text` as JSON."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise malformed(where, f"no JSON ({error.msg}, line {error.lineno} column {error.colno})") from error
    except RecursionError as error:
        raise malformed(where, "JSON that is nested too deeply") from error


def value(entry: Any, name: str, kind: type[Kind], where: str) -> Kind:
    """`entry[name]`, which must be there and of a kind."""
    found = member(entry, name, where)
    if found is None:
        raise malformed(where, f'"{name}" is missing')
    return checked(found, kind, f'"{name}"', where)


def optional(entry: Any, name: str, kind: type[Kind], where: str, default: Kind) -> Kind:
    """`entry[name]`, or `default` where there is none."""
    found = member(entry, name, where)
    return default if found is None else checked(found, kind, f'"{name}"', where)


def member(entry: Any, name: str, where: str) -> Any:
    """`entry[name]` or None; `entry` must be an object."""
    return checked(entry, dict, "this", where).get(name)


def checked(found: Any, kind: type[Kind], what: str, where: str) -> Kind:
    """`found`, if it is of a kind."""
    if isinstance(found, kind) and not isinstance(found, bool):
        return well_formed(found) if isinstance(found, str) else found  # type: ignore[return-value]
    raise malformed(where, f"{what} is not {NAMES[kind]}")


def moment(text: str, format: str, where: str) -> datetime:
    """A time as the data set writes it. Without an offset it is local time, as the times that questions name are."""
    try:
        read = datetime.fromisoformat(text) if format == "iso" else datetime.strptime(text.strip(), format)  # noqa: DTZ007
        return read.astimezone()
    except (ValueError, OverflowError, OSError) as error:
        raise malformed(where, f"{text[:40]!r} is no time") from error
