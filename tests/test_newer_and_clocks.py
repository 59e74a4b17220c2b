"""What a newer version has written is refused with what to do; clocks that jump change no order."""

from datetime import UTC, datetime, timedelta

import pytest

from mem.errors import ConfigError, StoreTooNew
from mem.stores.database import get_meta, set_meta
from mem.stores.generations import WRITER, writer


def test_an_index_of_a_newer_library_is_not_opened_and_made_anew_on_request(make_assistant):
    assistant = make_assistant()
    assistant.remember("the plums are ripe in August")
    with assistant.database.write() as connection:
        assert get_meta(connection, WRITER) == writer()
        set_meta(connection, WRITER, "99.1.0")

    again = make_assistant()
    for use in (lambda: again.recall("plums"), again.index.state):
        with pytest.raises(StoreTooNew, match=r"newer than .* here; nothing was changed: upgrade mem, or .*: mem reindex"):
            use()
    assert [episode.text for episode in again.episodes()] == ["the plums are ripe in August"]
    assert again.reindex() == 1
    assert [hit.text for hit in again.recall("plums").hits] == ["the plums are ripe in August"]


def test_a_setting_of_a_newer_version_is_refused_with_what_to_do(home, make_assistant):
    (home / "config.toml").write_text("holograms = true\n")

    with pytest.raises(ConfigError, match=r"no setting 'holograms' in mem \d.*: upgrade mem, or remove it"):
        make_assistant()


JUMPS = [
    timedelta(hours=1), timedelta(hours=-1), timedelta(days=30), timedelta(days=-30), timedelta(days=-3650),
    timedelta(days=3650), datetime(1970, 1, 1, tzinfo=UTC), datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC),
]  # fmt: skip


@pytest.mark.parametrize("jump", JUMPS, ids=str)
def test_order_follows_what_was_said_first_whatever_the_clock_says(make_assistant, now, jump):
    assistant = make_assistant()
    chat = assistant.open_chat()
    said = ["my favourite tea is oolong", "my favourite tea is sencha", "my favourite tea is assam"]
    for number, text in enumerate(said):
        chat.step(text)
        if number == 0:
            now.moment = jump if isinstance(jump, datetime) else now.moment + jump
        now.advance(minutes=1)
    assistant.remember("the last one")

    again = make_assistant()
    assert [episode.text for episode in again.episodes()] == ["the last one", *said[::-1]]
    (session,) = again.sessions()
    asked = [message.text for message in again.session_messages(session.id)[1] if message.role == "user"]
    assert asked == said
    changes = [int(change.id[1:]) for change in again.log(limit=50)]
    assert changes == sorted(changes, reverse=True)
    assert {hit.text for hit in again.recall("favourite tea").hits if hit.kind == "fact"} <= {"your favourite tea is assam"}
    assert again.index.state(deep=True)["damage"] == ""
