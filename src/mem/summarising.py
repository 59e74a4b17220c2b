"""Old turns to a few lines: the user's most telling sentences as they stand, or what a model makes of them.

Each line tells of one thing and is found by itself. What current facts say already is left to them, so that it is known once
and ends where they end; secrets, questions and texts to work on tell nothing that is worth a line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from mem.errors import Interrupted, ModelError
from mem.models import ChatModel
from mem.probe_making import words_of
from mem.prompts import load_prompt
from mem.records import Message
from mem.statements import asks, is_question, is_text_to_work_on, looks_secret, sentences
from mem.stores.derived import distinctive
from mem.stores.passages import ASKED
from mem.stores.summaries import OldTurn
from mem.text import sanitise_line, shorten
from mem.words import stemmed

LINES_A_MESSAGE = 2
LEAST_LEFT = 2  # words that carry meaning, beside what facts quote
LINE_CHARS = 300
QUESTIONS_NAMED, QUESTION_CHARS = 3, 80
SUMMARY_TOKENS = 500
MESSAGE_CHARS = 600
BULLET = re.compile(r"^(?:[-*•]|\d+[.)])\s+")
NAME_OR_NUMBER = re.compile(r"(?<![.!?…:]\s)(?<!^)\b[A-Z][\w'-]+|\w*\d\w*")


def word_frequency(turns: Sequence[OldTurn]) -> Counter[str]:
    """In how many turns each word stands, by its stem."""
    return Counter(stem for turn in turns for stem in stemmed(words_of(turn.text)))


def telling_lines(turns: Sequence[OldTurn], frequency: Mapping[str, int], quotes: Mapping[str, Sequence[str]]) -> list[str]:
    """The most telling sentences of each message, oldest first, each thing once; last, what was asked.

    `quotes`: by episode, the words that current facts were read from.
    """
    lines: list[str] = []
    told: list[frozenset[str]] = []
    asked: list[str] = []
    for turn in turns:
        if is_question(turn.text):
            asked.append(shorten(turn.text, QUESTION_CHARS))
            continue
        for line in _lines_of(turn.text, frequency, quotes.get(turn.episode, ())):
            words = stemmed(words_of(line))
            if not any(words <= other for other in told):
                lines.append(line)
                told.append(words)
    if asked and not looks_secret(" ".join(asked)):
        lines.append(ASKED + " ".join(dict.fromkeys(asked[-QUESTIONS_NAMED:])))
    return lines


def written_lines(model: ChatModel, turns: Sequence[OldTurn], extracted: Sequence[str]) -> list[str]:
    """What the model makes of the turns, without what does not stand in them and with each name and number that does; the
    extracted lines where it fails."""
    said = [shorten(turn.text, MESSAGE_CHARS) for turn in turns if not looks_secret(turn.text)]
    prompt = [Message("system", load_prompt("consolidate")), Message("user", "\n".join(f"- {text}" for text in said))]
    try:
        reply = "".join(chunk.text for chunk in model.stream(prompt, max_tokens=SUMMARY_TOKENS))
    except Interrupted:
        raise
    except ModelError:
        return list(extracted)
    known = _all_stems(" ".join(turn.text for turn in turns))
    written = [BULLET.sub("", sanitise_line(line)) for line in reply.splitlines()]
    kept = [line for line in dict.fromkeys(written) if line and distinctive(line) <= known and not looks_secret(line)]
    if not kept:
        return list(extracted)
    told = _all_stems(" ".join(kept))
    return kept + [line for line in extracted if not stemmed(NAME_OR_NUMBER.findall(line)) <= told]


def _lines_of(text: str, frequency: Mapping[str, int], quotes: Sequence[str]) -> list[str]:
    """At most LINES_A_MESSAGE sentences of a message, those with the rarest words, in their order."""
    if is_text_to_work_on(text):
        return []
    said = [text[start:end] for start, end in sentences(text)]
    if not said and not looks_secret(text):
        return [shorten(text, LINE_CHARS)]
    stated = [one for one in said if not asks(one) and not looks_secret(one) and _tells(one, quotes)]
    best = sorted(stated, key=lambda one: -sum(1 / max(1, frequency[stem]) for stem in stemmed(words_of(one))))
    chosen = best[:LINES_A_MESSAGE]
    return [shorten(one, LINE_CHARS) for one in stated if one in chosen]


def _tells(sentence: str, quotes: Sequence[str]) -> bool:
    """Whether a sentence has words that carry meaning, and more than those that facts quote."""
    left = sentence
    for quote in quotes:
        left = "" if left in quote else left.replace(quote, " ")
    return len(stemmed(words_of(left))) >= (1 if left == sentence else LEAST_LEFT)


def _all_stems(text: str) -> frozenset[str]:
    return stemmed(re.findall(r"[^\W_]+", text))
