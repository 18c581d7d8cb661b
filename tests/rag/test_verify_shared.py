"""The source documents quoted at length: no false alarm, and every altered word found."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from rag.ledger import FileEntry, Ledger
from rag.load import load
from rag.load.catalogue import read_catalogue
from rag.records import Document, Span
from rag.render import place_text
from rag.sentences import sentence_spans
from rag.verify.verifier import Verifier
from tests.rag.edited import paragraph, word_file

QUOTES = 120
MARKS = ("“{}”", '"{}"', "«\u00a0{}\u00a0»", "‘{}’", "„{}“")


@pytest.fixture(scope="module")
def ledger(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    folder = shared / "documents"
    facts = read_catalogue(folder / "catalogue.toml")
    ledger = Ledger(tmp_path_factory.mktemp("shared") / "ledger.sqlite")
    for path in sorted((folder / "pdf").glob("*.pdf")):
        document = load(path, path.stem, facts[path.stem].facts)
        entry = FileEntry(str(path), path.stem, "", "indexed", "", path.stem)
        ledger.put_document(entry, document, ())
    return ledger


def picked(ledger: Ledger, seed: int) -> list[tuple[Document, Span]]:
    """Sentences of the documents, whatever blocks they stand in."""
    dice, found = random.Random(seed), []
    documents = [ledger.document(each) for each in ledger.facts()]
    while len(found) < QUOTES:
        document = dice.choice(documents)
        block = dice.choice(document.blocks)
        span = dice.choice(sentence_spans(document.text, block.start, block.end))
        if len(document.text[slice(*span)].split()) >= 6:
            found.append((document, span))
    return found


def note(document: Document, span: Span) -> str:
    page = document.page_at(span.start)
    assert page is not None
    place = place_text(document.paragraph_at(span.start), page.number, page.label)
    return f"{document.facts.organisation}, {document.facts.title}, {document.facts.date}, {place}."


@pytest.mark.parametrize("seed", [1, 2])
def test_no_real_quotation_is_reported(ledger: Ledger, seed: int) -> None:
    quotes = picked(ledger, seed)
    body = [
        paragraph(f"It says {MARKS[n % 5].format(document.text[slice(*span)])}.[^{n}]")
        for n, (document, span) in enumerate(quotes, 1)
    ]
    report = Verifier(ledger).verify_file(word_file(body, [note(*q) for q in quotes]), "a.docx")
    wrong = [(each.verdict, each.how, each.text) for each in report.checked if not each.is_sound]
    assert wrong == []
    assert report.counts["verbatim"] >= QUOTES * 0.9  # titles in quotation marks are passed over


def test_every_altered_word_is_found_and_named(ledger: Ledger) -> None:
    quotes, dice = picked(ledger, 3), random.Random(3)
    body = []
    for n, (document, span) in enumerate(quotes, 1):
        said = document.text[slice(*span)].split()
        said[dice.randrange(1, len(said) - 1)] = "zebra"
        body.append(paragraph(f"It says “{' '.join(said)}”.[^{n}]"))
    report = Verifier(ledger).verify_file(word_file(body, [note(*q) for q in quotes]), "a.docx")
    named = {
        each.place.paragraph
        for each in report.checked
        if each.verdict == "altered" and any("zebra" in change.words for change in each.changes)
    }
    titles = [n for n in range(1, QUOTES + 1) if n not in named]
    assert len(titles) <= 3  # nearly a title: passed over
