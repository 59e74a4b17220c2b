"""Opens a generation of the search index in a process of its own, as a damaged file may end it:
`python -m mem.stores.index_trial ROOT NUMBER [all]`. Prints one line; ends with 1 where something is wrong.
"""

from __future__ import annotations

import sys
from pathlib import Path

from mem.errors import StoreError
from mem.stores.generations import using
from mem.stores.index_tables import documents_in, open_table

BATCH = 4096


def try_generation(root: Path, number: int, *, all_rows: bool) -> int:
    """How many documents can be read in it; `all_rows` reads every value of each."""
    with using(number):
        table = open_table(root, number)
        if all_rows:
            for batch in table.search().to_batches(BATCH):
                batch.validate(full=True)
        return documents_in(table)


def main() -> int:
    """The exit status."""
    root, number, *rest = sys.argv[1:]
    try:
        print(try_generation(Path(root), int(number), all_rows=bool(rest)))  # noqa: T201 - the answer of a process
    except StoreError as error:
        print(error)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
