"""One change of a store that several threads and processes share: whole, or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from rag.errors import StoreError


@contextmanager
def transaction(
    db: sqlite3.Connection, lock: AbstractContextManager[object], refused: str
) -> Iterator[None]:
    """One transaction, by one thread of one process at a time; raises StoreError where another
    process holds the file, with `refused` saying what could not be done."""
    with lock:
        try:
            db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise StoreError(f"{refused} ({error}); try again") from error
        try:
            yield
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")
