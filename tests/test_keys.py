"""`mem keys`: where a key is kept, who is sent it, and that it is shown nowhere."""

from __future__ import annotations

import json
import os
import stat
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import keyring
import keyring.backend
import keyring.backends.null
import keyring.errors
import pytest

from mem.config import Config, load_config
from mem.errors import ConfigError, InputError, ModelRefused, NotFound, StoreError
from mem.keys import KeyStore, StoredKey
from mem.models.catalog import resolve_model
from mem.models.opening import open_chat_model
from mem.models.remote_keys import find_key, keyed_providers, read_key
from mem.records import Message

KEY = "sk-a-key-that-must-not-be-shown"
QUESTION = [Message("user", "What is the capital of France?")]


class InMemory(keyring.backend.KeyringBackend):
    """A keyring of the library's own kind; locked, it refuses as a desktop's does."""

    priority = 5  # type: ignore[assignment]

    def __init__(self, *, locked: bool = False) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = locked

    def get_password(self, service: str, username: str) -> str | None:
        self._check()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._check()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._check()
        del self.kept[service, username]

    def _check(self) -> None:
        if self.locked:
            raise keyring.errors.KeyringLocked("locked")


@pytest.fixture
def filed(config: Config) -> KeyStore:
    """Keys where there is no keyring."""
    return KeyStore(config.paths, open_keyring=lambda: None)


# Where it is kept


def test_without_a_keyring_a_key_is_in_a_file_that_only_its_owner_can_read(filed, home):
    assert filed.set("openai", f"  {KEY}\n") == "file"

    assert filed.get("openai") == KEY
    assert filed.list() == [StoredKey("openai", "file")]
    assert stat.S_IMODE((home / "keys.json").stat().st_mode) == 0o600
    assert [path.name for path in home.iterdir()] == ["keys.json"]


def test_a_keyring_holds_the_key_and_the_file_only_its_name(config, home):
    backend = InMemory()
    store = KeyStore(config.paths, open_keyring=lambda: backend)

    assert store.set("openai", KEY) == "keyring"
    assert store.get("openai") == KEY
    assert store.list() == [StoredKey("openai", "keyring")]
    assert KEY not in (home / "keys.json").read_text()
    assert store.remove("openai") == "keyring"
    assert (backend.kept, store.list()) == ({}, [])


def test_the_system_s_keyring_is_used_where_it_keeps_a_secret(config):
    before, backend = keyring.get_keyring(), InMemory()
    try:
        keyring.set_keyring(backend)
        assert KeyStore(config.paths).set("openai", KEY) == "keyring"
        assert KeyStore(config.paths).get("openai") == KEY
        keyring.set_keyring(keyring.backends.null.Keyring())
        assert KeyStore(config.paths).set("mistral", KEY) == "file"
    finally:
        keyring.set_keyring(before)


def test_another_home_has_other_keys_in_the_same_keyring(config, home):
    backend = InMemory()
    KeyStore(config.paths, open_keyring=lambda: backend).set("openai", KEY)
    elsewhere = replace(config.paths, config_file=home / "other" / "config.toml")

    other = KeyStore(elsewhere, open_keyring=lambda: backend)
    other.set("openai", "another")
    assert KeyStore(config.paths, open_keyring=lambda: backend).get("openai") == KEY


def test_a_locked_keyring_leaves_the_file_and_says_so_when_it_is_read(config):
    backend = InMemory(locked=True)
    store = KeyStore(config.paths, open_keyring=lambda: backend)

    assert store.set("openai", KEY) == "file"
    backend.locked = False
    assert store.set("mistral", KEY) == "keyring"
    backend.locked = True
    with pytest.raises(StoreError, match="unlock it"):
        store.get("mistral")


def test_a_key_put_into_the_file_leaves_the_keyring(config):
    backend = InMemory()
    store = KeyStore(config.paths, open_keyring=lambda: backend)
    store.set("openai", "the-old-one")

    assert store.set("openai", KEY, in_file=True) == "file"
    assert (backend.kept, store.get("openai")) == ({}, KEY)


def test_a_key_that_the_keyring_has_lost_is_named_with_the_command(config):
    backend = InMemory()
    store = KeyStore(config.paths, open_keyring=lambda: backend)
    store.set("openai", KEY)
    backend.kept.clear()

    with pytest.raises(StoreError, match="mem keys set openai"):
        store.get("openai")


@pytest.mark.parametrize("key", ["", "  ", "two words", "line\nbreak", "caf\u00e9", "x" * 9000, "\x1b[31m"])
def test_what_can_be_no_key_is_not_stored(filed, key):
    with pytest.raises(InputError, match="nothing was stored"):
        filed.set("openai", key)

    assert filed.list() == []


def test_a_damaged_file_of_keys_is_named(filed, home):
    (home / "keys.json").write_text("{broken")

    with pytest.raises(ConfigError, match=r"keys.json is damaged"):
        filed.list()
    with pytest.raises(NotFound):
        KeyStore(replace(load_config(os.environ).paths, config_file=home / "x" / "config.toml")).remove("openai")


