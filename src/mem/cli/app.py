"""The command tree: global options, and the verbs in the order a person meets them."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from mem import __version__
from mem.cli.ask import ask
from mem.cli.backup import backup
from mem.cli.chat import ChatCommand, chat
from mem.cli.common import GlobalOptions
from mem.cli.completions import completions
from mem.cli.config import config
from mem.cli.consolidate import consolidate
from mem.cli.doctor import doctor
from mem.cli.edit import edit
from mem.cli.eval import evaluate
from mem.cli.exit_codes import MEANINGS
from mem.cli.forget import forget
from mem.cli.inspect import inspect
from mem.cli.keys import keys
from mem.cli.log import diff, log
from mem.cli.models import models
from mem.cli.pin import pin
from mem.cli.profiles import profiles
from mem.cli.recall import recall
from mem.cli.reindex import reindex
from mem.cli.remember import remember
from mem.cli.restore import restore
from mem.cli.retry import retry
from mem.cli.review import review
from mem.cli.schema import schema
from mem.cli.sessions import sessions
from mem.cli.setup import setup
from mem.cli.stats import stats
from mem.cli.undo import undo
from mem.cli.why import why

EXIT_CODES = "Exit codes: " + " · ".join(f"{code} {meaning.partition(':')[0]}" for code, meaning in MEANINGS.items()) + "."
# As a person meets them.
ORDER = (
    "chat", "ask", "recall", "remember", "inspect", "forget", "log", "diff", "undo", "edit", "pin", "review", "retry",
    "why", "sessions", "setup", "models", "keys", "config", "profiles", "stats", "consolidate", "reindex", "doctor",
    "backup", "restore", "eval", "schema", "completions",
)  # fmt: skip


class InOrder(TyperGroup):
    """The command tree, listed in the order above rather than groups last."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of the verbs."""
        return [name for name in ORDER if name in self.commands]


app = typer.Typer(
    name="mem",
    cls=InOrder,
    help="A personal assistant in the terminal that remembers.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # plain help: no boxes in a pipe or on a dumb terminal, and 0.1 s sooner
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
    profile: Annotated[
        str | None, typer.Option("--profile", "-p", metavar="NAME", help="Which profile to use (MEM_PROFILE).")
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", "-m", metavar="NAME", help="Which chat model to use (MEM_MODEL).")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but the answer.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more on stderr.")] = False,
    version: Annotated[
        bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """A personal assistant in the terminal that remembers."""
    context.obj = GlobalOptions(profile=profile, model=model, quiet=quiet, verbose=verbose)


app.command(cls=ChatCommand)(chat)
app.command()(ask)
app.command()(recall)
app.command()(remember)
app.command()(inspect)
app.command()(forget)
app.command()(log)
app.command()(diff)
app.command()(undo)
app.command()(edit)
app.command()(pin)
app.command()(review)
app.command()(retry)
app.command()(why)
app.add_typer(sessions, name="sessions")
app.command()(setup)
app.add_typer(models, name="models")
app.add_typer(keys, name="keys")
app.add_typer(config, name="config")
app.add_typer(profiles, name="profiles")
app.command()(stats)
app.command()(consolidate)
app.command()(reindex)
app.command()(doctor)
app.command()(backup)
app.command()(restore)
app.add_typer(evaluate, name="eval")
app.command()(schema)
app.command()(completions)
