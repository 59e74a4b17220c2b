"""What puts a held fact in doubt: words of ending near its name, though no reader understands precisely what they say.

People end things in more ways than patterns can parse. What they name in such a sentence is hardly ever still so, and a stale
fact misleads more than a missing one; so it is held no longer, and the user is asked. A fact is named by a word of its value,
or by what it is ("the job", "our cat"); `doubt_words` has the words. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from mem.corrections import as_written, told_just_before
from mem.deciding import is_same
from mem.doubt_words import ANIMALS, FAVOURITE, IT, KEPT, KINDS, PARTNERS, Kind, alone, rows
from mem.fact_table import cardinality
from mem.fact_times import find_date
from mem.kinship import kind_of_value
from mem.records import Fact, FactCandidate
from mem.statements import LAUGHS, QUESTION_TAIL, asks, looks_secret, own_words, sentences, spaced, with_apostrophes, word_set
from mem.text import fold

NAME_CHARS = 3  # of a word, by which a fact is spoken of
STILL_SO = "is it still so? what you said sounds as if not"
# Words of a value that name nothing by themselves.
NO_NAMES = word_set(
    "the and for with two three four five our his her mrs miss royal street road university college school hospital company"
    " group old new small big little very some lots kids children saint north south east west upon from that this"
)
ALSO_CALLED = {
    "vegetarian": ["veggie", "vegetarianism"], "vegan": ["veganism"], "alcohol": ["booze", "drinking"], "motorbike": ["bike"],
    "motorcycle": ["bike"], "the saxophone": ["sax"], "bicycle": ["bike"], "the double bass": ["bass"],
}  # fmt: skip
# Not done, not yet, not for sure: before the words of ending in their clause.
NOT_YET = spaced(
    r"\b(?:will|'ll|would|won't|wouldn't|'d|could|may|might|must|should|shall|gonna|wanna|going to|want(?:s|ed)? to|like to"
    r"|love to"
    r"|think(?:ing)?(?: of| about)?|plan\w*|consider\w*|tempted|hop(?:e|ing)|about to|if|unless|wish\w*|almost|nearly|rather"
    r"|afraid|worried|scared|refus\w+|try\w*|tried|need to|have to|has to|whether|dream\w*|imagin\w*|suppose|threaten\w*"
    r"|debating|maybe|perhaps|possibly|looking for|hunting|apply\w*|applied|interview\w*|need|want|fancy|dying for"
    r"|saving (?:up )?for|hate to|considered|day I)\b[^,;:.–—]*$"
)
NEGATED = spaced(r"(?:\b(?:not|never|cannot|without)\b|n't\b)(?! just\b| only\b)[^,;:.–—]*$")
SAID_NOT = spaced(r"(?:\b(?:not|never|cannot|no)\b|n't\b)")
NOT_FOR_LONG = spaced(
    r"\b(?:tonight|for (?:now|the (?:day|night|weekend|week|summer)|a (?:bit|while|week|few days))|until (?:monday|next"
    r"|tomorrow)"
    r"|off sick|on holiday|day off|days off|is off today|back (?:on|by) (?:mon|tues|wednes|thurs|fri|satur|sun)day|some day"
    r"|one day|haven't decided)\b"
)
FIRST_PERSON = spaced(r"\b(?:I|we|me|us)\b")
TO_SPEAKER = spaced(r" (?:me|us|my|our)\b")
OF_SPEAKER = spaced(r"\b(?:I|we|me|us|my|our)\b")
# Where who speaks leaves themselves out: "Finally sold the van", "Gave the piano a rest".
FILLERS = word_set(
    "finally just so well and but then now oh ok okay yes yeah today yesterday also already no not it's that's there's it"
    " was is are be"
    " been being this that the my our all a an have had has were here's there goes guess think cheers thanks sorry lol omg"
    " ugh gutted wow"
    " tbh btw fyi first second day with for of to in on at as update news turns out morning week month year night last big"
)
DID = word_set(
    "someone somebody gave sold said got left took put went made did threw quit let lost came kept found fell after since"
    " following"
)
NOW_THAT = spaced(
    r"\W*(?:so |and |but |ok )*(?:now(?: that)?|since|ever since|after|seeing as|given that|as|because) (?:I|we|my)\b"
)
ASKED = spaced(r" (?:what|how|where|who|which|do|does|can|should|is|are|will|any)\b")
CLAUSE = re.compile(r"[,;:–—(]|\s-\s|\.\.+|\b(?:and|but|so|because|cos)\b")
GOES_ON_ABOUT = re.compile(r"\b(?:it|he|she|him|her|they|them|that|this|there|one)\b", re.IGNORECASE)
# "IT's mum" speaks of the mum.
OF_IT = spaced(
    rf"{IT}'s? (?!(?:\w+(?:ed|ing|en)|\w+ly|gone|not|no|my|the|an?|left|out|over|dead|now|just|all|had|got|also|quit|history"
    rf"|sold|days|never"
    r"|met|lease|on|in|off|back|put|under|up|down|away|behind|so|too|very|shut|lost|here|there|about|one of|yet|still|to"
    r"|only|ashes|contract|leaving|last|like|ill|dying|being|bust|broke|for|with|at)\b)"
)
STILL = spaced(
    rf"\bstill (?:\w+ ){{0,3}}{IT}|{IT} (?:is|was) (?:right|correct|fine|true|still)\b|\bback (?:in|at|to|with"
    rf"|on) {IT} ?$|\bnew (?:\w+ ){{1,2}}(?:in|at) {IT}"
)
SEVERAL_TIMES = re.compile(rf"{IT}(?: (?:with|at|for|from|in|as|of|called|named) {IT})+")
DEATH = spaced(r"\b(?:died|passed away|passed on|funeral|is no longer with us|rest in peace)\b")
ANOTHER = spaced(r"\b(?:new|different|another|replacement|switched|changed|swapped)\b")
ANOTHER_ONE = r"\b(?:my|our|a|an|got|have|found|bought) (?:\w+ )?(?:new|different|another|replacement) (?:[\w-]+ )?"
# It was never so: what is named, or was just told.
WAS_WRONG = spaced(
    r"\b(?:wrong|typo|mis-?(?:spelt|spelled|spoke|typed|remembered)|autocorrect\w*|mistake|incorrect|not right|isn't right"
    r"|wasn't right|I meant|(?:it|that) should(?:'ve| have)? (?:be|said|say|been)|(?:mixed|muddled) (?:it |that |them )?up"
    r"|not true|never true)\b"
)
OF_WHAT_WAS_TOLD = spaced(
    r"\b(?:typo|mis-?(?:spelt|spelled|spoke|typed|remembered)|autocorrect\w*|(?:got|said|wrote|typed|put) (?:that|it"
    r"|this) (?:all )?(?:wrong|in wrong)|my mistake|wrong (?:word|name)|(?:mixed|muddled) (?:it |that |them )?up)\b"
    r"|^(?:(?:no|ok|wait|sorry|oops|whoops|well|oh|ah),? )*(?:that's |that was )?(?:the )?"
    r"wrong (?:one|way round|person|number)(?=$|[,:;–—-])"
    r"|^(?:no |ok |wait |sorry |well |oh |actually |,)*(?:(?:that's|that was|that is|it's|that) (?:all )?wrong|(?:(?:that's"
    r"|that was|that is|it's|that) )?(?:all )?(?:a mistake|incorrect|not true))$"
)
IN_JEST = spaced(
    r"(?<!\bnot\s)(?<!n't\s)(?<!\bno\s)"
    r"\b(?:kidding|joking|messing(?: with you)?|winding you up|pulling your leg|having you on|taking the (?:mick"
    r"|piss))\b(?! (?:about|aside|apart)\b)|\bwind[- ]?up\b|\bjk\b"
    r"|\bmade (?:that|it|him|her|them|this)(?: all)? up\b|\b(?:wasn't|weren't|not) (?:being )?serious\b|\bthat was (?:just "
    r"|all |only )?a (?:joke|lie|test|fib|prank|bit)\b"
    r"|\bit was (?:just |all |only )?a (?:joke|lie|test|fib|prank)\b|\b(?:was|were) (?:all )?(?:jokes|lies|nonsense|rubbish"
    r"|made up|fiction)\b|\bI lied\b|\bhad you (?:there|going|fooled)\b|\bgotcha\b|\bfooled you\b|\bapril fools?\b"
    r"|\bnone of (?:that|it|this) (?:is|was) true\b|^as if$|\bin my dreams\b|\bonly in my head\b|\bof course (?:I (?:don't"
    r"|haven't|'m not|am not)|not)\b"
    r"|\bobviously not\b|^not really\b|\bwishful thinking\b|^(?:ha\w* |lol |ok |only )*(?:an? )?(?:joke|jokes|psych|sike"
    r"|got you|only messing)\b|\b(?:believed|fell for|bought) (?:that|it)\?*$"
    r"|\bmade (?:the|my|that|this) \w+(?: \w+){0,2} up\b|\b(?:just|only) testing\b|\bmy \w+ typing\b"
    r"|^(?:no|nah|lol|haha|ok|of course|obviously)\b[, ]*(?:I|we) (?:don't|do not|haven't|have not|'m not|am not|'re not"
    r"|didn't)(?: lol| haha| really)?$"
)
JESTED_WORDS = 4  # of a sentence before "kidding", which is then what was meant, not an earlier message
TAKE_BACK = spaced(
    r"\b(?:scratch|strike|ignore|disregard|forget) (?:that|what I said|all that|everything I said|my last)\b|\b(?:forget"
    r"|ignore) I said\b"
)


def find_doubts(
    text: str, held: Sequence[Fact], claims: Sequence[FactCandidate], *, said_at: datetime, before: str = ""
) -> list[FactCandidate]:
    """Which of the facts held the message makes doubtful, beside its `claims`: each as one that is over, and as a question.

    `before`: what the user said just before.
    """
    open_facts = [fact for fact in held if not _is_told(fact, claims)]
    near = _spoken_of(text, open_facts)
    doubted: dict[str, FactCandidate] = {}
    # Where a claim has mended what was wrong, the words for that mean it.
    mended = any(claim.corrects for claim in claims)
    for fact, words in _taken_back(text, open_facts, said_at, before, only_jests=mended):
        doubted.setdefault(fact.id, _over(fact, words, text, said_at, wrong=True))
    for sentence, around in _told(text):
        for fact in near:
            if fact.predicate not in KEPT and _ends(sentence, around, fact, open_facts):
                doubted.setdefault(fact.id, _over(fact, sentence, text, said_at, wrong=False))
    return [claim for one in doubted.values() if not looks_secret(one.quote) for claim in (one, _asked(one))]


def find_taken_back(text: str, held: Sequence[Fact], *, said_at: datetime, before: str = "") -> list[FactCandidate]:
    """What the message says was never so, where it states nothing else."""
    taken = {fact.id: _over(fact, words, text, said_at, wrong=True) for fact, words in _taken_back(text, held, said_at, before)}
    return [claim for one in taken.values() for claim in (one, _asked(one))]


def is_question(claim: FactCandidate) -> bool:
    """Whether the claim only asks if something that was put in doubt is still so."""
    return claim.unsure == STILL_SO


def _told(text: str) -> Iterator[tuple[str, str]]:
    """What each sentence tells, without what it asks; and the same with what it may speak of."""
    words, _ = with_apostrophes(own_words(text))
    before = ""
    for start, end in sentences(words):
        sentence = words[start:end].rstrip(" .!?")
        is_asked = asks(words[start:end])
        tail = (QUESTION_TAIL.search(sentence) or (NOW_THAT.match(sentence) and ASKED.search(sentence))) if is_asked else None
        told = sentence[: tail.start()] if tail else "" if is_asked else sentence
        if told and not NOT_FOR_LONG.search(told):
            yield told, f"{before} {told}" if GOES_ON_ABOUT.search(told) else told
        before = sentence


def _spoken_of(text: str, held: Sequence[Fact]) -> list[Fact]:
    """Those of the facts that the text can be about at all, found without a pattern of their own: most cannot."""
    words = with_apostrophes(text.replace("’", "'"))[0]
    begun = {word[:NAME_CHARS] for word in re.findall(r"\w+", words.casefold())}
    told = {kind: bool(kind.alone and alone(kind).search(words)) for kind in KINDS}
    told[FAVOURITE] = False
    called = {fold(fact.value): fact.predicate for fact in held}  # Edie is the nan

    def is_spoken_of(fact: Fact) -> bool:
        if any(word[:NAME_CHARS] in begun for word in re.findall(r"\w{3,}", fold(f"{fact.value} {fact.subject}"))):
            return True
        kinds = _kinds(fact)
        nouns = [fact.predicate, called.get(fold(fact.subject), ""), *"|".join(kind.nouns for kind in kinds).split("|")]
        nouns += ALSO_CALLED.get(fold(fact.value), [])
        return any(told[kind] for kind in kinds) or any(noun[:NAME_CHARS] in begun for noun in nouns if noun)

    return [fact for fact in held if is_spoken_of(fact)]


def _is_told(fact: Fact, claims: Sequence[FactCandidate]) -> bool:
    """Whether a claim of the message says already what becomes of the fact."""
    same_slot = [claim for claim in claims if (fold(claim.subject), claim.predicate) == (fold(fact.subject), fact.predicate)]
    told = any(
        one.cardinality == "one" or is_same(fact.value, one.value) or is_same(fact.value, one.corrects) for one in same_slot
    )
    return told or (fact.predicate in PARTNERS and any(one.predicate in PARTNERS and not one.retracted for one in claims))


def _kinds(fact: Fact) -> list[Kind]:
    if fact.predicate.startswith("favourite "):
        return [FAVOURITE]
    return [kind for kind in KINDS if fact.predicate in kind.predicates]


def _ends(sentence: str, around: str, fact: Fact, held: Sequence[Fact]) -> bool:
    """Whether the sentence, which may speak of what stands `around`, says that the fact is over."""
    if fact.subject != "user":
        if not re.search(_subject(fact, held), around, re.IGNORECASE):
            return False
        if DEATH.search(sentence):
            return True
    for kind in _kinds(fact):
        named = _names(fact, held, kind)
        if named and STILL.search(_marked(named, sentence)):
            return False
        if _ends_named(sentence, around, fact, held, kind) or _ends_unnamed(sentence, fact, held, kind):
            return True
    return False


def _ends_named(sentence: str, around: str, fact: Fact, held: Sequence[Fact], kind: Kind) -> bool:
    """Whether the sentence, or what it goes on from, names the fact, and ends it."""
    named = _names(fact, held, kind)
    if not named or not re.search(named, around, re.IGNORECASE):
        return False
    marked = _marked(named, sentence)
    if OF_IT.search(marked):
        return False
    directly, near = rows(kind)
    return any(_is_so(marked, match, fact) for match in directly.finditer(marked)) or any(
        _is_so(marked, match, fact, negated=True) for match in near.finditer(marked)
    )


def _marked(named: str, sentence: str) -> str:
    return SEVERAL_TIMES.sub(IT, re.sub(named, IT, sentence, flags=re.IGNORECASE))


def _ends_unnamed(sentence: str, fact: Fact, held: Sequence[Fact], kind: Kind) -> bool:
    """Whether the sentence ends the only fact of a kind: "I handed my notice in", "we've a new landlord"."""
    if not _is_only(fact, held, kind):
        return False
    patterns = [alone(kind)] if kind.alone else []
    if cardinality(fact.predicate) == "one" and kind is not FAVOURITE and ANOTHER.search(sentence):
        noun = kind.nouns or re.escape(fact.predicate)
        patterns.append(spaced(rf"{ANOTHER_ONE}(?:{noun})\b|\b(?:switched|changed|swapped) (?:{noun})s?\b"))
    return any(_is_so(sentence, match, fact) for pattern in patterns for match in pattern.finditer(sentence))


def _is_so(sentence: str, match: re.Match[str], fact: Fact, *, negated: bool = False) -> bool:
    """Whether the words of ending that were found are said as done, and of whom the fact tells."""
    begins = [0, *(cut.end() for cut in CLAUSE.finditer(sentence, 0, match.start()))]
    lead = sentence[begins[-1] : match.start()]
    if NOT_YET.search(lead) or (NEGATED.search(lead) and not negated):
        return False
    if fact.subject != "user" and FIRST_PERSON.search(lead):
        return False
    if fact.subject != "user" or (_is_alive(fact) and IT in sentence):
        return True
    of_speaker = FIRST_PERSON.search(lead) or OF_SPEAKER.search(match[0]) or TO_SPEAKER.match(sentence, match.end())
    return bool(of_speaker) or match[0].startswith(IT) or _is_unsaid(lead)


def _is_alive(fact: Fact) -> bool:
    return kind_of_value(fact.predicate) in ("person", "animal") or fact.predicate in ANIMALS


def _is_unsaid(lead: str) -> bool:
    """Whether nobody else is said to have done what follows."""
    for word in re.findall(rf"[\w'{IT}]+", lead.lower()):
        if word not in FILLERS and not word.endswith(("ly", "day")):
            return word.startswith(IT) or word in DID or word.endswith("ed")
    return True


def _names(fact: Fact, held: Sequence[Fact], kind: Kind) -> str:
    """A pattern of what may name the fact: words of its value, or what it is where there is one of these; "" for none."""
    words = [word for word in re.findall(r"[\w'-]+", fact.value) if len(word) > 2 and fold(word) not in NO_NAMES]
    proper = [re.escape(word) for word in words if not word[:1].islower()]
    named = [rf"(?:{'|'.join(proper)})(?:\s+(?:{'|'.join(proper)}))*"] if proper else []
    if words and not proper:
        named.append(r"\s".join(re.escape(re.sub(r"(?:es?|s|ing)$", "", word)) + r"\w{0,4}" for word in words[-2:]))
    noun = kind.nouns or (fact.predicate if _is_alive(fact) else "")
    named += ALSO_CALLED.get(fold(fact.value), [])
    if noun and _is_only(fact, held, kind):
        named.append(rf"(?:my|our|the|his|her|their) (?:(?!new\b|next\b|first\b)[\w-]+ ){{0,2}}?(?:{noun})")
    return rf"\b(?:{'|'.join(named)})\b" if named else ""


def _subject(fact: Fact, held: Sequence[Fact]) -> str:
    """A pattern of what the subject of the fact is called: by name, or as the user's sister."""
    called = [re.escape(fact.subject.removeprefix("user's ").split()[0])]
    called += [re.escape(one.predicate) for one in held if one.subject == "user" and is_same(one.value, fact.subject)]
    return rf"\b(?:{'|'.join(called)})\b"


