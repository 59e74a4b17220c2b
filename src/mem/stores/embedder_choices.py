"""Which embedder made the search index and how to open it again, and a change to another one: in `meta`, as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal

from mem.stores.database import Connection, get_meta, set_meta

CHOICES, SWITCH = "embedder_choices", "embedder_switch"
State = Literal["building", "failed", "switched"]


@dataclass(frozen=True, slots=True)
class EmbedderChoice:
    """What `open_embedder` needs, named as the three settings are."""

    embedder: str
    query_prefix: str = ""
    passage_prefix: str = ""


@dataclass(frozen=True, slots=True)
class Switch:
    """A change of the embedder: under way, failed for a `reason`, or done but for the settings.

    `before` is what the settings were: if they are another thing by now, the user has changed them since.
    """

    to: EmbedderChoice
    before: EmbedderChoice
    state: State = "building"
    done: int = 0
    total: int = 0
    reason: str = ""


def index_fingerprint(connection: Connection) -> str:
    """The embedder that the index was made with; empty where there is no index."""
    return get_meta(connection, "index_fingerprint")


def choice_of(connection: Connection, fingerprint: str) -> EmbedderChoice | None:
    """How to open the embedder with this fingerprint; None where that is not known."""
    return _choices(connection).get(fingerprint)


def remember_choice(connection: Connection, fingerprint: str, choice: EmbedderChoice) -> None:
    """From now on it is known how to open this embedder. Of the others only that of the index is kept."""
    used = index_fingerprint(connection)
    kept = {known: asdict(other) for known, other in _choices(connection).items() if known == used}
    set_meta(connection, CHOICES, json.dumps({**kept, fingerprint: asdict(choice)}))


def read_switch(connection: Connection) -> Switch | None:
    """The change that is under way, has failed, or owes the settings."""
    written = get_meta(connection, SWITCH)
    if not written:
        return None
    values = json.loads(written)
    return Switch(**{**values, "to": EmbedderChoice(**values["to"]), "before": EmbedderChoice(**values["before"])})


def write_switch(connection: Connection, switch: Switch | None) -> None:
    """Sets what `read_switch` returns."""
    set_meta(connection, SWITCH, json.dumps(asdict(switch)) if switch else "")


def _choices(connection: Connection) -> dict[str, EmbedderChoice]:
    written = json.loads(get_meta(connection, CHOICES) or "{}")
    return {fingerprint: EmbedderChoice(**choice) for fingerprint, choice in written.items()}
