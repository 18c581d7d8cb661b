"""Who sends a request, and whether they may change the library: what `signing.py` found out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ui.web.guard import Scope

_STATE = "person"


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever sends a request; without a name where nobody has to sign in."""

    name: str = ""
    may_maintain: bool = False  # change the library, run evaluations


NOBODY = Person()


def put_person(scope: Scope, person: Person) -> None:
    """Says for all that serve the request who sent it."""
    scope.setdefault("state", {})[_STATE] = person


def person_of(request: Any) -> Person:
    """Who sent a request, of Gradio or of FastAPI; nobody where that is not known."""
    # Gradio's own wraps FastAPI's.
    inner = getattr(request, "request", None) or request
    person = getattr(getattr(inner, "state", None), _STATE, None)
    return person if isinstance(person, Person) else NOBODY
