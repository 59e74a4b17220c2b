"""Which facts a message states, read with regular expressions: no model, and rather nothing than something wrong.

A text is read sentence by sentence, a sentence clause by clause; `statements` refuses what states nothing. A clause is a
subject and a row of `VERBS` (or of `POSSESSIONS`, after "my …" or "Ada's …"); what follows "and" without a subject keeps the
last one.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime

import dateparser

from mem.fact_table import (
    CAPITALISED,
    MONTH,
    NAME,
    NOT_NAMES,
    NOTHING,
    PEOPLES,
    PERSON,
    PETS,
    POSSESSIONS,
    RELATIONS_MANY,
    RELATIONS_ONE,
    ROLES,
    STOP,
    TIME,
    VERBS,
    WORD,
    Pattern,
    cardinality,
    says,
)
from mem.records import FactCandidate
from mem.statements import STOP_MARK, UPPER, is_text_to_work_on, looks_secret, own_words, sentences, spaced, stated_part

# What comes before a subject and between predicates -------------------------------------------------------------------------
GREETING = r"(?:hi|hello|hey|good (?:morning|evening|afternoon))(?: there| everyone| mem)?[,.!]? "
OPENER = spaced(
    rf"(?:(?:{GREETING}|(?:actually|well|so|oh|also|by the way|btw|fyi|and|but|because|anyway|yes|yeah|no|ok|okay|thanks"
    rf"|thank you|sorry"
    r"|(?:please )?(?:remember|note|keep in mind|don't forget|be aware)(?: that)?|for (?:the|your) (?:record|information)"
    r"|just so you know"
    rf"|as (?:you know|I said)|fun fact|correction|update|reminder|these days|you should know(?: that)?|{TIME})[,:!—-]*"
    rf" )){{0,4}}"
)
CLAUSE_START = spaced(r"^|[,;—–] ?| - | (?:and|but|because|as|since|so|though|although|plus) ")
SUBJECT = spaced(
    rf"(?:(?P<speaker>I|we)|(?:my|our) (?P<relation>{RELATIONS_MANY}|{RELATIONS_ONE}|{PETS}|{ROLES})(?:,? (?P<name>{PERSON}))?"
    rf"|(?P<possessor>my|our)|(?P<pronoun>he|she)|(?P<other>{CAPITALISED}))(?=[\s',])"
)
MENTION = spaced(
    rf"\b(?:my|our) (?P<relation>{RELATIONS_MANY}|{RELATIONS_ONE}|{PETS}|boss|manager|landlord|landlady)\b(?!-|'|'s)"
    rf"(?:,? (?P<name>{PERSON})(?! {CAPITALISED}))?"
)
SELF_NAMING = (
    *says("name", rf"(?:(?:you can|please|just|do) ){{0,2}}call me {NAME}"),
    *says("name", rf"(?:everyone|everybody|people|most people|my friends) calls? me {NAME}"),
    *says("name", rf"{GREETING}(?:I'm|I am|this is|my name is) {NAME}"),
)
NAMED_AT_ONCE = says("name", rf"(?:I'm|I am) {NAME}")
ADJUNCT = spaced(
    r"(?: (?!(?:and|but|or|because|who|which|that|if|where|so|as|I|he|she|we|they|you|my|our|her|his|not)\b)\w[\w'-]*){0,8}"
)
CONNECTOR = spaced(r",? (?:and|but|then|who)(?: (?:then|also|now|who))? |, ")
WHO = spaced(",? who ")
ITEM = (
    rf"(?!{NOTHING}|(?:need|want|am|is|are|was|have|do|can|would|will|must|should|feel|think|know|live|lives|work|works|get"
    rf"|going|try|use|plan"
    r"|hope|thanks|please|love|loves|like|likes|hate|hates|enjoy|moved|wonder|wondering|looking|I|we|he|she|they|don't|can't"
    r"|then)\b)"
    rf"{WORD}(?: (?!{STOP}){WORD})?"
)
MORE_ITEMS = spaced(rf"(?P<middle>(?:, {ITEM}){{0,6}}),? (?:and|or|&) (?P<last>{ITEM})(?= ?$|[,.;!])")
TIME_PHRASE = spaced(TIME)
TIME_LEAD = spaced(r"^(?:(?:back|just|in|since|on|around|early|late|mid) )*(?:last (?=" + MONTH + r"\b))?")
VALUE_GROUPS = ("value", "words", "name", "place", "plain", "lower_place", "diet")
STOPS = spaced(rf"[\t\x20](?={STOP}|{TIME})")
NO_WORDS = spaced(NOTHING)
NO_PLACE = spaced(rf"(?:{MONTH}|{PEOPLES})\b")
NOT_A_NAME = re.compile(rf"(?:{NOT_NAMES}|Today|Tomorrow|Yesterday|It|He|She|They|We|You|My|Our|There|Someone)\b")
KINSHIP = spaced(f"{RELATIONS_MANY}|{RELATIONS_ONE}|{PETS}|{ROLES}")
HE = re.compile(r"father|dad|husband|boyfriend|brother|son|grandpa|uncle|nephew|fiancé$|fiance$|landlord")
SHE = re.compile(r"mother|mum|mom|wife|girlfriend|sister|daughter|grandma|aunt|niece|fiancée|fiancee|landlady")


def find_facts(text: str, *, said_at: datetime, names: Collection[str] = ()) -> list[FactCandidate]:
    """The facts that `text` plainly states, in its order. `names` are people already known, whom a bare name may mean."""
    words = own_words(text)
    if is_text_to_work_on(words):
        return []
    reader = _Reader(text, words, said_at, names)
    for start, end in sentences(words):
        reader.read(start, end)
    return reader.found


class _Reader:
    """Reads one message; knows who was introduced so far, so that "she" and bare names can be resolved."""

    def __init__(self, text: str, words: str, said_at: datetime, names: Collection[str]) -> None:
        self.found: list[FactCandidate] = []
        self._text = text
        self._words = words
        self._said_at = said_at
        self._names = set(names)
        self._introduced: dict[str, str] = {}  # subject -> its relation to the user
        self._opened_at: datetime | None = None
        self._sentence, self._offset = "", 0
        self._lower = words == words.lower()

    def read(self, start: int, end: int) -> None:
        """Adds what the sentence from `start` to `end` states."""
        sentence = stated_part(self._words[start:end])
        if not sentence:
            self._introduced.clear()
            return
        sentence = STOPS.sub(STOP_MARK, sentence)
        self._sentence, self._offset, self._opened_at = sentence, start, None
        self._read_mentions()
        done = -1
        for clause in CLAUSE_START.finditer(sentence):
            if clause.end() >= done:
                done = max(done, self._read_clause(clause.end()))
        self._forget_the_ambiguous()

    def _read_mentions(self) -> None:
        """Reads "my sister Ada" wherever it stands, and what follows it after "who"."""
        for match in MENTION.finditer(self._sentence):
            relation, name = match["relation"].lower(), match["name"]
            self._introduced[name or f"user's {relation}"] = relation
            if name:
                self._add("user", relation, name, match.start(), match.end())
            if name and (who := WHO.match(self._sentence, match.end())):
                self._read_predicates(name, match.start(), who.end(), VERBS)

    def _read_clause(self, start: int) -> int:
        """Reads the clause that begins at `start`; where reading stopped, 0 where there was nothing to read."""
        opener = OPENER.match(self._sentence, start)
        begin = opener.end() if opener else start
        self._opened_at = find_date(self._sentence[start:begin], said_at=self._said_at)
        first = start if self._opened_at else begin
        at_once = NAMED_AT_ONCE if self._offset + start == 0 else ()
        end = self._read_predicates("user", start, start, SELF_NAMING) or self._read_predicates(
            "user", first, begin, (*SELF_NAMING, *at_once)
        )
        subject = SUBJECT.match(self._sentence, begin)
        if end or subject is None:
            return end
        if subject["possessor"] or subject["relation"]:
            end = self._read_predicates("user", first, begin + (2 if self._sentence[begin] in "mM" else 3), POSSESSIONS)
        if end or not (who := self._who(subject)):
            return end
        if self._sentence.startswith("'s ", subject.end()):
            end = self._read_predicates(who, first, subject.end() + len("'s"), POSSESSIONS)
        return end or self._read_predicates(who, first, subject.end(), VERBS)

    def _who(self, subject: re.Match[str]) -> str:
        """The subject's name in a fact, or "" where it is nobody known for sure."""
        if subject["speaker"]:
            return "user"
        if subject["relation"]:
            who = subject["name"] or f"user's {subject['relation'].lower()}"
            self._introduced[who] = subject["relation"].lower()
            return who
        if subject["pronoun"]:
            return self._person(not_this=SHE if subject["pronoun"].lower() == "he" else HE)
        other = subject["other"] or ""
        has_birthday = self._sentence.startswith("'s birthday", subject.end()) and not NOT_A_NAME.match(other)
        return other if other in self._introduced or other in self._names or has_birthday else ""

    def _person(self, *, not_this: re.Pattern[str]) -> str:
        """The one person introduced that "he" or "she" can mean, or ""."""
        if len(self._introduced) != 1:
            return ""
        [(who, relation)] = self._introduced.items()
        return "" if not_this.search(relation) else who

    def _read_predicates(self, who: str, start: int, position: int, rows: tuple[Pattern, ...]) -> int:
        """Reads what is said of `who` from `position` on, "and" after "and"; where reading stopped, 0 for nothing."""
        end = 0
        opened_at = self._opened_at
        while found := self._first(rows, position):
            pattern, match = found
            adjunct = ADJUNCT.match(self._sentence, match.end())
            end = adjunct.end() if adjunct else match.end()
            when = self._when(match, end) or opened_at if pattern.dated else None
            last_value, stated_to = self._add_values(who, pattern, match, start, when)
            end = max(end, stated_to)
            who = self._next_subject(who, pattern, match, last_value)
            connector = CONNECTOR.match(self._sentence, end)
            if connector is None or not who:
                break
            position, rows, opened_at = connector.end(), VERBS, None
        return end

    def _first(self, rows: tuple[Pattern, ...], position: int) -> tuple[Pattern, re.Match[str]] | None:
        for pattern in rows:
            match = pattern.regex.match(self._sentence, position)
            if match and _is_clear(match, lower=self._lower):
                return pattern, match
        return None

    def _when(self, match: re.Match[str], end: int) -> datetime | None:
        """The time named around the value, up to `end`."""
        value_start, value_end = match.span(_value_group(match))
        around = f"{self._sentence[match.start() : value_start]} {self._sentence[value_end:end]}"
        return find_date(around, said_at=self._said_at)

    def _add_values(
        self, who: str, pattern: Pattern, match: re.Match[str], start: int, when: datetime | None
    ) -> tuple[str, int]:
        """Adds the facts of one row; the value, and where its quote ends."""
        predicate = _predicate(pattern, match)
        values, end = [match[_value_group(match)]], match.end()
        if pattern.several and (more := MORE_ITEMS.match(self._sentence, end)):
            values += [*filter(None, (item.strip() for item in more["middle"].split(","))), more["last"]]
            end = more.end()
        if when and (time := TIME_PHRASE.search(self._sentence, end)) and self._sentence[end : time.start()].count(",") == 0:
            end = time.end()
        for value in values:
            self._add(who, predicate, value, start, end, valid_at=when, retracted=pattern.retracted)
        if employer := match.groupdict().get("employer"):
            self._add(who, "works at", employer, start, end, valid_at=when)
        return values[0], end

    def _next_subject(self, who: str, pattern: Pattern, match: re.Match[str], value: str) -> str:
        """Who a following "and …" is about: the same, the person just named, or "" for nobody."""
        predicate = _predicate(pattern, match)
        if KINSHIP.fullmatch(predicate):
            self._introduced.pop(f"user's {predicate}", None)
            self._introduced[value] = predicate
            return value
        return who if pattern in VERBS or predicate == "name" else ""

    def _add(
        self,
        who: str,
        predicate: str,
        value: str,
        start: int,
        end: int,
        *,
        valid_at: datetime | None = None,
        retracted: bool = False,
    ) -> None:
        value = " ".join(value.split()).removesuffix("'s").rstrip(".'")
        quote = self._text[self._offset + start : self._offset + end].strip()
        known = {(fact.subject, fact.predicate, fact.value.casefold()) for fact in self.found}
        if value and not looks_secret(value) and (who, predicate, value.casefold()) not in known:
            self.found.append(FactCandidate(who, predicate, value, quote, cardinality(predicate), valid_at, retracted))

    def _forget_the_ambiguous(self) -> None:
        """Once anybody else is named, "she" is nobody for sure."""
        told = {word for fact in self.found for word in f"{fact.subject} {fact.value}".split()} | self._introduced.keys()
        others = [word for word in re.findall(rf"(?<=\s)[{UPPER}][\w-]+", self._sentence) if word not in told]
        if any(not NOT_A_NAME.match(word) and not re.fullmatch(MONTH, word) for word in others):
            self._introduced.clear()


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