# Who is sent it


class Recording(BaseHTTPRequestHandler):
    """Answers every question with one word, and keeps what came in the Authorization header."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append(self.headers["Authorization"])  # type: ignore[attr-defined]
        delta = {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "Paris"}, "finish_reason": None}]}
        body = f"data: {json.dumps({'id': '1', 'object': 'chat.completion.chunk', 'created': 1, 'model': 'm', **delta})}\n\n"
        answer = f"{body}data: [DONE]\n\n".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        """The test's output stays clean."""


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    """An OpenAI-compatible server on this machine; `seen` are the Authorization headers that it was sent."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Recording) as listening:
        listening.seen = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield listening
        listening.shutdown()
        thread.join()


def asked(server: Any, monkeypatch: pytest.MonkeyPatch, *, api_base: bool = True, **environ: str) -> str:
    """The Authorization header that the server is sent by a model opened with these settings."""
    address = f"http://127.0.0.1:{server.server_port}/v1"
    for name, value in {"MEM_MODEL": "openai/m", "MEM_API_BASE": address if api_base else "", **environ}.items():
        monkeypatch.setenv(name, value)
    config = load_config(os.environ)
    model = open_chat_model(config, resolve_model(config.model, config.paths.models))
    try:
        assert [chunk.text for chunk in model.stream(QUESTION)] == ["Paris"]
    finally:
        model.close()
    return str(server.seen[-1])


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """No provider's variable is set, and no keyring of the desktop is asked."""
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE", "ANTHROPIC_API_KEY", "MISTRAL_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")


def test_the_key_of_a_server_is_sent_to_it(server, monkeypatch, filed):
    filed.set(f"127.0.0.1:{server.server_port}", KEY)

    assert asked(server, monkeypatch) == f"Bearer {KEY}"


def test_a_provider_s_key_is_sent_to_the_provider_and_to_no_other_server(server, monkeypatch, filed):
    filed.set("openai", KEY)
    at = f"http://127.0.0.1:{server.server_port}/v1"

    assert asked(server, monkeypatch, api_base=False, OPENAI_BASE_URL=at) == f"Bearer {KEY}"
    assert KEY not in asked(server, monkeypatch, OPENAI_BASE_URL="")


def test_a_key_named_by_a_setting_is_sent_and_its_variable_comes_before_it(server, monkeypatch, filed):
    filed.set("WORK_KEY", KEY)

    assert asked(server, monkeypatch, MEM_API_KEY_ENV="WORK_KEY") == f"Bearer {KEY}"
    assert asked(server, monkeypatch, MEM_API_KEY_ENV="WORK_KEY", WORK_KEY="from-outside") == "Bearer from-outside"


@pytest.mark.parametrize(
    ("environ", "place"),
    [
        ({"MEM_MODEL": "openai/m"}, "missing"),
        ({"MEM_MODEL": "openai/m", "OPENAI_API_KEY": "k"}, "environment"),
        ({"MEM_MODEL": "mistral/m"}, "file"),
        ({"MEM_MODEL": "mistral/m", "MISTRAL_API_KEY": "k"}, "environment"),
        ({"MEM_MODEL": "mistral/m", "MEM_API_BASE": "https://example.com/v1"}, "missing"),
        ({"MEM_MODEL": "openai/m", "MEM_API_BASE": "http://127.0.0.1:8080/v1"}, "not needed"),
        ({"MEM_MODEL": "ollama/llama3.2"}, "not needed"),
        ({"MEM_MODEL": "openai/m", "MEM_API_KEY_ENV": "mistral"}, "file"),
    ],
)
def test_it_is_told_where_the_key_of_the_settings_is(filed, home: Path, environ, place):
    filed.set("mistral", KEY)
    config = load_config({"MEM_HOME": str(home), **environ})

    found = find_key(config, environ)
    assert found.place == place
    assert ("mem keys set" in found.remedy) is (place == "missing")
    assert read_key(config, environ) == (KEY if place == "file" else None)


def test_a_refusal_without_a_key_names_the_command_that_keeps_one(monkeypatch, home):
    monkeypatch.setenv("MEM_MODEL", "openai/gpt-4.1-mini")
    config = load_config(os.environ)

    with pytest.raises(ModelRefused, match="mem keys set openai"):
        list(open_chat_model(config, resolve_model(config.model, config.paths.models)).stream(QUESTION))


def test_keys_in_the_environment_are_noticed_by_their_providers():
    assert keyed_providers({"MISTRAL_API_KEY": "k", "OPENAI_API_KEY": "", "PERPLEXITYAI_API_KEY": "k"}) == [
        ("mistral", "MISTRAL_API_KEY"),
        ("perplexity", "PERPLEXITYAI_API_KEY"),
    ]
