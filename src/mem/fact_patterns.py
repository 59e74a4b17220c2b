"""Which facts a message states, read with regular expressions: no model, and rather nothing than something wrong.

A text is read sentence by sentence, a sentence clause by clause; `statements` refuses what states nothing. A clause is a
subject and a row of `VERBS` (or of `POSSESSIONS`, after "my …" or "Ada's …"); what follows "and" without a subject keeps the
last one.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import dateparser

from mem.fact_grammar import (
    ADJUNCT,
    AFTER_NAME,
    AGED,
    ALSO_HAS,
    CLAUSE_START,
    CONNECTOR,
    FAMILY,
    HE,
    IS_MINE,
    ITS_NAME,
    KINSHIP,
    MENTION,
    MORE_ITEMS,
    NAMED_AT_ONCE,
    NO_PLACE,
    NO_WORDS,
    NOT_A_NAME,
    OF_SPEAKER,
    ONCE_ONLY,
    ONLY_GREETING,
    OPENER,
    RECENT,
    SELF_NAMING,
    SHE,
    SMALL_WORD,
    STOPS,
    SUBJECT,
    TIME_LEAD,
    TIME_PHRASE,
    TOGETHER,
    UNSAID,
    VALUE_GROUPS,
    WHO,
    WORDS_AND_NAMES,
)
from mem.fact_table import POSSESSIONS, VERBS, Pattern, cardinality, relation_name
from mem.fact_words import MONTH
from mem.records import FactCandidate, TimeRange
from mem.statements import (
    STOP_MARK,
    UPPER,
    is_text_to_work_on,
    looks_secret,
    own_words,
    sentences,
    stated_part,
    with_apostrophes,
)
from mem.time_ranges import find_time_range


@dataclass(frozen=True, slots=True)
class Told:
    """When something was so: from, and up to."""

    since: datetime | None = None
    until: datetime | None = None


def find_facts(
    text: str, *, said_at: datetime, names: Collection[str] = (), focus: Mapping[str, str] | None = None
) -> list[FactCandidate]:
    """The facts that `text` plainly states, in its order.

    `names` are people already known, whom a bare name may mean; where it is a mapping, it tells what each is to the user.
    `focus` has those spoken of just before, whom "she" or "he" may mean, in the same way.
    """
    return _read(text, said_at, names, focus).found


def find_focus(text: str, *, said_at: datetime, names: Collection[str] = ()) -> dict[str, str]:
    """Whom a "she" or "he" in the next message may mean, with what each is to the user."""
    return _read(text, said_at, names, None).introduced


def _read(text: str, said_at: datetime, names: Collection[str], focus: Mapping[str, str] | None) -> _Reader:
    words, added = with_apostrophes(own_words(text))
    reader = _Reader(text, words, added, said_at, names)
    reader.introduced |= focus or {}
    if not is_text_to_work_on(words):
        for start, end in sentences(words):
            reader.read(start, end)
    return reader


class _Reader:
    """Reads one message; knows who was introduced so far, so that "she" and bare names can be resolved."""

    def __init__(self, text: str, words: str, added: list[int], said_at: datetime, names: Collection[str]) -> None:
        self.found: list[FactCandidate] = []
        self.introduced: dict[str, str] = {}  # subject -> its relation to the user
        self._text = text
        self._words = words
        self._added = added
        self._said_at = said_at
        self._names = dict(names) if isinstance(names, Mapping) else dict.fromkeys(names, "")
        self._opened_at: datetime | None = None
        self._once = False
        self._sentence, self._offset = "", 0
        self._lower = words == words.lower()

    def read(self, start: int, end: int) -> None:
        """Adds what the sentence from `start` to `end` states."""
        sentence = stated_part(self._words[start:end])
        if not sentence:
            return
        sentence = STOPS.sub(STOP_MARK, sentence)
        self._sentence, self._offset, self._opened_at = sentence, start, None
        self._read_family()
        self._read_mentions()
        done = -1
        for clause in CLAUSE_START.finditer(sentence):
            if clause.end() >= done and self._begins_clause(clause):
                done = max(done, self._read_clause(clause.end()))
        self._forget_the_ambiguous()

    def _begins_clause(self, clause: re.Match[str]) -> bool:
        """Not after "Dad:", nor within "Ada and Tom"."""
        if clause[0].startswith(":"):
            return bool(re.search(rf"[\s{STOP_MARK}]", self._sentence[: clause.start()]))
        following = self._sentence[clause.end() : clause.end() + 2]
        within = "and" in clause[0] and following[:1].isupper() and following not in OF_SPEAKER
        return not (within and AFTER_NAME.search(self._sentence, 0, clause.start()))

    def _read_family(self) -> None:
        """Reads "two kids, Finn (9) and Poppy (6)"."""
        for match in FAMILY.finditer(self._sentence):
            kind = match["kind"].lower()
            relation = {"boys": "son", "girls": "daughter", "puppies": "puppy", "grandkids": "grandchild"}.get(kind)
            relation = relation or relation_name(kind if kind in ("children", "kids") else kind.removesuffix("s"))
            if relation in ("twin", "grandchildren", "goldfish"):
                relation = {"twin": "child", "grandchildren": "grandchild"}.get(relation, relation)
            for name in re.split(r",? and |,? & |, ", match["names"].replace(STOP_MARK, " ")):
                name = re.sub(AGED + "$", "", name.strip())
                self.introduced[name] = relation
                self._add("user", relation, name, match.start(), match.end())
        for pattern in (ALSO_HAS, IS_MINE):
            for match in pattern.finditer(self._sentence):
                self.introduced[match["name"]] = relation_name(match["kind"])
                self._add("user", relation_name(match["kind"]), match["name"], match.start(), match.end())
        for match in TOGETHER.finditer(self._sentence):
            predicate = f"{match['how'].lower()} to"
            self._add("user", predicate, match["name"] or match["other"], match.start(), match.end())

    def _read_mentions(self) -> None:
        """Reads "my sister Ada" wherever it stands, and what follows it after "who"."""
        for match in MENTION.finditer(self._sentence):
            relation, name = relation_name(match["relation"]), match["name"]
            whose = self._owner(match)
            if whose == "user":
                self.introduced[name or f"user's {relation}"] = relation
            if not name or not whose or NOT_A_NAME.match(name):
                continue
            self._add(whose, relation, name, match.start(), match.end())
            self.introduced.setdefault(name, relation)
            if who := WHO.match(self._sentence, match.end()):
                self._read_predicates(name, match.start(), who.end(), VERBS)
        naming = ITS_NAME.search(self._sentence)
        nameless = [who for who in self.introduced if who.startswith("user's ")]
        if naming and len(nameless) == 1 and len(self.introduced) == 1 and not NOT_A_NAME.match(naming["name"]):
            relation = self.introduced.pop(nameless[0])
            self.introduced[naming["name"]] = relation
            self._add("user", relation, naming["name"], naming.start(), naming.end())

    def _owner(self, mention: re.Match[str]) -> str:
        """Whose relative is spoken of, or ""."""
        if mention["mine"]:
            return "user"
        if mention["hers"]:
            return self._person(not_this=HE if mention["hers"].lower() == "her" else SHE)
        owner = str(mention["owner"])
        return owner if owner in self._names or owner in self.introduced else ""

    def _read_clause(self, start: int) -> int:
        """Reads the clause that begins at `start`; where reading stopped, 0 where there was nothing to read."""
        opener = OPENER.match(self._sentence, start)
        begin = opener.end() if opener else start
        self._opened_at = find_date(self._sentence[start:begin], said_at=self._said_at)
        self._once = bool(ONCE_ONLY.search(self._sentence[start:begin]))
        first = start if self._opened_at or self._once else begin
        is_first = ONLY_GREETING.fullmatch(self._words, 0, self._offset + start)
        at_once = NAMED_AT_ONCE if is_first else ()
        end = self._read_predicates("user", start, start, SELF_NAMING) or self._read_predicates(
            "user", first, begin, (*SELF_NAMING, *at_once)
        )
        subject = SUBJECT.match(self._sentence, begin)
        if self._sentence.startswith("new ", begin):  # "new address is …"
            return end or self._read_predicates("user", first, begin, POSSESSIONS)
        if end:
            return end
        unsaid = UNSAID.match(self._sentence, begin) if start == 0 else None
        if subject is None or unsaid:
            who, after = ("user", unsaid.end()) if unsaid else self._name_written_small(begin)
            return self._read_about(who, first, after)
        if subject["possessor"] or subject["relation"]:
            end = self._read_predicates("user", first, begin + (2 if self._sentence[begin] in "mM" else 3), POSSESSIONS)
        return end or self._read_about(self._who(subject), first, subject.end())

    def _read_about(self, who: str, first: int, after: int) -> int:
        """Reads what is said of `who`, whose mention ends at `after`."""
        end = 0
        if who and self._sentence.startswith("'s ", after):
            end = self._read_predicates(who, first, after + len("'s"), POSSESSIONS)
        return end or (self._read_predicates(who, first, after, VERBS) if who else 0)

    def _who(self, subject: re.Match[str]) -> str:
        """The subject's name in a fact, or "" where it is nobody known for sure."""
        if subject["speaker"]:
            return "user"
        if relation := subject["relation"] or subject["bare"]:
            relation = relation_name(relation)
            who = subject["name"] or f"user's {relation}"
            self.introduced[who] = relation
            return who
        if subject["pronoun"]:
            return self._person(not_this=SHE if subject["pronoun"].lower() == "he" else HE)
        other = subject["other"] or ""
        has_birthday = self._sentence.startswith("'s birthday", subject.end()) and not NOT_A_NAME.match(other)
        return self._known(other) if other in self.introduced or other in self._names or has_birthday else ""

    def _name_written_small(self, begin: int) -> tuple[str, int]:
        """Somebody known whose name begins at `begin` without a capital, and where it ends; "" for nobody."""
        word = SMALL_WORD.match(self._sentence, begin)
        if word is None or len(word[0]) < 3 or word[0] in WORDS_AND_NAMES:
            return "", begin
        for name in (*self.introduced, *self._names):
            if name.lower() == word[0]:
                return self._known(name), word.end()
        return "", begin

    def _known(self, name: str) -> str:
        """A name that stands for somebody known: from here on "she" may mean them."""
        self.introduced.setdefault(name, self._names.get(name, ""))
        return name

    def _person(self, *, not_this: re.Pattern[str]) -> str:
        """The one person introduced that "he" or "she" can mean, or ""."""
        fitting = [who for who, relation in self.introduced.items() if not not_this.search(relation)]
        return fitting[0] if len(fitting) == 1 else ""

    def _read_predicates(self, who: str, start: int, position: int, rows: tuple[Pattern, ...]) -> int:
        """Reads what is said of `who` from `position` on, "and" after "and"; where reading stopped, 0 for nothing."""
        end = 0
        opened_at, once = self._opened_at, self._once
        while found := self._first(rows, position):
            pattern, match = found
            adjunct = ADJUNCT.match(self._sentence, match.end())
            end = adjunct.end() if adjunct else match.end()
            told = self._times(pattern, match, start, end, opened_at)
            if told is None or (once and not pattern.past and pattern.dated):
                break
            last_value, stated_to = self._add_values(who, pattern, match, start, told)
            end = max(end, stated_to)
            who = self._next_subject(who, pattern, match, last_value)
            connector = CONNECTOR.match(self._sentence, end)
            if connector is None or not who:
                break
            position, rows, opened_at, once = connector.end(), VERBS, None, False
        return end

    def _first(self, rows: tuple[Pattern, ...], position: int) -> tuple[Pattern, re.Match[str]] | None:
        for pattern in rows:
            match = pattern.regex.match(self._sentence, position)
            if match and _is_clear(match, lower=self._lower):
                return pattern, match
        return None

    def _times(
        self, pattern: Pattern, match: re.Match[str], start: int, end: int, opened_at: datetime | None
    ) -> Told | None:
        """From when, or up to when, it is told to be so; None where it is told of the last few weeks only."""
        if not pattern.dated:
            return Told()
        if pattern.past:
            return self._times_gone_by(start, end)
        value_start, value_end = match.span(_value_group(match))
        around = f"{self._sentence[match.start() : value_start]} {self._sentence[value_end:end]}"
        when = find_date(around, said_at=self._said_at) or opened_at
        return Told(until=when) if pattern.retracted else Told(since=when)

    def _times_gone_by(self, start: int, end: int) -> Told | None:
        rest = re.match(r"[^,;:–—(]*", self._sentence[end:])
        told = self._sentence[start : end + (rest.end() if rest else 0)].replace(STOP_MARK, " ")
        found = find_time_range(told, now=self._said_at) or TimeRange(None, None)
        since, until = (moment and moment.astimezone(UTC) for moment in (found.start, found.end))
        if since and since > self._said_at - RECENT:
            return None
        return Told(since, until if until and until < self._said_at else None)

    def _add_values(self, who: str, pattern: Pattern, match: re.Match[str], start: int, told: Told) -> tuple[str, int]:
        """Adds the facts of one row; the value, and where its quote ends."""
        predicate = _predicate(pattern, match)
        values, end = [match[_value_group(match)]], match.end()
        if pattern.several and (more := MORE_ITEMS.match(self._sentence, end)):
            values += [*filter(None, (item.strip() for item in more["middle"].split(","))), more["last"]]
            end = more.end()
        time = TIME_PHRASE.search(self._sentence, end) if told != Told() else None
        if time and "," not in self._sentence[end : time.start()]:
            end = time.end()
        for value in values:
            self._add(who, predicate, value, start, end, told, retracted=pattern.retracted)
        if employer := match.groupdict().get("employer"):
            self._add(who, "works at", employer, start, end, told, retracted=pattern.retracted)
        if field := match.groupdict().get("field"):
            self._add(who, "studies", field, start, end, told, retracted=pattern.retracted)
        if left := match.groupdict().get("left"):
            self._add(who, predicate, left, start, end, Told(until=told.since), retracted=True)
        return values[0], end

    def _next_subject(self, who: str, pattern: Pattern, match: re.Match[str], value: str) -> str:
        """Who a following "and …" is about: the same, the person just named, or "" for nobody."""
        predicate = _predicate(pattern, match)
        if KINSHIP.fullmatch(predicate) and not pattern.retracted:
            self.introduced.pop(f"user's {predicate}", None)
            self.introduced[value] = predicate
            return value
        return who if pattern in VERBS or predicate == "name" else ""

    def _add(
        self, who: str, predicate: str, value: str, start: int, end: int, told: Told | None = None, *, retracted: bool = False
    ) -> None:
        value = " ".join(value.split()).removesuffix("'s").rstrip(".'")
        quote = self._text[self._place(start) : self._place(end)].strip()
        if value not in quote:
            value = value.replace("'", "")
        if predicate == "name" and any((fact.subject, fact.predicate) == (who, "name") for fact in self.found):
            predicate = "nickname"
        known = {(fact.subject, fact.predicate, fact.value.casefold()) for fact in self.found}
        if value and not looks_secret(value) and (who, predicate, value.casefold()) not in known:
            told = told or Told()
            self.found.append(
                FactCandidate(
                    who, predicate, value, quote, cardinality(predicate), told.since, retracted, invalid_at=told.until
                )
            )

    def _place(self, at: int) -> int:
        """Where in the text as it was written something in the sentence stands."""
        return self._offset + at - bisect_left(self._added, self._offset + at)

    def _forget_the_ambiguous(self) -> None:
        """Once anybody else is named, "she" is nobody for sure."""
        told = {word for fact in self.found for word in f"{fact.subject} {fact.value}".split()}
        told |= {word for who in self.introduced for word in who.split()}
        others = [word for word in re.findall(rf"(?<=\s)[{UPPER}][\w-]+", self._sentence) if word not in told]
        if any(not NOT_A_NAME.match(word) and not re.fullmatch(MONTH, word) for word in others):
            self.introduced.clear()


