"""How well each document answers a query: words, meaning and what stands around it, as one number. Pure; no I/O.

Evidence is measured in one unit: a match of the rarest word there can be counts 1, and so does the same meaning. Both
signals are scaled by bounds of their own, not by what else was found, so that neither drowns the other when it has nothing
to say, and the sum means the same among ten documents and among a million: a convex combination, as in Bruch, Gai and
Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval" (ACM TOIS 2023), with theoretical bounds.

Words are scored by BM25F (Robertson, Zaragoza and Taylor, "Simple BM25 Extension to Multiple Weighted Fields", CIKM 2004):
a document's fields are its own statements, its own questions, and the documents before and after it in the session, each
with a weight on its counts *before* these saturate. So a word said next door helps, once; and the words of a question are
an index to the answer after it, more than to itself.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mem.models.calibration import Calibration
from mem.records import Candidate, Document
from mem.words import STOP_WORDS, stem

# Trotman, Puurula and Burgess, "Improvements to BM25 and Language Models Examined" (ADCS 2014): Lucene's .75 punishes
# long documents too much where lengths differ as much as in talk.
SATURATION, LENGTH_SHARE = 0.9, 0.4
PHANTOMS = 20  # documents without any of the words that rarity is reckoned among too, so that it means something among three
AROUND = (0.3, 0.15)  # the weight of what stands one and two places away in the session
FURTHER_TURN = 0.2  # of what a session's turn before it counts; measured: from .1 to .3 the same (LoCoMo)
REACH = 3  # how far around the best is looked
OWN_QUESTION = 0.3
ANSWERED_QUESTION = 1.0  # ... of a question in what stands right after it
LETTERS = re.compile(r"(?:[A-Za-z0-9][^A-Za-z0-9]*){3}")
SENTENCE_END = re.compile(r"(?<=[.!?…])[\"')\]]*\s+")
WORD = re.compile(r"[^\W_]+")
END = "\0"  # between texts
WORD_OR_END = re.compile(rf"[^\W_]+|{END}")
APART = {code: " " for code in range(128) if not chr(code).isalnum() and chr(code) != END}

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Around = tuple[float, Places, Places]  # a weight, and for each candidate the number of one before and one after it, or -1


@dataclass(frozen=True, slots=True)
class Stages:
    """What a ranking uses; all of it, unless an evaluation wants to know what each part gives."""

    words: bool = True
    meaning: bool = True
    neighbours: bool = True
    questions: bool = True
    time: bool = True


EVERYTHING = Stages()


@dataclass(frozen=True, slots=True)
class Evidence:
    """For each candidate: `score` ranks; `relevance`, 0 to 1, is how much of the query it covers: whether to speak at all."""

    score: Numbers
    relevance: Numbers
    rarities: Mapping[str, float]


def query_stems(query: str) -> tuple[str, ...]:
    """The stems that carry the query's meaning, each once."""
    return tuple(dict.fromkeys(stem(word) for word in WORD.findall(query.lower()) if word not in STOP_WORDS))


def rarity(frequencies: Mapping[str, int], documents: int) -> dict[str, float]:
    """How much each stem tells, 0 to 1, that stands in so many of these documents: its inverse document frequency among
    the candidates, as a share of that of a stem in none of them.

    Among the candidates, not the whole store: measured the same (LoCoMo), and it costs nothing. In Lucene's form, which is
    never negative.
    """
    total = documents + PHANTOMS
    highest = math.log(1 + (total + 0.5) / 0.5)
    return {
        one: math.log(1 + (total - frequency + 0.5) / (frequency + 0.5)) / highest for one, frequency in frequencies.items()
    }


