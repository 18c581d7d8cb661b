"""The small drawings of the pages; each stands beside words or has its name on the button."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_SHAPES: Mapping[str, str] = MappingProxyType(
    {
        "thumb": '<path d="M4 11h3.5v9H4zM7.5 11l4-7.5c1.6 0 2.5 1.1 2.2 2.7L13 9.5h5.2c1.3 0 2.1 '
        '1.2 1.8 2.4l-1.6 6.4c-.3 1-1.1 1.7-2.2 1.7H7.5"/>',
        "pencil": '<path d="M4 20l1-4L16.5 4.5l3 3L8 19z M14 7l3 3"/>',
        "copy": '<path d="M9 9h11v11H9zM15 9V4H4v11h5"/>',
        "link": '<path d="M10 14a4 4 0 0 0 5.7 0l3.4-3.4a4 4 0 0 0-5.7-5.7L12 6.3M14 10a4 4 0 0 '
        '0-5.7 0l-3.4 3.4a4 4 0 0 0 5.7 5.7l1.4-1.4"/>',
        "retry": '<path d="M19 12a7 7 0 1 1-2.2-5.1M19 4v4h-4"/>',
        "full": '<circle cx="12" cy="12" r="8"/><path d="M8.5 12.2l2.4 2.4 4.6-5"/>',
        "half": '<circle cx="12" cy="12" r="8"/><path d="M12 4a8 8 0 0 0 0 16z" '
        'fill="currentColor"/>',
        "none": '<circle cx="12" cy="12" r="8"/><path d="M8.5 12h7"/>',
        "question": '<circle cx="12" cy="12" r="8"/><path d="M9.8 10a2.2 2.2 0 1 1 3.2 2c-.7.4-1 '
        '.8-1 1.5M12 16v.2"/>',
        "warning": '<path d="M12 4l9 16H3zM12 10v4.5M12 17v.2"/>',
        "close": '<path d="M6 6l12 12M18 6L6 18"/>',
        "clock": '<circle cx="12" cy="12" r="8"/><path d="M12 7.5V12l3 2"/>',
        "pin": '<path d="M9 4h6l-1 6 3 3v1H7v-1l3-3zM12 14v6"/>',
    }
)


def icon(name: str) -> str:
    """The drawing `name` as SVG, hidden from screen readers."""
    return (
        '<svg class="cv-icon" viewBox="0 0 24 24" width="18" height="18" aria-hidden="true" '
        f'focusable="false">{_SHAPES[name]}</svg>'
    )
