"""Fetches a GGUF file: from the hub or any address, resumed where it broke off, checked before it gets its name."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx
from huggingface_hub import constants, get_token, hf_hub_url
from huggingface_hub.errors import HFValidationError

from mem.errors import InputError, ModelError, ModelMissing, ModelRefused, ModelUnreachable
from mem.models.catalog import RECOMMENDED, SUFFIX
from mem.paths import make_private

MAGIC = b"GGUF"
ATTEMPTS = 5
HUB_REDIRECTS = 5
TIMEOUT_SECONDS = 30
FILE_NAME = re.compile(r"[\w][\w.+-]{0,200}\.gguf", re.IGNORECASE)
SHA256 = re.compile(r"[0-9a-f]{64}")

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Download:
    """What to fetch. `sha256` is empty and sizes are 0 where the source does not tell.

    `size_bytes` is the hub's word and is relied on; `about_bytes` is what any server says, to be shown.
    """

    url: str
    file_name: str
    sha256: str
    size_bytes: int
    token: str = field(default="", repr=False)
    about_bytes: int = 0


class _Broken(Exception):
    """The server did not send all; worth another try. What came is kept."""


def pull_model(
    source: str,
    models_dir: Path,
    *,
    sha256: str | None = None,
    progress: Progress = lambda done, total: None,
    endpoint: str | None = None,
    pause_seconds: float = 1.0,
) -> Path:
    """The checked file in `models_dir`; at once if it is there already. `find_download`, then `fetch_model`."""
    download = find_download(source, sha256=sha256, endpoint=endpoint)
    return fetch_model(download, models_dir, progress=progress, pause_seconds=pause_seconds)


def find_download(source: str, *, sha256: str | None = None, endpoint: str | None = None) -> Download:
    """What `source` stands for, as far as its server tells; nothing is fetched.

    `source` is the name of a recommended model, `hf:REPO/FILE.gguf`, `REPO FILE.gguf`, or an http(s) address.
    """
    expected = (sha256 or "").strip().lower()
    if expected and not SHA256.fullmatch(expected):
        raise InputError("a sha256 has 64 digits from 0-9 and a-f; nothing was fetched")
    return _find_download(source.strip(), expected, endpoint)


def fetch_model(
    download: Download,
    models_dir: Path,
    *,
    progress: Progress = lambda done, total: None,
    pause_seconds: float = 1.0,
) -> Path:
    """The checked file in `models_dir`; at once if it is there already.

    `progress` is told the bytes so far and in all (0: unknown). After a failure the same call goes on where this one stopped,
    and nothing unchecked ever stands under the final name.
    """
    make_private(models_dir)
    final = models_dir / download.file_name
    part = models_dir / f".{download.file_name}.{_identity(download)}.part"
    try:
        with _alone(models_dir / ".lock"):
            if final.exists():
                return _already_there(final, download)
            _fetch(download, part, progress, pause_seconds)
            _check(download, part)
            part.replace(final)
            _etag_file(part).unlink(missing_ok=True)
            _sync_directory(models_dir)
    except OSError as error:
        raise ModelError(f"cannot write {final}: {error.strerror}; what came is kept: run it again") from error
    return final


def _find_download(source: str, sha256: str, endpoint: str | None) -> Download:
    source = next((model.source for model in RECOMMENDED if model.name == source), source)
    if source.startswith(("http://", "https://")):
        return Download(source, _file_name(_path_of(source)), sha256, 0, about_bytes=_told_size(source))
    repo, file = _parse_hub_source(source)
    token = get_token() or ""
    try:
        url = hf_hub_url(repo, file, endpoint=endpoint)
        answer = _ask_hub(url, token)
    except HFValidationError as error:
        raise InputError(f"{source[:200]!r} cannot be on the hub; write hf:OWNER/REPO/FILE.gguf") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = str(error) or type(error).__name__
        host = urlsplit(endpoint or constants.ENDPOINT).hostname
        told = f"cannot reach {host} ({reason}); nothing was fetched: check the connection and run it again"
        raise ModelUnreachable(told) from error
    _raise_for_hub(answer, f"{repo}/{file}")
    # The hub's etag of a large file is its sha256; of a small one it is git's checksum, which is shorter.
    published = (answer.headers.get("x-linked-etag") or answer.headers.get("etag", "")).strip('"')
    published = published if SHA256.fullmatch(published) else ""
    if sha256 and published and sha256 != published:
        raise InputError(f"{repo}/{file} has the sha256 {published}, not the one given; nothing was fetched")
    size_bytes = int(answer.headers.get("x-linked-size") or 0)
    return Download(url, _file_name(file), sha256 or published, size_bytes, token, about_bytes=size_bytes)


def known_licence(file: str) -> str:
    """Of a recommended model's file; empty for any other."""
    return next((model.licence for model in RECOMMENDED if model.file.casefold() == file.casefold()), "")


