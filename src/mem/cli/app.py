"""The command tree: global options, and the verbs in the order a person meets them."""

from __future__ import annotations

from typing import Annotated

import typer

from mem import __version__
from mem.cli.common import GlobalOptions
from mem.cli.exit_codes import MEANINGS

EXIT_CODES = "Exit codes: " + " · ".join(f"{code} {meaning.partition(':')[0]}" for code, meaning in MEANINGS.items()) + "."
app = typer.Typer(
    name="mem",
    help="A personal assistant in the terminal that remembers.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mem {__version__}")
        raise typer.Exit


@app.callback()
def main(
    context: typer.Context,
    profile: Annotated[str | None, typer.Option("--profile", "-p", help="Which profile to use (MEM_PROFILE).")] = None,
    model: Annotated[str | None, typer.Option("--model", "-m", help="Which chat model to use (MEM_MODEL).")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but the answer.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more on stderr.")] = False,
    version: Annotated[bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """A personal assistant in the terminal that remembers."""
    context.obj = GlobalOptions(profile=profile, model=model, quiet=quiet, verbose=verbose)