def weigh(
    candidates: Sequence[Candidate],
    surrounded: Set[int],
    query: str,
    calibration: Calibration,
    *,
    stages: Stages = EVERYTHING,
) -> Evidence:
    """The evidence of each candidate. `surrounded`: the `seq` of those of which all that stands within REACH of them in the
    session is among the candidates; of others it is not known what they are next to."""
    stems = query_stems(query)
    stated, asked = _count([candidate.document for candidate in candidates], stems, stages)
    around = _neighbours(candidates, surrounded) if stages.neighbours else []
    counts = _spread_words(stated, asked, around)
    told = np.count_nonzero(stated + asked, axis=0).tolist()
    rarities = rarity(dict(zip(stems, told, strict=False)), len(candidates))
    weights = np.array([rarities[one] for one in stems])
    words = _bm25f(counts[:, :-1], counts[:, -1], weights) if stages.words else np.zeros(len(candidates))
    asking = asked[:, -1] / np.maximum(1.0, stated[:, -1] + asked[:, -1])
    meaning = _spread(_meaning(candidates, calibration), asking, around) if stages.meaning else np.zeros(len(candidates))
    covered = np.minimum(1.0, counts[:, :-1]) @ weights / (weights.sum() or 1.0)
    own = [0.5 if candidate.distance is not None else 0.0 for candidate in candidates]
    relevance = (1 - np.array(own)) * covered + np.array(own) * np.clip(meaning, 0, 1)
    return Evidence(words + meaning, relevance, rarities)


def _count(documents: Sequence[Document], stems: Sequence[str], stages: Stages) -> tuple[Numbers, Numbers]:
    """How often each stem is in the statements of each document and in its questions, with their lengths last.

    What the user asks the assistant counts as stated: it is their own words, and the answer hardly says more about them.
    All texts are cut into words at once, as one by one they take a tenth of a search.
    """
    texts: list[str] = []
    fields: list[int] = []
    for number, document in enumerate(documents):
        told = document.part == "user" or not stages.questions
        for sentence in SENTENCE_END.split(document.text) if "?" in document.text else [document.text]:
            texts.append(sentence.replace(END, " "))
            fields.append(2 * number + (not told and sentence.rstrip("\"')] ").endswith("?")))
    words = _words(f" {END} ".join(texts).lower())
    length, stop, end, width = len(stems), len(stems) + 1, len(stems) + 2, len(stems) + 3
    codes = _codes(set(words), stems) | {END: end} | dict.fromkeys(STOP_WORDS, stop)
    coded = np.fromiter(map(codes.__getitem__, words), np.int64, len(words))
    cells = np.array(fields, np.int64)[np.cumsum(coded == end)] * width + coded if len(words) else coded
    counts = np.bincount(cells, minlength=2 * len(documents) * width).reshape(-1, width).astype(float)
    counts[:, length] += counts[:, :length].sum(axis=1)
    return counts[0::2, :stop], counts[1::2, :stop]


def _words(text: str) -> list[str]:
    """What WORD_OR_END finds; in English three times as quickly."""
    return text.translate(APART).split() if text.isascii() else WORD_OR_END.findall(text)


def _codes(words: Set[str], stems: Sequence[str]) -> dict[str, int]:
    """The place of each word's stem among these, or their number."""
    places = {one: place for place, one in enumerate(stems)}
    firsts = {one[0] for one in stems}
    codes = dict.fromkeys(words, len(stems))
    for word in words:
        if word[0] in firsts and (place := places.get(stem(word))) is not None:
            codes[word] = place
    return codes


def _bm25f(counts: Numbers, lengths: Numbers, weights: Numbers) -> Numbers:
    average = float(lengths.mean()) if lengths.any() else 1.0
    normal = SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * lengths / average)
    return (counts * (SATURATION + 1) / (counts + normal[:, None] + 1e-9)) @ weights


def _says_something(text: str) -> bool:
    """Whether an embedder can tell what a text means: of a letter or two all that it can tell is that they are short."""
    return text[2:3].isalnum() and text[:2].isalnum() or LETTERS.search(text) is not None or not text.isascii()


def _meaning(candidates: Sequence[Candidate], calibration: Calibration) -> Numbers:
    """The cosine of each, from what unrelated texts have (0) to what a question and its answer have at best (1)."""
    known = [one.distance if _says_something(one.document.text) else None for one in candidates]
    cosines = np.array([calibration.unrelated if distance is None else 1.0 - distance for distance in known], float)
    return (cosines - calibration.unrelated) / (calibration.same - calibration.unrelated)


def _spread_words(stated: Numbers, asked: Numbers, around: Sequence[Around]) -> Numbers:
    """Counts of the fields together, each with its weight."""
    counts = stated + OWN_QUESTION * asked
    for step, (share, before, after) in enumerate(around):
        counts = counts + share * (_taken(stated + asked, before) + _taken(stated + asked, after))
        if step == 0:
            counts = counts + (ANSWERED_QUESTION - share) * _taken(asked, before)
    return counts


