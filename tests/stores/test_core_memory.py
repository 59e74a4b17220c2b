import pytest

from mem.errors import InputError, ToolError
from mem.forgetting import Forgetting
from mem.records import CoreBlock


def human(core) -> str:
    return next(block.value for block in core.blocks() if block.label == "human")


def test_there_are_two_empty_blocks_to_begin_with(core):
    assert [(block.label, block.value, block.limit, block.read_only) for block in core.blocks()] == [
        ("human", "", 2000, False),
        ("persona", "", 2000, False),
    ]
    assert all(isinstance(block, CoreBlock) and block.description for block in core.blocks())


def test_appending_adds_a_line_and_returns_the_new_value(core):
    assert core.append("human", "is called Ada", actor="model") == "is called Ada"
    assert core.append("human", "lives in Lisbon", actor="model") == "is called Ada\nlives in Lisbon"
    assert human(core) == "is called Ada\nlives in Lisbon"


def test_the_limit_is_exact_and_the_refusal_says_by_how_much(core):
    core.append("human", "x" * 1990, actor="user")
    assert len(core.append("human", "y" * 9, actor="user")) == 2000

    with pytest.raises(ToolError, match=r"5 characters over its limit of 2000; shorten it .* archival_memory_insert"):
        core.append("human", "zzzz", actor="model")
    assert len(human(core)) == 2000


def test_a_person_is_told_what_a_person_can_do_about_the_limit(core):
    with pytest.raises(InputError, match=r"5 characters over its limit of 2000; nothing was changed: .* mem remember TEXT"):
        core.write("human", "x" * 2005, actor="user")
    assert human(core) == ""


def test_a_replacement_over_the_limit_is_refused(core):
    core.append("human", "short", actor="user")
    with pytest.raises(ToolError, match="over its limit"):
        core.replace("human", "short", "x" * 2001, actor="model")

    assert human(core) == "short"


def test_what_stands_once_is_replaced(core):
    core.append("human", "lives in Lisbon", actor="user")

    assert core.replace("human", "Lisbon", "Porto", actor="model") == "lives in Porto"


def test_empty_new_text_deletes_and_leaves_no_empty_line(core):
    for line in ("one", "two", "three"):
        core.append("human", line, actor="user")

    assert core.replace("human", "two", "", actor="model") == "one\nthree"


@pytest.mark.parametrize(
    ("old", "lines"), [("tea", "1, 3"), ("likes\ntea", "1, 3"), ("e", "1, 2, 3, 4")], ids=["words", "two lines", "a letter"]
)
def test_what_stands_several_times_is_refused_with_the_lines(core, old, lines):
    value = {"tea": "tea\nx\ntea", "likes\ntea": "likes\ntea\nlikes\ntea", "e": "he\nhe\nshe\nte"}[old]
    core.append("human", value, actor="user")

    with pytest.raises(ToolError, match=rf"stands \d times in block 'human' \(lines {lines}\)"):
        core.replace("human", old, "x", actor="model")
    assert human(core) == value


@pytest.mark.parametrize("old", ["nowhere", "", ".*"])
def test_what_does_not_stand_there_is_refused_with_the_value(core, old):
    core.append("human", "likes tea", actor="user")

    with pytest.raises(ToolError, match="whose value is: 'likes tea'"):
        core.replace("human", old, "x", actor="model")


def test_an_unknown_label_is_refused_with_those_there_are(core):
    with pytest.raises(ToolError, match="no core memory block 'humans'; the blocks are: human, persona"):
        core.append("humans", "x", actor="model")


def test_a_read_only_block_is_refused(core, database):
    with database.write() as connection:
        connection.execute("update core_block set read_only = true where label = 'persona'")

    for edit in (lambda: core.append("persona", "x", actor="model"), lambda: core.replace("persona", "a", "b", actor="model")):
        with pytest.raises(ToolError, match="read-only"):
            edit()
    assert core.append("human", "x", actor="model") == "x"


def test_an_edit_is_in_the_log_with_its_turn_and_a_refusal_is_not(core, rows):
    core.append("human", "x", actor="model", turn="t7")
    with pytest.raises(ToolError):
        core.append("nobody", "x", actor="model")

    assert [(event.actor, event.item, event.turn) for event in rows.events()] == [("model", "core:human", "t7")]


def test_the_log_of_core_memory_does_not_quote_a_forgotten_turn(messages, rows, facts, index, core, database):
    forgetting = Forgetting(database, messages, rows, facts, index)
    episode = rows.of_turn(messages.record_user("I like marzipan", session=None).turn)
    core.append("human", "likes marzipan", actor="model", turn=episode.turn)
    core.replace("human", "likes marzipan", "likes tea", actor="user")
    plan = forgetting.plan([episode.id])
    forgetting.forget(plan)

    with database.read() as connection:
        changes = connection.execute("select before, after from event where action = 'core' order by seq").fetchall()
    assert changes[0] == (None, None)
    assert "marzipan" not in repr(changes)
    assert plan.counts["log_entries"] == 2
