"""Facts from the title page: right, or empty."""

from __future__ import annotations

from pathlib import Path

import docx
import pytest

from rag.load import load
from rag.load.title_page import parse_date
from rag.records import Facts

BODY = "The master of the port keeps a register of all vessels that lie in it for a year.\n"


def facts(tmp_path: Path, *lines: str, name: str = "paper.md") -> Facts:
    (tmp_path / name).write_text("\n\n".join((*lines, BODY)), encoding="utf-8")
    return load(tmp_path / name, "paper").facts


@pytest.mark.parametrize(
    ("line", "date"),
    [
        ("4 February 2025", "2025-02-04"),
        ("Distr.: General 26 March 2025", "2025-03-26"),
        ("A/52/613 19 November 1997", "1997-11-19"),
        ("February 4, 2025", "2025-02-04"),
        ("October 2014", "2014-10"),
        ("1er août 2019", "2019-08-01"),
        ("12 de mayo de 2021", "2021-05-12"),
        ("2013-09-26", "2013-09-26"),
        ("2-4 November 2009", ""),
        ("26 September", ""),
        ("41 May 2020", ""),
        ("The fee was raised on 4 February 2025", ""),
        ("2025", ""),
    ],
)
def test_a_date_is_a_line_that_says_nothing_else(line: str, date: str) -> None:
    assert parse_date(line) == date


def test_a_masthead(tmp_path: Path) -> None:
    found = facts(
        tmp_path,
        "A/79/999/Add.2",
        "Distr.: General",
        "4 February 2025",
        "Original: English",
        "# Registers of vessels",
        "## Report of the Harbour Committee",
    )
    assert found == Facts(
        title="Registers of vessels",
        organisation="United Nations General Assembly",
        date="2025-02-04",
        kind="report",
        symbol="A/79/999/Add.2",
        edition="Add.2",
        language="en",
    )


@pytest.mark.parametrize(
    ("symbol", "kind", "edition"),
    [
        ("A/RES/99/1", "resolution", ""),
        ("S/PRST/2025/9", "presidential statement", ""),
        ("A/99/PV.12", "verbatim record", ""),
        ("E/CN.9/2025/1/Rev.1", "", "Rev.1"),
        ("ICLS/99/2018/Guidelines", "guidelines", ""),
    ],
)
def test_the_form_of_a_symbol_tells(tmp_path: Path, symbol: str, kind: str, edition: str) -> None:
    found = facts(tmp_path, symbol, "# Registers of vessels")
    assert (found.symbol, found.kind, found.edition) == (symbol, kind, edition)


def test_a_file_that_is_named_after_its_symbol(tmp_path: Path) -> None:
    assert facts(tmp_path, "# Registers", name="DP_2025_18.en.md").symbol == "DP/2025/18"
    assert facts(tmp_path, "# Registers", name="A_1.md").symbol == ""


def test_an_imprint(tmp_path: Path) -> None:
    found = facts(
        tmp_path,
        "# Ports and their registers",
        "Policy brief",
        "Second edition",
        "March 2020",
        "© 2020 Institute of Harbours",
        "This work is licensed under CC BY-NC-SA 3.0 IGO.",
        "https://doi.org/10.1234/harbour.5",
    )
    assert (found.kind, found.edition, found.date) == ("policy brief", "Second edition", "2020-03")
    assert (found.organisation, found.rights) == ("Institute of Harbours", "CC BY-NC-SA 3.0 IGO")
    assert found.source == "https://doi.org/10.1234/harbour.5"


def test_what_is_not_said_stays_empty(tmp_path: Path) -> None:
    found = facts(tmp_path, "# Ports and their registers", "Masters report by 31 March 2020.")
    assert found == Facts(title="Ports and their registers", language="en")


@pytest.mark.parametrize(("words", "author"), [("By Ada Berth. ", "Ada Berth"), ("", "")])
def test_an_author_of_a_word_file_counts_if_the_first_pages_name_them(
    tmp_path: Path, words: str, author: str
) -> None:
    made = docx.Document()
    made.core_properties.author = "Ada Berth"
    made.add_paragraph(f"{words}{BODY}")
    made.save(str(tmp_path / "a.docx"))
    assert load(tmp_path / "a.docx", "a").facts.author == author
