"""Which sentences of a message state something about the user's world, and which cannot be taken as said by them.

Questions, hypotheticals, quotations, what others said, texts to translate, stories, jokes and secrets state nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mem.lazy_patterns import LazyPattern
from mem.redaction import MASK, holds_secret

SENTENCE_LIMIT_CHARS = 500
STOP_MARK = "\x1f"  # stands for the blank before a word that a value cannot go on with
UPPER = "".join(chr(code) for code in range(0x250) if chr(code).isupper())


def spaced(source: str) -> LazyPattern:
    """`source` as a pattern: case does not matter, a space stands for any run of blanks, `~` for one without a stop mark."""
    source = re.sub(r" (\??)", lambda gap: rf"[\t {STOP_MARK}]{gap[1] or '+'}", source)
    return LazyPattern(source.replace("~", r"[\t ]+"))


def one_of(*words: str) -> str:
    """A piece of a pattern: any of these words, or pieces."""
    return f"(?:{'|'.join(words)})"


def word_set(text: str) -> frozenset[str]:
    """The words of a list."""
    return frozenset(text.split())


QUOTED = re.compile(
    r"```.*?(?:```|\Z)|`[^`\n]*`|\"[^\"\n]*(?:\"|$)|“[^”\n]*(?:”|$)|(?<!\w)'[^'\n]{2,300}'(?!\w)|^[ \t]*>[^\n]*",
    re.DOTALL | re.MULTILINE,
)
NAME_IN_QUOTES = re.compile(rf"[{UPPER}][\w'-]*(?: [{UPPER}][\w'-]*)?")
NEW_SENTENCE = re.compile(rf"\s+[{UPPER}]")
BOUNDARY = re.compile(r"(?<!\b[B-HJ-Z])(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bSt)(?<!\bMrs)(?<!e\.g)[.!?](?=\s|$)|\n+")
TEXT_WORK = spaced(
    r"\W*(?:(?:please|can you|could you|would you|I want you to|I need you to|help me(?: to)?"
    r"|now)[,\s]\s*){0,3}(?:(?:translate|rewrite|re-write"
    r"|proofread|proof-read|paraphrase|summari[sz]e|reword|rephrase|repeat after me)\b"
    r"|(?:carry on|go on|keep (?:going|on)|continue|pick (?:it )?up) (?:writing )?(?:this |it )?(?:from (?:here|where (?:this"
    r"|it)|this)|where (?:this|it)|in the same|with (?:this|the|my) (?:story|text|poem|chapter|scene|letter|essay))\b"
    r"|(?:make|turn|put|get) (?:this|these|it|the following)\b.{0,40}\b(?:sound|formal|informal|casual|polite|friendl\w+"
    r"|funn\w+|short\w*|long\w*|concise|rhyme|into|professional|clear\w*|grammatical|readable|better|nicer)\b"
    r"|(?:edit|correct|fix|improve|polish|shorten|check|analy[sz]e)"
    r" (?:this|these|the|my (?:text|letter|email|essay|grammar|writing|sentence|bio))\b)"
)
FICTION = spaced(
    r"\b(?:write|compose|create|generate|make up|draft|tell me|give me|continue)\b.{0,60}\b(?:story|stories|poem|song|lyrics"
    r"|novel|dialog(?:ue)?"
    r"|scene|script|haiku|jokes?|limerick|character|monologue|essay|rap|speech|sonnet|diary|persona|example sentences?)\b"
    r"|\b(?:pretend|(?<!I\s)(?:imagine|suppose)|role-?play|let's play|act as|hypothetically|you are (?:now )?(?:an?|my|the)"
    r"|you're (?:now )?an?|in character)\b"
    r"|\b(?:just kidding|kidding|joking|jk|yeah right|sarcas\w+|april fools?)\b|(?<=\s)/s(?=\s|$)"
    r"|\b(?:hypothetical(?:ly)?|for example|example|scenario|character(?: sheet| bio)?|riddle|quote|caption|lyrics?|poem"
    r"|story|essay|novel"
    r"|letter|e-?mail|template|sample|slogan|script|screenplay|dialogue|prompt|listing|advert|ad|profile|review|tweet|headline)"
    r"(?: (?:is|was|so far|below|here|says|reads|goes|(?:from|about|of) \w+(?: \w+){0,3})){0,2} ?: "
    r"|\b(?:reads|goes|as follows|goes like this|so far|it says|they said|he said|she said|wrote) ?: "
    r"|^\W*dear (?:mr|mrs|ms|sir|madam|dr|prof\w*|hiring|customer|team|all|colleagues?|friends?|diary|neighbou?rs?)\b"
    r"|\bsame (?:voice|style|tone)\b|\bmy (?:character|alter ego|avatar|d&d|dnd)\b"
    r"|\bfor the purposes? of\b|\bknock,? knock\b"
    r"|\broses are red\b|\bfinish (?:this|the) (?:story|poem|sentence|line)\b"
)
QUESTION = spaced(
    r"\W*(?:(?:and|but|so|ok|okay|hey|hi|hello|well|also|by the way|thanks)[,\s]\s*){0,3}(?:who|whom|whose|what"
    r"|when(?! (?:I|we) (?:was|were|lived|worked)\b)|where"
    r"|why|how|which|is|are|am|was"
    r"|were|do|does|did|can(?!'t\b)|could|would|will|should(?!'ve| have)|shall|might|(?:have|has|had)(?! to\b| (?:the|my"
    r"|some) [^?]*$)|isn't|aren't|don't you"
    r"|didn't|won't|what's|who's|where's|how's)\b"
)
QUESTION_TAIL = spaced(
    r"(?:[,;—–-] ?(?:(?:and|so|but) )?| (?:and|so|but) )(?:(?:who|what|when|where|why|how|which)\b(?! (?:that|it|this|I|we|not"
    r"|he|she)\b)|(?:can|could|would|do|does|did|should|will|are|is)\b(?! (?:that|it|this|I|we|not|he|she)\W{0,2}$)"
    r"|(?:any|got any|thoughts|ideas|what's|where's|who's|how's|something|anything|maybe|ideally|suggestions|recommendations"
    r"|recs|tips|advice|help|options|worth|best|good|cheap|am I|daft|mad|crazy|silly|stupid|odd"
    r"|weird|normal|sensible|too (?:late|old|much|soon))\b)"
)
KNOW_IF = spaced(r"\b(?:know|wonder|wondering|tell me|see|check|ask|asking|sure) if\b")
UNREAL = spaced(
    r"\b(?:if|wish\w*|unless|let's say|(?<!living\sthe\s)dream\w*|whether|for example|e\.g\.|for instance|not true"
    r"|isn't true|untrue|not the case|false|lie"
    r"|in (?:the|my|an?|this|that) (?:\w+ )?(?:story|book|novel|game|film|movie|song|show|play|series|dream|campaign"
    r"|chapter)|once upon)\b"
    r"|\b(?:nearly|almost|(?:was|were) going to|supposed to)\b|\b(?:basically|practically|virtually|apparently|supposedly"
    r"|allegedly)\b|^(?:so |ok |okay |but |and |right )?say (?:I|my|we)\b"
    r"|\b(?:1[3-9]\d|[2-9]\d\d|\d{4,}) years old\b|\b(?:boss|manager|supervisor|landlord) is (?:\d|one|two|three|four"
    r"|five) years"
    r"|\b(?:call|name) (?:our|my|the|him|her|it)\b(?! (?:now|back|later|up)\b)|\b(?:died|passed away|dead|deceased|put down)\b"
)
# Who laughs at the end was joking; who laughs first laughs at what was said to them.
LAUGH = re.compile(r"\W*(?:(?:lol|lmao|rofl|ha(?:ha)+|[😂🤣😜😉🙃])\W*)?", re.IGNORECASE)
LAUGHS = spaced(r"\b(?:lol|lmao|rofl|mwaha\w*|(?:mwa)?ha(?:ha)+h?|ho ho ho)\b|[😂🤣😜😉🙃]")
JOKE = spaced(
    r"^\W*(?:oh|ah|well|ugh) (?:joy|goody|lovely|great|brilliant|wonderful|fantastic|perfect|good|marvellous|super),?"
    r" (?:another|more|yet|just what|it's|the|now|here we go)\b"
    r"|\b(?:identify as an?|batman|gotham|groot"
    r"|superman|spider-?man|santa|north pole|jedi|darth vader|hogwarts|narnia|mordor|middle-earth|vampire)\b"
    r"|\ballergic to (?:small talk|stupidity|bullshit|bs|cleaning|housework|hard work|authority|early starts|maths|meetings"
    r"|politics"
    r"|cardio|the gym|running|mondays?|mornings?|work|working|people|exercise|sport|responsibility|commitment|nonsense|drama"
    r"|fun|effort|money|adulting|kids|children)\b"
)
REPORTED = spaced(
    r"(?<!\bI\s)(?<!'ve\s)(?<!should\shave\s)\b(?:said|says|saying|told|tells|claim\w*(?! (?:mileage|for|back|on|my|expenses"
    r"|benefits|tax|travel)\b)|wrote|writes|asked|asks"
    r"|(?<!should\s)(?<!must\s)(?<!forgot\sto\s)mention\w*|quot(?:e|es|ed|ing)"
    r"|thinks|thought|believe[sd]?"
    r"|according to|joked|lied|answered|replied|argue[sd]?|heard)\b"
)
TOLD_TO = spaced(r", (?:[\w']+ ){1,3}(?:told|asked) (?:me|us) (?:not )?to\b.*")  # what is said before it is the user's own
TITLE = re.compile(
    r"\b(?:My|I|Your|We) [A-Z]\w* (?:Is|In|At|To|From|The|A|You|Me|It)\b"
    r"|\b(?:Name|Live|Work|Love|Like|Am) (?:Is|In|At|You|The|A)\b"
)
SECRET = re.compile(
    r"\b(?:passwords?|passcodes?|passphrase|pin|cvv|cvc|iban|ssn|social security|seed phrase|(?:api|secret|private|house|ssh"
    r"|recovery|encryption|access|licen[cs]e)"
    r"[ -]keys?|tokens?|(?:card|account|passport|insurance|routing) (?:number|no)|(?:door|alarm|gate|security|access|safe"
    r"|bike|lock|sort|login|entry|backup|verification)"
    r"[ -]?(?:lock )?codes?|my code|combination|credentials)\b",
    re.IGNORECASE,
)
# What may be kept, as a hash may, but is no value of a fact.
RANDOM = re.compile(r"(?=[A-Za-z0-9_+/-]*\d)(?=[A-Za-z0-9_+/-]*[A-Za-z])[A-Za-z0-9_+/-]{20,}|\d(?:[ -]?\d){12,18}")


# As people type: "im", "dont", "my mums called". With the place of the mark that is missing.
UNMARKED = re.compile(
    r"\b(?:(?P<before_m>i)(?=m\b)|(?P<before_ve>i|we|they)(?=ve\b)|(?P<before_re>they|you)(?=re\b)|(?P<before_s>she"
    r"|he|that|what|where|who)"
    r"(?=s\b)|(?P<before_t>don|doesn|didn|can|isn|aren|wasn|weren|won|haven|hasn|hadn|couldn|wouldn|shouldn)(?=t\b)"
    r"|(?P<of_one>(?<=\bmy )(?:mum|mom|dad|mother|father|wife|husband|boyfriend|girlfriend|partner))(?=s\b)"
    r"|(?P<of_many>(?<=\bmy )(?:sister|brother|son|daughter|dog|cat|friend|mate|cousin|aunt|uncle|nan|gran|name))"
    r"(?=s (?:name|called|named|birthday|just|moved|is|favou?rite|a|an|allergic|vegan|got|in (?:year|hospital))\b)"
    r"|(?P<of_me>(?<=\bmy )(?:name|birthday))(?=s\b))",
    re.IGNORECASE,
)

COURTESY = re.compile(
    r"(?:hi|hello|hey|good (?:morning|evening)|thanks|thank you|ok|okay|please|well)\b[\w ,]{0,20}[.!]*", re.IGNORECASE
)


# How a sentence begins that tells something of the user's world: no request begins so.
TELLS = spaced(
    r"\W*(?:(?:and|but|so|oh|ok|okay|well|actually|no|yes|also|by the way|btw|hi|hello|hey|today|yesterday|last \w+|now"
    r"|(?:please )?remember(?: that)?|(?:it )?turn(?:s|ed) out(?: that)?)[,\s]\s*){0,3}"
    r"(?:(?:I|we)\b(?!'d\b| (?:need|want|wonder|wondered|would|hope|guess|think|don't know|do not know|am looking for"
    r"|have (?:an? )?(?:\w+ )?(?:question|request|task)s?)\b)|(?:my|our|he|she|they|the)\b"
    r"|(?:it|there|this|that|(?-i:[A-Z])[\w-]+(?:'s \w+)?(?: (?:and )?(?-i:[A-Z])\w+)?) (?:is|isn't|are|aren't|was|were|has"
    r"|have|had|lives?|lived|works?|worked|likes?|loves?|hates?|moved|plays?|speaks?|stud(?:y|ies))\b|(?:it|that|there)'s\b)"
)
REQUEST = spaced(
    r"\W*(?:(?:and|so|ok|okay|hey|hi|please|also|now|then)[, ]+){0,3}(?:can|could|would|will) you "
    r"(?:please |also |just |now ){0,2}(?:remember|note|make a note|keep|save|store|add|put|write|update|change|replace|correct"
    r"|remove|delete|forget|not forget)\b"
)


def looks_secret(text: str) -> bool:
    """Whether `text` speaks of a password, key, PIN or card, or holds one, masked or not, or some other random string."""
    return bool(SECRET.search(text) or RANDOM.search(text) or MASK in text) or holds_secret(text)


def own_words(text: str) -> str:
    """`text` at the same length, with quotations and code blotted out: what the user says in their own voice."""
    return QUOTED.sub(_blot, text.replace("’", "'").replace("‘", "'"))


def in_earnest(text: str) -> str:
    """The user's own words at the same length, with what they laugh about blotted out: the sentence that a laugh stands in
    or follows, not the one that it opens."""
    words, before = own_words(text), (0, 0)
    for start, end in sentences(words):
        laughed = LAUGH.match(words, start, end).end()  # type: ignore[union-attr]
        if laughed == end and LAUGHS.search(words, start, end):
            words = _without(words, *before)
        elif LAUGHS.search(words, laughed, end) and not asks(words[start:end]):
            words = _without(words, start, end)
        before = (start, end)
    return words


def _without(words: str, start: int, end: int) -> str:
    said = words[start:end].rstrip(".!?")  # the mark stays, where one sentence ends and the next begins
    return words[:start] + "|" * len(said) + words[start + len(said) :]


def with_apostrophes(text: str) -> tuple[str, list[int]]:
    """`text` with the apostrophes that are missing in it, and where in the result each of them stands."""
    pieces, added, done, length = [], [], 0, 0
    for match in UNMARKED.finditer(text):
        pieces.append(text[done : match.end()] + "'")
        length += len(pieces[-1])
        added.append(length - 1)
        done = match.end()
    return "".join([*pieces, text[done:]]), added


def _blot(match: re.Match[str]) -> str:
    inside = match[0][1:-1]
    before = match.string[max(0, match.start() - 7) : match.start()]
    if NAME_IN_QUOTES.fullmatch(inside) and before.lower().endswith(("called ", "named ", "name is ", "call me ")):
        return f" {inside} "
    ends = inside.endswith((".", "!", "?")) and NEW_SENTENCE.match(match.string, match.end())
    return "|" * (len(match[0]) - 1) + ("." if ends else "|")


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Where each sentence of `text` begins and ends, its mark included; the too long ones are left out."""
    start = 0
    for end in (*(boundary.end() for boundary in BOUNDARY.finditer(text)), len(text)):
        sentence = text[start:end]
        begin = start + len(sentence) - len(sentence.lstrip())
        if sentence.strip() and end - begin <= SENTENCE_LIMIT_CHARS:
            yield begin, begin + len(sentence.strip())
        start = end


