"""The page's own addresses: what stands around a passage, and what its parts keep and export."""

from __future__ import annotations

from fastapi import FastAPI, HTTPException

from rag.errors import VerseError
from rag.records import ContextKind
from ui.web.passages.requests import Owner
from ui.web.ports import Desk


def add_desk_routes(site: FastAPI, desk: Desk) -> None:
    """Adds the addresses under "/passages/" to `site`."""

    @site.get("/passages/context")
    def context(passage_id: str, kind: ContextKind, owner: Owner) -> dict[str, object]:
        try:
            found = desk.searching.widen(passage_id, kind)
        except VerseError as error:
            raise HTTPException(404, str(error)) from error
        return {"start": found.start, "text": found.text, "is_cut": found.is_cut}
