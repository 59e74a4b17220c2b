"""Loaders: what they make of a file of their format, and what they say of one that is not."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mem.errors import InputError
from mem.evaluation.beam import source_ids
from mem.evaluation.corpus import Document, Question, SourceTurn, asked_at, evidence_of, limited, turns_of
from mem.evaluation.datasets import load
from mem.evaluation.locomo import evidence_ids

SMALL = Path(__file__).parent.parent / "data" / "small.jsonl"
LOCOMO_DEV = Path(__file__).parents[3] / "shared" / "data" / "locomo-dev.json"
MAY = datetime(2023, 5, 8, 13, 56).astimezone()


def write(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return path


def said(id: str, role: str = "", text: str = "x", session: str = "s") -> Document:
    return Document(id, session, text, MAY, role)  # type: ignore[arg-type]


LOCOMO = {
    "sample_id": "conv-1",
    "conversation": {
        "speaker_a": "Ada",
        "session_2_date_time": "9:05 am on 1 June, 2023",
        "session_2": [{"speaker": "Ada", "dia_id": "D2:1", "text": "I am back", "blip_caption": "a photo of a dog"}],
        "session_1_date_time": "1:56 pm on 8 May, 2023",
        "session_1": [{"speaker": "Ben", "dia_id": "D1:1", "text": "Hello"}],
        "session_3_date_time": "10:00 am on 2 June, 2023",
    },
    "qa": [
        {"question": "who is back?", "evidence": ["D2:01; D1:1"], "category": 1},
        {"question": "what is it not?", "evidence": ["D1:1"], "category": 5},
        {"question": "and this?", "evidence": [], "category": 3},
    ],
}


def test_locomo_documents_name_speaker_and_caption_in_the_order_of_the_sessions(tmp_path: Path) -> None:
    del LOCOMO["conversation"]["session_3_date_time"]  # type: ignore[index]
    found = load("locomo", write(tmp_path / "l.json", [LOCOMO]))

    assert found.corpora[0].documents == (
        Document("D1:1", "session_1", 'Ben said, "Hello"', MAY),
        Document(
            "D2:1", "session_2", 'Ada said, "I am back" and shared a photo of a dog', datetime(2023, 6, 1, 9, 5).astimezone()
        ),
    )
    assert found.corpora[0].questions == (
        Question("who is back?", ("D2:1", "D1:1"), "multi-hop"),
        Question("what is it not?", ("D1:1",), "adversarial"),
    )
    assert found.notes == ("left out, questions without evidence: 1",)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (["D8:6; D9:17"], ("D8:6", "D9:17")),
        (["D30:05"], ("D30:5",)),
        (["D:11:26"], ("D11:26",)),
        (["D1:18", "D", "D1:20"], ("D1:18", "D1:20")),
        (["D9:1 D4:4", "D9:1"], ("D9:1", "D4:4")),
    ],
)
def test_malformed_evidence_of_locomo_is_read_as_it_was_meant(written: list[str], meant: tuple[str, ...]) -> None:
    assert evidence_ids(written) == meant


@pytest.mark.skipif(not LOCOMO_DEV.is_file(), reason="LoCoMo is not part of the repository: its licence is non-commercial")
def test_the_development_half_of_locomo_has_the_published_counts() -> None:
    found = load("locomo", LOCOMO_DEV)

    assert (len(found.corpora), found.questions, found.documents) == (5, 997, 2760)


def haystack(id: str, **changes: Any) -> dict[str, Any]:
    return {
        "question_id": id,
        "question_type": "single-session-user",
        "question": "which degree?",
        "question_date": "2023/05/30 (Tue) 23:40",
        "haystack_dates": ["2023/05/20 (Sat) 02:21", "2023/05/08 (Mon) 13:56"],
        "haystack_session_ids": ["late", "early"],
        "haystack_sessions": [
            [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}],
            [
                {"role": "user", "content": "I studied law", "has_answer": True},
                {"role": "assistant", "content": "Noted"},
                {"role": "user", "content": " "},
            ],
        ],
        "answer_session_ids": ["early"],
        **changes,
    }


def test_longmemeval_is_filed_by_date_and_leaves_abstentions_out(tmp_path: Path) -> None:
    found = load("longmemeval", write(tmp_path / "l.json", [haystack("q1"), haystack("q2_abs")]))

    corpus = found.corpora[0]
    assert [(document.id, document.role, document.text) for document in corpus.documents] == [
        ("early:1:0", "user", "I studied law"), ("early:1:1", "assistant", "Noted"), ("late:0:0", "user", "hi"),
        ("late:0:1", "assistant", "hello"),
    ]  # fmt: skip
    assert corpus.documents[0].happened_at == MAY
    assert corpus.questions == (
        Question(
            "which degree?", ("early:1:0",), "single-session-user", datetime(2023, 5, 30, 23, 40).astimezone(), ("early",)
        ),
    )
    assert (found.questions, found.notes) == (1, ("left out, questions that have no answer (_abs): 1",))


CHAT = [
    {
        "batch_number": 1,
        "turns": [
            [
                {"role": "user", "id": 0, "time_anchor": "May-08-2023", "content": "My sprint ends in March ->-> 1,1"},
                {"role": "assistant", "id": 1, "content": "Fine"},
            ],
            [{"role": "user", "id": 2, "content": "I use Flask"}, {"role": "assistant", "id": 3, "content": "Good"}],
        ],
    },
    {"batch_number": 2, "turns": [[{"role": "user", "id": 4, "content": "Done"}]], "time_anchor": "June-01-2023"},
]
PROBING = {
    "abstention": [{"question": "my dog?"}],
    "contradiction_resolution": [{"question": "Flask?", "source_chat_ids": {"first": [2, 3], "second": [4]}}],
    "information_extraction": [{"question": "which end?", "source_chat_ids": [0]}],
}


def write_chat(directory: Path, chat: Any = CHAT, questions: Any = PROBING, name: str = "chat.json") -> Path:
    write(directory / name, chat)
    write(directory / "probing_questions" / "probing_questions.json", questions)
    return directory


def test_beam_chats_are_found_at_any_level(tmp_path: Path) -> None:
    root = tmp_path / "chats"
    write_chat(root / "100K" / "10")
    write_chat(root / "100K" / "2")
    write(root / "100K" / "3" / "probing_questions" / "probing_questions.json", PROBING)

    assert [corpus.id for corpus in load("beam", root).corpora] == ["100K/2", "100K/10"]
    assert load("beam", root / "100K").notes == (
        "left out, chats without chat.json: 1", "left out, questions without clear source_chat_ids: 2",
    )  # fmt: skip
    assert load("beam", root / "100K" / "2").questions == 2


def test_a_beam_chat_is_a_conversation_with_dates(tmp_path: Path) -> None:
    corpus = load("beam", write_chat(tmp_path)).corpora[0]

    assert [(document.id, document.session, document.role, document.text) for document in corpus.documents] == [
        ("0", "batch 1", "user", "My sprint ends in March"), ("1", "batch 1", "assistant", "Fine"),
        ("2", "batch 1", "user", "I use Flask"), ("3", "batch 1", "assistant", "Good"), ("4", "batch 2", "user", "Done"),
    ]  # fmt: skip
    assert [f"{document.happened_at:%d %b}" for document in corpus.documents] == ["08 May"] * 4 + ["01 Jun"]
    assert [(question.question_type, question.evidence) for question in corpus.questions] == [
        ("contradiction_resolution", ("2", "3", "4")), ("information_extraction", ("0",)),
    ]  # fmt: skip


def test_the_layouts_of_beam_are_read_alike(tmp_path: Path) -> None:
    batches = [[message for turn in batch["turns"] for message in turn] for batch in CHAT]  # type: ignore[attr-defined]
    batches[1] = [{**batches[1][0], "time_anchor": "June-01-2023"}]
    plain = load("beam", write_chat(tmp_path / "a"))

    assert load("beam", write_chat(tmp_path / "b", batches)).corpora[0].documents == plain.corpora[0].documents
    assert load("beam", write_chat(tmp_path / "c", [{"plan-1": CHAT}])).corpora[0].documents == plain.corpora[0].documents


def test_the_chat_that_the_authors_cut_is_the_one_that_counts(tmp_path: Path) -> None:
    write_chat(tmp_path, CHAT[:1], name="chat_trunecated.json")

    assert len(load("beam", write_chat(tmp_path)).corpora[0].documents) == 4


def test_evidence_that_could_be_two_messages_is_left_out(tmp_path: Path) -> None:
    found = load("beam", write_chat(tmp_path, [{"plan-1": CHAT[:1], "plan-2": CHAT}]))

    assert (found.questions, found.notes) == (0, ("left out, questions without clear source_chat_ids: 3",))


def test_source_ids_come_as_lists_and_as_objects_of_lists() -> None:
    assert source_ids({"original": [86, 3], "updated": [86]}) == ("86", "3")
    assert source_ids(None) == ()


def test_the_simple_format_has_corpora_speakers_roles_and_types() -> None:
    found = load("jsonl", SMALL)

    assert [(corpus.id, len(corpus.documents), len(corpus.questions)) for corpus in found.corpora] == [
        ("neighbours", 16, 5), ("helper", 14, 5),
    ]  # fmt: skip
    assert found.corpora[0].documents[5].text == 'Tomas said, "My daughter Lea started playing the cello."'
    assert found.corpora[1].documents[1].role == "assistant"
    assert found.corpora[0].questions[2] == Question("Who teaches Lea the cello?", ("n6", "n8"), "several")
    assert found.notes == ("left out, questions without gold: 1",)


def test_an_answer_joins_the_words_before_it_in_its_session_only() -> None:
    documents = [
        said("1", "user", "a"), said("2", "assistant", "b"), said("3", "assistant", "c"), said("4", "user", "d"),
        said("5", "assistant", "e", session="t"), said("6", text="f"), said("7", "assistant", "g"),
    ]  # fmt: skip

    assert [(turn.documents, turn.text, turn.answer, turn.conversation) for turn in turns_of(documents)] == [
        (("1", "2"), "a", "b", True), (("3",), "", "c", True), (("4",), "d", "", True), (("5",), "", "e", True),
        (("6",), "f", "", False), (("7",), "", "g", True),
    ]  # fmt: skip


def test_evidence_is_of_turns_or_of_sessions_and_what_is_missing_stays_missing() -> None:
    turns = turns_of([said("1", "user", "a"), said("2", "assistant", "b"), said("3", text="c", session="")])
    asked = Question("?", ("2", "1", "3", "9"))

    assert evidence_of(asked, turns, "turn") == ("1", "3", "9")
    assert evidence_of(asked, turns, "session") == ("s", "3", "9")
    assert evidence_of(Question("?", ("1",), sessions=("named",)), turns, "session") == ("named",)
    assert turns[0] == SourceTurn("1", ("1", "2"), "s", "a", "b", MAY, True)


def test_a_question_is_asked_when_the_data_set_says_else_a_day_after_the_last_document() -> None:
    corpus = load("jsonl", SMALL).corpora[0]

    assert asked_at(corpus.questions[3], corpus) == datetime.fromisoformat("2026-04-20T12:00:00+00:00")
    assert asked_at(corpus.questions[0], corpus) == corpus.documents[-1].happened_at + timedelta(days=1)


def test_a_limit_takes_questions_evenly_and_drops_corpora_without_any() -> None:
    dataset = load("jsonl", SMALL)

    assert [question.text for corpus in limited(dataset, 2).corpora for question in corpus.questions] == [
        "Which shop closed on Mill Street?", "At which bank is my savings account?",
    ]  # fmt: skip
    assert (limited(dataset, 1).documents, limited(dataset, 1).notes[-1]) == (16, "asked, of 10 questions: 1, taken evenly")
    assert limited(dataset, 99) == dataset


GOOD = '{"id": "1", "session": "s", "text": "x", "at": "2026-06-01"}\n'


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("locomo", "{", "bad.json: no JSON"),
        ("locomo", {}, "the file is not a list"),
        ("locomo", [], "no conversations"),
        ("locomo", [{}], 'conversation 1: "conversation" is missing'),
        ("locomo", [{"conversation": {}, "qa": []}], "conversation 1: no turns"),
        ("locomo", [{"conversation": {"session_1": [1]}, "qa": []}], '"session_1_date_time" is missing'),
        ("locomo", [LOCOMO | {"qa": [{"question": 3}]}], 'conversation 1, question 1: "question" is not a text'),
        ("locomo", "[" * 100_000, "nested too deeply"),
        ("longmemeval", [haystack("q", haystack_dates=[])], "question 1 (q): haystack_sessions"),
        ("longmemeval", [haystack("q", question_date="yesterday")], "'yesterday' is no time"),
        ("longmemeval", [], "no questions"),
        ("jsonl", GOOD + "nonsense", "line 2: no JSON"),
        ("jsonl", GOOD + "[]", "line 2: this is not an object"),
        ("jsonl", GOOD + "{}", 'line 2: "text" is missing'),
        ("jsonl", GOOD + GOOD, "line 2: there is a document '1' before it"),
        ("jsonl", GOOD.replace("2026", "26"), "line 1: '26-06-01' is no time"),
        ("jsonl", GOOD + '{"question": "?", "gold": ["2"]}', "line 2: there is no document '2'"),
        ("jsonl", GOOD + '{"question": "?", "gold": [2]}', 'line 2: an id in "gold" is not a text'),
        ("jsonl", GOOD.replace('"id"', '"role": "me", "id"'), "line 1: \"role\" is 'me'"),
        ("jsonl", GOOD, "no question with gold"),
    ],
)
def test_a_file_of_another_format_is_refused_with_its_place(tmp_path: Path, name: str, content: Any, complaint: str) -> None:
    path = write(tmp_path / "bad.json", content)

    with pytest.raises(InputError) as raised:
        load(name, path)
    assert complaint in str(raised.value)
    assert "nothing was evaluated" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_what_is_no_file_or_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "latin.json").write_bytes(b"\xe9")

    for name, path in (("locomo", "none.json"), ("jsonl", "."), ("jsonl", "latin.json"), ("beam", "none"), ("beam", ".")):
        with pytest.raises(InputError, match="nothing was evaluated"):
            load(name, tmp_path / path)
