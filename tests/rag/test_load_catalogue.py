"""The catalogue: facts by file stem, strict about keys and types."""

from pathlib import Path

import pytest

from rag.errors import CatalogueError
from rag.load.catalogue import CatalogueEntry, read_catalogue
from rag.records import Facts


def write(tmp_path: Path, source: str) -> Path:
    path = tmp_path / "catalogue.toml"
    path.write_text(source, encoding="utf-8")
    return path


def test_entries_by_stem(tmp_path: Path) -> None:
    source = (
        '[rules]\ntitle = "Harbour rules"\ndate = 2013-09-26\n'
        '[fees]\nid = "fees-1"\ndate = "2009"\n'
    )
    assert read_catalogue(write(tmp_path, source)) == {
        "rules": CatalogueEntry("rules", Facts(title="Harbour rules", date="2013-09-26")),
        "fees": CatalogueEntry("fees-1", Facts(date="2009")),
    }


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('[rules]\ntittle = "x"', ["[rules]", "tittle", "organisation"]),
        ("[rules]\ntitle = 5", ["[rules] title is 5", "a string"]),
        ('rules = "x"', ["'rules' is 'x'", "a table"]),
        ("[rules\n", ["not valid TOML"]),
        ('[a]\nid = "b"\n[b]\n', ["[b] id 'b'", "[a]"]),
    ],
)
def test_mistakes_are_named(tmp_path: Path, source: str, words: list[str]) -> None:
    with pytest.raises(CatalogueError) as caught:
        read_catalogue(write(tmp_path, source))
    assert all(word in str(caught.value) for word in ["catalogue.toml", *words])


def test_a_missing_catalogue(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="cannot be read"):
        read_catalogue(tmp_path / "none.toml")
