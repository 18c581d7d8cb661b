"""HTML files: what a reader sees, structure kept, furniture dropped."""

from pathlib import Path

from rag.load import load
from rag.records import Document

PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>Harbour rules</title><meta name="author" content="Ada Lund">
<meta name="dcterms.date" content="2014-10-03T09:00:00"><style>p { color: red }</style></head>
<body><nav><a href="/">Home</a></nav><script>alert("x")</script>
<p style="display: none">Hidden words</p>
<h1>Harbour rules<sup><a href="#fn1">1</a></sup></h1>
<p>Boats <b>must</b> leave<br>by noon; a 5 m<sup>2</sup> deck is enough<sup>2</sup>.</p>
<ol start="3"><li>Mooring<ul><li>by day</li></ul></li><li><p>Fuel</p></li></ol>
<ol type="I" start="2"><li>SCOPE AND AIMS</li></ol>
<p>All berths.</p>
<table><tr><th>Berth</th><th>Fee</th></tr><tr><td>North</td><td>10<br>crowns</td></tr></table>
<p><sup>2</sup> Measured at the waterline.</p>
<section><ol><li id="fn1"><p>Adopted in 1999. <a href="#ref1">↩</a></p></li></ol></section>
</body></html>"""


def read(tmp_path: Path, source: str) -> Document:
    path = tmp_path / "rules.html"
    path.write_text(source, encoding="utf-8")
    return load(path, "rules")


def test_a_page_becomes_blocks(tmp_path: Path) -> None:
    document = read(tmp_path, PAGE)
    assert [(b.kind, b.level, document.text[b.start : b.end]) for b in document.blocks] == [
        ("heading", 1, "Harbour rules"),
        ("paragraph", 0, "Boats must leave by noon; a 5 m² deck is enough."),
        ("list_item", 0, "3. Mooring"),
        ("list_item", 1, "by day"),
        ("list_item", 0, "4. Fuel"),
        ("heading", 2, "II. SCOPE AND AIMS"),
        ("paragraph", 0, "All berths."),
        ("table_row", 0, "Berth: North | Fee: 10 crowns"),
        ("note", 0, "Measured at the waterline."),
        ("note", 0, "Adopted in 1999."),
    ]
    marked = {n.label: [document.text[:m].split()[-1] for m in n.markers] for n in document.notes}
    assert marked == {"2": ["enough"], "1": ["rules"]}


def test_facts_of_a_page(tmp_path: Path) -> None:
    facts = read(tmp_path, PAGE).facts
    assert (facts.title, facts.author, facts.date) == ("Harbour rules", "Ada Lund", "2014-10-03")


def test_a_table_that_only_lays_out_is_no_table(tmp_path: Path) -> None:
    source = "<html><body><table><tr><td><p>One.</p><p>Two.</p></td></tr></table></body></html>"
    assert read(tmp_path, source).text == "One.\n\nTwo."
