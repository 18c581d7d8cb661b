"""Runs ingests that can be killed: reads DATA FOLDER pairs, a line of JSON each, and forks.

A fork starts at once because everything is imported and the model is loaded before; it is an
ingest like any other, in a process of its own. Prints its process id, then its exit status.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import chromadb
import chromadb.api.rust  # noqa: F401

import rag.pipeline
from rag.embed import SentenceEmbedder
from rag.listing import list_work
from rag.settings import EmbeddingSettings, load_settings


def ingest(data: Path, papers: Path) -> None:
    library = rag.pipeline.open_library(load_settings(data))
    library.ingester(lambda done, total, what: None).ingest(list_work([papers]))
    library.workers.close()


def tell(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def main() -> None:
    defaults = EmbeddingSettings()
    embedder = SentenceEmbedder(defaults.model, defaults.batch_size)
    embedder.count_tokens("loads the tokenizer")
    assert embedder._model is not None
    rag.pipeline.SentenceEmbedder = lambda *_: embedder  # type: ignore[assignment,misc]
    tell("ready")
    for line in sys.stdin:
        data, papers = map(Path, json.loads(line))
        child = os.fork()
        if not child:
            ingest(data, papers)
            os._exit(0)
        tell(child)
        tell(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


if __name__ == "__main__":
    main()