def find_licence(source: str, *, endpoint: str | None = None) -> str:
    """What the hub's card of a model says; empty where it says nothing, which is no reason not to fetch."""
    source = next((model.source for model in RECOMMENDED if model.name == source.strip()), source.strip())
    if source.startswith(("http://", "https://")):
        return ""
    repo, file = _parse_hub_source(source)
    if known := known_licence(file.rsplit("/", 1)[-1]):
        return known
    try:
        card_url = f"{endpoint or constants.ENDPOINT}/api/models/{repo}"
        answer = httpx.get(card_url, headers=_headers(get_token() or ""), timeout=TIMEOUT_SECONDS)
        card = answer.json().get("cardData") if answer.is_success else None
        told = (card or {}).get("license", "")
    except (httpx.HTTPError, ValueError, AttributeError):
        return ""
    return told if isinstance(told, str) else ", ".join(map(str, told))


def _told_size(address: str) -> int:
    """What a server says of a file's length; 0 where it does not, which is no reason not to fetch."""
    try:
        answer = httpx.head(address, headers=_headers(""), follow_redirects=True, timeout=TIMEOUT_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL):
        return 0
    length = answer.headers.get("content-length", "") if answer.is_success else ""
    return int(length) if length.isdigit() else 0


def _parse_hub_source(source: str) -> tuple[str, str]:
    """`hf:OWNER/NAME/FILE`, or `OWNER/NAME FILE`; FILE may be in a folder."""
    shape = re.fullmatch(r"(?:hf:)?([^/\s]+/[^/\s]+)[/\s]\s*([^\s]+)", source)
    if shape is None or ".." in shape[2].split("/"):
        raise InputError(f"{source[:200]!r} is no source; write hf:OWNER/REPO/FILE.gguf, an address, or a listed name")
    return shape[1], shape[2]


def _path_of(address: str) -> str:
    try:
        return unquote(urlsplit(address).path)
    except ValueError as error:
        raise InputError(f"{address[:200]!r} is not an address ({error}); nothing was fetched") from error


def _file_name(path: str) -> str:
    name = path.rsplit("/", 1)[-1]
    if not FILE_NAME.fullmatch(name):
        raise InputError(f"{name[:200]!r} is not the name of a GGUF file; only {SUFFIX} files can be pulled")
    return name


def _ask_hub(url: str, token: str) -> httpx.Response:
    """The hub's description of a file: of a large one its checksum, given beside the redirect to where the bytes are.

    huggingface_hub's own request is refused in a process where it was imported in offline mode, as the embedder does.
    """
    for _ in range(HUB_REDIRECTS):
        answer = httpx.head(url, headers=_headers(token), follow_redirects=False, timeout=TIMEOUT_SECONDS)
        if "x-linked-etag" in answer.headers or answer.next_request is None or answer.next_request.url.host != answer.url.host:
            break
        url = str(answer.next_request.url)
    return answer


def _raise_for_hub(answer: httpx.Response, what: str) -> None:
    code, reason = answer.status_code, answer.headers.get("x-error-code", "")
    if reason == "GatedRepo" or code == httpx.codes.FORBIDDEN:
        raise ModelRefused(f"{what} needs its licence accepted on the hub and HF_TOKEN set; nothing was fetched")
    # Of a repository that is not there, or private, the hub says 401.
    if code in (401, 404, 410):
        raise ModelMissing(f"the hub has no {what}, or not for you; check the spelling: nothing was fetched")
    if code >= 400:
        raise ModelUnreachable(f"the hub answered {code} for {what}; nothing was fetched: try again later")


def _headers(token: str) -> dict[str, str]:
    """Identity, so that lengths and ranges are those of the file. httpx drops the token when another host takes over."""
    return {"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {token}"} if token else {})


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One download at a time into a directory: a second would write into the same part."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ModelError("another mem is pulling a model; wait until it is done, then run it again") from error
        yield


def _already_there(final: Path, download: Download) -> Path:
    if download.sha256 and _sha256(final) == download.sha256:
        return final
    doubt = "differs from the one asked for" if download.sha256 else "cannot be compared without a sha256"
    raise InputError(f"{final} is there already and {doubt}; it was left as it is: remove it first")


def _identity(download: Download) -> str:
    """Keeps the parts of two files of the same name apart."""
    return hashlib.sha256((download.sha256 or download.url).encode()).hexdigest()[:8]


