"""PDF files, drawn by a tiny writer: columns, running heads, labels, notes, hyphens."""

from pathlib import Path

import pytest
from test_load_text import check_offsets, shown

from rag.errors import LoadError
from rag.load import load
from rag.load.pdf_operators import read_operations
from rag.records import Document

Line = tuple[float, float, float, str]  # x, y, size (negative for bold), words
FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /%s /Encoding /WinAnsiEncoding >>"
END = (
    b"xref\n0 1\n0000000000 65535 f \n%strailer\n<< /Root 1 0 R /Size %d >>\nstartxref\n%d\n%%%%EOF"
)


def stream(lines: list[Line]) -> bytes:
    shows = []
    for x, y, size, words in lines:
        escaped = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        font = "F2" if size < 0 else "F1"
        shows.append(f"BT /{font} {abs(size)} Tf {x} {y} Td ({escaped}) Tj ET")
    return "\n".join(shows).encode("cp1252")


def make_pdf(
    pages: list[list[Line]], catalogue: str = "", extra: dict[int, str] | None = None
) -> bytes:
    """A PDF file; pages with no lines draw a picture if `extra` gives it as object 5."""
    objects = {
        1: f"<< /Type /Catalog /Pages 2 0 R {catalogue} >>".encode(),
        2: b"<< /Type /Pages /Kids [%s] /Count %d >>"
        % (b" ".join(b"%d 0 R" % (10 + 2 * n) for n in range(len(pages))), len(pages)),
        **{n: FONT % name for n, name in ((3, b"Helvetica"), (4, b"Helvetica-Bold"))},
        **{number: text.encode() for number, text in (extra or {}).items()},
    }
    picture = "/XObject << /I 5 0 R >>" if extra else ""
    for n, lines in enumerate(pages):
        data = stream(lines)
        objects[10 + 2 * n] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {11 + 2 * n} 0 R "
            f"/Resources << /Font << /F1 3 0 R /F2 4 0 R >> {picture} >> >>"
        ).encode()
        objects[11 + 2 * n] = b"<< /Length %d >>\nstream\n%s\nendstream" % (len(data), data)
    body, places = b"%PDF-1.7\n", {}
    for number, data in sorted(objects.items()):
        places[number] = len(body)
        body += b"%d 0 obj\n%s\nendobj\n" % (number, data)
    table = b"".join(b"%d 1\n%010d 00000 n \n" % item for item in sorted(places.items()))
    return body + END % (table, max(objects) + 1, len(body))


@pytest.fixture
def read(tmp_path: Path):
    def read_pages(pages: list[list[Line]], **given: object) -> Document:
        path = tmp_path / "rules.pdf"
        path.write_bytes(make_pdf(pages, **given))  # type: ignore[arg-type]
        document = load(path, "rules")
        check_offsets(document)
        return document

    return read_pages


def paragraph(x: float, y: float, words: list[str], size: float = 10) -> list[Line]:
    return [(x, y - 12 * n, size, line) for n, line in enumerate(words)]


HEAD = (60, 760, 8, "Port Authority - Harbour rules")
# fmt: off
NOTED = [
    [
        HEAD,
        (290, 30, 8, "vii"),
        (60, 700, -16, "Harbour rules"),
        (60, 660, 10, "Boats leave the northern pier at nine and reach the island by noon, "
         "as the migra-"),
        (60, 648, 10, "tion of herring and the long-standing custom of the port demand; "
         "the master of every"),
        (60, 636, 10, "vessel"),
        (90, 639.5, 6, "1"),
        (95, 636, 10, "reports to the gate, where the well-known rules hang, "
         "and pays what the Harbour"),
        (60, 80, 7, "1"),
        (66, 78, 8, "Of any size."),
    ],
    [
        HEAD,
        (290, 30, 8, "viii"),
        (60, 700, 10, "Board asks for. No migration of boats is allowed."),
        (60, 670, 10, "1. Rowing boats are free, so long as they keep to the "
         "shallow side of the long-"),
        (72, 658, 10, "standing pier."),
        (60, 646, 10, "2. All others pay."),
    ],
    [HEAD, (290, 30, 8, "ix"), (60, 700, 10, "The end.")],
]
# fmt: on


