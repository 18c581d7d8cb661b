"""Dense and lexical search over real Chroma and real tantivy."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rag.errors import ManifestMismatchError, StoreError
from rag.index import Entry, Index, check_manifest
from rag.lexical.stems import terms
from rag.listing import list_work
from rag.pipeline import Library
from rag.records import Facts, Passage
from rag.settings import IndexSettings

TEXTS = {
    "a:1": "Remittances cost 7.5 per cent in Africa.",
    "a:2": "Target 10.c of the goals asks for less than 3 per cent.",
    "b:1": "Los niños migrantes y la educación, école, naïve.",
    "b:2": "Resolution A/RES/70/1 speaks of COVID-19 nowhere.",
}
VECTORS = dict(zip(TEXTS, np.eye(4, dtype=np.float32), strict=True))


def entry(passage_id: str, text: str = "") -> Entry:
    text = text or TEXTS[passage_id]
    passage = Passage(passage_id, passage_id[0], text, 0, len(text), ("A section",))
    return Entry(passage, Facts(title="A title"), "", VECTORS[passage_id])


def open_index(folder: Path, **settings: object) -> Index:
    return Index(folder, IndexSettings(**settings))


@pytest.fixture
def index(tmp_path: Path) -> Index:
    index = open_index(tmp_path)
    index.add([entry(each) for each in TEXTS])
    return index


def test_a_paragraph_is_found_by_its_number_and_its_documents_symbol(tmp_path: Path) -> None:
    """Neither a mention of the symbol nor the paragraph of another document comes first."""
    index = open_index(tmp_path)
    entries = [entry("b:2")]
    for document, symbol in (("a", "A/RES/70/1"), ("b", ""), ("c", "S/2025/7"), ("d", "")):
        for number in ("15", "16 (b)", "17"):
            passage = Passage(
                f"{document}:{number}", document, "Quays are kept.", 0, 15, (), paragraph=number
            )
            entries.append(Entry(passage, Facts(symbol=symbol), "", VECTORS["a:1"]))
    index.add(entries)
    for question in ("paragraph 16 (b) of A/RES/70/1", "para 16(b), resolution 70/1"):
        assert next(iter(index.search_lexical(question, 4))) == "a:16 (b)"
    assert set(index.search_lexical("A/RES/70/1", 9)) == {"a:15", "a:16 (b)", "a:17", "b:2"}
    assert set(index.search_lexical("para. 16", 9)) == {f"{each}:16 (b)" for each in "abcd"}


def test_dense_search_gives_cosine_similarity_nearest_first(index: Index) -> None:
    vector = np.array([0.6, 0.8, 0, 0], dtype=np.float32)
    found = index.search_dense(vector, 2, None, generation=1)
    assert list(found) == ["a:2", "a:1"]
    assert found == pytest.approx({"a:2": 0.8, "a:1": 0.6}, abs=1e-6)


def test_chroma_and_memory_agree(tmp_path: Path, index: Index) -> None:
    vector = np.array([0.1, 0.3, 0.5, 0.806], dtype=np.float32)
    vector /= np.linalg.norm(vector)
    exact = index.search_dense(vector, 3, {"a", "b"}, generation=1)
    approximate = open_index(tmp_path, exact_below=0).search_dense(vector, 3, {"a", "b"}, 1)
    assert list(approximate) == list(exact) == ["b:2", "b:1", "a:2"]
    assert approximate == pytest.approx(exact, abs=1e-4)


@pytest.mark.parametrize("exact_below", [0, 100])
def test_dense_search_keeps_to_the_documents_given(
    tmp_path: Path, index: Index, exact_below: int
) -> None:
    again = open_index(tmp_path, exact_below=exact_below)
    vector = VECTORS["a:1"]
    assert set(again.search_dense(vector, 4, {"b"}, generation=1)) == {"b:1", "b:2"}
    assert again.search_dense(vector, 4, set(), generation=1) == {}


@pytest.mark.parametrize(
    ("text", "best"),
    [
        ("remittance costs", "a:1"),  # stems
        ("10.c", "a:2"),
        ("a/res/70/1", "b:2"),
        ("covid-19", "b:2"),
        ("ninos ecole naive", "b:1"),  # accents
    ],
)
def test_lexical_search_finds_words_stems_and_symbols(index: Index, text: str, best: str) -> None:
    found = index.search_lexical(text, 4)
    assert next(iter(found)) == best
    assert found[best] > 0


def test_lexical_search_keeps_to_the_documents_given(index: Index) -> None:
    assert set(index.search_lexical("per cent migrantes", 4, {"b"})) == {"b:1"}
    assert index.search_lexical("per cent", 4, set()) == {}


@pytest.mark.parametrize("text", ["", "the of and", "???", '"(:*\\ ^~[]{}!'])
def test_nothing_to_look_up_finds_nothing(index: Index, text: str) -> None:
    assert index.search_lexical(text, 4) == {}


def test_an_added_passage_replaces_the_one_of_its_id(tmp_path: Path, index: Index) -> None:
    index.add([entry("a:1", "Goats eat hats.")])
    assert list(index.search_lexical("goats", 4)) == ["a:1"]
    assert "a:1" not in index.search_lexical("Africa", 4)
    assert index.passage_ids() == (set(TEXTS), set(TEXTS))
    index.remove(["a:1", "never:there"])
    assert open_index(tmp_path).passage_ids() == (set(TEXTS) - {"a:1"},) * 2


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    empty = open_index(tmp_path)
    assert empty.search_dense(VECTORS["a:1"], 4, None, generation=0) == {}
    assert empty.search_lexical("remittances", 4) == {}


def test_rarity_falls_with_the_number_of_passages(index: Index) -> None:
    found = index.rarity([*terms("goats"), *terms("cent"), *terms("Africa")])
    assert found["goat"] == 1.0 > found["africa"] > found["cent"] > 0


def test_manifest_names_the_first_difference_and_the_way_out(tmp_path: Path) -> None:
    check_manifest(tmp_path, {"chunking.max_tokens": 256}, held=False)
    check_manifest(tmp_path, {"chunking.max_tokens": 256}, held=True)
    with pytest.raises(
        ManifestMismatchError,
        match=r"chunking\.max_tokens = 256, the settings say 128; run `verse ingest --rebuild`",
    ):
        check_manifest(tmp_path, {"chunking.max_tokens": 128}, held=True)


def test_manifest_of_an_empty_library_is_written_anew(tmp_path: Path) -> None:
    check_manifest(tmp_path, {"chunking.max_tokens": 256}, held=False)
    check_manifest(tmp_path, {"chunking.max_tokens": 128}, held=False)
    written = json.loads((tmp_path / "manifest.json").read_text())
    assert written["chunking.max_tokens"] == 128


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"null"])
def test_a_corrupt_manifest_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(ManifestMismatchError, match=r"manifest.*verse ingest --rebuild"):
        check_manifest(tmp_path, {"chunking.max_tokens": 256}, held=True)


def test_a_lost_manifest_is_not_taken_for_agreement(tmp_path: Path) -> None:
    with pytest.raises(ManifestMismatchError, match=r"manifest.*verse ingest --rebuild"):
        check_manifest(tmp_path, {"chunking.max_tokens": 256}, held=True)


def test_a_broken_lexical_index_is_told_in_one_line(tmp_path: Path) -> None:
    open_index(tmp_path)
    (tmp_path / "lexical" / "meta.json").write_text("{")
    with pytest.raises(StoreError, match=r"lexical.*cannot be opened.*--rebuild"):
        open_index(tmp_path)


def test_a_broken_vector_index_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "chroma").mkdir()
    (tmp_path / "chroma" / "chroma.sqlite3").write_text("no database " * 1000)
    with pytest.raises(StoreError, match=r"vector index.*cannot be opened.*--rebuild"):
        open_index(tmp_path)


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        ("港口的船长保存着所有船只的登记册。", "船只的登记册"),
        ("يحتفظ قبطان الميناء بسجل لجميع السفن.", "قبطان الميناء"),
        ("Капитан порта ведёт реестр всех судов.", "реестр судов"),
        ("Le capitaine tient un registre des navires.", "registre des navires"),
        ("El capitán lleva un registro de los buques.", "registro de los buques"),
    ],
)
def test_words_of_other_scripts_are_found(
    tmp_path: Path, library_at: Callable[..., Library], sentence: str, question: str
) -> None:
    papers = tmp_path / "papers"
    papers.mkdir()
    (papers / "rules.txt").write_text(sentence)
    (papers / "fees.txt").write_text("A vessel that stays pays a fee. 费用 رسوم Сбор frais tasa")
    library = library_at(tmp_path / "data")
    library.ingester(lambda done, total, what: None).ingest(list_work([papers]))
    (found,) = library.index.search_lexical(question, 5)
    assert library.ledger.passage(found).text == sentence
