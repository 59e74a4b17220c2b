"""How well retrieval finds what was said, by turn and by session: the rankers, what each stage gives, and each question type.

    python benchmarks/retrieval.py ../shared/data/locomo-dev.json
    python benchmarks/retrieval.py --format beam --limit 200 chats/100K

Everything goes through the real stores, with the embedder of the settings (MEM_HOME, MEM_EMBEDDER). The whole of LoCoMo's
first half takes a minute or two for each three rows on two cores.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path

from mem.assistant import Assistant
from mem.config import load_config
from mem.evaluation.corpus import Unit, limited
from mem.evaluation.datasets import LOADERS, load
from mem.evaluation.runner import ALL_TYPES, GREP, RANKERS, Report, rank_all, report
from mem.ranking import Stages

COLUMNS = {
    "recall@1": "R@1", "recall@5": "R@5", "recall@10": "R@10", "recall@25": "R@25", "recall_any@1": "any@1", "mrr": "MRR",
    "ndcg@10": "nDCG@10",
}  # fmt: skip
# What issue 3 asks for on LoCoMo's first five conversations.
TARGETS: Mapping[Unit, Mapping[str, float]] = {
    "turn": {"recall@1": 38.0, "recall@5": 70.0, "recall@10": 80.0, "mrr": 56.0},
    "session": {"recall@5": 91.0, "recall_any@1": 77.0, "mrr": 85.0},
}
SIGNALS = ("words only", "meaning only")
ALLOWED_LOSS = 2.0


def ablations() -> dict[str, Stages]:
    """The whole ranking with one stage left out, for each that there is."""
    names = [field.name for field in fields(Stages) if isinstance(field.default, bool)]
    return {f"without {name}": Stages(**{name: False}) for name in names}


def line(name: str, values: Mapping[str, float | None], *, signed: bool = False) -> str:
    """One row of a table."""
    form = "{:+8.1f}" if signed else "{:8.1f}"
    return f"{name:24}" + "".join(" " * 8 if values.get(key) is None else form.format(values[key]) for key in COLUMNS)


def percent(found: Report, ranker: str, question_type: str = ALL_TYPES) -> dict[str, float]:
    """A row's metrics in percent."""
    return {name: 100 * value for name, value in found.row(ranker, question_type).metrics.items()}


def show_rankers(found: Report) -> None:
    """The rankers against each other, and against the targets."""
    print(f"\n{found.dataset} by {found.unit}, {found.questions} questions")
    print(" " * 24 + "".join(f"{title:>8}" for title in COLUMNS.values()))
    for ranker in (*RANKERS, GREP):
        print(line(ranker, percent(found, ranker)))
    if found.dataset == "locomo":
        print(line("wanted of the dev half", TARGETS[found.unit]))


def show_ablations(found: Report, names: Sequence[str]) -> None:
    """What is lost, or gained, when a stage is left out."""
    print("\nleft out: the difference it makes")
    whole = percent(found, "mem")
    for name in names:
        part = percent(found, name)
        print(line(name, {key: part[key] - whole[key] for key in COLUMNS}, signed=True))


def show_types(found: Report) -> None:
    """Recall at 10 by type of question, against the better of the two signals alone."""
    print(f"\nR@10 by type {'n':>11}{'mem':>8}" + "".join(f"{name:>14}" for name in SIGNALS) + f"{'over the better':>17}")
    for question_type in dict.fromkeys(row.question_type for row in found.rows):
        mem = percent(found, "mem", question_type)["recall@10"]
        signals = [percent(found, name, question_type)["recall@10"] for name in SIGNALS]
        margin = mem - max(signals)
        flag = "" if margin >= -ALLOWED_LOSS else f"   more than {ALLOWED_LOSS:.0f} below"
        asked = found.row("mem", question_type).questions
        print(f"{question_type:18}{asked:6}{mem:8.1f}" + "".join(f"{one:14.1f}" for one in signals) + f"{margin:+17.1f}{flag}")


def main() -> None:
    """Loads, asks, prints."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("path", type=Path)
    parser.add_argument("--format", choices=list(LOADERS), default="locomo")
    parser.add_argument("--limit", type=int, help="ask so many questions only, taken evenly")
    parser.add_argument("--no-ablation", action="store_true", help="only the rankers and the types: half of the time")
    given = parser.parse_args()
    dataset = load(given.format, given.path)
    dataset = limited(dataset, given.limit) if given.limit else dataset
    without = {} if given.no_ablation else ablations()
    started = time.perf_counter()

    def progress(done: int, total: int) -> None:
        if done % 100 == 0 or done == total:
            print(f"\r{done}/{total}  {time.perf_counter() - started:.0f} s", end="", file=sys.stderr, flush=True)

    with Assistant(load_config(os.environ)) as assistant:
        embedder = assistant.embedder
        answered = rank_all(dataset, embedder, rankers={**RANKERS, **without}, progress=progress)
    print(file=sys.stderr)
    for unit in ("turn", "session"):
        found = report(
            dataset, answered, unit=unit, embedder=embedder.fingerprint, seconds=time.perf_counter() - started
        )  # fmt: skip
        show_rankers(found)
        if without:
            show_ablations(found, list(without))
        show_types(found)


if __name__ == "__main__":
    main()
