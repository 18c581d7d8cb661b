"""The reader: documents as plain pages, and the pages of PDF files with the quoted words boxed."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from browser import needs_chromium, open_browser, serve
from conftest import CORPUS
from fastapi import FastAPI
from harbour import HarbourAssistant
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from starlette.testclient import TestClient

from rag.errors import DocumentNotFoundError, FileGoneError
from rag.ledger import Ledger
from rag.listing import list_work
from rag.load import load
from rag.original import Original, read_original
from rag.pipeline import Library
from rag.records import Block, Document, Facts, Note, Section, Span
from rag.records import Page as PageRecord
from ui.web.app import build_site
from ui.web.guard import Guard
from ui.web.ports import Services
from ui.web.reader.routes import add_reader
from ui.web.texts import LANGUAGES, open_texts

BRIEF = "starter-remittance-costs"
PAYLOAD = (
    '<script>window.hurt=1</script><img src=x onerror="window.hurt=1">'
    " [click](javascript:window.hurt=1) </p></article> {{ 7*7 }}"
)


@dataclass
class Shelf:
    """What the reader reads: a library's ledger, or documents made by hand."""

    ledger: Ledger | None = None
    made: dict[str, Document] = field(default_factory=dict)

    def document(self, document_id: str) -> Document:
        if document_id in self.made:
            return self.made[document_id]
        if self.ledger is None:
            raise DocumentNotFoundError(f"no document {document_id!r}")
        return self.ledger.document(document_id)

    def original(self, document_id: str) -> Original:
        if self.ledger is None:
            raise FileGoneError(f"{document_id}.txt", is_changed=False)
        return read_original(self.ledger, document_id)


def build(shelf: Shelf) -> FastAPI:
    site = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    site.add_middleware(Guard)
    for language in LANGUAGES:
        add_reader(site, shelf, open_texts(language))
    return site


@pytest.fixture(scope="module")
def shelf(starter_library: Library) -> Shelf:
    return Shelf(starter_library.ledger)


@pytest.fixture(scope="module")
def client(shelf: Shelf) -> Iterator[TestClient]:
    with TestClient(build(shelf), base_url="http://localhost") as own:
        yield own


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 1280, "height": 800}) as context:
        page = context.new_page()
        page.set_default_timeout(30_000)
        yield page


def span(shelf: Shelf, words: str) -> str:
    start = shelf.document(BRIEF).text.index(words)
    return f"start={start}&end={start + len(words)}"


TURN = "almost a year before the goals were adopted."  # over the turn from page 1 to page 2


@needs_chromium
def test_the_whole_document_opens_at_the_quoted_words(shelf: Shelf, page: Page) -> None:
    words = "Cheap transfers do not make up for a parent’s absence"
    with serve(build(shelf)) as address:
        page.goto(f"{address}read/{BRIEF}?{span(shelf, words)}")
        expect(page.locator("mark")).to_have_text(words)
        expect(page.locator("mark")).to_be_in_viewport()
        expect(page.locator("mark")).to_be_focused()
        expect(page.locator("h1")).to_contain_text("The price of sending money home")
        expect(page.locator("article")).to_have_attribute("lang", "en")
        assert page.locator(".page").evaluate_all("all => all.map(e => e.ariaLabel)") == [
            "p. 1",
            "p. 2",
            "p. 3",
        ]
        page.get_by_role("link", name="The wider costs of migration").click()
        expect(page.get_by_role("heading", name="The wider costs of migration")).to_be_in_viewport()


@needs_chromium
def test_a_marker_shows_its_note_and_leads_to_it_and_back(shelf: Shelf, page: Page) -> None:
    with serve(build(shelf)) as address:
        page.goto(f"{address}read/{BRIEF}")
        marker = page.locator('[role="doc-noteref"][aria-label="Note 4"]')
        marker.focus()
        expect(page.get_by_role("tooltip")).to_contain_text("Global Compact for Safe, Orderly")
        page.keyboard.press("Enter")
        note = page.locator(".note:target")
        expect(note).to_contain_text("Global Compact for Safe, Orderly")
        expect(note).to_be_in_viewport()
        note.locator('[role="doc-backlink"]').click()
        expect(marker).to_be_in_viewport()