def _is_only(fact: Fact, held: Sequence[Fact], kind: Kind) -> bool:
    alike = kind.predicates if kind.nouns or kind.alone else (fact.predicate,)
    return len({fold(one.value) for one in held if one.subject == fact.subject and one.predicate in alike}) == 1


def _taken_back(
    text: str, held: Sequence[Fact], said_at: datetime, before: str, *, only_jests: bool = False
) -> Iterator[tuple[Fact, str]]:
    """What the user says was never so: what they name beside such words, or all that a message told that only told."""
    words, _ = with_apostrophes(own_words(text))
    recent = told_just_before(held, said_at)
    only_told = not before.rstrip().endswith("?")
    said_here = ""
    for start, end in sentences(words):
        last_here, said_here = said_here, words[start:end]
        sentence = words[start:end].rstrip(" .!")
        jest = IN_JEST.search(sentence)
        if not jest and (only_jests or sentence.endswith("?")):
            continue
        if not (jest or WAS_WRONG.search(sentence) or TAKE_BACK.search(sentence)):
            continue
        named = [fact for fact in _spoken_of(sentence, held) if _is_named(fact, sentence)]
        takes_back = (only_told and TAKE_BACK.search(sentence)) or (len(recent) == 1 and OF_WHAT_WAS_TOLD.search(sentence))
        of_this = len(last_here.split()) >= JESTED_WORDS and not asks(last_here) and not LAUGHS.search(last_here)
        if not named and ((jest and not of_this) or takes_back):
            named = recent
        yield from ((fact, sentence) for fact in named if jest or fact in recent)


def _is_named(fact: Fact, sentence: str) -> bool:
    named = _names(fact, (), FAVOURITE)
    return bool(named) and bool(re.search(named, sentence, re.IGNORECASE))


def _over(fact: Fact, words: str, text: str, said_at: datetime, *, wrong: bool) -> FactCandidate:
    ended = find_date(words, said_at=said_at)
    return FactCandidate(
        fact.subject, fact.predicate, fact.value, as_written(words.strip(), text), fact.cardinality, None, True,
        invalid_at=ended if ended and ended > fact.began_at and not wrong else None, corrects=fact.value if wrong else "",
    )  # fmt: skip


def _asked(over: FactCandidate) -> FactCandidate:
    return replace(over, retracted=False, corrects="", invalid_at=None, unsure=STILL_SO)