def _fetch(download: Download, part: Path, progress: Progress, pause_seconds: float) -> None:
    """Fills `part`; a broken connection is taken up again, until five in a row brought nothing new."""
    failures = 0
    while True:
        before = _size(part)
        try:
            _fetch_rest(download, part, progress)
            return
        except (_Broken, httpx.TransportError) as error:
            failures = failures + 1 if _size(part) <= before else 0
            if failures >= ATTEMPTS:
                reason = str(error) or type(error).__name__
                host, kept = urlsplit(download.url).hostname, f"{_size(part):,} bytes are kept"
                raise ModelUnreachable(f"cannot fetch from {host} ({reason}); {kept}: run it again") from error
            time.sleep(pause_seconds * failures)
        except (httpx.InvalidURL, httpx.TooManyRedirects, httpx.DecodingError) as error:
            raise ModelUnreachable(f"{download.url} cannot be fetched: {error}") from error


def _fetch_rest(download: Download, part: Path, progress: Progress) -> None:
    done = _resumable(download, part)
    if download.size_bytes and done == download.size_bytes:
        return
    headers = _headers(download.token)
    if done:
        headers["Range"] = f"bytes={done}-"
        if not download.sha256:
            headers["If-Range"] = _read_etag(part)
    with httpx.stream("GET", download.url, headers=headers, follow_redirects=True, timeout=TIMEOUT_SECONDS) as response:
        if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            # The part is as long as the file, or longer: the checksum decides, or it is fetched anew.
            if not response.headers.get("content-range", "").endswith(f"/{done}"):
                part.unlink()
                raise _Broken("it has less than was fetched before")
            return
        _raise_for_status(response, download)
        if response.status_code != httpx.codes.PARTIAL_CONTENT:
            done = 0
        elif not response.headers.get("content-range", "").startswith(f"bytes {done}-"):
            part.unlink(missing_ok=True)
            raise _Broken("it sent another part than was asked for")
        left = int(response.headers.get("content-length") or 0)
        _save(response, part, progress, done=done, total=done + left if left else download.size_bytes)


def _save(response: httpx.Response, part: Path, progress: Progress, *, done: int, total: int) -> None:
    _need_space(part.parent, total - done)
    _etag_file(part).write_text(response.headers.get("etag", ""), "utf-8")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | (0 if done else os.O_TRUNC), 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.seek(done)
        progress(done, total)
        # As it arrives: chunks of a fixed size would be lost in part when the connection breaks.
        for chunk in response.iter_raw():
            file.write(chunk)
            done += len(chunk)
            progress(done, total)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())
    if total and done < total:
        raise _Broken("the connection ended early")


def _raise_for_status(response: httpx.Response, download: Download) -> None:
    code, host = response.status_code, urlsplit(download.url).hostname
    if code in (401, 403):
        raise ModelRefused(f"{host} refused {download.file_name} ({code}); nothing was fetched: check your rights")
    if code in (404, 410):
        raise ModelMissing(f"{host} has no {download.file_name} ({code}); nothing was fetched: check the address")
    if code == httpx.codes.TOO_MANY_REQUESTS or code >= 500:
        raise _Broken(f"it answered {code}")
    if code not in (200, 206):
        raise ModelUnreachable(f"{host} answered {code} for {download.file_name}; nothing was fetched")


def _check(download: Download, part: Path) -> None:
    """Removes a part that is not what it should be, so that the next try starts afresh."""
    with part.open("rb") as file:
        is_gguf = file.read(len(MAGIC)) == MAGIC
    actual = _sha256(part) if download.sha256 else ""
    if is_gguf and actual == download.sha256:
        return
    part.unlink()
    _etag_file(part).unlink(missing_ok=True)
    if not is_gguf:
        raise ModelError(f"{download.url} gave no GGUF file; what came was removed: check the address")
    raise ModelError(f"{download.file_name} has the sha256 {actual}, expected {download.sha256}; it was removed: pull it again")


def _resumable(download: Download, part: Path) -> int:
    """Bytes that may be built on: only where the checksum or the server's strong tag can tell that the file is the same."""
    return _size(part) if download.sha256 or _read_etag(part) else 0


def _read_etag(part: Path) -> str:
    path = _etag_file(part)
    etag = path.read_text("utf-8") if path.is_file() else ""
    return "" if etag.startswith("W/") else etag


def _etag_file(part: Path) -> Path:
    return part.with_suffix(".etag")


def _need_space(folder: Path, size_bytes: int) -> None:
    free = shutil.disk_usage(folder).free
    if size_bytes > free:
        raise ModelError(f"{size_bytes:,} bytes are still to come, {folder} has {free:,} free; free some disk and run it again")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync_directory(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
