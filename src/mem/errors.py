"""What can go wrong, as one tree; each message says what happened, what was kept and what to do next.

    MemError
    ├── InputError            the request cannot be understood or is refused            exit 2
    │   └── ConfigError       a setting, profile name or config file is wrong
    ├── NotFound              no item with that id, nothing that matches                exit 3
    ├── ModelError            the chat model or the embedder cannot answer              exit 4
    │   ├── ModelMissing      no such file, package or name
    │   ├── ModelRefused      wrong key, forbidden, quota
    │   ├── ModelUnreachable  server down, timeout, connection lost
    │   ├── ContextOverflow   the prompt is larger than the context window
    │   └── Interrupted       the caller stopped it; what came so far was kept
    ├── StoreError            the profile's files cannot be used                        exit 5
    │   ├── StoreBusy         another process holds the lock for too long
    │   ├── StoreDamaged      a file fails its check; it was left, or set aside, not removed
    │   └── StoreTooNew       written by a newer version of mem
    └── ToolError             the model called a tool wrongly; the text is for the model
"""


class MemError(Exception):
    """Anything the user should read as one line; never a traceback."""


class InputError(MemError):
    """The request cannot be understood, or is refused as it stands."""


class ConfigError(InputError):
    """A setting, a profile name or the config file is wrong."""


class NotFound(MemError):
    """There is no item with that id, or nothing that matches."""


class ModelError(MemError):
    """The chat model or the embedder cannot answer."""


class ModelMissing(ModelError):
    """No such model file, package or name."""


class ModelRefused(ModelError):
    """The server answered, and said no: wrong key, forbidden, quota."""


class ModelUnreachable(ModelError):
    """The server is down, too slow, or the connection broke."""


class ContextOverflow(ModelError):
    """The prompt is larger than the model's context window."""


class Interrupted(ModelError):
    """The caller stopped the model; what came so far was kept."""


class StoreError(MemError):
    """The profile's files cannot be used."""


class StoreBusy(StoreError):
    """Another process has held the profile's lock for too long."""


class StoreDamaged(StoreError):
    """A file failed its check. Nothing is removed: the database is left as it is, an index is set aside."""


class StoreTooNew(StoreError):
    """The profile was written by a newer version of mem."""


class ToolError(MemError):
    """The model called a tool wrongly; the text tells it what to do instead."""
