"""Run as a script, in a process of its own: renders one chat template, which is code of whoever made the model file.

The process may use little memory, write no file and start no other; whoever started it ends it when it takes too long.
A line of JSON comes in, a line of JSON goes out: first the template, then the values for each rendering.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

from jinja2 import Template, TemplateError
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

MEMORY_BYTES = 768 * 1024 * 1024
RENDERED_CHARS = 4_000_000
# What a template can raise.
TEMPLATE_ERRORS = (
    TemplateError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError, RecursionError, MemoryError,
    AssertionError, RuntimeError, SyntaxError,
)  # fmt: skip


def main() -> None:
    """Serves renderings until stdin ends."""
    _give_up_rights()
    _tell({"ready": True})
    template: Template | None = None
    for line in sys.stdin:
        asked = json.loads(line)
        if "source" in asked:
            template = _answered(lambda asked=asked: {"compiled": _compile(asked["source"], asked["now"])}).get("compiled")  # type: ignore[misc]
        elif template is not None:
            _answered(lambda asked=asked, template=template: {"text": _rendered(template, asked)})  # type: ignore[misc]


def _give_up_rights() -> None:
    for limit, value in ((resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_NPROC, 0)):
        resource.setrlimit(limit, (value, value))


def _answered(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        found = work()
        _tell({key: value if isinstance(value, str) else True for key, value in found.items()})
    except TEMPLATE_ERRORS as error:
        _tell({"error": f"{type(error).__name__}: {str(error)[:200]}"})
        return {}
    return found


def _compile(source: str, now: str) -> Template:
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
    environment.filters["tojson"] = _to_json
    environment.globals.update(raise_exception=_raise, strftime_now=datetime.fromisoformat(now).strftime)
    return environment.from_string(source)


def _rendered(template: Template, values: dict[str, Any]) -> str:
    pieces, length = [], 0
    for piece in template.generate(values):
        length += len(piece)
        if length > RENDERED_CHARS:
            raise ValueError("the rendered prompt is too long")
        pieces.append(piece)
    return "".join(pieces)


def _to_json(value: Any, ensure_ascii: bool = False, indent: int | None = None, **_: Any) -> str:
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent)


def _raise(message: str) -> None:
    raise TemplateError(message)


def _tell(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