def test_heads_feet_notes_hyphens_and_page_turns(read) -> None:
    document = read(NOTED)
    assert shown(document) == [
        "h1: Harbour rules",
        "paragraph: Boats leave the northern pier at nine and reach the island by noon, as the "
        "migration of herring and the long-standing custom of the port demand; the master of "
        "every vessel reports to the gate, where the well-known rules hang, and pays what the "
        "Harbour Board asks for. No migration of boats is allowed.",
        "note: [1] Of any size.",
        "item0: 1. Rowing boats are free, so long as they keep to the shallow side of the "
        "long-standing pier.",
        "item0: 2. All others pay.",
        "paragraph: The end.",
    ]
    (note,) = document.notes
    assert [document.text[:m].split()[-1] for m in note.markers] == ["vessel"]


def test_pages_know_their_words_and_printed_labels(read) -> None:
    document = read(NOTED)
    assert [(page.number, page.label) for page in document.pages] == [
        (1, "vii"),
        (2, "viii"),
        (3, "ix"),
    ]
    for words, number in (("pays what", 1), ("Board asks", 2), ("Of any size", 1), ("The end", 3)):
        page = document.page_at(document.text.index(words))
        assert page is not None and page.number == number


def test_labels_of_the_file_go_first(read) -> None:
    labels = "/PageLabels << /Nums [0 << /S /D /St 41 >>] >>"
    document = read(NOTED, catalogue=labels)
    assert [page.label for page in document.pages] == ["41", "42", "43"]


def test_columns_are_read_one_by_one_however_drawn(read) -> None:
    left = [f"Left column says thing number {n} of the many" for n in range(8)]
    right = [f"Right column says thing number {n} of the many" for n in range(8)]
    title = (60, 740, -18, "One title across both columns of this page")
    pairs = zip(paragraph(60, 700, left), paragraph(320, 700, right), strict=True)
    by_row = [title, *(line for pair in pairs for line in pair)]
    by_column = [*paragraph(320, 700, right), *paragraph(60, 700, left), title]
    expected = [title[3], " ".join([*left, *right])]
    for lines in (by_row, by_column):
        assert read([lines]).text.split("\n\n") == expected


def test_rows_of_cells_are_table_rows(read) -> None:
    rows = [("Berth", "Fee", "Depth"), ("North", "10", "4 m"), ("South", "12", "5 m")]
    lines = [
        (60 + 150 * column, 700 - 20 * at, 10, cell)
        for at, row in enumerate(rows)
        for column, cell in enumerate(row)
    ]
    assert shown(read([lines])) == [
        "table_row: Berth | Fee | Depth",
        "table_row: North | 10 | 4 m",
        "table_row: South | 12 | 5 m",
    ]


def test_empty_pages_are_kept_and_told(read) -> None:
    document = read([NOTED[0], [], NOTED[2]])
    assert [page.number for page in document.pages] == [1, 2, 3]
    assert document.warnings == ("1 empty page: 2",)


def test_a_cut_off_file_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "cut.pdf"
    path.write_bytes(make_pdf(NOTED)[:400])
    with pytest.raises(LoadError, match="truncated or damaged PDF"):
        load(path, "cut")


def test_operators_of_a_content_stream() -> None:
    data = rb"""q 1 0 0 -1.5 .5 +2 cm % note
    /F#311 12 Tf [(a\(b\)\101(c)) -250.5 <48 65 7>] TJ << /X [1 2] >> gs
    BI /W 1 ID (( not a string EI
    (\
x) '"""
    assert list(read_operations(data)) == [
        (b"q", []),
        (b"cm", [1.0, 0.0, 0.0, -1.5, 0.5, 2.0]),
        (b"Tf", ["/F11", 12.0]),
        (b"TJ", [[b"a(b)A(c)", -250.5, b"Hep"]]),
        (b"gs", []),
        (b"BI", []),
        (b"ID", ["/W", 1.0]),
        (b"'", [b"x"]),
    ]
