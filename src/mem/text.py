"""One funnel in and one funnel out for text: what may be stored, and what may reach a terminal."""

import re
import unicodedata
from datetime import datetime

from mem.errors import InputError

MESSAGE_LIMIT_CHARS = 100_000
TAB_SPACES = "    "
# Terminal control sequences, whole: CSI, then OSC/DCS/SOS/PM/APC up to their end, then any other ESC pair.
CONTROL_SEQUENCES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)
# C0 but tab and newline, DEL, C1, bidirectional marks and overrides, line and tag characters, zero-width no-break space.
UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\U000e0000-\U000e007f]"
)


def sanitise(text: str) -> str:
    """`text` as it may be printed: no control sequence, control byte, direction mark or tag character remains."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", TAB_SPACES)
    text = UNPRINTABLE.sub("", CONTROL_SEQUENCES.sub("", text))
    return well_formed(text)


def sanitise_line(text: str) -> str:
    """`sanitise`, on one line: each run of white space becomes one space."""
    return " ".join(sanitise(text).split())


def accept(text: str, *, what: str = "the message") -> str:
    """`text` as it may be stored, or InputError: empty, too long, or not valid Unicode."""
    stripped = text.strip()
    if not stripped:
        raise InputError(f"{what} is empty; nothing was stored")
    if len(stripped) > MESSAGE_LIMIT_CHARS:
        raise InputError(
            f"{what} has {len(stripped):,} characters, the limit is {MESSAGE_LIMIT_CHARS:,}; nothing was stored: split it"
        )
    try:
        stripped.encode("utf-8")
    except UnicodeEncodeError:
        raise InputError(f"{what} is not valid Unicode (a lone surrogate); nothing was stored") from None
    return stripped


def well_formed(text: str) -> str:
    """`text` with a question mark for each lone surrogate, which no store can keep."""
    return text.encode("utf-8", "replace").decode("utf-8")


def shorten(text: str, limit_chars: int) -> str:
    """One line of at most `limit_chars`, cut at a word with `…` where it was longer."""
    line = sanitise_line(text)
    if len(line) <= limit_chars:
        return line
    cut = line[: limit_chars - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut) + "…"


def fold(text: str) -> str:
    """`text` for comparing: compatible forms, case and white space folded."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def age(moment: datetime, *, now: datetime) -> str:
    """How long ago, in the unit a person would use."""
    days = (now.astimezone().date() - moment.astimezone().date()).days
    if days <= 0:
        return "today"
    if days == 1:
        return "yesterday"
    for unit, length in (("year", 365), ("month", 30), ("week", 14)):
        if days >= length:
            number = days // (7 if unit == "week" else length)
            return f"{number} {unit}{'s' if number > 1 else ''} ago"
    return f"{days} days ago"
