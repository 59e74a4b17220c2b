"""Another embedder: the old one answers until the new index is complete and probed; killed anywhere, one of them answers."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from tiny_models import WIDTH, make_embedder

from mem.assistant import Assistant
from mem.cli.config_file import save_settings
from mem.config import load_config
from mem.embedder_switch import Candidate, EmbedderSwitch
from mem.errors import InputError, ModelError, StoreBusy, StoreError
from mem.models.following import FollowingEmbedder
from mem.models.scripted import HashEmbedder, ScriptedChatModel
from mem.stores.database import get_meta
from mem.stores.embedder_choices import EmbedderChoice
from mem.stores.episodes import EpisodeIndex

TEXTS = ["My sister Ada moved to Lisbon", "The boiler was repaired by Mr Wu", "I am allergic to peanuts"]
OLD, NEW = EmbedderChoice("scripted"), EmbedderChoice("scripted-32")
WORKER = Path(__file__).with_name("switch_worker.py")
MANY = 700


class NotFinite(HashEmbedder):
    def embed_passages(self, texts):
        return super().embed_passages(texts) * np.float32(np.nan)


class Long(HashEmbedder):
    def _embed(self, text):
        return super()._embed(text) * np.float32(2)


class Narrow(HashEmbedder):
    def _embed(self, text):
        return super()._embed(text)[:-1]


class Numb(HashEmbedder):
    def _embed(self, text):
        return super()._embed("same")


class OtherQueries(HashEmbedder):
    """Queries land in another space than passages."""

    def embed_query(self, text):
        return np.roll(super().embed_query(text[::-1]), 7)


class Unstable(HashEmbedder):
    """Makes other vectors at each call, as one whose weights are noise."""

    calls = 0

    def _embed(self, text):
        self.calls += 1
        return super()._embed(str(self.calls))


@pytest.fixture
def set_embedder(config) -> None:
    save_settings(config.paths, {"embedder": "scripted"})


@pytest.fixture
def opened(set_embedder, now, notices) -> Callable[..., Assistant]:
    """The profile as another process opens it, with the settings that are in the file then."""

    def open_() -> Assistant:
        config = load_config(os.environ)
        saving = partial(save_settings, config.paths)
        return Assistant(config, notify=notices.append, now=now, model=ScriptedChatModel(), save_settings=saving)

    return open_


@pytest.fixture
def filled(opened, rows) -> Assistant:
    """Three memories, indexed with `scripted`."""
    for text in TEXTS:
        rows.file(text)
    assistant = opened()
    assistant.index.catch_up()
    return assistant


@pytest.fixture
def many(filled, database) -> Assistant:
    """So many that they are embedded in several batches."""
    with database.write() as connection:
        connection.execute(
            "insert into episode (id, seq, kind, text, happened_at, origin, created_at) "
            "select 'x' || n, 1000 + n, 'archival', 'text ' || n, now(), 'user_said', now() from range(1, ?) r(n)", [MANY],
        )  # fmt: skip
        connection.execute("update counter set value = 2000 where kind = 'seq'")
    filled.index.catch_up()
    return filled


def switch(assistant: Assistant, name: str = "scripted-32", **options) -> int:
    return assistant.embedder_switch.to(assistant.embedder_switch.open(name), **options)


def distances(assistant: Assistant, query: str = "who repaired the boiler") -> tuple[list[bool], str]:
    """Whether each hit has a distance, and the notice."""
    found = assistant.recall(query)
    assert found.hits
    return sorted({hit.distance is not None for hit in found.hits if hit.kind != "fact"}), found.notice


def fingerprint(database) -> str:
    with database.read() as connection:
        return get_meta(connection, "index_fingerprint")


def settings() -> tuple[str, str, str]:
    config = load_config(os.environ)
    return config.embedder, config.query_prefix, config.passage_prefix


def test_a_switch_changes_index_and_settings(filled, opened, database):
    switch(filled)

    assert (fingerprint(database), settings()) == ("hash-32", ("scripted-32", "", ""))
    assert distances(opened()) == ([True], "")
    status = opened().embedder_switch.status()
    assert (status.used, status.settings, status.switch, status.documents, status.running) == (NEW, NEW, None, 3, False)


def test_an_assistant_that_was_open_uses_the_new_embedder_at_once(filled, opened, database, notices):
    chat = opened()
    assert distances(chat) == ([True], "")
    switch(filled)

    assert distances(chat) == ([True], "")
    assert chat.embedder.dimensions == 32
    assert any("scripted-32" in line for line in notices)


def test_what_an_open_assistant_remembers_after_the_switch_has_a_vector(filled, opened, database):
    chat = opened()
    chat.recall("boiler")
    switch(filled)
    chat.remember("The dentist is on Tuesday")

    assert fingerprint(database) == "hash-32"
    assert distances(opened(), "when is the dentist") == ([True], "")


def test_the_old_embedder_answers_until_the_new_one_is_complete(many, opened, database):
    chat = opened()
    seen = []

    def look(done: int, total: int) -> None:
        status = opened().embedder_switch.status()
        seen.append((done, total, status.running, status.used, status.switch.to, distances(chat), fingerprint(database)))

    switch(many, progress=look)

    whole = MANY + 2
    assert seen == [
        (done, whole, True, OLD, NEW, ([True], ""), "hash-64") for done in (256, 512, whole)
    ]
    assert distances(chat) == ([True], "")


def test_what_is_said_while_the_new_index_is_built_is_in_it(many, opened):
    chat = opened()
    switch(many, progress=lambda done, total: chat.remember("The dentist is on Tuesday") if done == 256 else None)

    assert chat.recall("when is the dentist").hits[0].text == "The dentist is on Tuesday"
    assert chat.index.state()["waiting"] == 0
    assert chat.index.state()["indexed"] == MANY + 3


def test_a_vector_made_before_the_switch_is_not_compared_after_it(filled, opened):
    chat = opened()
    vector = chat.embedder.embed_query("boiler")
    switch(filled)

    candidates, notice = chat.index.search("boiler", vector, limit=3)
    assert [candidate.distance for candidate in candidates] == [None]
    assert "another embedder" in notice


def test_texts_embedded_before_the_switch_and_added_after_it_get_the_new_vectors(filled, opened, rows, database):
    embedding, switched = threading.Event(), threading.Event()

    class Waiting(HashEmbedder):
        """The switch comes true while it embeds."""

        def embed_passages(self, texts):
            vectors = super().embed_passages(texts)
            embedding.set()
            assert switched.wait(60)
            return vectors

    chat = filled.embedder_switch
    following = FollowingEmbedder(chat._marker, lambda present: chat._renew(present) if present else Waiting())
    index = EpisodeIndex(database, following)
    adding = threading.Thread(target=index.catch_up)

    def file_one_more(built: EpisodeIndex) -> None:
        rows.file("The dentist is on Tuesday")
        adding.start()
        assert embedding.wait(60)

    class LettingGo(HashEmbedder):
        """Lets the other one add before it does so itself."""

        def embed_passages(self, texts):
            if any("dentist" in text for text in texts):
                switched.set()
                adding.join()
            return super().embed_passages(texts)

    filled.embedder_switch.to(Candidate(NEW, LettingGo(32)), approve=file_one_more)

    assert fingerprint(database) == "hash-32"
    found, notice = index.search("", following.embed_query("the dentist is on tuesday"), limit=1)
    assert (found[0].document.text, round(found[0].distance, 5), notice) == ("The dentist is on Tuesday", 0.0, "")


def test_with_an_embedder_that_cannot_be_had_words_still_answer(filled, opened, tmp_path, notices, home):
    folder = make_embedder(tmp_path / "tiny")
    switch(filled, str(folder))
    shutil.rmtree(folder)
    save_settings(load_config(os.environ).paths, {"embedder": "scripted"})

    with_distance, notice = distances(opened())
    assert (with_distance, "mem reindex" in notice) == ([False], True)
    assert any("cannot be opened" in line for line in notices)
    opened().reindex()
    assert distances(opened()) == ([True], "")


def test_a_setting_changed_by_hand_waits_for_reindex(filled, opened, database, notices):
    save_settings(load_config(os.environ).paths, {"embedder": "scripted-32"})

    assert distances(opened()) == ([True], "")
    assert [line for line in notices if "mem reindex" in line] == [
        "the index was made with scripted, which goes on answering; the settings say scripted-32: "
        "to change to that, run mem reindex"
    ]
    assert opened().reindex() == 3
    assert (fingerprint(database), settings()[0]) == ("hash-32", "scripted-32")


def test_another_profile_keeps_the_embedder_that_its_index_was_made_with(filled, opened, home):
    other = replace(load_config(os.environ), profile="work")
    other.profile_dir.mkdir(parents=True, mode=0o700)
    with Assistant(other, model=ScriptedChatModel()) as assistant:
        assistant.remember(TEXTS[1])
    with Assistant(other, model=ScriptedChatModel()) as assistant:
        assistant.recall("boiler")
    switch(filled)

    with Assistant(replace(load_config(os.environ), profile="work"), model=ScriptedChatModel()) as assistant:
        assert distances(assistant) == ([True], "")
        assert assistant.embedder.dimensions == 64


def test_prefixes_are_part_of_the_switch(filled, opened, tmp_path, database):
    folder = make_embedder(tmp_path / "tiny")
    changing = filled.embedder_switch
    changing.to(changing.open(str(folder), query_prefix="query: ", passage_prefix="passage: "))

    assert settings() == (str(folder), "query: ", "passage: ")
    assert fingerprint(database).endswith('prefixes=["query: ", "passage: "]')
    chat = opened()
    assert distances(chat) == ([True], "")
    assert chat.embedder.dimensions == WIDTH


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (NotFinite, "not finite"),
        (Long, "length 1"),
        (Narrow, "dimensions"),
        (Numb, "different texts the same vector"),
    ],
)
def test_an_embedder_that_makes_no_use_is_refused_before_anything_is_built(broken, told):
    from mem.models.embedder import check_embedder

    check_embedder(HashEmbedder())
    with pytest.raises(ModelError, match=told):
        check_embedder(broken())


@pytest.mark.parametrize("broken", [NotFinite, Numb, Unstable, OtherQueries])
def test_an_index_that_does_not_find_its_own_texts_is_not_taken(filled, opened, database, broken):
    with pytest.raises(StoreError, match="the old one goes on answering"):
        filled.embedder_switch.to(Candidate(NEW, broken(name="broken")))

    assert (fingerprint(database), settings()[0]) == ("hash-64", "scripted")
    status = opened().embedder_switch.status()
    assert (status.used, status.switch.state) == (OLD, "failed")
    assert status.switch.reason
    assert distances(opened()) == ([True], "")
    assert switch(opened()) == 3


def test_an_embedder_that_is_not_approved_is_not_taken_and_need_not_be_built_again(many, opened, database):
    def refuse(index: EpisodeIndex) -> None:
        candidates, notice = index.search("boiler", HashEmbedder(32).embed_query("boiler"), limit=3)
        assert (candidates[0].document.text, notice, candidates[0].distance is None) == (TEXTS[1], "", False)
        raise InputError("it finds less")

    with pytest.raises(InputError, match="it finds less"):
        switch(many, approve=refuse)
    assert (fingerprint(database), settings()[0], distances(opened())) == ("hash-64", "scripted", ([True], ""))

    progress: list[int] = []
    assert switch(opened(), progress=lambda done, total: progress.append(done)) == MANY + 2
    assert progress == []


def test_two_switches_at_once_are_refused(many, opened):
    def second(done: int, total: int) -> None:
        with pytest.raises(StoreBusy):
            switch(opened(), "scripted-16")

    assert switch(many, progress=second) == MANY + 2


def test_settings_that_cannot_be_saved_are_told_and_saved_by_the_next_start(filled, opened, database):
    def full(settings: Mapping[str, str]) -> None:
        raise StoreError("the disk is full")

    failing = EmbedderSwitch(database, load_config(os.environ), save_settings=full, notify=print)
    with pytest.raises(StoreError, match="is in use, but could not be saved .* the disk is full"):
        failing.to(failing.open("scripted-32"))
    assert (fingerprint(database), settings()[0]) == ("hash-32", "scripted")

    assert distances(opened()) == ([True], "")
    assert settings()[0] == "scripted-32"


def test_a_switch_of_an_empty_profile_is_a_setting(opened):
    assert switch(opened()) == 0
    assert opened().embedder.dimensions == 32


@pytest.mark.parametrize(
    ("moment", "answers", "embedded_again"),
    [("embedding", "hash-64", MANY + 2 - 512), ("probed", "hash-64", 0), ("saving", "hash-32", 0)],
)
def test_killed_at_any_point_one_answers_and_the_rest_is_done_later(
    many, opened, database, moment, answers, embedded_again
):
    finished = subprocess.run([sys.executable, WORKER, moment], capture_output=True, text=True, timeout=120, check=False)
    assert finished.returncode == -signal.SIGKILL, finished.stderr

    assert (fingerprint(database), settings()[0]) == (answers, "scripted")
    assert opened().embedder_switch.status().running is False
    assert distances(opened()) == ([True], "")
    assert settings()[0] == ("scripted-32" if moment == "saving" else "scripted")

    progress: list[int] = [MANY + 2 - embedded_again]
    switch(opened(), progress=lambda done, total: progress.append(done))
    assert (progress[-1], len(progress)) == (MANY + 2, 1 + bool(embedded_again))
    assert (fingerprint(database), settings()[0], distances(opened())) == ("hash-32", "scripted-32", ([True], ""))
    assert opened().index.state()["indexed"] == MANY + 2


def test_settings_changed_by_the_user_after_a_kill_are_not_overwritten(many, opened, database):
    subprocess.run([sys.executable, WORKER, "saving"], capture_output=True, timeout=120, check=False)
    save_settings(load_config(os.environ).paths, {"embedder": "scripted-16"})

    assert distances(opened()) == ([True], "")
    assert settings()[0] == "scripted-16"
    assert fingerprint(database) == "hash-32"


def test_who_waits_for_the_profile_to_renew_the_embedder_does_not_hold_up_those_who_have_the_profile():
    marker, waiting, profile_is_free = [1], threading.Event(), threading.Event()

    def renew(present):
        if threading.current_thread() is other:
            waiting.set()
            assert profile_is_free.wait(60)
        return present or HashEmbedder()

    other = threading.Thread(target=lambda: following.embed_query("plums"))
    following = FollowingEmbedder(lambda: marker[0], renew)
    marker[0] = 2
    other.start()
    assert waiting.wait(60)

    assert len(following.embed_query("plums")) == following.dimensions  # by whoever has the profile

    profile_is_free.set()
    other.join()