def asks(sentence: str) -> bool:
    """Whether one sentence is a question, with or without its mark."""
    return sentence.rstrip(" )*_|").endswith("?") or bool(QUESTION.match(sentence))


def stated_part(sentence: str) -> str:
    """The sentence up to the question it ends in ("I live in Bath, where can I swim?"); "" where it states nothing."""
    begin = asked_from(sentence)
    part = sentence[: len(sentence) if begin is None else begin].rstrip(" .!*_")
    return "" if states_nothing(part) else part


def asked_from(sentence: str) -> int | None:
    """Where the question begins that the sentence ends in after something else."""
    tail = QUESTION_TAIL.search(sentence) if sentence.endswith("?") else None
    return tail.start() if tail else None


def told_part(text: str) -> str:
    """What the user tells in their own voice: without quotations, questions, what others said and texts to work on. To ask
    that something be remembered is to tell it."""
    if is_text_to_work_on(text):
        return ""
    words = own_words(text)
    said = [words[start:end] for start, end in sentences(words) if not REPORTED.search(words[start:end])]
    return " ".join(filter(None, (one if REQUEST.match(one) or not asks(one) else stated_part(one) for one in said)))


def states_nothing(sentence: str) -> bool:
    """Whether nothing in the sentence may be taken as said by the user about the world."""
    return asks(sentence) or is_unreal(sentence)


