"""Secrets in a text, masked before it is stored, logged or sent to a remote model; a prefix of the maker's stays.

One detector for all: what `mask` leaves is what may be kept. Plain talk about secrets ("I lost my PIN") tells none, and
numbers that only look random (hashes, ids, phone and order numbers) are no secrets.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mem.records import Message
from mem.secret_formats import (
    CARD,
    CARD_LENGTHS,
    IBAN,
    IBAN_LENGTHS,
    LABEL,
    LINK,
    NO_CARD,
    OTHER,
    REVERSED,
    TALK,
    TOKEN,
    TOKENS,
)  # fmt: skip

MASK = "…[masked]"
QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’", "`": "`", "«": "»", "„": "“"}
PLAIN_ENDING = re.compile(r"(?:ed|ing|able|ible|ly|less|ful)\Z")
PLAIN_WORD = re.compile(r"[^\W\d_][\w'-]{2,}")
GOES_ON = re.compile(
    r"\s*(?:\Z|[.,;:!?)\n\"'”’»`]"
    r"|(?:and|but|so|please|if|in case|since|by the way|btw|now|today|because|ok|okay|thanks|for)\b)"
)
CODE_VALUE = re.compile(r"[A-Za-z]{0,4}[-#]?[\d*#](?:[ .-]?[\dA-Za-z*#]*\d[\dA-Za-z*#]*|[\dA-Za-z*#])*")
UNIT = re.compile(
    r"[ -]?(?:digits?|characters?|letters?|numbers?|bits?|bytes?|days?|hours?|minutes?|seconds?|weeks?|months?|years?|times"
    r"|people|euros?|dollars?|pounds?|percent|%|km|m\b|cm|mm|pages?|steps?|keys?|people|th\b|nd\b|st\b|€|\$|£)",
    re.IGNORECASE,
)
NO_VALUE = re.compile(
    r"<[^>]*>?|\$?\{.*|\$\w+|[*•x.…_-]+|https?://.*|\S+@\S+\.\w+|/\S*|\.\S*|v?\d+(?:\.\d+)+|\d{4}-\d\d?-\d\d?|\d{1,2}[./]\d{1,2}(?:[./]\d{2,4})?"
    r"|\d{1,2}:\d\d|[€$£]\d.*|\d+(?:st|nd|rd|th|px|kb|mb|gb|ms|s|m|h|km|%)|#\d{1,6}|[ef]\d{1,4}",
    re.IGNORECASE,
)
FEWEST_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without its secrets, and what kinds of them there were."""

    text: str
    kinds: tuple[str, ...] = ()

    @property
    def notice(self) -> str:
        """One line that tells what was masked; empty where nothing was."""
        told = ", ".join(self.kinds)
        return f"masked before storing: {told}; to keep a text in full: mem remember --sensitive" if told else ""


@dataclass(frozen=True, slots=True)
class _Found:
    """A secret from `start` up to `end`."""

    start: int
    end: int
    kind: str


def mask(text: str) -> Masked:
    """`text` with each secret in it masked. Masking what is masked changes nothing."""
    pieces: list[str] = []
    kinds: dict[str, None] = {}
    done = 0
    for found in sorted(_find(text), key=lambda found: (found.start, -found.end)):
        if found.end <= done:
            continue
        start = max(found.start, done)
        if start > done or not pieces:
            pieces += [text[done:start], MASK]
        kinds[found.kind] = None
        done = found.end
    return Masked("".join([*pieces, text[done:]]), tuple(kinds)) if kinds else Masked(text)


def holds_secret(text: str) -> bool:
    """Whether `mask` would change the text."""
    return next(_find(text), None) is not None


def _find(text: str) -> Iterator[_Found]:
    for finder in FINDERS:
        for found in finder(text):
            value = text[found.start : found.end]
            if value and "[masked]" not in value and not value.startswith("…"):
                yield found


def _tokens(text: str) -> Iterator[_Found]:
    for match in TOKEN.finditer(text):
        number = next(number for number in range(len(TOKENS)) if match[f"p{number}"] is not None)
        yield _Found(match.end(f"p{number}"), match.end(), TOKENS[number][0])


def _others(text: str) -> Iterator[_Found]:
    for kind, pattern in OTHER:
        for match in pattern.finditer(text):
            if not NO_VALUE.fullmatch(match[0][len(match["kept"]) :].strip("\"'")):
                yield _Found(match.end("kept"), match.end(), kind)


def _cards(text: str) -> Iterator[_Found]:
    for match in CARD.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        named = CARD_LENGTHS.match(f"{len(digits)} {digits}")
        if named and _luhn(digits) and len(set(digits)) > 1 and not NO_CARD.search(text[: match.start()][-40:]):
            yield _Found(match.start(), match.end(), "a card number")


def _luhn(digits: str) -> bool:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