@needs_chromium
def test_a_pdf_page_is_shown_with_the_quoted_words_boxed_over_their_ink(
    shelf: Shelf, page: Page
) -> None:
    with serve(build(shelf)) as address:
        page.goto(f"{address}read/{BRIEF}?{span(shelf, TURN)}")
        page.get_by_role("link", name="Page", exact=True).click()
        expect(page).to_have_url(f"{address}read/{BRIEF}/page/1?{span(shelf, TURN)}")
        expect(page.locator(".quoted li")).to_have_text("almost a year before the goals were")
        expect(page.locator(".box")).to_be_in_viewport()
        page.wait_for_function("document.querySelector('.picture img').complete")
        first = fractions(page)
        assert first[1] > 0.6
        page.keyboard.press("ArrowRight")
        expect(page.locator(".quoted li")).to_have_text("adopted.")
        expect(page.get_by_role("img")).to_have_attribute(
            "alt", "Picture of p. 2. Boxed:  adopted."
        )
        second = fractions(page)
        assert second[1] < 0.2
        pictures = [page.request.get(f"{address}read/{BRIEF}/page/{n}.png") for n in (1, 2)]
    # The ink of a line reaches to the edges of its box, and to nowhere near it on the outside.
    for picture, box in zip(pictures, (first, second), strict=True):
        assert has_ink_just_within(Image.open(io.BytesIO(picture.body())).convert("L"), box)


def fractions(page: Page) -> list[float]:
    """Left, top, right and bottom of the first box, as it lies over the picture."""
    found: list[float] = page.evaluate("""() => {
      const [box, all] = [".box", ".picture img"].map(
        (each) => document.querySelector(each).getBoundingClientRect());
      return [(box.left - all.left) / all.width, (box.top - all.top) / all.height,
              (box.right - all.left) / all.width, (box.bottom - all.top) / all.height];
    }""")
    return found


def has_ink_just_within(picture: Image.Image, box: list[float]) -> bool:
    wide, high = picture.size
    left, top, right, bottom = (round(e * s) for e, s in zip(box, (wide, high) * 2, strict=True))
    dark = picture.crop((left - 1, top, right + 1, bottom)).point(lambda v: 255 * (v < 128))
    ink = dark.getbbox()
    if ink is None:
        return False
    height = bottom - top
    return ink[0] <= 0.2 * height and (right - left) - ink[2] <= 0.3 * height


@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 820, 1440])
def test_every_width_and_theme_can_be_read(
    shelf: Shelf, browser: Browser, width: int, scheme: str
) -> None:
    with (
        serve(build(shelf)) as address,
        browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme
        ) as context,
    ):
        page = context.new_page()
        for path in (f"read/{BRIEF}?{span(shelf, TURN)}", f"read/{BRIEF}/page/2", "read/none"):
            page.goto(address + path)
            assert page.evaluate("document.documentElement.scrollWidth") == width
            assert page.evaluate(LOW_CONTRAST) == []


@needs_chromium
def test_a_hostile_document_is_shown_as_its_words_and_calls_nowhere(page: Page) -> None:
    word = "w" * 10_000
    text = f"{PAYLOAD}\n\n{PAYLOAD}\n\n{word}\n\n{PAYLOAD}: 1 | {PAYLOAD}: 2\n\n{PAYLOAD}"
    blocks, at = [], 0
    kinds = ("heading", "paragraph", "list_item", "table_row", "note")
    for kind, part in zip(kinds, text.split("\n\n"), strict=True):
        blocks.append(Block(kind, at, at + len(part), 1, PAYLOAD))
        at += len(part) + 2
    document = Document(
        "hostile",
        text,
        tuple(blocks),
        (Section((PAYLOAD,), 0, len(text)),),
        (PageRecord(1, PAYLOAD, (Span(0, len(text)),)),),
        (Note(PAYLOAD, blocks[-1].start, blocks[-1].end, (blocks[1].end,)),),
        Facts(
            title=PAYLOAD, organisation=PAYLOAD, source="javascript:window.hurt=1", language='"x'
        ),
        format="html",
    )
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with serve(build(Shelf(made={"hostile": document}))) as address:
        page.goto(f"{address}read/hostile?start=3&end={len(text) - 3}")
        expect(page.locator("h1")).to_have_text(PAYLOAD)
        expect(page.locator("article h2")).to_have_text(PAYLOAD)
        expect(page.get_by_text("javascript:window.hurt=1", exact=True)).to_be_visible()
        assert page.locator("a[href^=javascript]").count() == 0
        assert page.locator("article script, article img").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth") == 1280
        assert page.evaluate("window.hurt") is None
        assert all(each.startswith((address, "data:")) for each in asked)


