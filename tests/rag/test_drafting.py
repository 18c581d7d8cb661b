"""A drafted catalogue is read back to the facts that it was made of."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.drafting import Draft, draft_entries, write_csv, write_toml
from rag.load.catalogue import CatalogueEntry, read_catalogue
from rag.records import Facts
from rag.settings import IngestSettings
from rag.workers import Workers

RULE = "The master of the port keeps a register of all vessels that lie in it for a year."
LINE = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp", "Zs", "Cn", "Co", "Cf")))
NAME = LINE.map(lambda text: text.strip().strip("/")).filter(bool)


@given(
    st.dictionaries(NAME, st.tuples(LINE, LINE, LINE), min_size=1, max_size=5),
    st.sampled_from(["catalogue.toml", "catalogue.csv"]),
)
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory,
    values: dict[str, tuple[str, str, str]],
    kind: str,
) -> None:
    entries = {
        name: CatalogueEntry(
            "", Facts(title=title.strip(), rights=rights.strip(), kind=what.strip())
        )
        for name, (title, rights, what) in values.items()
    }
    drafts = [Draft(name, entry) for name, entry in entries.items()]
    path = tmp_path_factory.mktemp("draft") / kind
    write = write_csv if kind.endswith("csv") else write_toml
    path.write_text(write(drafts), encoding="utf-8", newline="")
    assert read_catalogue(path) == entries


def test_a_folder_is_drafted_and_what_was_written_by_hand_stays(tmp_path: Path) -> None:
    (tmp_path / "2019").mkdir()
    (tmp_path / "2019" / "rules.md").write_text(f'# Rules: "the port"\n\nMarch 2019\n\n{RULE}\n')
    (tmp_path / "empty.txt").write_bytes(b"")
    known = {"rules": CatalogueEntry("r-1", Facts(title="The rules of 2019"))}
    workers = Workers(IngestSettings(ocr_languages=""))
    paths = [tmp_path / "2019" / "rules.md", tmp_path / "empty.txt"]
    drafts = list(draft_entries(tmp_path, paths, {}, workers))
    again = list(draft_entries(tmp_path, paths, known, workers))
    workers.close()
    assert [(each.name, each.reason) for each in drafts] == [
        ("2019/rules.md", ""),
        ("empty.txt", "empty file"),
    ]
    assert drafts[0].entry.facts.title == 'Rules: "the port"'
    assert drafts[0].entry.facts.date == "2019-03"
    assert again[0].entry == CatalogueEntry(
        "r-1", Facts(title="The rules of 2019", date="2019-03", language="en")
    )
    (tmp_path / "catalogue.toml").write_text(write_toml(drafts), encoding="utf-8")
    assert "# empty.txt: empty file" in write_toml(drafts)
    assert list(read_catalogue(tmp_path / "catalogue.toml")) == ["2019/rules.md"]
