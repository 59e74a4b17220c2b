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
# C0 but tab and newline, DEL, C1, bidirectional marks and overrides, line and tag characters, and what takes no room on the
# screen and so can hide text: soft hyphens, fillers, zero-width spaces, invisible operators, supplementary selectors.
UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
JOINERS = "\u200c\u200d"
SELECTORS = "\ufe00-\ufe0f"
MARKS = "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
MOST_MARKS = 8  # on one character; no script needs more
# A character with the marks, selectors and joiners that follow it.
CLUSTER = re.compile(rf"([^{JOINERS}{SELECTORS}{MARKS}]?)([{JOINERS}{SELECTORS}{MARKS}]+)")
LAST_CLUSTER = re.compile(rf"[^{JOINERS}{SELECTORS}{MARKS}]?[{JOINERS}{SELECTORS}{MARKS}]*\Z")
KEYCAPS = "#*0123456789"


def sanitise(text: str) -> str:
    """`text` as it may be printed: no control sequence, control byte, direction mark or hidden character remains."""
    return without_controls(text).replace("\t", TAB_SPACES)


def without_controls(text: str) -> str:
    """`sanitise`, but for tabs, which stay."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = UNPRINTABLE.sub("", CONTROL_SEQUENCES.sub("", text))
    return well_formed(CLUSTER.sub(_needed_marks, text))


def last_cluster(text: str) -> str:
    """The last character of a sanitised text, with its marks."""
    found = LAST_CLUSTER.search(text, max(0, len(text) - MOST_MARKS - 3))
    return found[0] if found else ""


def _needed_marks(cluster: re.Match[str]) -> str:
    """A character with what scripts and emoji put on it: some marks, one selector, one joiner; nothing on its own."""
    base, kept, marks = cluster[1], "", 0
    wide = bool(base) and not base.isascii()
    for character in cluster[2]:
        if character in JOINERS:
            wanted = wide and character not in kept
        elif "\ufe00" <= character <= "\ufe0f":
            wanted = (wide or base in KEYCAPS) and not any("\ufe00" <= other <= "\ufe0f" for other in kept)
        else:
            marks += 1
            wanted = bool(base) and marks <= MOST_MARKS
        kept += character if wanted else ""
    return base + kept


def sanitise_line(text: str) -> str:
    """`sanitise`, on one line: each run of white space becomes one space."""
    return " ".join(sanitise(text).split())


def accept(text: str, *, what: str = "the message") -> str:
    """`text` as it may be stored, in normal form C; or InputError: empty, too long, or not valid Unicode."""
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
    # Canonical forms only: what looks the same is found by the same words, and nothing changes its meaning (½ stays ½).
    return unicodedata.normalize("NFC", stripped)


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


def number(count: int, plural: str) -> str:
    """`1 fact`, `0 facts`, `1,234 facts`; of several words the first that is a plural becomes one: `1 log entry`."""
    words = plural.split(" ")
    if count == 1:
        place = next((place for place, word in enumerate(words) if word.endswith("s")), 0)
        words[place] = re.sub(r"(?<=ch|sh|ss)es$|(?<=x)es$|s$", "", re.sub("ies$", "y", words[place]))
    return f"{count:,} {' '.join(words)}"