@needs_chromium
def test_two_megabytes_of_text_are_painted_at_once(page: Page) -> None:
    line = "The harbour keeps a register of all moorings and of what they cost. " * 6
    count = 2_000_000 // len(line)
    text = "\n\n".join([line.strip()] * count)
    size = len(line.strip())
    blocks = tuple(Block("paragraph", n * (size + 2), n * (size + 2) + size) for n in range(count))
    document = Document("long", text, blocks, (Section((), 0, len(text)),), format="txt")
    with serve(build(Shelf(made={"long": document}))) as address:
        begun = time.perf_counter()
        page.goto(f"{address}read/long?start={blocks[-9].start}&end={blocks[-9].end}")
        expect(page.locator("mark")).to_be_in_viewport()
        assert time.perf_counter() - begun < 20  # far more than it takes, for a busy machine
        chunks = page.locator(".chunk")
        assert chunks.count() > 200
        assert chunks.first.evaluate("e => getComputedStyle(e).contentVisibility") == "auto"


def test_an_address_that_says_nothing_gets_one_line(client: TestClient) -> None:
    def told(path: str) -> tuple[int, str]:
        response = client.get(path, follow_redirects=False)
        line = response.text.partition('<p class="told">')[2].partition("</p>")[0]
        return response.status_code, line

    assert told("/read/../../etc/passwd")[0] == 404
    assert told("/read/nothing") == (404, "No document nothing is in the library.")
    assert told("/fr/read/%3Cb%3E") == (404, "Aucun document &lt;b&gt; dans la bibliothèque.")
    assert told(f"/read/{BRIEF}?start=5&end=x") == (
        400,
        "The address has something else where a number belongs.",
    )
    assert told(f"/read/{BRIEF}?start=5&end=99999999")[0] == 400
    assert told(f"/read/{BRIEF}/page/4") == (400, "The document has no such page.")
    assert told(f"/read/{BRIEF}/page/1.png?width=-2")[0] == 400
    assert told("/read/starter-education/page/1")[0] == 400
    assert told("/reader/../routes.py")[0] == 404


def test_the_site_has_the_reader_in_each_language(shelf: Shelf) -> None:
    site = build_site(Services(HarbourAssistant(), reading=shelf))
    with TestClient(site, base_url="http://localhost") as client:
        assert "Go to the quoted words" in client.get(f"/read/{BRIEF}?start=0&end=9").text
        assert "Aller au passage cité" in client.get(f"/fr/read/{BRIEF}?start=0&end=9").text
        assert (
            "object-src 'none'" in client.get(f"/read/{BRIEF}").headers["content-security-policy"]
        )
        assert "--paper" in client.get("/reader/reader.css").text


def test_a_page_is_found_by_its_label_and_its_picture_keeps_within_bounds(
    client: TestClient,
) -> None:
    jumped = client.get("/read/starter-health-access/page?n=III", follow_redirects=False)
    assert jumped.status_code == 400  # no such label, no number
    jumped = client.get(
        "/read/starter-health-access/page?n=1&start=0&end=9", follow_redirects=False
    )
    assert jumped.headers["location"] == "/read/starter-health-access/page/2?start=0&end=9"
    shown = client.get("/read/starter-health-access/page/2").text
    assert "p. 1 (PDF page 2)" in shown
    assert "/read/starter-health-access/file#page=2" in shown
    for asked, given in (("1", 200), ("640", 640), ("999999", 2400)):
        response = client.get(f"/read/{BRIEF}/page/1.png?width={asked}")
        assert response.headers["content-type"] == "image/png"
        assert Image.open(io.BytesIO(response.content)).width == pytest.approx(given, abs=1)


