"""The manual page `mem.1`, made from the command tree as the completion scripts are, in the language of man(7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields

from mem.cli.completion_places import Argument, Choice, Place
from mem.cli.exit_codes import MEANINGS
from mem.config import Config

DESCRIPTION = (
    "is a personal assistant for the terminal that remembers: what is said in a conversation is kept on this machine, found "
    "again when it is asked about, and can be looked at, corrected and forgotten. The answer goes to the standard output, "
    "everything else to the standard error."
)
FILES = {
    "$MEM_HOME": "where everything is kept, if it is set; else:",
    "~/.config/mem/config.toml": "the settings.",
    "~/.local/share/mem/profiles/NAME": "one directory a profile: the database, the search index, the lines typed in chats.",
    "~/.local/share/mem/models": "model files that were pulled.",
    "~/.cache/mem": "what can be made again.",
}
ENVIRONMENT = {
    "MEM_HOME": "One directory for settings, data and cache.",
    "MEM_PROFILE, MEM_MODEL, ...": "Any setting below, in capitals after MEM_; stronger than the file, weaker than an option.",
    "NO_COLOR": "If it is not empty: no control sequence at all.",
    "EDITOR, VISUAL": "What edits the settings, a memory, or a message.",
}


def man_page(places: Sequence[Place], *, version: str) -> str:
    """The page as it is kept: `places` from the root of the tree on."""
    root, *verbs = places
    lines = [
        f'.TH MEM 1 "" "mem {version}" "User Commands"',
        ".SH NAME",
        f"mem \\- {_text(root.help[:1].lower() + root.help[1:].rstrip('.'))}",
        ".SH SYNOPSIS",
        ".B mem",
        "[\\fIoptions\\fR] \\fIcommand\\fR [\\fIarguments\\fR]",
        ".SH DESCRIPTION",
        ".B mem",
        _text(DESCRIPTION),
        ".SH OPTIONS",
        "These go with every command, before it or behind it.",
        *_options(root.options),
        ".SH COMMANDS",
        *(line for place in verbs for line in _verb(place)),
        ".SH SETTINGS",
        "Changed with",
        ".BR \"mem config set\" ,",
        "listed with",
        ".BR \"mem config\" .",
        *_settings(),
        ".SH ENVIRONMENT",
        *_listed(ENVIRONMENT),
        ".SH FILES",
        *_listed(FILES),
        ".SH \"EXIT STATUS\"",
        *_listed({str(code): meaning for code, meaning in MEANINGS.items()}),
        ".SH EXAMPLES",
        *_examples(),
    ]
    return "\n".join(lines).removesuffix("\n.PP") + "\n"


def _verb(place: Place) -> Iterator[str]:
    arguments = "".join(f" {_shown(argument)}" for argument in place.arguments)
    if place.verbs:
        arguments = " [\\fIcommand\\fR]"
    yield f'.SS "mem {_text(" ".join(place.path))}{arguments}"'
    yield _text(place.help)
    for argument in place.arguments:
        if argument.help:
            yield from (".TP", f"\\fI{_text(argument.metavar)}\\fR", _text(argument.help))
    yield from _options([option for option in place.options if option.word != "--help"])


def _shown(argument: Argument) -> str:
    shown = f"\\fI{_text(argument.metavar)}\\fR" + (" ..." if argument.several else "")
    return shown if argument.required else f"[{shown}]"


def _options(options: Sequence[Choice]) -> Iterator[str]:
    for option in options:
        names = ", ".join(f"\\fB{_text(name)}\\fR" for name in (option.short, option.word) if name)
        value = f" \\fI{_text(option.metavar)}\\fR" if option.metavar else ""
        yield from (".TP", names + value, _text(option.help))


def _settings() -> Iterator[str]:
    for entry in fields(Config):
        if "meaning" in entry.metadata:
            default = str(entry.default).lower() if isinstance(entry.default, bool) else str(entry.default)
            shown = f" ({_text(default)})" if default else ""
            meaning = entry.metadata["meaning"].replace("`", "")
            yield from (".TP", f"\\fB{_text(entry.name)}\\fR{shown}", _text(f"{meaning[:1].upper()}{meaning[1:]}."))


def _listed(entries: dict[str, str]) -> Iterator[str]:
    for name, meaning in entries.items():
        yield from (".TP", f"\\fB{_text(name)}\\fR", _text(meaning))


def _examples() -> Iterator[str]:
    for told, command in (
        ("Talk, and go on where the last conversation ended:", "mem chat --resume last"),
        ("File something, and find it again:", 'mem remember "the spare key is under the blue pot"\nmem recall key'),
        ("See what is known, and why; then forget it for good:", "mem inspect facts\nmem inspect f3\nmem forget f3"),
    ):
        yield from (_text(told), ".PP", ".nf", ".RS", _text(command), ".RE", ".fi", ".PP")


def _text(text: str) -> str:
    """As roff reads it: no backslash, hyphen or leading dot of ours has a meaning."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace('"', "\\(dq").replace("~", "\\(ti")
    return "\n".join(f"\\&{line}" if line.startswith(".") else line for line in escaped.replace("…", "...").splitlines())
