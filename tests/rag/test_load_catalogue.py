"""The catalogue: facts by file stem, strict about keys and types."""

from pathlib import Path, PurePath

import pytest

from rag.errors import CatalogueError
from rag.load.catalogue import CatalogueEntry, find_entry, read_catalogue
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
        "rules": CatalogueEntry("", Facts(title="Harbour rules", date="2013-09-26")),
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


@pytest.mark.parametrize("mark", [",", ";"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_a_csv_file_as_spreadsheets_write_it(tmp_path: Path, mark: str, start: str) -> None:
    rows = ["file,title,date,id", '2019/rules.pdf,"Rules, 2nd ""edition""",2013-09,r2', "fees,,,"]
    path = tmp_path / "catalogue.csv"
    quoted = '"Rules, 2nd ""edition"""'
    lines = [row.replace(quoted, "Q").replace(",", mark).replace("Q", quoted) for row in rows]
    path.write_bytes((start + "\r\n".join(lines) + "\r\n").encode())
    assert read_catalogue(path) == {
        "2019/rules.pdf": CatalogueEntry("r2", Facts(title='Rules, 2nd "edition"', date="2013-09")),
        "fees": CatalogueEntry("", Facts()),
    }


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("file,tittle\nrules,x\n", ["unknown column tittle", "organisation"]),
        ("title\nx\n", ["no column 'file'"]),
        ("file,title\nrules,x\nrules,y\n", ["line 3", "'rules' was named before"]),
        ("file,title\nrules,x,y\n", ["line 2", "not 2 columns"]),
        ("file,title\n,x\n", ["line 2", "no file named"]),
        ("", ["no column 'file'"]),
    ],
)
def test_mistakes_in_a_csv_file_are_named(tmp_path: Path, source: str, words: list[str]) -> None:
    path = tmp_path / "catalogue.csv"
    path.write_text(source, encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        read_catalogue(path)
    assert all(word in str(caught.value) for word in ["catalogue.csv", *words])


def test_the_most_exact_name_wins() -> None:
    entries = {
        name: CatalogueEntry("", Facts(title=name))
        for name in ("2019/rules.pdf", "rules.pdf", "rules")
    }
    places = ("2019/rules.pdf", "2020/rules.pdf", "rules.docx", "fees.pdf")
    found = [find_entry(entries, PurePath(place)) for place in places]
    assert [entry.facts.title if entry else "" for entry in found] == [
        "2019/rules.pdf",
        "rules.pdf",
        "rules",
        "",
    ]
