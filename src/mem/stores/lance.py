"""LanceDB, imported without the client of remote namespaces, which takes more than half of the time.

LanceDB loads it to name a few classes of it: a client of a web service, generated, with 200 checked records and 366 checked
functions. A folder on this machine needs none of it, so where a class of it is asked for, one stands that cannot be used.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

CLIENT = "lance_namespace_urllib3_client"


class _LeftOut:
    def __init__(self, *_: object, **__: object) -> None:
        raise NotImplementedError(f"{type(self).__name__} belongs to the client that mem.stores.lance leaves out")


class _Classes(ModuleType):
    """A module in which every class that is asked for is there, to be named."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        made = type(name, (_LeftOut,), {})
        setattr(self, name, made)
        return made


class _Without(MetaPathFinder, Loader):
    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        return ModuleSpec(name, self, is_package=True) if name.split(".")[0] == CLIENT else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Classes(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass


_without = _Without()
sys.meta_path = [_without, *sys.meta_path]  # a new list each time: another thread may be going through the old one
try:
    from lancedb import connect, connect_async
    from lancedb.background_loop import LOOP
    from lancedb.expr import Expr, col, lit
    from lancedb.index import FTS, BTree, IvfRq
finally:
    sys.meta_path = [finder for finder in sys.meta_path if finder is not _without]

__all__ = ["FTS", "LOOP", "BTree", "Expr", "IvfRq", "col", "connect", "connect_async", "lit"]
