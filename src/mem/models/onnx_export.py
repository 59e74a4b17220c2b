"""all-MiniLM-L6-v2 from its safetensors to one ONNX file: `python -m mem.models.onnx_export SOURCE SHA256 TARGET`.

The graph is built node by node from the published weights in under two seconds; an export through torch takes seven, or
nine with dynamo, and warns. It runs in a process of its own, so that none of its memory stays with the chat.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load

# The shape of the network; the checksum of the weights stands for it.
LAYERS = 6
HEADS = 12
WIDTH = 384
EPSILON = 1e-12
# 20 is the first with Gelu; the IR version is the one every onnxruntime that knows it can read.
OPSET = 20
IR_VERSION = 9

Weights = dict[str, NDArray[Any]]


class Graph:
    """Nodes and constants in the order they are added; each method returns the name of its output."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, value: Any, kind: type = np.float32) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value, dtype=kind), name))
        return name

    def add(self, op: str, *inputs: str, outputs: int = 1, **attributes: Any) -> str:
        names = [f"n{len(self.nodes)}_{index}" for index in range(outputs)]
        self.nodes.append(helper.make_node(op, list(inputs), names, **attributes))
        return names[0]

    def dense(self, x: str, weight: NDArray[Any], bias: NDArray[Any]) -> str:
        """torch keeps a linear layer's weight as (out, in)."""
        return self.add("Add", self.add("MatMul", x, self.constant(weight.T)), self.constant(bias))

    def layer_norm(self, x: str, weights: Weights, prefix: str) -> str:
        weight, bias = self.constant(weights[f"{prefix}.weight"]), self.constant(weights[f"{prefix}.bias"])
        return self.add("LayerNormalization", x, weight, bias, axis=-1, epsilon=EPSILON)


def build_model(weights: Weights) -> onnx.ModelProto:
    """`input_ids` and `attention_mask` (both batch × tokens) to `embedding` (batch × 384), mean over tokens, unit length."""
    graph = Graph()
    mask = graph.add("Cast", "attention_mask", to=TensorProto.FLOAT)
    # 0 where a token counts, far below any score where it is padding; (batch, 1, 1, tokens).
    absent = graph.add("Sub", graph.constant(1.0), graph.add("Unsqueeze", mask, graph.constant([1, 2], np.int64)))
    penalty = graph.add("Mul", absent, graph.constant(np.finfo(np.float32).min))
    x = _embed_tokens(graph, weights)
    for index in range(LAYERS):
        x = _encode_layer(graph, x, penalty, weights, f"encoder.layer.{index}")
    pooled = _mean_pool(graph, x, mask)
    graph.nodes.append(helper.make_node("LpNormalization", [pooled], ["embedding"], axis=-1, p=2))
    return _wrap(graph)


def _embed_tokens(graph: Graph, weights: Weights) -> str:
    words = graph.add("Gather", graph.constant(weights["embeddings.word_embeddings.weight"]), "input_ids")
    # One text at a time is segment 0, so its vector is added to every position beforehand.
    places = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    length = graph.add("Shape", "input_ids", start=1, end=2)
    zero = graph.constant([0], np.int64)
    used = graph.add("Slice", graph.constant(places), zero, length, zero)
    return graph.layer_norm(graph.add("Add", words, used), weights, "embeddings.LayerNorm")


def _encode_layer(graph: Graph, x: str, penalty: str, weights: Weights, prefix: str) -> str:
    def dense(source: str, part: str) -> str:
        return graph.dense(source, weights[f"{prefix}.{part}.weight"], weights[f"{prefix}.{part}.bias"])

    def heads(part: str, order: list[int]) -> str:
        shape = graph.constant([0, 0, HEADS, WIDTH // HEADS], np.int64)
        return graph.add("Transpose", graph.add("Reshape", dense(x, f"attention.self.{part}"), shape), perm=order)

    scores = graph.add("MatMul", heads("query", [0, 2, 1, 3]), heads("key", [0, 2, 3, 1]))
    scaled = graph.add("Div", scores, graph.constant(np.sqrt(WIDTH // HEADS)))
    attention = graph.add("Softmax", graph.add("Add", scaled, penalty), axis=-1)
    mixed = graph.add("Transpose", graph.add("MatMul", attention, heads("value", [0, 2, 1, 3])), perm=[0, 2, 1, 3])
    joined = graph.add("Reshape", mixed, graph.constant([0, 0, WIDTH], np.int64))
    attended = graph.add("Add", dense(joined, "attention.output.dense"), x)
    x = graph.layer_norm(attended, weights, f"{prefix}.attention.output.LayerNorm")
    wide = graph.add("Gelu", dense(x, "intermediate.dense"))
    return graph.layer_norm(graph.add("Add", dense(wide, "output.dense"), x), weights, f"{prefix}.output.LayerNorm")


def _mean_pool(graph: Graph, x: str, mask: str) -> str:
    last, tokens = graph.constant([2], np.int64), graph.constant([1], np.int64)
    total = graph.add("ReduceSum", graph.add("Mul", x, graph.add("Unsqueeze", mask, last)), tokens, keepdims=0)
    return graph.add("Div", total, graph.add("ReduceSum", mask, tokens, keepdims=1))


def _wrap(graph: Graph) -> onnx.ModelProto:
    names = ("input_ids", "attention_mask")
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]) for name in names]
    outputs = [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", WIDTH])]
    body = helper.make_graph(graph.nodes, "all-MiniLM-L6-v2", inputs, outputs, graph.constants)
    return helper.make_model(body, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)


def export(source: Path, sha256: str, target: Path) -> None:
    """Writes `target`, on disk when this returns. Ends the process with one line where `source` is not the model expected."""
    content = source.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        sys.exit(f"{source} is not the all-MiniLM-L6-v2 that was published (its sha256 differs)")
    model = build_model(load(content))
    with target.open("wb") as file:
        file.write(model.SerializeToString())
        file.flush()
        os.fsync(file.fileno())


def main(arguments: list[str]) -> None:
    source, sha256, target = arguments
    try:
        export(Path(source), sha256, Path(target))
    except OSError as error:
        sys.exit(f"{error.filename or target}: {error.strerror}")


if __name__ == "__main__":
    main(sys.argv[1:])
