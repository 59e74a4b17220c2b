"""What a GGUF file says of itself in its first bytes: read without llama.cpp, and without trusting a number in it."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

MAGIC = b"GGUF"
NUMBERS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
STRING, ARRAY = 8, 9
MOST_ENTRIES, MOST_ITEMS, MOST_TEXT_BYTES = 10_000, 10_000_000, 10_000_000


@dataclass(frozen=True, slots=True)
class Header:
    """Empty or 0 where the file does not tell."""

    name: str = ""
    architecture: str = ""
    size_label: str = ""
    licence: str = ""
    layers: int = 0
    context_tokens: int = 0


def read_header(path: Path) -> Header:
    """What the file tells; nothing where it is no GGUF file, or a damaged one."""
    try:
        with path.open("rb") as file:
            values = _read_values(file)
    except (OSError, struct.error, ValueError, OverflowError, MemoryError):
        return Header()
    architecture = str(values.get("general.architecture", ""))
    return Header(
        name=str(values.get("general.name", "")),
        architecture=architecture,
        size_label=str(values.get("general.size_label", "")),
        licence=str(values.get("general.license", "")),
        layers=_whole(values, f"{architecture}.block_count"),
        context_tokens=_whole(values, f"{architecture}.context_length"),
    )


def _whole(values: Mapping[str, Any], key: str) -> int:
    value = values.get(key, 0)
    return value if isinstance(value, int) else 0


def _read_values(file: BinaryIO) -> dict[str, Any]:
    if file.read(4) != MAGIC:
        raise ValueError("no GGUF file")
    _version, _tensors, entries = _number(file, "<I"), _number(file, "<Q"), _number(file, "<Q")
    if entries > MOST_ENTRIES:
        raise ValueError("more entries than any model has")
    values: dict[str, Any] = {}
    for _ in range(entries):
        key, kind = _text(file), _number(file, "<I")
        values[key] = _value(file, kind)
        if key.startswith("tokenizer."):  # what is told of the model itself stands before its tokens
            break
    return values


def _value(file: BinaryIO, kind: int) -> Any:
    if kind in NUMBERS:
        return _number(file, NUMBERS[kind])
    if kind == STRING:
        return _text(file)
    if kind != ARRAY:
        raise ValueError("an entry of an unknown kind")
    item, count = _number(file, "<I"), _number(file, "<Q")
    if count > MOST_ITEMS or item == ARRAY:
        raise ValueError("a longer list than any model has")
    if item in NUMBERS:
        file.seek(count * struct.calcsize(NUMBERS[item]), 1)
        return None
    for _ in range(count):
        _value(file, item)
    return None


def _text(file: BinaryIO) -> str:
    length = _number(file, "<Q")
    if length > MOST_TEXT_BYTES:
        raise ValueError("a longer text than any model has")
    return file.read(length).decode("utf-8", "replace")


def _number(file: BinaryIO, shape: str) -> Any:
    return struct.unpack(shape, file.read(struct.calcsize(shape)))[0]
