"""What a message means in the light of what is held: corrections, endings, and of whom "she" is said."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mem.fact_reading import read_facts
from mem.records import Evidence, Fact

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)


def fact(subject: str, predicate: str, value: str, *, minutes_ago: int = 100_000, many: bool = False) -> Fact:
    said_at = NOW - timedelta(minutes=minutes_ago)
    evidence = (Evidence(value, "e1", "m1", said_at),)
    return Fact("f1", subject, predicate, value, "many" if many else "one", said_at, evidence=evidence)


BRADFORD = fact("user", "lives in", "Bradford", minutes_ago=2)
VAN = fact("user", "owns", "van", many=True)


@pytest.mark.parametrize(
    ("text", "held", "told"),
    [
        ("no, I meant Leeds", [BRADFORD], ("user", "lives in", "Leeds", "Bradford")),
        ("sorry, it's Thursday not Friday", [fact("user", "day off", "Friday", minutes_ago=1)],
         ("user", "day off", "Thursday", "Friday")),
        ("wait no, 21 April. she'd kill me", [fact("user's wife", "birthday", "12 April", minutes_ago=3)],
         ("user's wife", "birthday", "21 April", "12 April")),
        ("*Aoife", [fact("user", "daughter", "Aiofe", minutes_ago=1)], ("user", "daughter", "Aoife", "Aiofe")),
        ("Correction: I live in Leeds.", [BRADFORD], ("user", "lives in", "Leeds", "Bradford")),
        ("I don't live in Bath", [fact("user", "lives in", "Bath")], ("user", "lives in", "Bath", "")),
        ("I don't live in Bath", [fact("user", "lives in", "Bath", minutes_ago=2)], ("user", "lives in", "Bath", "Bath")),
        ("We sold the van on Saturday", [VAN], ("user", "owns", "van", "")),
        ("Luca and I broke up.", [fact("user", "boyfriend", "Luca")], ("user", "boyfriend", "Luca", "")),
        ("i've left Lidl, thank god", [fact("user", "works at", "Lidl")], ("user", "works at", "Lidl", "")),
        ("finally out of work, I was laid off", [fact("user", "works at", "Lidl")], ("user", "works at", "Lidl", "")),
        ("our cat died last night", [fact("user", "cat", "Miso")], ("user", "cat", "Miso", "")),
        ("Wes moved out last weekend", [fact("user", "housemate", "Wes")], ("user", "housemate", "Wes", "")),
        ("I don't use Dr Bo any more", [fact("user", "dentist", "Dr Bo")], ("user", "dentist", "Dr Bo", "")),
        ("came off sertraline in May", [fact("user", "takes", "50mg sertraline")], ("user", "takes", "50mg sertraline", "")),
        ("should've said, Newcastle under Lyme, not the big one", [fact("user", "lives in", "Newcastle", minutes_ago=2)],
         ("user", "lives in", "Newcastle under Lyme", "Newcastle")),
        ("I take lisinopril, not ramipril", [fact("user", "takes", "ramipril", many=True)],
         ("user", "takes", "lisinopril", "ramipril")),
        ("Tom's a gas fitter and has never been a plumber", [fact("Tom", "works as", "plumber")],
         ("Tom", "works as", "gas fitter", "plumber")),
        ("sorry. It's Elliot, with one t", [fact("user", "son", "Elliott", minutes_ago=2, many=True)],
         ("user", "son", "Elliot", "Elliott")),
        ("I cancelled the PureFlex membership", [fact("user", "member of", "PureFlex gym", many=True)],
         ("user", "member of", "PureFlex gym", "")),
        ("I've stepped down from the hospice shop", [fact("user", "volunteers at", "the hospice shop", many=True)],
         ("user", "volunteers at", "the hospice shop", "")),
        ("so done with brackley", [fact("user", "works at", "brackley post")], ("user", "works at", "brackley post", "")),
        ("you can scratch the vegan thing", [fact("user", "diet", "vegan")], ("user", "diet", "vegan", "")),
    ],
)  # fmt: skip
def test_what_is_held_is_corrected_or_ended(text: str, held: list[Fact], told: tuple[str, ...]) -> None:
    [claim] = read_facts(text, said_at=NOW, held=held)

    assert (claim.subject, claim.predicate, claim.value, claim.corrects) == told
    assert claim.quote in text


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("no, I meant Leeds", []),
        ("no, I meant Leeds", [fact("user", "lives in", "Bradford")]),  # told long ago
        ("no, I meant Leeds", [BRADFORD, fact("user", "name", "Jo", minutes_ago=2)]),  # which of them?
        ("sorry, I meant what I said", [BRADFORD]),
        ("Did we sell the van?", [VAN]),
        ("If we sold the van we could fly", [VAN]),
        ("They sold the van", [VAN]),
        ("We sold the boat", [VAN]),
        ("I don't see Ada any more", [fact("user", "sister", "Ada")]),
        ("my dad was laid off", [fact("user", "works at", "Lidl")]),
        ("our cat died last night", [fact("user", "cat", "Miso"), fact("user", "cat", "Tofu")]),
        ("Add that all my bones are rattling. Kidding, don't.", [BRADFORD]),
    ],
)
def test_nothing_is_taken_back_that_was_not_surely_meant(text: str, held: list[Fact]) -> None:
    assert read_facts(text, said_at=NOW, held=held) == []


TOM = fact("user", "brother", "Tom", minutes_ago=2, many=True)
BAKER = fact("Tom", "works as", "baker", minutes_ago=2)
ADA, NURSE = fact("user", "sister", "Ada", minutes_ago=2, many=True), fact("Ada", "works as", "nurse", minutes_ago=2)
LEEDS = fact("Tom", "lives in", "Leeds", minutes_ago=2)
REX = fact("user", "dog", "Rex", minutes_ago=2, many=True)
RUTH = fact("user", "boss", "Ruth", minutes_ago=2, many=True)


@pytest.mark.parametrize(
    ("text", "held", "told"),
    [
        ("No, Tom is not a baker, he is a butcher", [TOM, BAKER], ("Tom", "works as", "butcher", "baker")),
        ("He is not a baker but a butcher", [TOM, BAKER], ("Tom", "works as", "butcher", "baker")),
        ("Correction: Tom is a butcher, not a baker", [TOM, BAKER], ("Tom", "works as", "butcher", "baker")),
        ("No, Ada isn't a nurse, she's a doctor", [ADA, NURSE], ("Ada", "works as", "doctor", "nurse")),
        ("Ada isn't a nurse, she is a doctor", [ADA, NURSE], ("Ada", "works as", "doctor", "nurse")),
        ("no, Tom is not in Leeds, he is in York", [TOM, LEEDS], ("Tom", "lives in", "York", "Leeds")),
        ("No, Tom does not live in Leeds, he lives in York", [TOM, LEEDS], ("Tom", "lives in", "York", "Leeds")),
        ("No, Tom is not vegan, he is vegetarian", [TOM, fact("Tom", "diet", "vegan", minutes_ago=2)],
         ("Tom", "diet", "vegetarian", "vegan")),
        ("Tom's not a baker, he's a butcher", [TOM, BAKER], ("Tom", "works as", "butcher", "baker")),
        ("Tom doesn't live in Leeds, he lives in York", [TOM, LEEDS], ("Tom", "lives in", "York", "Leeds")),
        ("Tom doesn't live in Leeds any more, he lives in York", [TOM, LEEDS], ("Tom", "lives in", "York", "")),
        ("No, Sainsbury's, not Tesco", [fact("user", "works at", "Tesco", minutes_ago=2)],
         ("user", "works at", "Sainsbury's", "Tesco")),
        ("Rex is not 5, he is 6", [REX, fact("Rex", "age", "5", minutes_ago=2)], ("Rex", "age", "6", "5")),
        ("No, my boss is not Ruth, it is Rita", [RUTH], ("user", "boss", "Rita", "Ruth")),
        ("No, my boss isn't Ruth, she is Rita", [RUTH], ("user", "boss", "Rita", "Ruth")),
        ("No, my brother is not Tom, he is Tim", [TOM, BAKER], ("user", "brother", "Tim", "Tom")),
        ("no, my dog isn't Rex, it's Max", [REX], ("user", "dog", "Max", "Rex")),
        ("no, my favourite colour isn't green, it is blue", [fact("user", "favourite colour", "green", minutes_ago=2)],
         ("user", "favourite colour", "blue", "green")),
        ("no wait, Tom is still in York, the move is in spring", [LEEDS], ("Tom", "lives in", "York", "Leeds")),
        ("sorry, he's still in York until May", [TOM, LEEDS], ("Tom", "lives in", "York", "Leeds")),
        ("no, I'm still in York", [BRADFORD], ("user", "lives in", "York", "Bradford")),
    ],
)  # fmt: skip
def test_not_this_but_that_corrects_the_value_and_leaves_whom_it_is_said_of(
    text: str, held: list[Fact], told: tuple[str, ...]
) -> None:
    claims = [claim for claim in read_facts(text, said_at=NOW, held=held) if not claim.retracted]

    assert [(claim.subject, claim.predicate, claim.value, claim.corrects) for claim in claims] == [told]


@pytest.mark.parametrize(
    "text",
    [
        "Tom is not happy, he is tired", "No, Tom is not here", "no, Tom isn't", "he is still in York for two days",
        "no, I am still in York", "no, is he still in York?",
    ],
)  # fmt: skip
def test_what_names_nothing_told_corrects_nothing(text: str) -> None:
    assert read_facts(text, said_at=NOW, held=[TOM, BAKER, LEEDS]) == []


def test_what_is_corrected_is_not_told_to_be_over_besides() -> None:
    held = [fact("user", "works at", "Lidl", minutes_ago=2)]
    [claim] = read_facts("I'm not at Lidl, I am at Aldi", said_at=NOW, held=held)

    assert (claim.value, claim.corrects, claim.retracted) == ("Aldi", "Lidl", False)


def test_who_is_not_the_users_brother_is_no_brother_and_whatever_else_he_is() -> None:
    before = ["My brother Tom is a baker"]
    claims = read_facts("Tom is not my brother, he is my cousin", said_at=NOW, held=[TOM, BAKER], recent=before)

    assert {(claim.predicate, claim.value, claim.retracted) for claim in claims} == {
        ("brother", "Tom", True), ("cousin", "Tom", False),
    }  # fmt: skip
    assert read_facts("Tom is not my boss", said_at=NOW, held=[TOM, BAKER]) == []


def test_a_correction_within_one_message_leaves_the_right_value_alone() -> None:
    [claim] = read_facts("I work at Barclays, sorry, not Barclays, NatWest.", said_at=NOW)

    assert (claim.value, claim.corrects, claim.retracted) == ("NatWest", "", False)


def test_she_is_the_one_spoken_of_just_before() -> None:
    held = [fact("user", "sister", "Ada")]

    [claim] = read_facts("yeah she moved to Oslo in May", said_at=NOW, held=held, recent=["my sister Ada is a biologist"])

    assert (claim.subject, claim.predicate, claim.value) == ("Ada", "lives in", "Oslo")
    assert claim.valid_at == datetime(2026, 5, 1, tzinfo=UTC)


def test_a_sister_who_gets_a_name_keeps_what_was_told_of_her() -> None:
    held = [fact("user's sister", "lives in", "Bristol")]

    claims = read_facts("my sister Ruth moved to Cardiff", said_at=NOW, held=held)

    assert [(claim.subject, claim.value, claim.aliases) for claim in claims] == [
        ("user", "Ruth", ()),
        ("Ruth", "Cardiff", ("user's sister",)),
    ]


SISTER, FRIEND = fact("user", "sister", "Ada"), fact("user", "friend", "Ada")


@pytest.mark.parametrize(
    ("text", "recent", "who"),
    [
        ("my friend Ada moved to Rome", "", ["Ada (friend)"]),
        ("my sister Ada moved to Rome", "", ["Ada"]),
        ("she moved to Rome", "my friend Ada called", ["Ada (friend)"]),
        ("Ada moved to Rome", "", ["Ada", "Ada (friend)"]),
        ("she moved to Rome", "Ada called", ["Ada", "Ada (friend)"]),
    ],
)
def test_two_of_one_name_are_told_apart_and_where_they_cannot_be_both_readings_wait(
    text: str, recent: str, who: list[str]
) -> None:
    claims = [claim for claim in read_facts(text, said_at=NOW, held=[SISTER, FRIEND], recent=[recent]) if claim.value == "Rome"]

    assert [claim.subject for claim in claims] == who
    assert {claim.unsure for claim in claims} == {"it is not clear which Ada is meant" if len(who) > 1 else ""}


def test_a_best_friend_is_the_friend_of_that_name() -> None:
    claims = read_facts("my best friend Ada moved to Rome", said_at=NOW, held=[FRIEND])

    assert [(claim.subject, claim.unsure) for claim in claims] == [("user", ""), ("Ada", "")]


@given(st.text(max_size=120))
def test_no_text_gives_a_claim_without_its_words(text: str) -> None:
    for claim in read_facts(text, said_at=NOW, held=[BRADFORD, VAN], recent=["my sister Ada is here"]):
        assert claim.quote
        assert claim.quote in text
