"""`mem doctor`: looks at everything that can be wrong, and says what to do about it."""

from __future__ import annotations

from typing import Annotated

import typer

from mem.cli import render
from mem.cli.common import JsonOption, PlainOption, open_assistant
from mem.cli.exit_codes import FAILURE


def doctor(
    context: typer.Context,
    deep: Annotated[bool, typer.Option("--deep", help="Read every byte of the search index too.")] = False,
    repair: Annotated[bool, typer.Option("--repair", help="Mend what can be mended, then look again.")] = False,
    json: JsonOption = False,
    plain: PlainOption = False,
) -> None:
    """Check all that can be wrong, and say what to do."""
    with open_assistant(context, strict=False) as assistant:
        for line in assistant.mend() if repair else ():
            render.narrate(line)
        checks = assistant.doctor(deep=deep)
    if json:
        render.as_json(checks)
    elif plain:
        render.plain(["ok" if check.ok else "problem", check.name, check.detail, check.remedy] for check in checks)
    else:
        for check in checks:
            render.item("ok     " if check.ok else "problem", f"{check.name}: {check.detail}")
            if check.remedy:
                render.answer(f"           {check.remedy}")
    problems = sum(not check.ok for check in checks)
    if problems:
        render.narrate(f"{problems} problem{'s' if problems > 1 else ''} found")
        raise typer.Exit(FAILURE)
