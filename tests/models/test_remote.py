from __future__ import annotations

import json
import os
import signal
import socket
import socketserver
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from mem.errors import ContextOverflow, Interrupted, ModelError, ModelMissing, ModelRefused, ModelUnreachable
from mem.models.remote import RemoteChatModel, is_private, price
from mem.records import Message, Tool, ToolCall

QUESTION = [Message("user", "What is the capital of France?")]
LONG = [Message("user", "word " * 2000)]
COUNT = Tool("count", "Counts.", {"type": "object", "properties": {"limit": {"type": "integer"}}, "required": ["limit"]})
KEY = "sk-a-key-that-must-not-be-shown"


def remote(api_base: str, *, name: str = "openai/smollm2", key: str | None = KEY, **changes: Any) -> RemoteChatModel:
    settings: dict[str, Any] = {"timeout_seconds": 30, "temperature": 0.0, "tools": "auto", "answer_tokens": 24}
    return RemoteChatModel(name, api_base=api_base, api_key=key, **settings | changes)


class Canned(BaseHTTPRequestHandler):
    """Answers each request with the next of the server's canned bodies, and keeps what was asked."""

    server: CannedServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.headers["Authorization"] or "", json.loads(body)))
        status, kind, answer = self.server.answers.pop(0)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:
        """The test's output stays clean."""


class CannedServer(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Canned)
        self.answers: list[tuple[int, str, bytes]] = []
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.api_base = f"http://127.0.0.1:{self.server_address[1]}/v1"

    def stream(self, *deltas: dict[str, Any]) -> None:
        """Enqueues a streamed answer of these deltas."""
        chunks = [{"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [
            {"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]  # fmt: skip
        lines = [f"data: {json.dumps(chunk)}\n\n" for chunk in chunks] + ["data: [DONE]\n\n"]
        self.answers.append((200, "text/event-stream", "".join(lines).encode()))

    def fail(self, status: int, message: str) -> None:
        self.answers.append((status, "application/json", json.dumps({"error": {"message": message}}).encode()))


@pytest.fixture
def canned() -> Iterator[CannedServer]:
    with CannedServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def call_delta(index: int | None, id: str | None, name: str | None, arguments: str) -> dict[str, Any]:
    call = {"index": index, "id": id, "type": "function", "function": {"name": name, "arguments": arguments}}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


# Refusals and lost connections


def test_a_wrong_key_is_refused_without_showing_it(server: Any) -> None:
    with pytest.raises(ModelRefused, match=r"openai/smollm2 at http.* refused the key; .*api_key_env") as caught:
        list(remote(server.api_base).stream(QUESTION))
    assert KEY not in str(caught.value)


def test_a_missing_key_is_told_with_the_variable_it_belongs_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    with pytest.raises(ModelRefused, match="needs a key; put it in OPENAI_API_KEY, or the variable that api_key_env names"):
        list(remote("", name="openai/gpt-4.1-mini", key=None).stream(QUESTION))


@pytest.mark.parametrize("ask", [lambda model: list(model.stream(QUESTION)), lambda model: model.complete_json(QUESTION, {})])
def test_a_server_that_is_down_is_unreachable(closed_port: int, ask: Callable[[RemoteChatModel], Any]) -> None:
    with pytest.raises(ModelUnreachable, match=rf"cannot reach .*127\.0\.0\.1:{closed_port}"):
        ask(remote(f"http://127.0.0.1:{closed_port}/v1"))


@pytest.mark.parametrize("name", ["smollm2", "nobody/smollm2"])
def test_a_model_without_a_known_provider_is_missing(closed_port: int, name: str) -> None:
    with pytest.raises(ModelMissing, match="PROVIDER/NAME"):
        list(remote(f"http://127.0.0.1:{closed_port}/v1", name=name).stream(QUESTION))


def test_an_address_without_v1_is_missing(server: Any) -> None:
    with pytest.raises(ModelMissing, match="ends with /v1"):
        list(remote(server.api_base.removesuffix("/v1"), key=server.key).stream(QUESTION))


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (401, f"Incorrect API key provided: {KEY}", ModelRefused),
        (403, "no access", ModelRefused),
        (429, "You exceeded your current quota", ModelRefused),
        (404, "The model `x` does not exist", ModelMissing),
        (400, "This model's maximum context length is 1024 tokens. However, you requested 2000 tokens", ContextOverflow),
        (400, "something odd", ModelError),
        (500, f"broken with {KEY}\nTraceback", ModelError),
        (503, "overloaded", ModelUnreachable),
    ],
)
def test_what_a_server_says_has_one_meaning(canned: CannedServer, status: int, message: str, kind: type[ModelError]) -> None:
    canned.fail(status, message)

    with pytest.raises(kind) as caught:
        list(remote(canned.api_base).stream(QUESTION))
    assert type(caught.value) is kind
    assert KEY not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_server_that_never_answers_is_too_slow() -> None:
    with socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler) as silent:
        address = f"http://127.0.0.1:{silent.server_address[1]}/v1"

        with pytest.raises(ModelUnreachable, match="no answer in 0.2 s"):
            list(remote(address, timeout_seconds=0.2).stream(QUESTION))


