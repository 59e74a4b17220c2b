"""Which facts a message states, read with regular expressions: no model, and rather nothing than something wrong.

A text is read sentence by sentence, a sentence clause by clause; `statements` refuses what states nothing. A clause is a
subject and a row of `STATED` (or of `OWNED`, after "my …" or "Ada's …"); what follows "and" without a subject keeps the
last one.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Mapping
from datetime import datetime

from mem.fact_anywhere import EITHER_WAY, Only, find_asides, find_asked, find_there, stated_apart
from mem.fact_grammar import (
    ADJUNCT,
    ASIDE,
    CASUAL,
    CLAUSE_START,
    CONNECTOR,
    DOES,
    GREETED,
    HE_IS,
    IT_IS_ANOTHER,
    ITS_NAME,
    KIN_OF_KIN,
    KINSHIP,
    MENTION,
    MORE_ITEMS,
    NAMED_AT_ONCE,
    NAMED_IN_PASSING,
    NAMES_TOLD,
    NEW_JOB,
    NOT_A_NAME,
    ONCE_ONLY,
    ONLY_GREETING,
    OPENER,
    SELF_NAMING,
    SMALL_WORD,
    SOMEBODY_ELSE,
    STOPS,
    SUBJECT,
    TIME_PHRASE,
    TOGETHER,
    UNSAID,
    WHO,
    WORDS_AND_NAMES,
    YEARS,
    begins_clause,
)
from mem.fact_people import named_kin, names_others, whom, whom_they, whose_kin
from mem.fact_table import NEW_WORK, Pattern, cardinality, relation_name, value_group
from mem.fact_times import Told, find_date, when_told
from mem.fact_values import ALSO_TOLD, is_clear, is_of_another_kind, predicate_of
from mem.fact_ways import APPOSED, CLIPPED, OWNED, STATED
from mem.kinship import is_relation
from mem.records import FactCandidate
from mem.statements import (
    STOP_MARK,
    asked_from,
    in_earnest,
    is_text_to_work_on,
    looks_secret,
    sentences,
    stated_part,
    with_apostrophes,
)


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
    words, added = with_apostrophes(in_earnest(text))
    known = dict(names) if isinstance(names, Mapping) else dict.fromkeys(names, "")
    reader = _Reader(text, words, added, said_at, known, focus or {})
    if not is_text_to_work_on(words):
        reader.read_all()
        if named := reader.named() - known.keys():  # whoever the message names may be spoken of anywhere in it
            reader = _Reader(text, words, added, said_at, known | dict.fromkeys(named, ""), focus or {})
            reader.read_all()
    return reader


class _Reader:
    """Reads one message; knows who was introduced so far, so that "she" and bare names can be resolved."""

    def __init__(
        self,
        text: str,
        words: str,
        added: list[int],
        said_at: datetime,
        names: Mapping[str, str],
        focus: Mapping[str, str],
    ) -> None:
        self.found: list[FactCandidate] = []
        self.introduced = dict(focus)  # subject -> its relation to the user
        self._focus = focus
        self._text = text
        self._words = words
        self._added = added
        self._said_at = said_at
        self._names = names
        self._opened_at: datetime | None = None
        self._once = False
        self._sentence, self._offset = "", 0
        self._lower = words == words.lower() or bool(CASUAL.search(words))
        self._of_user = False  # whether the last clause was about who speaks
        self._new_job = False  # whether the last words were "new job"

    def named(self) -> set[str]:
        """Whom the message names as somebody's: the sister, the sister's husband."""
        return {fact.value for fact in self.found if is_relation(fact.predicate) and not fact.retracted}

    def read_all(self) -> None:
        """Reads the message, a sentence after the other."""
        before = ""
        for start, end in sentences(self._words):
            self.read(start, end)
            for predicate, place, at, to in find_there(self._sentence, before) if self._offset == start else ():
                self._add("user", predicate, place, at, to)
            before = self._words[start:end]

    def read(self, start: int, end: int, *, only: Only = "") -> None:
        """Adds what the sentence from `start` to `end` states, or `only` its "names", or whom it "mentions"."""
        said = self._words[start:end]
        sentence = said.rstrip(" .!") if only else stated_part(said) or stated_part(EITHER_WAY.sub(_blank, said))
        if not sentence:
            self._sentence = ""
            if part := stated_apart(said):
                self.read(start + part.start, start + part.end, only=part.only)
            return
        if not only and (asked := asked_from(said)):
            self.read(start + asked, end)
        sentence = STOPS.sub(STOP_MARK, sentence)
        self._sentence, self._offset, self._opened_at = sentence, start, None
        self._read_family(asides=only != "mentions")
        self._read_mentions(asides=only != "mentions")
        done = -1
        for clause in () if only else CLAUSE_START.finditer(sentence):
            if clause.end() >= done and begins_clause(self._sentence, clause):
                done = max(done, self._read_clause(clause.end()))
        self._read_asides(only)
        if names_others(self._sentence, self.found, self.introduced):
            self.introduced.clear()

    def _read_family(self, *, asides: bool) -> None:
        """Reads "two kids, Finn (9) and Poppy (6)", "the man next door, Clive", and with `asides` who is married to whom."""
        for kin in named_kin(self._sentence, self.introduced):
            self.introduced[kin.name] = kin.relation
            self._add("user", kin.relation, kin.name, kin.start, kin.end)
            if kin.is_last and asides:
                self._read_apposed(kin.name, kin.start, kin.end)
            elif years := YEARS.match(self._sentence, self._sentence.find(kin.name, kin.start) + len(kin.name)):
                self._add(kin.name, "age", years["value"] or years["age"], kin.start, kin.end)
        for match in TOGETHER.finditer(self._sentence) if asides else ():
            predicate = f"{match['how'].lower()} to"
            self._add("user", predicate, match["name"] or match["other"], match.start(), match.end())

    def _read_asides(self, only: Only) -> None:
        """Reads what no clause says: "with my asthma …", "it isn't me who smokes, it's my brother"."""
        for aside in (find_asked if only == "mentions" else find_asides)(self._sentence):
            if aside.subject == "user" or aside.subject in self._names or aside.subject in self.introduced:
                self._add(aside.subject, aside.predicate, aside.value, aside.start, aside.end)
        for match in IT_IS_ANOTHER.finditer(self._sentence):
            who = match["name"] or f"user's {relation_name(match['relation'])}"
            self._read_predicates(who, match.start(), match.start("what"), STATED)

    def _read_mentions(self, *, asides: bool) -> None:
        """Reads "my sister Ada" wherever it stands, what follows it after "who" and, with `asides`, beside it."""
        for match in MENTION.finditer(self._sentence):
            relation, name = relation_name(match["relation"]), match["name"]
            whose = self._owner(match)
            called_else = not name and any(f.predicate == relation and f.value in self._sentence for f in self.found)
            if whose == "user" and not called_else:
                self.introduced[name or f"user's {relation}"] = relation
                if not name and (who := WHO.match(self._sentence, match.end())):
                    self._read_predicates(f"user's {relation}", match.start(), who.end(), STATED)
            if not name or not whose or NOT_A_NAME.match(name):
                continue
            self._add(whose, relation, name, match.start(), match.end())
            self.introduced.setdefault(name, relation)
            if asides or WHO.match(self._sentence, match.end()):
                self._read_apposed(name, match.start(), match.end())
        for match in KIN_OF_KIN.finditer(self._sentence):
            self.introduced.setdefault(match["name"], "")
            self._read_apposed(match["name"], match.start(), match.end())
        naming = ITS_NAME.search(self._sentence) or (NAMES_TOLD.search(self._words) and HE_IS.match(self._sentence))
        nameless = [who for who in self.introduced if who.startswith("user's ")]
        if naming and len(nameless) == 1 and len(self.introduced) == 1 and not NOT_A_NAME.match(naming["name"]):
            relation = self.introduced.pop(nameless[0])
            self.introduced[naming["name"]] = relation
            self._add("user", relation, naming["name"], naming.start(), naming.end())

    def _read_apposed(self, name: str, start: int, end: int) -> None:
        """Reads what stands beside a name that ends at `end`: "who lives in Rome", "(9)", "a retired nurse, keeps bees"."""
        if who := WHO.match(self._sentence, end):
            self._read_predicates(name, start, who.end(), STATED)
            return
        for pattern in APPOSED:
            if (match := pattern.regex.match(self._sentence, end)) and is_clear(match, pattern.predicate, lower=self._lower):
                self._add_values(name, pattern, match, start, Told())
                break
        if aside := ASIDE.match(self._sentence, end) or DOES.match(self._sentence, end):
            self._read_predicates(name, start, aside.end(), STATED)

    def _owner(self, mention: re.Match[str]) -> str:
        """Whose relative is spoken of, or ""."""
        if mention["mine"]:
            return "user"
        if mention["hers"]:
            return whom(mention["hers"], self.introduced)
        owner = str(mention["owner"])
        return owner if owner in self._names or owner in self.introduced else ""

    def _read_clause(self, start: int) -> int:
        """Reads the clause that begins at `start`; where reading stopped, 0 where there was nothing to read."""
        opener = OPENER.match(self._sentence, start)
        begin = opener.end() if opener else start
        self._opened_at = find_date(self._sentence[start:begin], said_at=self._said_at)
        self._once = bool(ONCE_ONLY.search(self._sentence[start:begin]))
        first = start if self._opened_at or self._once else begin
        is_first = ONLY_GREETING.fullmatch(self._words, 0, self._offset + start) or GREETED.match(self._words)
        at_once = NAMED_AT_ONCE if is_first else NAMED_IN_PASSING
        end = self._read_predicates("user", start, start, SELF_NAMING) or self._read_predicates(
            "user", first, begin, (*SELF_NAMING, *at_once)
        )
        subject = SUBJECT.match(self._sentence, begin)
        if not end and self._sentence[begin : begin + 4].lower() == "new ":  # "new address is …"
            end = self._read_predicates("user", first, begin, OWNED)
        if end := end or self._read_fragment(start, begin):
            return end
        goes_on = self._of_user and bool(re.search(r"and|,", self._sentence[max(0, start - 5) : start]))
        unsaid = UNSAID.match(self._sentence, begin) if start == 0 or goes_on else None
        self._of_user = bool(unsaid or (subject and subject["speaker"])) and not SOMEBODY_ELSE.search(self._sentence, begin)
        if subject is None or unsaid:
            who, after = ("user", unsaid.end()) if unsaid else self._name_written_small(begin)
            return self._read_about(who, first, after)
        if subject["possessor"] or subject["relation"] or subject["bare"]:
            after = 0 if subject["bare"] else 2 if self._sentence[begin] in "mM" else 3
            end = self._read_predicates("user", first, begin + after, OWNED)
        aside = ASIDE.match(self._sentence, subject.end())
        return end or self._read_about(self._who(subject), first, aside.end() if aside else subject.end())

    def _read_fragment(self, start: int, begin: int) -> int:
        """Reads what has no subject and no verb: "new job: baker at Lola's", "allergic to nuts by the way"."""
        if start:
            return 0
        job = NEW_JOB.match(self._sentence, begin)
        rows, at = (NEW_WORK, job.end() if job else begin) if job or self._new_job else (CLIPPED, begin)
        self._new_job = job is not None and job.end() == len(self._sentence)
        return self._read_predicates("user", begin, at, rows)

    def _read_about(self, who: str, first: int, after: int) -> int:
        """Reads what is said of `who`, whose mention ends at `after`."""
        end = 0
        if who and self._sentence.startswith("'s ", after):
            end = self._read_predicates(who, first, after + len("'s"), OWNED)
        return end or (self._read_predicates(who, first, after, STATED) if who else 0)

    def _who(self, subject: re.Match[str]) -> str:
        """The subject's name in a fact, or "" where it is nobody known for sure."""
        if subject["speaker"]:
            return "user"
        if relation := subject["relation"] or subject["bare"]:
            relation = relation_name(relation)
            here = [fact.value for fact in self.found if (fact.subject, fact.predicate) == ("user", relation)]
            who = subject["name"] or next((name for name in here if f"{name}," in self._sentence), f"user's {relation}")
            self.introduced[who] = relation
            return who
        if subject["kin"]:
            return whose_kin(subject, self.introduced)
        if group := (subject["group"] or "").lower():
            self.introduced[f"user's {group}"] = group
            return f"user's {group}"
        if subject["relative"]:
            return subject["relative"] if subject["relative"] in self.introduced else ""
        if pronoun := subject["pronoun"]:
            is_they = pronoun.lower() == "they"
            return whom_they(self.introduced, self._focus, self.found) if is_they else whom(pronoun, self.introduced)
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

    def _read_predicates(self, who: str, start: int, position: int, rows: tuple[Pattern, ...]) -> int:
        """Reads what is said of `who` from `position` on, "and" after "and"; where reading stopped, 0 for nothing."""
        end = 0
        opened_at, once = self._opened_at, self._once
        while found := self._first(rows, position):
            pattern, match = found
            adjunct = ADJUNCT.match(self._sentence, match.end())
            end = adjunct.end() if adjunct else match.end()
            told = when_told(pattern, match, self._sentence, (start, end), said_at=self._said_at, opened_at=opened_at)
            unfit = is_of_another_kind(self.introduced.get(who), pattern, match)
            if told is None or unfit or (once and not pattern.past and pattern.dated):
                break
            last_value, stated_to = self._add_values(who, pattern, match, start, told)
            end = max(end, stated_to)
            who = self._next_subject(who, pattern, match, last_value)
            connector = CONNECTOR.match(self._sentence, end)
            if connector is None or not who:
                break
            position, rows, opened_at, once = connector.end(), STATED, None, False
        return end

    def _first(self, rows: tuple[Pattern, ...], position: int) -> tuple[Pattern, re.Match[str]] | None:
        for pattern in rows:
            match = pattern.regex.match(self._sentence, position)
            if match and is_clear(match, pattern.predicate, lower=self._lower):
                return pattern, match
        return None

    def _add_values(self, who: str, pattern: Pattern, match: re.Match[str], start: int, told: Told) -> tuple[str, int]:
        """Adds the facts of one row; the value, and where its quote ends."""
        predicate = predicate_of(pattern, match)
        values, end = [match[value_group(match)]], match.end()
        if pattern.several and (more := MORE_ITEMS.match(self._sentence, end)):
            values += [*filter(None, (item.strip() for item in more["middle"].split(","))), more["last"]]
            end = more.end()
        time = TIME_PHRASE.search(self._sentence, end) if told != Told() else None
        if time and "," not in self._sentence[end : time.start()]:
            end = time.end()
        if who == "user" and predicate in ("married to", "engaged to"):
            self.introduced.setdefault(values[0], "")
        for value in values:
            self._add(who, predicate, value, start, end, told, retracted=pattern.retracted)
        for group, also in ALSO_TOLD.items():
            if value := match.groupdict().get(group):
                self._add(who, also, value, start, end, told, retracted=pattern.retracted)
        if left := match.groupdict().get("left"):
            self._add(who, predicate, left, start, end, Told(until=told.since), retracted=True)
        return values[0], end

    def _next_subject(self, who: str, pattern: Pattern, match: re.Match[str], value: str) -> str:
        """Who a following "and …" is about: the same, the person just named, or "" for nobody."""
        predicate = predicate_of(pattern, match)
        if KINSHIP.fullmatch(predicate) and not pattern.retracted:
            self.introduced.pop(f"user's {predicate}", None)
            self.introduced[value] = predicate
            return value
        return who if pattern in STATED or predicate == "name" else ""

    def _add(
        self, who: str, predicate: str, value: str, start: int, end: int, told: Told | None = None, *, retracted: bool = False
    ) -> None:
        value = " ".join(value.split()).rstrip(".'-– ")
        value = value if predicate == "has" else value.removesuffix("'s")
        quote = self._text[self._place(start) : self._place(end)].strip()
        if value not in quote:
            value = value.replace("'", "")
        if value not in quote and (named := self._text.rfind(value, 0, self._place(start))) >= 0:  # "she's my wife now"
            quote = self._text[named : self._place(end)].strip()
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


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])
