"""What is said where nothing was configured yet: how small the starter model is, and the ways up."""

from __future__ import annotations

from collections.abc import Mapping

from mem.config import Config
from mem.models.remote_keys import keyed_providers

STARTER_IS_SMALL = (
    "the starter model is very small (135M): it finds what you told it and reasons little. "
    "A better one on this machine: mem models pull NAME, or a remote one: mem keys set PROVIDER (mem setup asks which)"
)


def starter_lines(config: Config, environ: Mapping[str, str]) -> list[str]:
    """One line on the starter model, and one on a key that is in the environment; nothing where another model was chosen."""
    if config.model != "starter":
        return []
    noticed = keyed_providers(environ)
    if not noticed:
        return [STARTER_IS_SMALL]
    provider, variable = noticed[0]
    return [STARTER_IS_SMALL, f"{variable} is set, and not used unless you say so: mem models use {provider}/MODEL"]
