from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mem.errors import ModelError, ModelUnreachable
from mem.fact_extraction import extract_with_model, gate, ground
from mem.fact_patterns import find_facts
from mem.models.scripted import ScriptedChatModel
from mem.records import FactCandidate
from mem.statements import is_question

NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
TEXT = "We bought a narrowboat in May, my cousin Thea loves cooking on it. Does Otto live in Bonn?"
BOAT = {"subject": "user", "predicate": "owns", "value": "narrowboat", "quote": "We bought a narrowboat in May"}
CANDIDATE = FactCandidate("user", "owns", "narrowboat", "We bought a narrowboat in May")


def extract(*facts: object, text: str = TEXT, known: tuple[FactCandidate, ...] = ()) -> list[FactCandidate]:
    model = ScriptedChatModel(extractions=[{"facts": list(facts)}])
    return extract_with_model(model, text, said_at=NOW, known=known)


def test_a_grounded_fact_is_kept_with_the_date_of_its_quote() -> None:
    may = datetime(2026, 5, 1, tzinfo=UTC)

    assert extract(BOAT) == [replace(CANDIDATE, valid_at=may, found_by="model")]


def test_the_quote_is_given_in_the_letters_of_the_text() -> None:
    [fact] = extract(BOAT | {"quote": "we bought a  narrowboat"})

    assert fact.quote == "We bought a narrowboat"


def test_what_the_patterns_know_is_not_found_again() -> None:
    known = replace(CANDIDATE, value="a Narrowboat")

    assert extract(BOAT, BOAT | {"value": "a narrowboat", "predicate": "bought"}, known=(known,)) == []


def test_what_the_patterns_know_in_two_facts_is_not_found_as_one() -> None:
    text = "I speak English and Mandarin"
    known = tuple(FactCandidate("user", "speaks", one, text) for one in ("English", "Mandarin"))
    both = {"subject": "user", "predicate": "speaks", "value": "English and Mandarin", "quote": text}

    assert extract(both, text=text, known=known) == []


@pytest.mark.parametrize(
    ("said", "words", "predicate", "value"),
    [
        ("Loves", "Thea loves cooking on it", "likes", "cooking"),
        ("keen on", "Thea is mad keen on the fiddle", "likes", "fiddle"),
        ("from", "Thea, originally from Dunedin, is here", "is from", "Dunedin"),
    ],
)
def test_a_predicate_is_named_by_the_vocabulary(said: str, words: str, predicate: str, value: str) -> None:
    [fact] = extract({"subject": "Thea", "predicate": said, "value": value, "quote": words}, text=f"{words} with my dad.")

    assert (fact.subject, fact.predicate, fact.value) == ("Thea", predicate, value)


MORAG = "our eldest, Morag, is 12 and she's mad keen on the fiddle"


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        (MORAG, ("Morag", "likes", "fiddle", "she's mad keen on the fiddle")),
        (MORAG, ("Morag", "age", "12", "Morag, is 12")),
        ("I really can't stand aubergine", ("user", "dislikes", "aubergine", "I really can't stand aubergine")),
        ("my brother Joel, hes marrying Amrit", ("Joel", "engaged to", "Amrit", "hes marrying Amrit")),
        ("I go to Wyke College with my sister", ("user", "studies at", "Wyke College", "I go to Wyke College")),
    ],
)
def test_a_quote_follows_in_other_letters_and_of_whom_it_speaks(text: str, fact: tuple[str, str, str, str]) -> None:
    said = {"likes": "likes", "age": "is", "dislikes": "can't stand", "engaged to": "marrying", "studies at": "college"}
    subject, predicate, value, quote = fact
    item = {"subject": subject, "predicate": said[predicate], "value": value, "quote": quote.replace("hes", "he's")}

    assert [(one.subject, one.predicate, one.value, one.quote) for one in extract(item, text=text)] == [fact]


@pytest.mark.parametrize(
    ("text", "subject", "predicate", "value", "quote"),
    [
        ("my Morag and my son Euan, he likes chess", "Morag", "likes", "chess", "he likes chess"),
        ("my husband, HE wears a mask", "HE", "wears", "mask", "HE wears a mask"),
        ("since I joined a group in Leeds", "user", "works at", "Leeds", "since I joined a group in Leeds"),
        ("My nan lives in Barry", "user", "lives in", "Barry", "My nan lives in Barry"),
        ("we have a labrador", "user", "owns", "labrador", "we have a labrador"),
        ("I don't dislike sprouts", "user", "dislikes", "sprouts", "I don't dislike sprouts"),
    ],
)
def test_what_is_read_of_the_wrong_one_is_refused(text: str, subject: str, predicate: str, value: str, quote: str) -> None:
    item = {"subject": subject, "predicate": predicate, "value": value, "quote": quote}

    assert extract(item, text=text) == []


