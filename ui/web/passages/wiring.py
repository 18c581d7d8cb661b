"""From an open library to what the page works with."""

from __future__ import annotations

from rag.pipeline import Library, open_drafts, open_notebooks
from ui.web.ports import Desk, Searching


def open_desk(library: Library, searching: Searching) -> Desk:
    """The desk over `library`; raises StoreError where its notebooks cannot be kept."""
    settings = library.settings
    return Desk(
        searching=searching,
        ledger=library.ledger,
        notebooks=open_notebooks(settings),
        drafts=open_drafts(settings),
        verifier=library.verifier(),
        reading=settings.ingest,
    )
