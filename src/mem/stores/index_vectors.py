"""The vectors of the search index, read as they are: to lay memories out by what they are about."""

from __future__ import annotations

import json
from collections.abc import Collection

import numpy as np

from mem.models import Vectors
from mem.stores.database import Database, get_meta
from mem.stores.generations import using
from mem.stores.index_tables import open_table

OWN_WORDS = ("user", "text")  # parts of an episode; answers are the model's words
ROWS_AN_EPISODE = 8  # at most so many are read for each, of the longest texts only the first


def read_vectors(database: Database, episodes: Collection[str], *, since: int) -> dict[str, Vectors]:
    """By id, the direction in which the user's words of these episodes lie; `since`: the least `seq` among them.

    Episodes that have no vector are left out: they are not indexed yet, or only by their words.
    """
    with database.read() as connection:
        number = int(get_meta(connection, "index_generation", "0"))
        if not number:
            return {}
        with using(number):
            query = open_table(database.directory / "index", number).search().where(f"seq >= {since}")
            rows = query.select(["about", "vector"]).limit(ROWS_AN_EPISODE * len(episodes) + 1).to_arrow()
    sums: dict[str, Vectors] = {}
    for about, vector in zip(rows["about"].to_pylist(), rows["vector"].to_numpy(zero_copy_only=False), strict=True):
        _, episode, part, *_ = json.loads(about)
        if vector is not None and part in OWN_WORDS and episode in episodes:
            sums[episode] = sums[episode] + vector if episode in sums else np.asarray(vector, np.float32)
    return {episode: total / max(float(np.linalg.norm(total)), 1e-9) for episode, total in sums.items()}