@pytest.mark.parametrize(
    "leak",
    [
        {"subject": "Thessaly", "predicate": "breeds", "value": "axolotls", "quote": "my cousin Thessaly breeds axolotls"},
        BOAT | {"subject": "Thessaly"},
        BOAT | {"value": "Quorvex Labs"},
        BOAT | {"quote": "We bought a barge"},
        {"subject": "Otto", "predicate": "lives in", "value": "Bonn", "quote": "Does Otto live in Bonn?"},
        {"subject": "Otto", "predicate": "lives in", "value": "Bonn", "quote": "live in Bonn"},
        {"subject": "user", "predicate": "likes", "value": "cooking", "quote": "loves cooking on it"},
        BOAT | {"value": "in May"},
        BOAT | {"value": BOAT["quote"]},
    ],
)
def test_what_the_user_did_not_say_is_dropped(leak: dict[str, str]) -> None:
    assert extract(leak, BOAT)[0].quote == "We bought a narrowboat in May"
    assert len(extract(leak, BOAT)) == 1


@pytest.mark.parametrize("words", ["I used to own a barge", "I might own a barge", "I don't own a barge", "I'll own a barge"])
def test_what_is_not_so_now_is_dropped(words: str) -> None:
    assert extract({"subject": "user", "predicate": "owns", "value": "barge", "quote": words}, text=f"{words}.") == []


@pytest.mark.parametrize(
    "answer", ["nothing", {"facts": "none"}, {"facts": [BOAT | {"value": 3}]}, {"facts": ["user owns a boat"]}, None]
)
def test_a_malformed_answer_is_an_error_and_never_nothing(answer: object) -> None:
    model = ScriptedChatModel(extractions=[answer])

    with pytest.raises(ModelError, match="the message is kept"):
        extract_with_model(model, TEXT, said_at=NOW)


def test_a_failing_model_is_heard_of() -> None:
    model = ScriptedChatModel(extractions=[ModelUnreachable("the server is down")])

    with pytest.raises(ModelUnreachable):
        extract_with_model(model, TEXT, said_at=NOW)


def test_one_call_is_made_with_the_users_words_last() -> None:
    model = ScriptedChatModel(extractions=[{"facts": []}])

    assert extract_with_model(model, TEXT, said_at=NOW) == []
    assert [prompt[-1].text for prompt in model.prompts] == [f"Message: {TEXT}"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, ""),
        ({"value": "narrowboats"}, ""),
        ({"value": " "}, "the value is empty"),
        ({"value": "x" * 201}, "the value is longer than 200 characters"),
        ({"quote": ""}, "the quote is not in the text"),
        ({"quote": "We sold a narrowboat"}, "the quote is not in the text"),
        ({"value": "red narrowboat"}, "the quote does not say red"),
        ({"subject": "Zed"}, "the text does not speak of Zed"),
        ({"subject": ""}, "the text does not speak of anybody"),
        ({"subject": "user's cousin"}, ""),
        ({"subject": "user's uncle"}, "the text does not speak of user's uncle"),
        ({"predicate": "wifi password"}, "it looks like a secret"),
    ],
)
def test_grounding_names_what_is_missing(change: dict[str, str], reason: str) -> None:
    assert ground(replace(CANDIDATE, **change), TEXT) == reason


@pytest.mark.parametrize(
    "text", ["my sister Ada moved to Lisbon in May and works at the aquarium", "My birthday is 3 June.", "I'm vegan."]
)
def test_what_the_patterns_find_is_grounded(text: str) -> None:
    facts = find_facts(text, said_at=NOW)

    assert facts
    assert [ground(fact, text) for fact in facts] == [""] * len(facts)


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("I bought a boat.", True),
        ("Our boiler is a Vaillant.", True),
        ("I live in Bath, where can I swim?", True),
        ("What is a good pie? I bake a lot.", True),
        ("What should I cook for my sister?", False),
        ("Explain how photosynthesis works.", False),
        ("Write a story about my dog.", False),
        ("If I were rich I would buy a boat.", False),
        ("Translate: I live in Rome.", False),
        ("", False),
    ],
)
def test_only_a_statement_with_the_speaker_in_it_is_worth_a_call(text: str, *, passes: bool) -> None:
    assert gate(text) is passes


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("Where do I live?", True),
        ("where do i live", True),
        ("Hi there! Who is Ada? Where is she?", True),
        ("Who is Ada? Where is she?", True),
        ("I live in Rome. Where is that?", False),
        ("I live in Rome.", False),
        ("Hello.", False),
        ("", False),
    ],
)
def test_a_question_has_no_statement_beside_it(text: str, *, asks: bool) -> None:
    assert is_question(text) is asks


@given(st.text(max_size=120), st.text(max_size=20), st.text(max_size=60))
def test_no_answer_of_a_model_brings_in_words_that_are_not_in_the_text(text: str, value: str, quote: str) -> None:
    for fact in extract({"subject": "user", "predicate": "likes", "value": value, "quote": quote}, text=text):
        assert fact.quote in text


@given(st.text(max_size=300))
def test_no_text_passes_the_gate_as_a_quotation(text: str) -> None:
    assert not gate("> I say: " + " ".join(text.split()))
