"""Facts read by a chat model, and the grounding that every candidate must pass: no words of the user, no fact."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from mem.errors import ModelError
from mem.fact_grammar import TIME_PHRASE
from mem.fact_table import cardinality, relation_name
from mem.fact_times import find_date
from mem.fact_words import SMALL_NUMBER
from mem.following import CUES, follows
from mem.models import ChatModel
from mem.prompts import load_prompt
from mem.records import FactCandidate, Message
from mem.statements import in_earnest, is_text_to_work_on, looks_secret, sentences, stated_part
from mem.text import fold

VALUE_LIMIT_CHARS = 200
TEXT_LIMIT_CHARS = 4_000
ANSWER_TOKENS = 512
STEM_CHARS = 4
FIELDS = ("subject", "predicate", "value", "quote")

SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "facts": {
            "type": "array",
            "maxItems": 8,
            "items": {
                "type": "object",
                "properties": {name: {"type": "string", "maxLength": VALUE_LIMIT_CHARS} for name in FIELDS},
                "required": list(FIELDS),
                "additionalProperties": False,
            },
        }
    },
    "required": ["facts"],
    "additionalProperties": False,
}

# The speaker, as the subject of something or the owner of something.
SPEAKER = re.compile(r"\b(?:i|i'm|i've|i'd|i'll|my|mine|we|we're|we've|our|ours|me|us)\b", re.IGNORECASE)
# What a model calls a predicate of the vocabulary.
SYNONYMS: Mapping[str, str] = {
    **dict.fromkeys(("moved to", "lives at", "lives", "live in", "resides in", "is based in", "location"), "lives in"),
    **dict.fromkeys(("works for", "work at", "employer", "is employed at"), "works at"),
    **dict.fromkeys(("loves", "enjoys", "like", "is fond of", "fond of", "keen on", "is keen on", "fan of"), "likes"),
    **dict.fromkeys(("is a fan of", "is into", "into", "obsessed with", "is obsessed with"), "likes"),
    **dict.fromkeys(("from", "comes from", "is originally from", "originally from"), "is from"),
    **dict.fromkeys(("hates", "does not like", "doesn't like", "can't stand", "cannot stand", "can't bear"), "dislikes"),
    **dict.fromkeys(("doesn't eat", "don't eat", "can't eat", "cannot eat", "avoids"), "does not eat"),
    **dict.fromkeys(("doesn't drink", "don't drink"), "does not drink"),
    **dict.fromkeys(("marrying", "is marrying", "is getting married to", "getting married to"), "engaged to"),
    **dict.fromkeys(("college", "university", "uni", "school", "attends", "goes to school at"), "studies at"),
    **dict.fromkeys(("is allergic to", "allergy", "allergies"), "allergic to"),
    **dict.fromkeys(("job", "occupation", "profession", "is a"), "works as"),
    **dict.fromkeys(("has name", "is called", "is named"), "name"),
    **dict.fromkeys(("speaks fluent", "language", "languages", "is fluent in"), "speaks"),
    **dict.fromkeys(("studying", "is studying"), "studies"),
    **dict.fromkeys(("is married to", "spouse"), "married to"),
    **dict.fromkeys(("is engaged to",), "engaged to"),
    **dict.fromkeys(("takes medication", "medication", "is on"), "takes"),
    **dict.fromkeys(("dietary preference", "dietary restriction", "is vegan", "eats"), "diet"),
    **dict.fromkeys(("has a car", "drives a"), "drives"),
}
WORDS = re.compile(r"[^\W_]+")
SMALL_WORDS = frozenset(("a", "an", "and", "at", "for", "from", "in", "is", "of", "on", "or", "s", "the", "to", "with"))
# Said of what is not, not yet, not surely or no longer so; a model reads over these.
NOT_SO = re.compile(
    r"\b(?:used to|no longer|never|not|might|could|would|should|maybe|perhaps|hop(?:e|ing)|want(?:s|ed)?|plan(?:s|ning)?|will"
    r"|going to|thinking|looking for|formerly|almost|nearly)\b|n't\b|'ll\b|'d\b",
    re.IGNORECASE,
)
NEGATIVE = frozenset(("dislikes", "does not eat", "does not drink"))
USER = re.compile(r"(?:the )?user", re.IGNORECASE)
SOMEBODY = re.compile(r"he|she|they|it|we|you|him|her|them|this|that|who|someone|somebody|everyone|everybody", re.IGNORECASE)
YEARS_OLD = re.compile(rf"(?:\d{{1,2}}|{SMALL_NUMBER})(?: years old)?", re.IGNORECASE)
OWN = re.compile(r"^(?:my|our|the user's) ", re.IGNORECASE)


def gate(text: str) -> bool:
    """Whether the message may hold a fact at all: some sentence states something, and has the speaker in it."""
    words = in_earnest(text)
    if is_text_to_work_on(words):
        return False
    return any(SPEAKER.search(stated_part(words[start:end])) for start, end in sentences(words))


def ground(candidate: FactCandidate, text: str, *, known: Collection[str] = ()) -> str:
    """Why the candidate does not stand on the user's words in `text`; "" where it does. `known`: who may be meant unnamed."""
    if not candidate.value.strip():
        return "the value is empty"
    if len(candidate.value) > VALUE_LIMIT_CHARS:
        return f"the value is longer than {VALUE_LIMIT_CHARS} characters"
    if not candidate.quote.strip() or candidate.quote not in text:
        return "the quote is not in the text"
    # What ends is held already, on words of its own: "we sold the van".
    value = "" if candidate.retracted and candidate.subject == "user" and known else candidate.value
    if value and (missing := [word for word in _content_words(value) if not _occurs(word, candidate.quote)]):
        return f"the quote does not say {' '.join(missing)}"
    if candidate.subject not in known and not _is_known_subject(candidate.subject, text):
        return f"the text does not speak of {candidate.subject or 'anybody'}"
    if looks_secret(f"{candidate.predicate} {candidate.value}") or looks_secret(candidate.quote):
        return "it looks like a secret"
    return ""


