"""How long it takes to see that a folder has not changed.

Makes a folder of small files, ingests it, and ingests it again:

    python bench/sync.py [--files 1000]

Prints the seconds of both runs and how many texts each embedded. The bar: 1,000 unchanged
files in under 5 s with nothing embedded.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import rag.pipeline
from rag.embed import SentenceEmbedder
from rag.listing import list_work
from rag.pipeline import Library, open_library
from rag.ports import Role, TokenVectors
from rag.settings import load_settings

_PAGE = """# Harbour {n}

Harbour {n} keeps a register of the vessels that lie in it for more than {n} days. Its master
reports to the council by the end of March, and answers for what the register says.
"""


class CountingEmbedder(SentenceEmbedder):
    """Counts the texts that it is given."""

    count = 0

    def embed_tokens(self, texts: Sequence[str], role: Role = "text") -> list[TokenVectors]:
        """As ever."""
        self.count += len(texts)
        return super().embed_tokens(texts, role)


def main() -> None:
    """Runs both ingests."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1000)
    count = parser.parse_args().files
    rag.pipeline.SentenceEmbedder = CountingEmbedder  # type: ignore[misc]
    with tempfile.TemporaryDirectory() as place:
        papers = Path(place, "papers")
        papers.mkdir()
        for number in range(count):
            (papers / f"harbour-{number}.md").write_text(_PAGE.format(n=number))
        for run in ("first", "unchanged"):
            library = open_library(load_settings(Path(place, "data")))
            print(f"{run}: {_timed(library, papers)}")


def _timed(library: Library, papers: Path) -> str:
    embedder = library.embedder
    assert isinstance(embedder, CountingEmbedder)
    before, started = embedder.count, time.perf_counter()
    outcomes = library.ingester(lambda done, total, what: None).ingest(list_work([papers]))
    took_s = time.perf_counter() - started
    library.workers.close()
    kinds = {name: sum(e.outcome == name for e in outcomes) for name in ("indexed", "unchanged")}
    return f"{took_s:.2f} s, {kinds}, {embedder.count - before} texts embedded"


if __name__ == "__main__":
    main()
