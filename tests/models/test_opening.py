from __future__ import annotations

import os
from pathlib import Path

import pytest

from mem.config import load_config
from mem.models.catalog import resolve_model
from mem.models.opening import open_chat_model


@pytest.mark.parametrize(("chosen", "window"), [({}, 8192), ({"MEM_CONTEXT_WINDOW": "32000"}, 32000)])
def test_a_remote_model_has_the_context_window_that_was_set_and_not_a_local_model_s_default(
    home: Path, chosen: dict[str, str], window: int
) -> None:
    config = load_config({**os.environ, **chosen, "MEM_MODEL": "openai/unheard-of", "MEM_API_BASE": "http://127.0.0.1:9/v1"})
    model = open_chat_model(config, resolve_model(config.model, config.paths.models))

    assert model.context_window == window
    model.close()
