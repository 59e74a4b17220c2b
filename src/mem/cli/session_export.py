"""A conversation as a file: markdown for people, JSON for programs."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from mem.cli.lines import counted
from mem.errors import InputError, StoreError
from mem.records import Message, Session, to_json
from mem.text import sanitise_line, shorten, without_controls

SPEAKERS = {"user": "You", "assistant": "mem"}


def session_markdown(session: Session, messages: Sequence[Message]) -> str:
    """The whole conversation, each message under who said it and when."""
    begun = f"{session.started_at.astimezone():%-d %b %Y, %H:%M}"
    parts = [f"# {sanitise_line(session.title)}", f"{session.id}, begun {begun}, {counted({'turns': session.turns})}"]
    for message in messages:
        at = f" ({message.created_at.astimezone():%-d %b %Y, %H:%M})" if message.created_at else ""
        stopped = ", stopped" if message.interrupted else ""
        parts += [f"## {SPEAKERS.get(message.role, message.role)}{at}{stopped}", without_controls(message.text).strip()]
    return "\n\n".join(parts) + "\n"


def session_json(session: Session, messages: Sequence[Message]) -> str:
    """The same as one JSON value: what `mem sessions show --json` prints."""
    return json.dumps(to_json({"session": session, "messages": messages}), indent=2, ensure_ascii=False) + "\n"


def session_text(session: Session, messages: Sequence[Message], *, suffix: str) -> str:
    """In the form that the suffix of a file's name asks for; InputError for one that we do not write."""
    if suffix.lower() == ".json":
        return session_json(session, messages)
    if suffix.lower() in ("", ".md", ".markdown", ".txt"):
        return session_markdown(session, messages)
    raise InputError(f"a conversation is written as .md or .json, not {shorten(suffix, 20)}; nothing was written")


def write_new(path: Path, text: str) -> Path:
    """Writes a file that is not there yet, for its owner alone; where it stands."""
    try:
        path = path.expanduser()
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise InputError(f"{shorten(str(path), 100)} is there already; nothing was written: give another name") from error
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise StoreError(f"cannot write {shorten(str(path), 100)}: {sanitise_line(reason)}") from error
    return path
