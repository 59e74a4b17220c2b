"""Makes `src/mem/schemas/` from the records that verbs print: `python tests/json_schemas.py` writes it, a test compares it.

A schema is named like its verb, with `-` between the words: `sessions-search`; where a verb prints more than one thing, each
has its own: `forget-list`.
"""

from __future__ import annotations

import json
import types
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from mem.backup import Backups, Made, Restored
from mem.consolidation import Consolidated, Part
from mem.embedder_switch import EmbedderStatus
from mem.entity_views import Drawing, EntityCount, EntityView
from mem.evaluation.runner import Report
from mem.evaluation.self_probes import SelfEvaluation
from mem.memory_writer import Outcome
from mem.records import (
    Check,
    CoreBlock,
    Episode,
    Event,
    Fact,
    ForgetPlan,
    Hit,
    Message,
    Pending,
    Receipt,
    Remembered,
    Retrieval,
    Route,
    SavedFact,
    Session,
)
from mem.stores.changes import Change, Step
from mem.stores.last_prompt import SentPrompt
from mem.stores.reviews import Review
from mem.stores.session_search import FoundSession
from mem.stores.statistics import Statistics
from mem.stores.uses import Uses

FOLDER = Path(__file__).resolve().parent.parent / "src" / "mem" / "schemas"
DRAFT = "https://json-schema.org/draft/2020-12/schema"
PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}
TEXT, WHOLE, TRUTH = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
ANYTHING: dict[str, Any] = {}
COUNTS = {"type": "object", "additionalProperties": WHOLE}
Schema = dict[str, Any]


class Maker:
    """Schemas of types; those of records are kept once, in `defs`."""

    def __init__(self) -> None:
        self.defs: dict[str, Schema] = {}

    def of(self, kind: Any) -> Schema:
        """The schema of a type as `to_json` writes its values."""
        origin, given = get_origin(kind), get_args(kind)
        if kind is Any:
            return {}
        if kind in PLAIN:
            return {"type": PLAIN[kind]}
        if kind is datetime:
            return {"type": "string", "format": "date-time"}
        if isinstance(kind, type) and issubclass(kind, Path):
            return {"type": "string"}
        if is_dataclass(kind):
            return self._record(kind)
        if origin is Literal:
            return {"enum": list(given)}
        if origin in (Union, types.UnionType):
            return {"anyOf": [self.of(one) for one in given]}
        if isinstance(origin, type) and issubclass(origin, Mapping):
            return {"type": "object", "additionalProperties": self.of(given[1])}
        if isinstance(origin, type) and issubclass(origin, Sequence):
            fixed = origin is tuple and given[-1] is not Ellipsis
            items = {"prefixItems": [self.of(one) for one in given], "items": False} if fixed else {"items": self.of(given[0])}
            return {"type": "array", **items}
        raise TypeError(f"no schema for {kind!r}")

    def _record(self, kind: Any) -> Schema:
        if kind.__name__ not in self.defs:
            self.defs[kind.__name__] = {}  # it may name itself
            hints = get_type_hints(kind)
            properties = {entry.name: self.of(hints[entry.name]) for entry in fields(kind)}
            told = (kind.__doc__ or "").strip().partition("\n")[0]
            self.defs[kind.__name__] = {"description": told, **closed(properties)}
        return {"$ref": f"#/$defs/{kind.__name__}"}

    def with_(self, kind: Any, **more: Schema) -> Schema:
        """A record that is printed with more beside its own fields."""
        hints = get_type_hints(kind)
        return closed({**{entry.name: self.of(hints[entry.name]) for entry in fields(kind)}, **more})


def closed(properties: Mapping[str, Schema]) -> Schema:
    """An object of exactly these fields."""
    return {
        "type": "object", "properties": dict(properties), "required": list(properties), "additionalProperties": False,
    }  # fmt: skip