def _ibans(text: str) -> Iterator[_Found]:
    for match in IBAN.finditer(text):
        length = IBAN_LENGTHS.get(match["country"].upper(), 0)
        end, letters = match.start(), ""
        while end < len(text) and len(letters) < length and (text[end].isalnum() or text[end] in " -"):
            letters += text[end].upper() if text[end].isalnum() else ""
            end += 1
        whole = length and len(letters) == length and letters.isascii() and not text[end : end + 1].isalnum()
        if whole and int("".join(str(int(letter, 36)) for letter in letters[4:] + letters[:4])) % 97 == 1:
            yield _Found(match.end("country"), end, "an IBAN")


def _named(text: str) -> Iterator[_Found]:
    """What the user calls a password, a PIN, a key."""
    for label in LABEL.finditer(text):
        link = LINK.match(text, label.end())
        blank = re.compile(r"[ \t]+").match(text, label.end())
        start = link.end() if link else blank.end() if blank else len(text)
        kind = label.lastgroup or "word"
        end = _value_end(text, start, kind, linked=link is not None)
        if end is None and link and blank:
            start = blank.end()
            end = _value_end(text, start, kind, linked=False)
        if end is not None:
            yield _Found(start + (text[start] in QUOTES), end, f"a secret ({label[0].lower()})")
    for match in REVERSED.finditer(text):
        value = match["value"].strip("\"'“”‘’`,;:(")
        start = match.start("value") + match["value"].find(value)
        counts = sum(map(str.isdigit, value)) >= FEWEST_DIGITS if match["code"] else _strong(value)
        if counts and not NO_VALUE.fullmatch(value):
            yield _Found(start, start + len(value), f"a secret ({(match['code'] or match['other']).lower()})")


def _value_end(text: str, start: int, kind: str, *, linked: bool) -> int | None:
    """Where the value ends that begins at `start`; None where what stands there is none."""
    if start >= len(text) or text[start] == "\n":
        return None
    if text[start] in QUOTES:
        closing = text.find(QUOTES[text[start]], start + 1, start + 200)
        value = text[start + 1 : closing] if closing > 0 else ""
        talk = value.casefold() in TALK or NO_VALUE.fullmatch(value) or "\n" in value
        return closing if len(value) >= FEWEST_DIGITS and not talk else None
    if kind == "code":
        return _code_end(text, start, linked=linked)
    if kind == "phrase" and (last := _phrase_end(text, start)):
        return last
    token = re.compile(r"\S*").match(text, start)
    assert token is not None
    value = token[0].rstrip(".,;:?)]}\"'”’`")
    if not value or NO_VALUE.fullmatch(value):
        return None
    end = start + len(value)
    if _strong(value) and (linked or len(value) >= 6) and (kind != "key" or len(value) >= 8):
        return end
    if kind == "key" or not linked:
        return None
    if value.isdigit() and len(value) > FEWEST_DIGITS and not UNIT.match(text, end):
        return end
    plain = PLAIN_WORD.fullmatch(value) and value.casefold() not in TALK and not PLAIN_ENDING.search(value)
    return end if plain and GOES_ON.match(text, end) else None


def _code_end(text: str, start: int, *, linked: bool) -> int | None:
    found = CODE_VALUE.match(text, start)
    if not found or NO_VALUE.fullmatch(found[0]) or UNIT.match(text, found.end()):
        return None
    digits = sum(map(str.isdigit, found[0]))
    return found.end() if digits >= (FEWEST_DIGITS if linked else FEWEST_DIGITS + 1) else None


def _phrase_end(text: str, start: int) -> int | None:
    """Several words in a row that make no sentence."""
    found = re.compile(r"[^\W\d_]+(?:[ ,-]+[^\W\d_]+){2,24}").match(text, start)
    if not found:
        return None
    words = list(re.finditer(r"[^\W\d_]+", found[0]))
    while words and words[-1][0].casefold() in TALK:
        words.pop()
    talk = sum(word[0].casefold() in TALK for word in words)
    return start + words[-1].end() if len(words) > 2 and talk * 3 <= len(words) else None


def _strong(value: str) -> bool:
    """Whether a value looks like a password or key rather than a word."""
    digits, letters = any(map(str.isdigit, value)), any(map(str.isalpha, value))
    if len(value) < 4 or not letters:
        return False
    mixed = re.search(r"[a-z][A-Z]|[A-Z][a-z]+[A-Z]", value) is not None
    return digits or bool(re.search(r"[!@#$%^&*+=~]", value)) or (mixed and len(value) >= 8) or value.count("-") > 1


FINDERS: tuple[Callable[[str], Iterator[_Found]], ...] = (_tokens, _others, _cards, _ibans, _named)


def masked_message(message: Message) -> Message:
    """The same message with the secrets in its text and in its tool calls masked."""
    calls = tuple(replace(call, arguments=masked_value(call.arguments)) for call in message.tool_calls)
    return replace(message, text=mask(message.text).text, tool_calls=calls)


def masked_value(value: Any) -> Any:
    """A JSON value with the secrets in its texts masked."""
    match value:
        case str():
            return mask(value).text
        case Mapping():
            return {key: masked_value(inner) for key, inner in value.items()}
        case list() | tuple():
            return [masked_value(inner) for inner in value]
    return value