def extract_with_model(
    model: ChatModel, text: str, *, said_at: datetime, known: Sequence[FactCandidate] = ()
) -> list[FactCandidate]:
    """The grounded facts that the model reads in `text` beyond those `known`. One call; a malformed answer is a ModelError."""
    text = text[:TEXT_LIMIT_CHARS]
    prompt = (Message("system", load_prompt("extract_facts")), Message("user", f"Message: {text}"))
    found: list[FactCandidate] = []
    taken = {_key(candidate) for candidate in known}
    for item in _items(model.complete_json(prompt, SCHEMA, max_tokens=ANSWER_TOKENS)):
        candidate = _candidate(item, text, said_at)
        before = text[: max(0, text.find(candidate.quote))]
        if ground(candidate, text) or _is_refused(candidate, text) or not follows(candidate, before):
            continue
        if _key(candidate) not in taken and not _is_read_already(candidate, known):
            taken.add(_key(candidate))
            found.append(candidate)
    return found


def _items(answer: Any) -> list[Mapping[str, str]]:
    """The list in the answer, or ModelError: a wrong shape is a failure, not "no facts"."""
    facts = answer.get("facts") if isinstance(answer, Mapping) else answer
    if not isinstance(facts, list):
        raise ModelError("the model's list of facts is malformed; the message is kept, no fact was read; try again later")
    for item in facts:
        if not isinstance(item, Mapping) or not all(isinstance(item.get(name), str) for name in FIELDS):
            raise ModelError("a fact of the model's is incomplete; the message is kept, no fact was read; try again later")
    return facts


def _candidate(item: Mapping[str, str], text: str, said_at: datetime) -> FactCandidate:
    subject, predicate, value = (" ".join(item[name].split()) for name in FIELDS[:3])
    quote = _as_written(item["quote"].strip(), text)
    subject = subject.lower() if USER.fullmatch(subject) else subject
    subject, predicate = OWN.sub("user's ", subject.removeprefix("the ")), fold(predicate).replace("favorite", "favourite")
    predicate = "age" if predicate == "is" and YEARS_OLD.fullmatch(value) else relation_name(SYNONYMS.get(predicate, predicate))
    valid_at = find_date(quote.replace(value, " "), said_at=said_at)
    return FactCandidate(subject, predicate, value, quote, cardinality(predicate), valid_at, found_by="model")


def _as_written(quote: str, text: str) -> str:
    """The quote in the letters of the text, where it differs in case, blanks or apostrophes only; else the quote as it is."""
    if not quote or quote in text:
        return quote
    pattern = r"\s+".join(re.escape(word).replace("'", "['’]?") for word in quote.split())
    match = re.search(pattern, text, re.IGNORECASE)
    return match[0] if match else quote


def _is_refused(candidate: FactCandidate, text: str) -> bool:
    """Whether the quote states nothing, or stands in a sentence that does not: a question, a wish, what others said."""
    quote, value = candidate.quote, candidate.value
    said = re.sub(CUES[candidate.predicate], "", quote, flags=re.IGNORECASE) if candidate.predicate in NEGATIVE else quote
    if NOT_SO.search(said) or TIME_PHRASE.fullmatch(value) or SPEAKER.search(value) or fold(value) == fold(quote):
        return True
    if candidate.subject == "user" and not SPEAKER.search(quote):
        return True
    words = in_earnest(text)
    at = text.find(quote)
    end = at + len(quote)
    blotted = "|" in words[at:end] and "|" not in quote
    around = [(start, stop) for start, stop in sentences(words) if start < end and at < stop]
    return blotted or not around or any(start + len(stated_part(words[start:stop])) <= at for start, stop in around)


def _is_read_already(candidate: FactCandidate, known: Sequence[FactCandidate]) -> bool:
    """Whether patterns have read it: another value for a slot with room for one, or all words of the value, in one or more."""
    own = [one for one in known if fold(one.subject) == fold(candidate.subject)]
    same_slot = any(one.predicate == candidate.predicate for one in own) and candidate.cardinality == "one"
    words = {word for one in own for word in _content_words(one.value)}
    return same_slot or set(_content_words(candidate.value)) <= words


def _key(candidate: FactCandidate) -> tuple[str, str]:
    """Subject and value: within one message the same two under another predicate are the same claim in other words."""
    return fold(candidate.subject), " ".join(_content_words(candidate.value))


def _content_words(text: str) -> list[str]:
    words = WORDS.findall(fold(text))
    return [word for word in words if word not in SMALL_WORDS] or words or [fold(text)]


def _occurs(word: str, quote: str) -> bool:
    """Whether the word stands in the quote, an ending more or less allowed ("cooking" for "cook")."""
    words = WORDS.findall(fold(quote))
    stem = word[: max(STEM_CHARS, len(word) - 3)]
    inflected = len(word) >= STEM_CHARS and not any(sign.isdigit() for sign in word)
    if word in words or f"{word}s" in words or (inflected and any(other.startswith(stem) for other in words)):
        return True
    return not WORDS.search(word) and word in fold(quote)


def _is_known_subject(subject: str, text: str) -> bool:
    """The user, somebody of theirs who is mentioned, or a name that the text has."""
    if fold(subject) == "user":
        return True
    if SOMEBODY.fullmatch(subject):
        return False
    words = _content_words(re.sub(r"^(?:the )?user's? ", "", fold(subject)))
    return bool(subject.strip()) and all(_occurs(word, text) for word in words)