def test_a_file_is_given_out_as_it_was_read_and_html_never_runs_here(client: TestClient) -> None:
    pdf = client.get(f"/read/{BRIEF}/file")
    assert pdf.content == (CORPUS / f"{BRIEF}.pdf").read_bytes()
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.headers["content-disposition"] == f"inline; filename*=UTF-8''{BRIEF}.pdf"
    page = client.get("/read/starter-skills-recognition/file")
    assert page.headers["content-disposition"].startswith("attachment;")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert page.headers["x-content-type-options"] == "nosniff"


def test_files_in_archives_are_found_and_changed_or_missing_ones_are_told(
    tmp_path: Path, library_at: Callable[..., Library]
) -> None:
    (tmp_path / "papers").mkdir()
    archive = tmp_path / "papers" / "annexes.zip"
    data = (CORPUS / f"{BRIEF}.pdf").read_bytes()
    with zipfile.ZipFile(archive, "w") as written:
        written.writestr("2014/costs.pdf", data)
    note = tmp_path / "papers" / "note.md"
    note.write_text("# Moorings\n\nThe fee for a long stay is forty crowns a day.\n")
    library = library_at(tmp_path / "data")
    library.ingester(lambda done, total, what: None).ingest(list_work([tmp_path / "papers"]))
    with TestClient(build(Shelf(library.ledger)), base_url="http://localhost") as client:
        assert client.get("/read/costs/file").content == data
        assert client.get("/read/costs/page/2").status_code == 200
        note.write_text("# Moorings\n\nThe fee is fifty crowns.\n")
        changed = client.get("/read/note/file")
        assert changed.status_code == 410
        assert "The file note.md has changed since it was read." in changed.text
        archive.unlink()
        gone = client.get("/read/costs/page/2")
        assert gone.status_code == 410
        assert "The file costs.pdf is no longer where it was read." in gone.text
        assert 'href="/read/costs"' in gone.text
        assert "forty crowns" in client.get("/read/note").text
    library.ledger.close()


def test_tables_bullets_and_numbers_look_like_what_they_are(client: TestClient) -> None:
    shown = client.get("/read/starter-inclusive-cities").text
    assert shown.count("<table>") == 1
    document = load(CORPUS / f"{BRIEF}.pdf", BRIEF)
    rows = "Rate: 3 per cent | Cost: $6\nRate: 5 per cent | Cost: $10"
    table = replace(
        document,
        text=rows,
        blocks=(Block("table_row", 0, 27), Block("table_row", 28, len(rows))),
        pages=(),
        notes=(),
    )
    with TestClient(build(Shelf(made={"table": table})), base_url="http://localhost") as own:
        page = own.get(f"/read/table?start=0&end={len(rows)}").text
    assert '<th scope="col">Rate</th><th scope="col">Cost</th>' in page
    assert "<td><mark>5 per cent</mark></td><td><mark>$10</mark></td>" in page


# Every visible text against the nearest opaque background: below 4.5 is a finding.
LOW_CONTRAST = """() => {
  const parse = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const [r, g, b, a = 1] = parse(getComputedStyle(each).backgroundColor);
      if (a === 1) return [r, g, b];
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll("body *")]
    .filter((e) => e.checkVisibility() && [...e.childNodes].some(
      (n) => n.nodeType === Node.TEXT_NODE && n.textContent.trim()))
    .map((e) => {
      const pair = [light(parse(getComputedStyle(e).color)), light(ground(e))];
      pair.sort((a, b) => b - a);
      return [e.className || e.tagName, (pair[0] + 0.05) / (pair[1] + 0.05)];
    })
    .filter(([, ratio]) => ratio < 4.5);
}"""