def test_a_prompt_the_server_finds_too_long_is_an_error_also_where_it_streams_nothing(server: Any) -> None:
    model = remote(server.api_base, key=server.key, context_window=9000)

    with pytest.raises(ModelError, match="answered nothing; .*context window"):
        list(model.stream(LONG))
    with pytest.raises(ContextOverflow):
        model.complete_json(LONG, {"type": "object"})


def test_a_server_on_this_machine_gets_no_key_from_the_environment(
    canned: CannedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    canned.stream({"content": "Hi."})
    list(remote(canned.api_base, key=None).stream(QUESTION))

    assert [authorization for authorization, _ in canned.asked] == ["Bearer none"]


@pytest.mark.parametrize(
    ("address", "private"),
    [("http://localhost:8000/v1", True), ("http://192.168.1.5/v1", True), ("http://box.local/v1", True), ("", False),
     ("https://api.example.com/v1", False), ("https://8.8.8.8/v1", False)],
)  # fmt: skip
def test_an_address_is_private_or_not(address: str, private: bool) -> None:
    assert is_private(address) is private


# Interruptions


@pytest.fixture
def mute() -> Iterator[str]:
    """The address of a server that accepts every connection and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"


@pytest.mark.parametrize("ask", [lambda model: list(model.stream(QUESTION)), lambda model: model.complete_json(QUESTION, {})])
def test_a_wait_for_the_first_byte_can_be_interrupted(mute: str, ask: Callable[[RemoteChatModel], Any]) -> None:
    model = remote(mute, timeout_seconds=600)
    threading.Timer(0.5, model.interrupt).start()

    with pytest.raises(Interrupted):
        ask(model)


def test_ctrl_c_ends_a_wait_for_the_first_byte_in_the_main_thread(mute: str) -> None:
    model = remote(mute, timeout_seconds=600)
    before = signal.signal(signal.SIGALRM, lambda number, frame: model.interrupt())
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.5)
        with pytest.raises(Interrupted):
            list(model.stream(QUESTION))
    finally:
        signal.signal(signal.SIGALRM, before)


def test_what_came_before_a_server_fell_silent_is_given_and_the_wait_for_more_can_be_interrupted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        model = remote(f"http://127.0.0.1:{listening.getsockname()[1]}/v1", timeout_seconds=600)
        answer = model.stream(QUESTION)
        threading.Thread(target=say_one_word, args=(listening,), daemon=True).start()
        assert next(answer).text == "One"
        threading.Timer(0.3, model.interrupt).start()

        with pytest.raises(Interrupted):
            list(answer)


def say_one_word(listening: socket.socket) -> None:
    """Streams a first word to whoever connects, and falls silent until they leave."""
    chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [
        {"index": 0, "delta": {"content": "One"}, "finish_reason": None}]}  # fmt: skip
    connection, _ = listening.accept()
    with connection:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        connection.sendall(f"data: {json.dumps(chunk)}\n\n".encode())
        while connection.recv(65536):
            pass


# Answers


def test_an_answer_can_be_interrupted_and_the_model_asked_again(server: Any) -> None:
    model = remote(server.api_base, key=server.key)
    answer = model.stream([Message("user", "Tell me a long story.")], max_tokens=200)
    next(answer)
    model.interrupt()

    with pytest.raises(Interrupted):
        list(answer)
    assert len(list(model.stream(QUESTION))) > 3


def test_tool_calls_come_out_whole_after_the_text(canned: CannedServer) -> None:
    canned.stream({"content": "Let me see."}, call_delta(0, "a", "count", '{"lim'), call_delta(0, None, None, 'it": 2}'))
    chunks = list(remote(canned.api_base).stream(QUESTION, tools=[COUNT]))

    assert "".join(chunk.text for chunk in chunks) == "Let me see."
    assert [chunk.tool_call for chunk in chunks if chunk.tool_call] == [ToolCall("a", "count", {"limit": 2})]


def test_what_a_server_spells_wrongly_can_be_stored(canned: CannedServer) -> None:
    canned.stream(call_delta(0, "a", "count", '{"limit": {"\\ud800": ["x\\udc00y", 2]}}'))
    (chunk,) = remote(canned.api_base).stream(QUESTION, tools=[COUNT])

    assert chunk.tool_call == ToolCall("a", "count", {"limit": {"?": ["x?y", 2]}})


def test_a_call_left_in_the_text_by_the_server_is_found(canned: CannedServer) -> None:
    canned.stream({"content": "<tool_"}, {"content": 'call>\n{"name": "count", '}, {"content": '"arguments": {"limit": 3}}'})
    (chunk,) = remote(canned.api_base).stream(QUESTION, tools=[COUNT])

    assert chunk.text == ""
    assert chunk.tool_call is not None
    assert (chunk.tool_call.name, chunk.tool_call.arguments) == ("count", {"limit": 3})


def test_an_answer_may_speak_of_control_tokens(canned: CannedServer) -> None:
    canned.stream({"content": "ChatML ends with <|im_"}, {"content": "end|>, always."})

    assert "".join(chunk.text for chunk in remote(canned.api_base).stream(QUESTION)) == "ChatML ends with <|im_end|>, always."


def test_tools_and_past_calls_are_sent_in_openai_s_shape(canned: CannedServer) -> None:
    canned.stream({"content": "Two."})
    call = Message("assistant", "", tool_calls=(ToolCall("a", "count", {"limit": 2}),))
    list(remote(canned.api_base).stream([*QUESTION, call, Message("tool", "2", tool_call_id="a")], tools=[COUNT]))
    sent = canned.asked[0][1]

    assert [tool["function"]["name"] for tool in sent["tools"]] == ["count"]
    assert sent["messages"][1]["tool_calls"][0]["function"] == {"name": "count", "arguments": '{"limit": 2}'}
    assert sent["messages"][2] == {"role": "tool", "content": "2", "tool_call_id": "a"}


def test_without_tools_none_are_sent(canned: CannedServer) -> None:
    canned.stream({"content": "Two."})
    list(remote(canned.api_base).stream(QUESTION))

    assert "tools" not in canned.asked[0][1]


@pytest.mark.parametrize("answer", ["not json", '["a"]', "{}"])
def test_json_that_does_not_fit_the_schema_is_an_error(canned: CannedServer, answer: str) -> None:
    body = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [
        {"index": 0, "message": {"role": "assistant", "content": answer}, "finish_reason": "stop"}]}  # fmt: skip
    canned.answers.append((200, "application/json", json.dumps(body).encode()))

    with pytest.raises(ModelError, match="nothing of it was used"):
        remote(canned.api_base).complete_json(QUESTION, {"type": "object", "required": ["city"]})


def test_the_context_window_is_litellm_s_else_the_given_one_else_a_default() -> None:
    assert remote("", name="openai/gpt-4o-mini", context_window=5).context_window == 128_000
    assert remote("", name="openai/unheard-of", context_window=5000).context_window == 5000
    assert remote("", name="openai/unheard-of").context_window == 8192


@pytest.mark.parametrize(("tools", "able"), [("auto", True), ("on", True), ("off", False)])
def test_a_remote_model_may_call_tools_unless_switched_off(tools: str, able: bool) -> None:
    assert remote("", tools=tools).can_call_tools is able


def test_import_and_counting_use_no_network_read_no_env_file_and_print_nothing(tmp_path: Path, closed_port: int) -> None:
    (tmp_path / ".env").write_text("OPENAI_API_BASE=http://evil.example\nMEM_PLANTED=1\n")
    script = f"""
        import json, os, sys
        seen = []
        def watch(event, arguments):
            if event in ("socket.connect", "socket.getaddrinfo"):
                seen.append(str(arguments[1:]) if event == "socket.connect" else str(arguments[0]))
        sys.addaudithook(watch)
        from mem.errors import ModelUnreachable
        from mem.models.remote import RemoteChatModel
        from mem.records import Message
        names = ["openai/x", "anthropic/claude-x", "gemini/gemini-x", "ollama_chat/llama3", "groq/llama3-70b"]
        settings = dict(api_key="k", timeout_seconds=5, temperature=0, tools="auto", answer_tokens=5)
        hello = [Message("user", "Hello there")]
        counts = [RemoteChatModel(name, api_base="", **settings).count_tokens(hello) for name in names]
        quiet = list(seen)
        try:
            list(RemoteChatModel("openai/x", api_base="http://127.0.0.1:{closed_port}/v1", **settings).stream(hello))
        except ModelUnreachable:
            pass
        planted = [os.environ.get("OPENAI_API_BASE"), os.environ.get("MEM_PLANTED")]
        print(json.dumps([quiet, min(counts), planted, [item for item in seen if "127.0.0.1" not in item]]))
    """
    ours = ("LITELLM", "PYTHON_DOTENV", "OPENAI")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    command = [sys.executable, "-c", textwrap.dedent(script)]
    finished = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, check=True)
    quiet, fewest, planted, elsewhere = json.loads(finished.stdout)

    assert (quiet, planted, elsewhere, finished.stderr) == ([], [None, None], [], "")
    assert fewest > 2


def test_what_it_costs_is_told_only_where_there_is_a_price() -> None:
    assert remote("", name="openai/gpt-4o-mini").dollars == 0.0
    assert remote("", name="openai/unheard-of").dollars is None
    assert remote("", name="ollama_chat/llama3").dollars is None
    assert remote("http://127.0.0.1:9/v1", name="openai/gpt-4o-mini").dollars is None


def test_a_price_is_for_tokens_read_and_written() -> None:
    assert price("openai/gpt-4o-mini", 1000, 0) == pytest.approx(price("openai/gpt-4o-mini", 500, 0) * 2)
    assert price("openai/gpt-4o-mini", 0, 1000) > price("openai/gpt-4o-mini", 1000, 0) > 0
    assert price("openai/unheard-of", 1000, 1000) == 0
