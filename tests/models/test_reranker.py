from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny_models import make_cross_encoder

from mem.errors import ModelError, ModelMissing
from mem.models import Reranker
from mem.models.reranker import check_reranker, open_reranker
from mem.models.scripted import OverlapReranker

TEXTS = ["Mr Wu repaired the boiler", "Ada plays the cello", "the boiler is cold"]


class Flat:
    """Thinks all texts the same."""

    name = "flat"

    def score(self, query, texts):
        return np.zeros(len(texts), np.float32)


class Wide(Flat):
    """Gives two numbers a text."""

    def score(self, query, texts):
        return np.zeros((len(texts), 2), np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_cross_encoder(tmp_path_factory.mktemp("cross") / "tiny")


@pytest.fixture(scope="module", params=["scripted", "cross-encoder"])
def reranker(request: pytest.FixtureRequest) -> Reranker:
    opened = open_reranker("scripted" if request.param == "scripted" else str(request.getfixturevalue("folder")))
    assert opened is not None
    return opened


def test_each_text_gets_one_number_that_does_not_depend_on_the_others(reranker: Reranker):
    scores = reranker.score("who repaired the boiler?", TEXTS)

    assert (scores.shape, scores.dtype) == ((3,), np.float32)
    np.testing.assert_allclose(reranker.score("who repaired the boiler?", TEXTS[1:]), scores[1:], atol=1e-5)
    assert len(set(scores.tolist())) > 1


def test_no_texts_have_no_scores_and_odd_ones_have_some(reranker: Reranker):
    assert reranker.score("boiler", []).shape == (0,)
    assert np.isfinite(reranker.score("", ["", "bad \ud800 half", "日本語", "long " * 2000])).all()


def test_a_working_reranker_passes_its_trial(reranker: Reranker):
    check_reranker(reranker)

    assert reranker.name


@pytest.mark.parametrize(("broken", "told"), [(Flat(), "the same score"), (Wide(), "one number")])
def test_a_reranker_that_cannot_sort_is_refused(broken: Reranker, told: str):
    with pytest.raises(ModelError, match=told):
        check_reranker(broken)


def test_shared_words_rank_first_in_the_scripted_one():
    scores = OverlapReranker().score("Who repaired the boiler", TEXTS)

    assert TEXTS[int(scores.argmax())] == TEXTS[0]


@pytest.mark.parametrize("name", ["", "off"])
def test_there_may_be_none(name: str):
    assert open_reranker(name) is None


@pytest.mark.parametrize("name", ["no-such", "no/such", "~nobody-here/m", "bad\x00name"])
def test_one_that_is_not_here_is_missing_with_the_remedy(name: str):
    with pytest.raises(ModelMissing, match="mem models reranker off"):
        open_reranker(name)


def test_one_that_sorts_into_kinds_is_refused(tmp_path: Path):
    with pytest.raises(ModelError, match="a re-ranker gives one number"):
        open_reranker(str(make_cross_encoder(tmp_path / "three", labels=3)))


def test_a_folder_that_is_no_cross_encoder_is_one_line(tmp_path: Path):
    with pytest.raises(ModelError, match="no CrossEncoder") as caught:
        open_reranker(str(tmp_path))

    assert "\n" not in str(caught.value)
