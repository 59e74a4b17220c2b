"""What a file says, as text: plain text, markdown, PDF. What others wrote is quoted: nothing in it is learned unasked."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mem.errors import InputError
from mem.text import MESSAGE_LIMIT_CHARS, number, sanitise_line, shorten, without_controls

MAX_FILE_BYTES = 20_000_000
PDF_MARK = b"%PDF-"
MARK_WITHIN_BYTES = 1024  # some programs write a line of their own before it


@dataclass(frozen=True, slots=True)
class FileText:
    """A file's name, as it is shown, and its text, without anything that could not be shown."""

    name: str
    text: str

    @property
    def told(self) -> str:
        """`report.pdf (1,234 characters)`."""
        return f"{self.name} ({number(len(self.text), 'characters')})"


def read_file(path: Path) -> FileText:
    """The text of a file; InputError where it is not there, cannot be read, is too large, or holds no text."""
    name = shorten(path.name or str(path), 80)
    try:
        path = path.expanduser()
        if path.is_dir():
            raise InputError(f"{shorten(str(path), 80)} is a folder; nothing was read: name a file in it")
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
    except (OSError, RuntimeError, ValueError) as error:  # no such user for ~name; a NUL in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot read {shorten(str(path), 80)}: {sanitise_line(reason)}; nothing was sent") from error
    return read_bytes(raw, name=name)


def read_bytes(raw: bytes, *, name: str) -> FileText:
    """The same for what is read already; `name` is how it is called in the prompt."""
    if len(raw) > MAX_FILE_BYTES:
        raise InputError(f"{name} is larger than {MAX_FILE_BYTES // 1_000_000} MB; nothing was sent: split it")
    text = without_controls(_text_in(raw, name)).strip()
    if not text:
        raise InputError(f"{name} holds no text; nothing was sent")
    if len(text) > MESSAGE_LIMIT_CHARS:
        raise InputError(
            f"{name} has {len(text):,} characters, a message takes {MESSAGE_LIMIT_CHARS:,}; nothing was sent: split it"
        )
    return FileText(name, text)


def quoted(files: Sequence[FileText], asked: str) -> str:
    """A message that asks about files: each of them quoted as a mail quotes another, then the user's own words."""
    told = [f"{file.name} says:\n" + "\n".join(f"> {line}".rstrip() for line in file.text.splitlines()) for file in files]
    return "\n\n".join([*told, asked]) if asked.strip() else "\n\n".join(told)


def _text_in(raw: bytes, name: str) -> str:
    if PDF_MARK not in raw[:MARK_WITHIN_BYTES]:
        return _plain_text(raw, name)
    # Few files are PDFs, and the library takes longer to import than any other file to read.
    return str(importlib.import_module("mem.pdf_text").pdf_text(raw, name))


def _plain_text(raw: bytes, name: str) -> str:
    if b"\x00" in raw[:MARK_WITHIN_BYTES] and raw[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        raise InputError(f"{name} is neither text nor a PDF; nothing was sent")
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(f"{name} is neither UTF-8 text (byte {error.start}) nor a PDF; nothing was sent") from error