def _spread(values: Numbers, asking: Numbers, around: Sequence[Around]) -> Numbers:
    """The same for meaning, of which a question has the share `asking`; what is unlike the query takes nothing away."""
    positive = np.maximum(0.0, values)
    total = values - (1 - OWN_QUESTION) * asking * values
    for step, (share, before, after) in enumerate(around):
        total = total + share * (_taken(positive, before) + _taken(positive, after))
        if step == 0:
            total = total + (ANSWERED_QUESTION - share) * _taken(positive * asking, before)
    return total


def _taken(values: Numbers, places: Places) -> Numbers:
    """`values` at `places`; zero where the place is -1."""
    padded = np.concatenate([values, np.zeros((1, *values.shape[1:]))])
    return padded[places]


def best_passages(candidates: Iterable[Candidate], calibration: Calibration) -> list[Candidate]:
    """Each document once, by the passage that has the most of the query's words and meaning: the others cannot drown it."""
    known = list({(one.document.seq, one.document.text): one for one in candidates}.values())
    best: dict[int, tuple[float, Candidate]] = {}
    for candidate, own in zip(known, _own(known, calibration), strict=True):
        held = best.get(candidate.document.seq)
        if held is None or own > held[0]:
            best[candidate.document.seq] = float(own), candidate
    return [candidate for _, candidate in best.values()]


def most_promising(candidates: Sequence[Candidate], calibration: Calibration, *, limit: int) -> list[Candidate]:
    """The best by their own words and meaning: those worth a look at what stands around them."""
    return [candidates[place] for place in np.argsort(-_own(candidates, calibration), kind="stable")[:limit]]


def _own(candidates: Sequence[Candidate], calibration: Calibration) -> Numbers:
    highest = max((candidate.words for candidate in candidates), default=0.0) or 1.0
    return np.array([candidate.words / highest for candidate in candidates], float) + _meaning(candidates, calibration)


def _neighbours(candidates: Sequence[Candidate], surrounded: Set[int]) -> list[Around]:
    """What stands one place away, and two, where it is known that nothing stands in between."""
    numbers = {session: number for number, session in enumerate({one.document.session for one in candidates} - {""})}
    session = np.array([numbers.get(one.document.session, -1) for one in candidates], np.int64)
    seq = np.array([one.document.seq for one in candidates], np.int64)
    order = np.lexsort((seq, session))
    session, seq = session[order], seq[order]
    centres = np.flatnonzero(np.isin(seq, list(surrounded)) & (session >= 0))
    linked = np.zeros(len(order), bool)  # each to the next one in its session
    places = (centres[:, None] + np.arange(-REACH, REACH)).ravel()
    own = np.repeat(session[centres], 2 * REACH)
    within = (places >= 0) & (places < len(order) - 1)
    places, own = places[within], own[within]
    linked[places[(session[places] == own) & (session[places + 1] == own)]] = True
    around: list[Around] = []
    chain = linked
    for step, share in enumerate(AROUND, start=1):
        before, after = np.full((2, len(order)), -1, np.int64)
        first = np.flatnonzero(chain)
        before[order[first + step]], after[order[first]] = order[first], order[first + step]
        around.append((share, before, after))
        chain = chain & np.append(linked[step:], np.zeros(step, bool))[: len(linked)]
    return around


def best_sessions(turns: Iterable[tuple[str, float]]) -> list[str]:
    """Sessions, best first, by the scores of their turns, given as pairs of a session and a score in any order.

    The best turn decides, and what else was found in a session breaks near ties: each further turn counts FURTHER_TURN of
    the one before it, as in rank-biased precision (Moffat and Zobel, ACM TOIS 2008), so that a long session is not better for
    being long.
    """
    scores: dict[str, list[float]] = defaultdict(list)
    for session, score in turns:
        scores[session].append(score)
    worth = {
        session: sum(max(0.0, score) * FURTHER_TURN**place for place, score in enumerate(sorted(found, reverse=True)))
        for session, found in scores.items()
    }
    return sorted(worth, key=lambda session: -worth[session])
