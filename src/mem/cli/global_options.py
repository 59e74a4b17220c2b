"""Global options are understood after the verb, too, where people write them: `mem recall boiler --profile work`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mem.errors import InputError

NOT_MOVED = ("--help", "-h", "--version", "-V")


def moved_to_the_front(arguments: Sequence[str], root: Any) -> list[str]:
    """`arguments` with the global options of the command tree `root` before the verb.

    An option that the verb has itself is the verb's; what stands after `--` is text. InputError where a value is missing.
    """
    end = arguments.index("--") if "--" in arguments else len(arguments)
    own = _own_options(arguments[:end], root)
    known = {name: option for option in root.params for name in option.opts if name not in (*NOT_MOVED, *own)}
    front: list[str] = []
    rest: list[str] = []
    words = iter(arguments[:end])
    for word in words:
        option = known.get(word.partition("=")[0] if word.startswith("--") else word)
        (front if option else rest).append(word)
        if option and not option.is_flag and "=" not in word:
            value = next(words, None)
            if value is None:
                raise InputError(f"{word} needs a value: {option.help}")
            front.append(value)
    return [*front, *rest, *arguments[end:]]


def _own_options(arguments: Sequence[str], root: Any) -> set[str]:
    command, own = root, set[str]()
    for word in arguments:
        if child := getattr(command, "commands", {}).get(word):
            command = child
            own |= {name for option in command.params for name in option.opts}
    return own
