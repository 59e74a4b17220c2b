"""The verdict of a command, as its exit code; part of the documented interface."""

from mem.errors import InputError, MemError, ModelError, NotFound, StoreError

OK = 0
FAILURE = 1
USAGE = 2
NOTHING_FOUND = 3
MODEL_UNAVAILABLE = 4
STORE_TROUBLE = 5
INTERRUPTED = 130

MEANINGS = {
    OK: "ok",
    FAILURE: "failure",
    USAGE: "usage: the request cannot be understood or is refused",
    NOTHING_FOUND: "nothing found",
    MODEL_UNAVAILABLE: "the model is not available",
    STORE_TROUBLE: "the profile is busy or damaged",
    INTERRUPTED: "interrupted",
}


def exit_code(error: MemError) -> int:
    """The exit code that an error stands for."""
    for kind, code in (
        (InputError, USAGE),
        (NotFound, NOTHING_FOUND),
        (ModelError, MODEL_UNAVAILABLE),
        (StoreError, STORE_TROUBLE),
    ):
        if isinstance(error, kind):
            return code
    return FAILURE
