"""The pages of reports and sweeps: templates/*.html, filled by Jinja, which this file alone knows.

What documents, models and suites say is escaped; a variable that a template lacks is an error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).parent / "templates"
_NONE: Mapping[str, Callable[..., Any]] = {}


def render_page(
    template: str, values: Mapping[str, Any], filters: Mapping[str, Callable[..., Any]] = _NONE
) -> str:
    """The template of that name with its `values`; it may use the `filters` by their names."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined
    )
    environment.filters |= filters
    return environment.get_template(template).render(values)
