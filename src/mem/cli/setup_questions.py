"""The three questions of `mem setup`. Nothing needs them: where nobody answers, the starter model does."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

import typer

from mem.cli import common, render
from mem.cli.common import open_assistant, typed
from mem.cli.config_file import save_setting
from mem.cli.keys import read_secret
from mem.cli.model_details import fetch
from mem.config import Config
from mem.errors import MemError
from mem.keys import KeyStore
from mem.models.catalog import RECOMMENDED, list_models, resolve_model
from mem.models.hardware import LlamaBuild, Machine, ask_llama, fits, how_to_get, look_at_machine, suggested
from mem.models.remote_keys import find_key, keyed_providers
from mem.text import accept, shorten

NAME_CHARS = 60
TRIES = 3
WITHOUT_KEY = "until then nothing can answer; back to the starter: mem models use starter"
LEFT = "nothing more was changed"
# What to offer where nothing is typed; any other of the provider's models can be.
EXAMPLES = {
    "openai": "gpt-4.1-mini", "anthropic": "claude-sonnet-4-5", "gemini": "gemini-2.5-flash", "mistral": "mistral-small-latest",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offer:
    """A model of the list: its name, what it costs, and whether it is here already."""

    name: str
    told: str
    here: bool


def ask_all(context: typer.Context) -> None:
    """Asks them, and does what was chosen."""
    settings = common.config(context)
    machine, build = look_at_machine(), ask_llama()
    render.narrate("Three questions; Enter leaves things as they are, Ctrl-C leaves. mem works without any of them.", style="")
    render.narrate(_machine_line(machine, build))
    if _where(settings) == "remote":
        _remote(settings)
    else:
        _local(settings, machine, build)
    _name(context)
    render.narrate("done; begin with: mem chat. All of it can be changed: mem config, mem models, mem keys", style="")


def offers(settings: Config, machine: Machine) -> list[Offer]:
    """The local models to choose from: what is here, then what can be fetched and fits into this machine's memory."""
    found = []
    for choice in list_models(settings.paths.models):
        model = next((model for model in RECOMMENDED if model.name == choice.name and choice.path is None), None)
        if model is None:
            found.append(Offer(choice.name, f"{render.size(choice.size_bytes)}, here already: {choice.why}", here=True))
        elif fits(model.size_bytes, machine):
            size = f"{render.size(model.size_bytes)} to fetch, {model.licence}"
            found.append(Offer(model.name, f"{size}: {model.why}", here=False))
    return found


def _machine_line(machine: Machine, build: LlamaBuild) -> str:
    gpu = machine.gpu_name if machine.gpu_maker else "no GPU that is seen"
    line = f"This machine: {render.size(machine.memory_bytes)} of memory, {machine.cores} processor cores, {gpu}."
    if machine.gpu_maker and not build.gpu:
        line += f" llama.cpp is built without GPU support; with it: {how_to_get(machine)}"
    return line


def _where(settings: Config) -> str:
    render.narrate("\n1 of 3  Where should answers come from?", style="bold")
    lines = [
        "this machine: nothing you say leaves it",
        "a remote provider: better answers; what you say, and what is recalled for it, is sent there",
    ]
    for provider, variable in keyed_providers(os.environ):
        render.narrate(f"        {variable} is set: {provider} could be used; it is not, unless you choose it")
    return ("local", "remote")[_choose(lines, now=int(_is_remote(settings)))]


def _is_remote(settings: Config) -> bool:
    try:
        return resolve_model(settings.model, settings.paths.models).kind == "remote"
    except MemError:
        return False


def _local(settings: Config, machine: Machine, build: LlamaBuild) -> None:
    """Question two, for this machine: the model, fetched where it is not here."""
    render.narrate("\n2 of 3  Which model?", style="bold")
    found, best = offers(settings, machine), suggested(machine, build)
    if not found:
        render.narrate("        there is none here, and none that would fit; see: mem models")
        return
    now = next((place for place, offer in enumerate(found) if offer.name == settings.model), 0)
    lines = [f"{o.name:13} {o.told}{'  (suggested for this machine)' * bool(best and best.name == o.name)}" for o in found]
    chosen = found[_choose(lines, now=now)]
    if chosen.name == settings.model:
        return
    try:
        if not chosen.here:
            fetch(settings, chosen.name, sha256=None, yes=True, quiet=False)
        save_setting(settings.paths, "model", chosen.name)
    except MemError as error:
        render.narrate(f"{error}. Answers come from {settings.model} as before", style="yellow")
        return
    render.narrate(f"model = {chosen.name}")