def is_unreal(sentence: str) -> bool:
    """Whether it is only thought of, said by others, or nothing to be kept."""
    real = TOLD_TO.sub("", KNOW_IF.sub("", sentence))
    return any(pattern.search(real) for pattern in (UNREAL, REPORTED, TITLE, SECRET))


def is_text_to_work_on(text: str) -> bool:
    """Whether the message is a text to translate, a story, a part to play or a joke: nothing in it is a claim."""
    if FICTION.search(text) or JOKE.search(text):
        return True
    return any(TEXT_WORK.match(text, start) for start, _ in sentences(text))


def is_question(text: str) -> bool:
    """Whether the whole text only asks; a statement beside the question makes it False, a greeting does not."""
    words = own_words(text)
    said = [words[start:end] for start, end in sentences(words)]
    return any(map(asks, said)) and all(asks(sentence) or COURTESY.fullmatch(sentence) for sentence in said)


def only_tells(text: str) -> bool:
    """Whether every sentence tells something of the user's world, in their own voice, and nothing is asked for."""
    said = [text[start:end] for start, end in sentences(text)]
    told = [one for one in said if not COURTESY.fullmatch(one)]
    return bool(told) and not is_text_to_work_on(text) and all(TELLS.match(one) and not asks(one) for one in told)