def list_of(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def one_of(*schemas: Schema) -> Schema:
    return {"anyOf": list(schemas)}


def _ask(make: Maker) -> dict[str, tuple[str, Schema]]:
    review = make.of(Review)
    answered = {
        "session": TEXT, "turn": TEXT, "question": TEXT, "answer": TEXT, "interrupted": TRUTH, "route": make.of(Route),
        "retrieved": list_of(make.of(Hit)), "dropped": list_of(make.of(Hit)), "injected": list_of(TEXT), "sent": TEXT,
        "prompt_tokens": WHOLE, "prompt_parts": COUNTS, "budget_tokens": WHOLE, "remembered": list_of(make.of(SavedFact)),
        "waiting_for_review": list_of(review),
    }  # fmt: skip
    events = [
        closed({"event": {"const": "text"}, "text": TEXT}),
        closed({"event": {"const": "notice"}, "text": TEXT}),
        closed({"event": {"const": "remembered"}, "remembered": make.of(SavedFact)}),
        closed({"event": {"const": "waiting_for_review"}, "review": review}),
        closed({"event": {"const": "error"}, "message": TEXT, "exit_code": WHOLE}),
        closed({"event": {"const": "end"}, **answered}),
    ]
    return {
        "ask": ("A turn: question, answer, what was looked up for it, and what was remembered of it.", closed(answered)),
        "ask-events": (
            "Each line of mem ask --stream-json: pieces of the answer as text, what is told meanwhile, then end or error.",
            one_of(*events),
        ),
    }


def _memory(make: Maker) -> dict[str, tuple[str, Schema]]:
    hit = make.with_(Hit, age=TEXT)
    change = _change(make)
    facts = list_of(make.of(Fact))
    forgotten = closed({"id": TEXT, "kind": TEXT, "item": TEXT, "forgotten_at": make.of(datetime | None)})
    diff = {"added": facts, "ended": facts, "changed": list_of(closed({"before": make.of(Fact), "after": make.of(Fact)}))}
    recall = make.with_(Retrieval)
    recall["properties"]["hits"] = list_of(hit)
    review = make.with_(Review, sentence=TEXT)
    retried = make.with_(Outcome)
    return {
        "recall": ("A search: where was looked, what was found, best first, and what was left out and why.", recall),
        "remember": ("A text filed by hand, and the facts read in it.", make.of(Remembered)),
        "forget": ("What was removed, and how that was checked.", make.of(Receipt)),
        "forget-dry-run": ("What would be removed.", make.of(ForgetPlan)),
        "forget-list": ("What was forgotten, by hashes that can be lifted.", list_of(forgotten)),
        "log": ("Changes, the newest first, with their steps.", list_of(change)),
        "diff": ("Facts that were added, ended or changed.", closed(diff)),
        "undo": (
            "The change that took another back; of a dry run that other, and the steps.",
            one_of(change, closed({"change": change, "steps": list_of(ANYTHING)})),
        ),
        "edit": ("What was edited, as it is now.", one_of(make.of(Fact), make.of(Episode), make.of(CoreBlock))),
        "pin": ("The fact.", make.of(Fact)),
        "review": ("What waits for a yes.", list_of(review)),
        "retry": ("What became of the memory writer's work.", list_of(retried)),
        "why": ("The search behind an answer.", make.of(Retrieval)),
        "consolidate": (
            "What was summarised and merged; without --yes what would be.",
            one_of(
                make.of(Consolidated),
                closed({"before": make.of(datetime), "counts": COUNTS, "parts": list_of(make.of(Part)),
                        "merged": {"type": "object", "additionalProperties": TEXT}}),
            ),
        ),  # fmt: skip
        "reindex": ("How many texts the index holds.", closed({"documents": WHOLE})),
        "stats": ("What is kept, over time.", make.with_(Statistics, extract_tokens_per_day=WHOLE)),
    }


def _change(make: Maker) -> Schema:
    change = make.with_(Change)
    change["properties"]["steps"] = list_of(make.with_(Step, line=TEXT))
    return change


def _inspect(make: Maker) -> dict[str, tuple[str, Schema]]:
    overview = {
        "counts": COUNTS, "core": list_of(make.of(CoreBlock)), "facts": list_of(make.of(Fact)),
        "episodes": list_of(make.of(Episode)), "pending": list_of(make.of(Pending)), "profile": TEXT, "directory": TEXT,
    }  # fmt: skip
    item = {
        "id": TEXT, "episode": make.of(Episode | None), "fact": make.of(Fact | None), "facts": list_of(make.of(Fact)),
        "sources": list_of(make.of(Episode)), "events": list_of(make.of(Event)), "used": make.of(Uses),
    }  # fmt: skip
    turn = {
        "id": TEXT, "messages": list_of(make.of(Message)), "memory": make.of(Episode | None),
        "facts": list_of(make.of(Fact)), "retrieval": make.of(Retrieval | None),
    }  # fmt: skip
    return {
        "inspect": ("An overview of what is remembered.", closed(overview)),
        "inspect-core": ("The blocks that are in every prompt.", list_of(make.of(CoreBlock))),
        "inspect-facts": ("Facts.", list_of(make.of(Fact))),
        "inspect-episodes": ("Memories, the newest first.", list_of(make.of(Episode))),
        "inspect-sessions": ("Conversations, the newest first.", list_of(make.of(Session))),
        "inspect-pending": ("What the memory writer owes.", list_of(make.of(Pending))),
        "inspect-context": ("What was last sent to the model.", make.of(SentPrompt)),
        "inspect-entities": ("Everybody and everything that facts speak of.", list_of(make.of(EntityCount))),
        "inspect-entity": ("What is known about one of them.", make.of(EntityView)),
        "inspect-graph": ("All of them, and how they are joined.", make.of(Drawing)),
        "inspect-item": ("A memory or a fact: source, words, history, use.", closed(item)),
        "inspect-turn": ("A turn: what was said, read and looked up.", closed(turn)),
        "inspect-message": ("A message.", make.of(Message)),
        "inspect-search": ("A search of the ledger.", make.of(Retrieval)),
        "inspect-change": ("A change, with its steps.", _change(make)),
        "inspect-review": (
            "What waits for a yes, and what it was read from.",
            make.with_(Review, sentence=TEXT, source=make.of(Episode | None)),
        ),
    }


def _machine(make: Maker) -> dict[str, tuple[str, Schema]]:
    choice = {"name": TEXT, "kind": {"enum": ["local", "remote", "scripted"]}, "path": make.of(str | None)}
    choice |= {"size_bytes": WHOLE, "why": TEXT}
    info = {
        **choice, "used": TRUTH, "setting": TEXT, "source": TEXT, "licence": TEXT, "sha256": TEXT, "architecture": TEXT,
        "parameters": TEXT, "context_tokens": WHOLE, "memory_bytes": WHOLE, "fits": make.of(bool | None), "offload": TEXT,
        "gpu": TEXT, "key": TEXT, "address": TEXT, "remedy": TEXT,
    }  # fmt: skip
    listed = {"models": list_of(closed({**choice, "used": TRUTH})), "setting": TEXT, "source": TEXT, "problem": TEXT}
    key = {"name": TEXT, "place": {"enum": ["keyring", "file", "environment"]}, "note": TEXT}
    setting = {"name": TEXT, "value": {"type": ["string", "number", "boolean"]}, "source": TEXT, "meaning": TEXT}
    checks = list_of(make.of(Check))
    return {
        "models": ("Chat models that are here, or can be fetched.", closed(listed)),
        "models-info": ("One model.", closed(info)),
        "models-default": ("Which model is used, and what chose it.", closed({"model": TEXT, "source": TEXT})),
        "models-embedder": ("The model that searches by meaning.", make.of(EmbedderStatus)),
        "models-reranker": ("The model that sorts what was found.", closed({"reranker": TEXT, "source": TEXT})),
        "keys": ("Where keys are; never a key.", list_of(closed(key))),
        "config": ("Every setting, and where it comes from.", list_of(closed(setting))),
        "config-get": ("The value of a setting.", setting["value"]),
        "config-check": ("What was looked at in the settings.", checks),
        "profiles": ("Profiles.", list_of(closed({"name": TEXT, "used": TRUTH, "directory": TEXT}))),
        "doctor": ("What was looked at.", checks),
        "backup": ("The backup that was made.", make.of(Made)),
        "backup-list": ("The backups that are known.", make.of(Backups)),
        "restore": ("What was restored.", make.of(Restored)),
        "eval": ("A measurement of retrieval, in shares of 1.", make.of(Report)),
        "eval-self": ("The same on one's own memories.", make.of(SelfEvaluation)),
    }


def _sessions(make: Maker) -> dict[str, tuple[str, Schema]]:
    whole = closed({"session": make.of(Session), "messages": list_of(make.of(Message))})
    return {
        "sessions": ("Conversations, the newest first.", list_of(make.of(Session))),
        "sessions-show": ("A conversation; mem sessions export --format json writes the same.", whole),
        "sessions-search": ("Conversations in which words were said.", list_of(make.of(FoundSession))),
    }


def schemas() -> dict[str, str]:
    """Each schema by its name, as the text of its file."""
    made: dict[str, str] = {}
    for part in (_ask, _memory, _inspect, _sessions, _machine):
        make = Maker()
        for name, (told, schema) in part(make).items():
            whole = {"$schema": DRAFT, "title": f"mem {name.replace('-', ' ')}", "description": told, **schema}
            whole |= {"$defs": _needed(schema, make.defs)} if "$ref" in json.dumps(schema) else {}
            made[name] = json.dumps(whole, indent=1, ensure_ascii=True) + "\n"
    return made


def _needed(schema: Schema, defs: Mapping[str, Schema]) -> dict[str, Schema]:
    """The records that a schema speaks of, and those that they speak of."""
    needed: dict[str, Schema] = {}
    waiting = [json.dumps(schema)]
    while waiting:
        text = waiting.pop()
        for name, definition in defs.items():
            if f'"#/$defs/{name}"' in text and name not in needed:
                needed[name] = definition
                waiting.append(json.dumps(definition))
    return dict(sorted(needed.items()))


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.json"):
        old.unlink()
    for name, text in schemas().items():
        (FOLDER / f"{name}.json").write_text(text, "utf-8")
