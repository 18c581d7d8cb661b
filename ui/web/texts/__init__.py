"""Every word of the pages, by language: `en.toml` and beside it a file for each translation.

A text is asked for by its section and name, "reader.next_page"; what stands in `{...}` is filled in
by name. A translation has exactly the texts and the places of the English one; a test compares
them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

Language = Literal["en", "fr", "es"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one language; call it with a text's name."""

    language: Language
    texts: Mapping[str, str]  # by "section.name"

    def __call__(self, name: str, /, **values: object) -> str:
        """The text `name` with `values` in their places; raises KeyError for an unknown name, or a
        place without a value."""
        return self.texts[name].format(**values)

    def count(self, name: str, n: int, /, **values: object) -> str:
        """The text for `n` things: `name_one` for one, else `name_many`; `n` is filled in."""
        return self(f"{name}_{'one' if n == 1 else 'many'}", n=f"{n:,}", **values)

    def section(self, section: str) -> dict[str, str]:
        """The texts of a section as they stand, by name."""
        begin = f"{section}."
        return {
            name.removeprefix(begin): text
            for name, text in self.texts.items()
            if name.startswith(begin)
        }


@cache
def open_texts(language: Language = "en") -> Texts:
    """The texts of `language`, as they stand in its file."""
    with (_FOLDER / f"{language}.toml").open("rb") as file:
        return Texts(language, dict(_flat(tomllib.load(file))))


def _flat(read: Mapping[str, object], begin: str = "") -> Iterator[tuple[str, str]]:
    for name, value in read.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{begin}{name}.")
        else:
            yield f"{begin}{name}", str(value)