def find_date(text: str, *, said_at: datetime) -> datetime | None:
    """The first time that `text` names ("in May", "since 2019"), in UTC; a month alone is the latest before `said_at`."""
    match = TIME_PHRASE.search(text)
    if match is None:
        return None
    phrase = " ".join(TIME_LEAD.sub("", match[0]).lower().split()).replace("a couple of", "2").replace(" of ", " ")
    settings: dict[str, object] = {"RELATIVE_BASE": said_at.replace(tzinfo=None), "PREFER_DATES_FROM": "past"}
    if "ago" not in phrase:
        settings |= {"PREFER_DAY_OF_MONTH": "first", "PREFER_MONTH_OF_YEAR": "first"}
    found: datetime | None = dateparser.parse(phrase, languages=["en"], settings=settings)
    if found is None or found > said_at.replace(tzinfo=None):
        return None
    return found.replace(tzinfo=said_at.tzinfo).astimezone(UTC)


def _predicate(pattern: Pattern, match: re.Match[str]) -> str:
    return pattern.predicate or " ".join(match["predicate"].lower().replace("favorite", "favourite").split())


def _value_group(match: re.Match[str]) -> str:
    return next(name for name in VALUE_GROUPS if match.groupdict().get(name))


def _is_clear(match: re.Match[str], *, lower: bool) -> bool:
    """Whether the value is one of its kind. In small letters a name needs "called" before it, unless all is written small."""
    kind = _value_group(match)
    unfit = {"words": NO_WORDS, "name": NOT_A_NAME, "place": NO_PLACE}.get(kind)
    if unfit:
        return not unfit.match(match[kind])
    if kind == "lower_place":
        return lower
    return kind != "plain" or lower or "called" in match[0].lower() or "named" in match[0].lower()
