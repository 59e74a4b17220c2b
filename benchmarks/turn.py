"""What a turn costs as a session grows: tokens of the prompt, tokens that had to be read anew, milliseconds of each stage.

    .venv/bin/python benchmarks/turn.py                             # 60 turns with the scripted model, half a minute
    .venv/bin/python benchmarks/turn.py --model starter             # with the built-in 135M model, some minutes
    .venv/bin/python benchmarks/turn.py --turns 1000 --budget 2048  # any model that `mem models` knows, any budget

A person tells something in four turns of five and asks for it in the fifth. The memory writer works in the turn itself here,
not in the background, so that its time can be seen. `evaluated` is -1 where the model does not tell it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mem.assistant import Assistant
from mem.config import load_config
from mem.records import Turn

STAGES = {
    "record_user": "record the message",
    "search": "search memory",
    "pack": "pack the prompt",
    "save": "keep the search",
    "stream": "answer",
    "record_answer": "record the answer",
    "wake": "write memory",
}
PEOPLE = ["Ada", "Ben", "Clara", "Dev", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kofi", "Lena"]
PLACES = ["Lisbon", "Vienna", "Oslo", "Krakow", "Leeds", "Ghent", "Turin", "Basel", "Cork", "Tartu"]
TOLD = [
    "{p} moved to {c} for a new job, and the flat is on the {n}th floor without a lift, so we carried each box ourselves.",
    "Yesterday {p} repaired the boiler in the cellar, which took {n} hours, because the spare part had to come from {c} first.",
    "I booked the night train to {c} with {p}; it leaves from platform {n} and we share one compartment with the bicycles.",
    "{p} lent me a long novel about the harbour of {c}, and I have read {n} pages so far, mostly late in the evening.",
]


@dataclass(frozen=True, slots=True)
class Cost:
    """One turn."""

    number: int
    prompt_tokens: int
    evaluated_tokens: int
    milliseconds: dict[str, float]


class Timed:
    """Stands for a part and adds up the seconds spent in those of its methods that are stages."""

    def __init__(self, part: Any, seconds: dict[str, float]) -> None:
        self._part = part
        self._seconds = seconds

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._part, name)
        if name not in STAGES:
            return found

        def call(*arguments: Any, **named: Any) -> Any:
            started = time.perf_counter()
            try:
                value = found(*arguments, **named)
            finally:
                self._seconds[name] += time.perf_counter() - started
            return self._pieces(name, value) if isinstance(value, Iterator) else value

        return call

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("_part", "_seconds"):
            super().__setattr__(name, value)
        else:
            setattr(self._part, name, value)

    def _pieces(self, name: str, pieces: Iterator[Any]) -> Iterator[Any]:
        while True:
            started = time.perf_counter()
            try:
                piece = next(pieces)
            except StopIteration:
                return
            finally:
                self._seconds[name] += time.perf_counter() - started
            yield piece


def run_session(home: Path, *, turns: int, model: str, budget: int) -> tuple[list[Cost], int]:
    """A session of so many turns: what each cost, and the budget in tokens."""
    rng = random.Random(11)
    seconds: dict[str, float] = defaultdict(float)
    environment = {**os.environ, "MEM_HOME": str(home)}
    config = load_config(environment, {"model": model, "budget_tokens": budget, "answer_tokens": 48})
    costs: list[Cost] = []
    with Assistant(config) as assistant:
        for name in ("messages", "retriever", "retrievals", "writer", "model"):
            vars(assistant)[name] = Timed(getattr(assistant, name), seconds)
        controller = assistant.open_chat()
        controller.working_memory = Timed(controller.working_memory, seconds)  # type: ignore[assignment]
        controller.step("Good morning.")  # everything is loaded before the first turn counts
        for number in range(1, turns + 1):
            seconds.clear()
            turn: Turn = controller.step(say_something(rng, number))
            milliseconds = {stage: round(seconds[name] * 1000, 2) for name, stage in STAGES.items()}
            costs.append(Cost(number, turn.prompt.tokens, assistant.model.usage.evaluated, milliseconds))
        return costs, turn.prompt.budget_tokens


def say_something(rng: random.Random, number: int) -> str:
    """A statement, or in every fifth turn a question."""
    if number % 5 == 0:
        return f"What did I tell you about {rng.choice(PEOPLE)}?"
    return rng.choice(TOLD).format(p=rng.choice(PEOPLE), c=rng.choice(PLACES), n=rng.randint(2, 90))


def show(costs: Sequence[Cost], budget: int) -> None:
    """Tokens at some turns, whether the line is flat, and the time of each stage."""
    print(f"{'turn':>6} {'prompt tokens':>14} {'evaluated':>10} {'ms':>8}")
    step = -(-len(costs) // 12)
    for cost in [*costs[: -1 : step], costs[-1]]:
        print(f"{cost.number:6} {cost.prompt_tokens:14} {cost.evaluated_tokens:10} {sum(cost.milliseconds.values()):8.0f}")
    halves = costs[: len(costs) // 2], costs[len(costs) // 2 :]
    for name, half in zip(("first half ", "second half"), halves, strict=True):
        tokens = [cost.prompt_tokens for cost in half]
        evaluated = [cost.evaluated_tokens for cost in half]
        print(
            f"{name}: prompt {statistics.mean(tokens):.0f} tokens in the mean, {max(tokens)} at most, budget {budget}; "
            f"evaluated {statistics.mean(evaluated):.0f} in the mean, {max(evaluated)} at most"
        )
    print(f"{'stage':20} {'median ms':>10} {'max ms':>10} {'median, second half':>20}")
    for stage in STAGES.values():
        spent = [cost.milliseconds[stage] for cost in costs]
        later = statistics.median(cost.milliseconds[stage] for cost in halves[1])
        print(f"{stage:20} {statistics.median(spent):10.1f} {max(spent):10.1f} {later:20.1f}")


def main() -> None:
    """Runs a session and prints what it cost; exits with 1 when a prompt was over the budget."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--turns", type=int, default=60)
    parser.add_argument("--model", default="scripted")
    parser.add_argument("--budget", type=int, default=1536, help="tokens; 0: the model's context window less the answer")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mem-turn-") as home:
        costs, budget = run_session(Path(home), turns=given.turns, model=given.model, budget=given.budget)
    if given.json:
        print(json.dumps({"budget_tokens": budget, "turns": [asdict(cost) for cost in costs]}, indent=2))
    else:
        show(costs, budget)
    sys.exit(0 if all(cost.prompt_tokens <= budget for cost in costs) else 1)


if __name__ == "__main__":
    main()
