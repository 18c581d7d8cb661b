"""Runs `verse brief` so that it can be killed: reads arguments, a line of JSON each, and forks.

A fork starts at once because everything is imported and the model is loaded before. Prints its
process id, then its exit status.
"""

from __future__ import annotations

import json
import os
import sys

import chromadb
import chromadb.api.rust  # noqa: F401

import rag.briefs.compose
import rag.briefs.partial
import rag.export
import rag.pipeline
import ui.briefing  # noqa: F401
from rag.embed import SentenceEmbedder
from rag.settings import EmbeddingSettings
from ui.cli import app


def tell(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def make(arguments: list[str]) -> None:
    try:
        app(arguments, standalone_mode=False)
    finally:
        sys.stderr.flush()


def main() -> None:
    defaults = EmbeddingSettings()
    embedder = SentenceEmbedder(defaults.model, defaults.batch_size)
    embedder.embed(["loads the model"])
    rag.pipeline.SentenceEmbedder = lambda *_: embedder  # type: ignore[assignment,misc]
    tell("ready")
    for line in sys.stdin:
        arguments = json.loads(line)
        child = os.fork()
        if not child:
            make(arguments)
            os._exit(0)
        tell(child)
        tell(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


if __name__ == "__main__":
    main()