def _remote(settings: Config) -> None:
    """Question two, for a provider: the model's name, and its key where none is found."""
    render.narrate("\n2 of 3  Which model? Write PROVIDER/NAME, for example openai/gpt-4.1-mini.", style="bold")
    noticed = [provider for provider, _ in keyed_providers(os.environ)]
    offered = next((f"{provider}/{EXAMPLES[provider]}" for provider in noticed if provider in EXAMPLES), "")
    name = _ask_remote(settings, offered)
    if not name:
        return
    try:
        save_setting(settings.paths, "model", name)
        render.narrate(f"model = {name}")
        if find_key(replace(settings, model=name), os.environ).place == "missing":
            provider = name.partition("/")[0]
            if key := read_secret(f"        Key for {provider} (not shown; Enter: later): "):
                KeyStore(settings.paths).set(provider, key)
                render.narrate(f"kept the key {provider}; see where: mem keys")
            else:
                render.narrate(f"its key, later: mem keys set {provider}")
                render.narrate(WITHOUT_KEY, style="yellow")
    except MemError as error:
        render.narrate(f"{error}. What was set before stays", style="yellow")


def _ask_remote(settings: Config, offered: str) -> str:
    """The name of a remote model; empty where none is given, or none that is one in as many tries as there are."""
    for left in reversed(range(TRIES)):
        name = _line(f"        Model [{offered or 'as it is'}]: ") or offered
        if not name:
            return ""
        try:
            if resolve_model(name, settings.paths.models).kind == "remote":
                return name
            told = f"{shorten(name, 40)} is no remote model"
        except MemError as error:
            told = str(error)
        then = "Once more; Enter leaves things as they are" if left else "What was set before stays"
        render.narrate(f"        {told}. {then}", style="yellow")
    return ""


def _name(context: typer.Context) -> None:
    """Question three; the answer is a line in every prompt."""
    render.narrate("\n3 of 3  What should it call you?", style="bold")
    name = shorten(_line("        Name [nothing]: "), NAME_CHARS)
    if not name:
        return
    with open_assistant(context) as assistant:
        assistant.on_saved = lambda saved: None
        assistant.on_waiting = lambda reviews: None
        known = {review.id for review in assistant.approval.waiting()}
        assistant.remember(f"My name is {accept(name, what='the name')}")
        for review in assistant.approval.waiting():
            if review.id not in known:
                assistant.approval.accept(review.id)  # what waits for a yes, this answer is
        fact = next((fact for fact in reversed(assistant.facts()) if fact.predicate == "name"), None)
        line = f"The user's name is {name}."
        block = next(block for block in assistant.core() if block.label == "human")
        if line not in block.value.splitlines():
            assistant.edit("human", f"{block.value}\n{line}".strip())
    told = f"remembered: {fact.sentence} [{fact.id}]" if fact else f"remembered: {line}"
    render.narrate(f"{told}; it is also in every prompt, which mem edit human changes")


def _choose(lines: Sequence[str], *, now: int) -> int:
    """The place of the line that the user chooses; Enter keeps `now`."""
    for place, line in enumerate(lines):
        render.narrate(f"     {'*' if place == now else ' '}{place + 1}  {line}", style="")
    while True:
        answer = _line(f"        Choose 1 to {len(lines)} [{now + 1}]: ")
        if not answer:
            return now
        if answer.isdecimal() and 1 <= int(answer) <= len(lines):
            return int(answer) - 1
        render.narrate(f"        {shorten(answer, 20)!r} is none of them")


def _line(question: str) -> str:
    return typed(question, told=LEFT)

