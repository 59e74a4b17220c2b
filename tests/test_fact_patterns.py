"""The labelled messages are in two halves: "before" the patterns were written, and "after" they were finished."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mem.fact_patterns import find_facts
from mem.fact_table import PREDICATES, cardinality
from mem.fact_times import find_date

STATEMENTS = json.loads((Path(__file__).parent / "data" / "statements.json").read_text("utf-8"))
NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
PIECES = [
    *("I live in ", "my sister ", "Ada ", "and ", "works at ", "'s ", "is called ", "in May ", "2019 ", ", ", ". ", "? "),
    *("who ", '"', "'", "`", "\n", "my ", "favourite ", "name is ", "allergic to ", "I'm "),
    *("don't ", "any more ", "birthday ", "3 June ", "İ", "ß", "\x00", "😂", "’"),
    *("like ", "two years ago ", "nurse ", "at ", "a ", "1 "),
]


def read(text: str, at: datetime = NOW) -> list[tuple[str, ...]]:
    """Subject, predicate, value, and "retracted" where it no longer holds."""
    facts = find_facts(text, said_at=at)
    return [(fact.subject, fact.predicate, fact.value, *(["retracted"] if fact.retracted else [])) for fact in facts]


def precision_and_recall(half: str) -> tuple[float, float]:
    right = found = wanted = 0
    for case in STATEMENTS[half]:
        labels = {tuple(label) for label in case["facts"]}
        facts = set(read(case["text"], datetime.fromisoformat(case["said_at"])))
        right, found, wanted = right + len(labels & facts), found + len(facts), wanted + len(labels)
    return right / found, right / wanted


@pytest.mark.parametrize(("half", "least_recall"), [("before", 0.6), ("after", 0.5)])
def test_what_is_found_is_right_and_most_is_found(half: str, least_recall: float) -> None:
    precision, recall = precision_and_recall(half)

    assert precision >= 0.95
    assert recall >= least_recall


@pytest.mark.parametrize("half", ["before", "after"])
def test_a_third_of_the_labelled_messages_states_nothing(half: str) -> None:
    empty = [case for case in STATEMENTS[half] if not case["facts"]]

    assert len(empty) / len(STATEMENTS[half]) >= 0.3


@pytest.mark.parametrize("case", STATEMENTS["before"] + STATEMENTS["after"], ids=lambda case: case["text"][:40])
def test_every_quote_is_in_the_text_and_holds_the_value(case: dict[str, str]) -> None:
    for fact in find_facts(case["text"], said_at=datetime.fromisoformat(case["said_at"])):
        assert fact.quote in case["text"]
        assert fact.value in fact.quote
        assert fact.cardinality == cardinality(fact.predicate)
        assert fact.predicate in PREDICATES or fact.predicate.startswith("favourite ")


def test_a_sentence_with_three_facts_gives_each_its_subject_quote_and_time() -> None:
    facts = find_facts("my sister Ada moved to Lisbon in May and works at the aquarium", said_at=NOW)

    assert [(fact.subject, fact.predicate, fact.value, fact.quote, fact.valid_at) for fact in facts] == [
        ("user", "sister", "Ada", "my sister Ada", None),
        ("Ada", "lives in", "Lisbon", "my sister Ada moved to Lisbon in May", datetime(2026, 5, 1, tzinfo=UTC)),
        ("Ada", "works at", "the aquarium", "my sister Ada moved to Lisbon in May and works at the aquarium", None),
    ]


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("My dog is called “Biscuit”.", [("user", "dog", "Biscuit")]),
        ("hey just so u know im a tram driver", [("user", "works as", "tram driver")]),
        ("Remember that I live in Hull, and that my dog is Rex.", [("user", "lives in", "Hull"), ("user", "dog", "Rex")]),
        ("Which bin is it? I live in Leipzig if that matters.", [("user", "lives in", "Leipzig")]),
        ("we've got two retired greyhounds Tuppence and Marlow", [("user", "dog", "Tuppence"), ("user", "dog", "Marlow")]),
        ("I'm a member of the local gym", [("user", "member of", "local gym")]),
        ("I'll show it to my drama group", [("user", "member of", "drama group")]),
        ("i sing in a choir on sundays", [("user", "member of", "choir")]),
        ("My old choir was better", []),
        ("My sister's husband is a beekeeper", [("user's sister's husband", "works as", "beekeeper")]),
        ("My brother Tom and his wife works at BP", [("user", "brother", "Tom"), ("Tom's wife", "works at", "BP")]),
        ("My neighbour's son is learning the drums", []),
        ("I'm Ethiopian", [("user", "nationality", "Ethiopian")]),
        ("I'm Uruguayan, from Salto.", [("user", "is from", "Salto"), ("user", "nationality", "Uruguayan")]),
        ("my sons allergic to kiwi", [("user's son", "allergic to", "kiwi")]),
        ("used to be a welder", [("user", "works as", "welder", "retracted")]),
        ("I smoked for twenty years and stopped in 2019.", [("user", "smokes", "for twenty years", "retracted")]),
        ("I don't drive, never learnt", [("user", "does not", "drive")]),
        ("I don't drive to work", []),
        ("I suppose I'm old: I was born in 1950", [("user", "birth year", "1950")]),
        ("Suppose I'm a pirate. I live in Tortuga.", []),
        ("How often should I change the oil in my Yaris?", [("user", "owns", "Yaris")]),
        ("my tablet is ramipril", [("user", "takes", "ramipril")]),
        ("I've switched from lithium to HRT", [("user", "takes", "HRT"), ("user", "takes", "lithium", "retracted")]),
        ("I take magnesium every night and the bus by day", [("user", "takes", "magnesium")]),
        ("Gran turns 90 on the 2nd of April.", [("user's gran", "birthday", "2nd of April")]),
        ("I'm not a teacher, I'm the caretaker at a school.", [("user", "works as", "caretaker")]),
        ("I've started learning British Sign Language", [("user", "is learning", "British Sign Language")]),
        ("I play the hurdy-gurdy and it won't hold its tuning", [("user", "plays", "the hurdy-gurdy")]),
        ("My friend says 'Go home.' I live in Bath.", [("user", "lives in", "Bath")]),
        ("My mum is 70 years old. She owns a boat.", [("user's mum", "age", "70"), ("user's mum", "owns", "boat")]),
        ("My sister Ada met Maria. She lives in Rome.", [("user", "sister", "Ada")]),
        ("My brother Tom called. She lives in Rome.", [("user", "brother", "Tom")]),
        ("I have two kids. How do I make porridge?", [("user", "has", "two kids")]),
        ("I don't eat meat or fish.", [("user", "does not eat", "meat"), ("user", "does not eat", "fish")]),
        ("I don't eat meat any more.", [("user", "does not eat", "meat")]),
        ("I'm no longer vegetarian.", [("user", "diet", "vegetarian", "retracted")]),
        ("I live in Portland, Oregon, and own a boat.", [("user", "lives in", "Portland, Oregon"), ("user", "owns", "boat")]),
        ("I love tea and need help planning dinner.", [("user", "likes", "tea")]),
        ("My favorite author is Ursula K. Le Guin.", [("user", "favourite author", "Ursula K. Le Guin")]),
        ("No, her name is Eva.", []),
        ("I'd love it if I lived in Rome. I moved to Google Docs.", []),
        ("My sister said I live in a zoo. My name is unusual.", []),
        ("allergic to nuts, by the way", [("user", "allergic to", "nuts")]),
        ("new job: baker at Lola's", [("user", "works as", "baker"), ("user", "works at", "Lola")]),
        ("new job: someone has to do it", []),
        ("I take 20 mg of ramipril every morning", [("user", "takes", "20 mg of ramipril")]),
        ("I take 20 minutes to walk there. I take the bus.", []),
        ("My parents live in Hull. They own a caravan.",
         [("user's parents", "lives in", "Hull"), ("user's parents", "owns", "caravan")]),
        ("My friend Sam called. They live in Rome.", [("user", "friend", "Sam"), ("Sam", "lives in", "Rome")]),
        ("My friend Sam works at Eni. They moved to Rome.", [("user", "friend", "Sam"), ("Sam", "works at", "Eni")]),
        ("My sister Ada is married to Ben. Ben works as a plumber.",
         [("user", "sister", "Ada"), ("Ada", "married to", "Ben"), ("Ben", "works as", "plumber")]),
        ("Ben works as a plumber. My sister Ada is married to Ben.",
         [("Ben", "works as", "plumber"), ("user", "sister", "Ada"), ("Ada", "married to", "Ben")]),
        ("My girlfriend is my PS5 lol. I live in Rome.", [("user", "lives in", "Rome")]),
        ("I live in a castle. My butler is called Jeeves. lol", []),
        ("my friend Gav (we went to school together) lives in Bath", [("user", "friend", "Gav"), ("Gav", "lives in", "Bath")]),
        ("we live in interesting times", []),
        ("Remember: my locker combination is 12-4-30 and my api key is sk-abc123def456ghi789.", []),
    ],
)  # fmt: skip
def test_a_text_states_exactly(text: str, facts: list[tuple[str, ...]]) -> None:
    assert read(text) == facts


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("My wife Annelise, who's diabetic, is here.", [("user", "wife", "Annelise"), ("Annelise", "condition", "diabetic")]),
        ("My husband Piotr, a paramedic, plays chess.",
         [("user", "husband", "Piotr"), ("Piotr", "works as", "paramedic"), ("Piotr", "plays", "chess")]),
        ("My granddad Albert, 91, lives in Whitby.",
         [("user", "granddad", "Albert"), ("Albert", "age", "91"), ("Albert", "lives in", "Whitby")]),
        ("my niece Pearl, she's two", [("user", "niece", "Pearl"), ("Pearl", "age", "two")]),
        ("My sister's husband, Rufus, works at Siemens.", [("Rufus", "works at", "Siemens")]),
        ("The guy next door, Trevor, keeps pigeons.", [("user", "neighbour", "Trevor"), ("Trevor", "has", "pigeons")]),
        ("One of my aunts is Flora and the other is Fiona.", [("user", "aunt", "Flora"), ("user", "aunt", "Fiona")]),
        ("Flora is my aunt and she plays the cello.", [("user", "aunt", "Flora"), ("Flora", "plays", "the cello")]),
        ("It's a card for Renske, my boss. She lives in Ghent.", [("user", "boss", "Renske"), ("Renske", "lives in", "Ghent")]),
        ("My colleague Hamid told me he's a widower.", [("user", "colleague", "Hamid")]),
        ("It isn't me who plays the oboe, it's my son Sam.", [("user", "son", "Sam"), ("Sam", "plays", "the oboe")]),
        ("I was married to Zoe until 2018. She was vegan.",
         [("user", "married to", "Zoe", "retracted"), ("Zoe", "diet", "vegan", "retracted")]),
    ],
)  # fmt: skip
def test_what_stands_beside_a_person_is_said_of_them(text: str, facts: list[tuple[str, ...]]) -> None:
    assert sorted(read(text)) == sorted(facts)


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("I'm a night porter at the Royal Infirmary, which podcasts are good?",
         [("user", "works as", "night porter"), ("user", "works at", "the Royal Infirmary")]),
        ("I'm a 63-year-old baker in Cork",
         [("user", "age", "63"), ("user", "works as", "baker"), ("user", "lives in", "Cork")]),
        ("beekeeper here, just outside Graz", [("user", "works as", "beekeeper"), ("user", "lives near", "Graz")]),
        ("I unblock drains for a living", [("user", "unblocks", "drains")]),
        ("How far is it from Penrith? That's where I live.", [("user", "lives in", "Penrith")]),
        ("the kerb outside my bungalow in Skipton is too high", [("user", "lives in", "Skipton")]),
        ("with my asthma I can't carry her", [("user", "has", "asthma")]),
        ("I nearly moved to Oslo, but I live in Leeds.", [("user", "lives in", "Leeds")]),
        ("If it happens, my partner Ines wants a cat.", [("user", "partner", "Ines")]),
        ("I'm not allergic to walnuts, I just can't stand them", [("user", "dislikes", "walnuts")]),
        ("Prawns bring me out in hives", [("user", "allergic to", "Prawns")]),
        ("im muslim", [("user", "religion", "muslim")]),
        ("I only have a Canadian passport", [("user", "nationality", "Canadian")]),
        ("My GP put me on ramipril", [("user", "takes", "ramipril")]),
        ("I live in Bath and my mum says it's damp", [("user", "lives in", "Bath")]),
        ("I've given up coffee", [("user", "does not drink", "coffee")]),
    ],
)  # fmt: skip
def test_what_is_half_unsaid_or_said_in_passing_is_read(text: str, facts: list[tuple[str, ...]]) -> None:
    assert sorted(read(text)) == sorted(facts)


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("What should I get my sister Ada for her birthday?", [("user", "sister", "Ada")]),
        ("what can I cook for my wife Jo, who's vegan?", [("user", "wife", "Jo"), ("Jo", "diet", "vegan")]),
        ("hey, how should I brush my cat Miso?", [("user", "cat", "Miso")]),
        ("I live in Leeds, what could I get my sister Ada?", [("user", "lives in", "Leeds"), ("user", "sister", "Ada")]),
        ("Can Ben, our neighbour, park there?", [("user", "neighbour", "Ben")]),
        ("What could I cook, as I'm allergic to nuts?", [("user", "allergic to", "nuts")]),
        ("now that I live in Leeds, where can I swim?", [("user", "lives in", "Leeds")]),
        ("it turns out that my brother lives in Hull", [("user's brother", "lives in", "Hull")]),
        ("me and the kids Jonah (7) and Maisie (4)",
         [("user", "child", "Jonah"), ("Jonah", "age", "7"), ("user", "child", "Maisie"), ("Maisie", "age", "4")]),
        ("my honda civic failed its mot", [("user", "owns", "honda civic")]),
        ("I'm in the fraud team at Barclays", [("user", "works at", "Barclays")]),
        ("My daughter Keira is at Hollins High", [("user", "daughter", "Keira"), ("Keira", "studies at", "Hollins High")]),
        ("I teach chemistry at Ashfield", [("user", "teaches", "chemistry"), ("user", "works at", "Ashfield")]),
        ("I finally got my own place in Walthamstow", [("user", "lives in", "Walthamstow")]),
        ("I've been a Seahawks fan since I was a kid", [("user", "likes", "Seahawks")]),
        ("I play chess online", [("user", "plays", "chess")]),
        ("I married a Scot called Ewan", [("user", "married to", "Ewan")]),
    ],
)
def test_what_people_tell_in_passing_is_read(text: str, facts: list[tuple[str, str, str]]) -> None:
    assert sorted(read(text)) == sorted(facts)


@pytest.mark.parametrize(
    "text",
    [
        *("I work out at PureGym", "I study the menu", "I play the violin in my head", "I play football on my phone"),
        *("I drive an hour to work", "Is my boss Karen?", "do I have a dog called Rex?", "should I call my dog Rex or Max?"),
    ],
)
def test_what_only_sounds_like_it_is_not_read(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("Long before the knees went I was a tram driver", ("works as", "tram driver")),
        ("Before I retired I drove buses for Stagecoach", ("works at", "Stagecoach")),
        ("i used to speak welsh when i was little", ("speaks", "welsh")),
        ("as a boy I had a terrapin called Gordon", ("terrapin", "Gordon")),
        ("Handed in my notice at Halfords last month", ("works at", "Halfords")),
        ("swapped the violin for the drums", ("plays", "the violin")),
        ("I'm a retired teacher", ("works as", "teacher")),
        ("I spent ten years in Lagos", ("lives in", "Lagos")),
    ],
)
def test_what_was_so_is_told_as_gone_by(text: str, fact: tuple[str, str]) -> None:
    assert ("user", *fact, "retracted") in read(text)


@pytest.mark.parametrize(
    "text",
    [
        *("Is my wife Annelise coeliac?", "If I had kids, my daughter Zoe would be spoilt", "The name is Latin for horse."),
        *("my holiday flat in Lisbon", "our old house in Bude", "if my flat in Leeds floods, who pays?"),
        *("I'm in Paris this weekend.", "Does my asthma mean I can't dive?"),
        *("I thought my asthma was gone", "How far is Penrith? I wish I lived there.", "She said she is my aunt Flora"),
        *("I've given up coffee for Lent", "Mondays give me hives", "no meetings, I hate them", "I'm a big mess in Leeds"),
        *("The bloke next door keeps shouting.", "One of my shoes is brown and the other is black.", "Teacher here says no"),
        *("I drive buses mad", "I run a bath", "I clean the kitchen", "I collect the parcel tomorrow", "I'm not Muslim"),
        *("We've left London for the weekend", "She put me on hold", "Imagine I'm a king, but I live in Leeds"),
    ],
)
def test_what_only_looks_alike_states_nothing(text: str) -> None:
    assert read(text) == []


def test_a_bare_name_is_somebody_only_when_already_known() -> None:
    assert read("Ada moved to Porto.") == []

    known = find_facts("Ada moved to Porto.", said_at=NOW, names=["Ada"])

    assert [(fact.subject, fact.predicate, fact.value) for fact in known] == [("Ada", "lives in", "Porto")]


@pytest.mark.parametrize(
    ("phrase", "when"),
    [
        ("in May", datetime(2026, 5, 1, tzinfo=UTC)),
        ("last December", datetime(2025, 12, 1, tzinfo=UTC)),
        ("since March", datetime(2026, 3, 1, tzinfo=UTC)),
        ("in 2019", datetime(2019, 1, 1, tzinfo=UTC)),
        ("on 3 June", datetime(2026, 6, 3, tzinfo=UTC)),
        ("in March 2020", datetime(2020, 3, 1, tzinfo=UTC)),
        ("last week", datetime(2026, 11, 14, 10, tzinfo=UTC)),
        ("yesterday", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("two years ago", datetime(2024, 11, 21, 10, tzinfo=UTC)),
        ("in 2090", None),
        ("some time", None),
    ],
)
def test_a_time_is_read_as_seen_from_when_it_was_said(phrase: str, when: datetime | None) -> None:
    assert find_date(f"I moved {phrase}", said_at=NOW) == when


def test_a_day_is_the_speakers_day() -> None:
    early_in_tokyo = datetime(2026, 11, 21, 3, tzinfo=timezone(timedelta(hours=9)))

    assert find_date("yesterday", said_at=early_in_tokyo) == datetime(2026, 11, 19, 18, tzinfo=UTC)


@given(st.one_of(st.text(max_size=300), st.lists(st.sampled_from(PIECES), max_size=40).map("".join)))
def test_no_text_raises_or_yields_a_quote_that_it_does_not_hold(text: str) -> None:
    for fact in find_facts(text, said_at=NOW):
        assert fact.quote
        assert fact.quote in text


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "text",
    [
        *("my " * 30_000, "a" * 100_000, "I live in " * 10_000, '" ' * 50_000, "." * 100_000 + "a", ("I, " * 160 + ". ") * 200),
        *(" " * 100_000, "'a " * 33_000, "\n" * 100_000, "My Ada " * 14_000),
    ],
    ids=["my", "a", "live", "quotes", "dots", "clauses", "blanks", "apostrophes", "lines", "names"],
)
def test_a_very_long_text_without_a_statement_is_read_to_its_end(text: str) -> None:
    assert find_facts(text, said_at=NOW) == []


def test_a_statement_after_a_sentence_too_long_to_read_is_found() -> None:
    assert read("word " * 5_000 + ". I live in Rome.") == [("user", "lives in", "Rome")]
