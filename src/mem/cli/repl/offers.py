"""What may stand after a `/` command, for completion: read once while a line is typed, never while models are loaded."""

from __future__ import annotations

from collections.abc import Iterable

from mem.cli.repl.conversation import Conversation
from mem.cli.repl.registry import Offer
from mem.cli.repl.setting_commands import settable
from mem.config import Config
from mem.text import shorten

MOST = 50
MEANING_CHARS = 50


def session_ids(chat: Conversation) -> Iterable[Offer]:
    """The newest sessions, but the one that is open."""
    found = chat.assistant.sessions(limit=MOST)
    return [Offer("last", "the newest")] + [
        Offer(session.id, shorten(session.title, MEANING_CHARS)) for session in found if session.id != chat.session
    ]


def memory_ids(chat: Conversation) -> Iterable[Offer]:
    """The newest facts, then the newest episodes."""
    facts = [Offer(fact.id, shorten(fact.sentence, MEANING_CHARS)) for fact in chat.assistant.facts()[: -MOST - 1 : -1]]
    return facts + [Offer(each.id, shorten(each.text, MEANING_CHARS)) for each in chat.assistant.episodes(limit=MOST)]


def reviews(chat: Conversation) -> Iterable[Offer]:
    """A yes or a no for each that waits."""
    waiting = chat.assistant.approval.waiting()[:MOST]
    return [Offer(f"{answer} {each.id}", shorten(each.sentence, MEANING_CHARS)) for each in waiting for answer in ("y", "n")]


def models(chat: Conversation) -> Iterable[Offer]:
    """The models that are there."""
    from mem.models.catalog import list_models

    return [Offer(choice.name, choice.why) for choice in list_models(chat.assistant.config.paths.models)]


def settings(chat: Conversation) -> Iterable[Offer]:
    """The settings, with what they mean."""
    fields = Config.__dataclass_fields__
    meanings = {name: str(fields[name].metadata["meaning"]).replace("`", "") for name in settable()}
    return [Offer(name, shorten(meaning, MEANING_CHARS)) for name, meaning in meanings.items()]


def persona(chat: Conversation) -> Iterable[Offer]:
    """What is not a text of the user's own."""
    return [Offer("show", "who mem is"), Offer("off", "nobody in particular")]


def reading(chat: Conversation) -> Iterable[Offer]:
    """Whether an incognito conversation may recall."""
    return [Offer("read", "and recall what is remembered")]
