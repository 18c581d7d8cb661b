"""The Library page over a real library, in a real browser and by its address for uploads."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browser import LOW_CONTRAST, ask, needs_chromium, open_browser, serve_page
from fastapi.testclient import TestClient
from filelock import FileLock
from harbour import PAYLOAD
from playwright.sync_api import Browser, Locator, Page, expect

from rag.errors import LoadError
from rag.listing import list_work
from rag.pipeline import Library
from ui.users import UsersFile, make_user, write_users
from ui.web.app import build_site
from ui.web.library.names import safe_name
from ui.web.library.shelf import Shelf
from ui.web.library.trash import Trash
from ui.web.ports import Services
from ui.web.signing import Door

CORPUS = Path(__file__).parents[2] / "corpus"
WAIT_MS = 60_000
FEES = "# Fees\n\nA vessel that stays longer than fourteen days pays a fee of 40 crowns each day.\n"
HOSTILE = f"# Tolls {PAYLOAD}\n\nA toll of 12 crowns is due at the lock. {PAYLOAD} {'x' * 10_000}\n"
PDF = CORPUS / "starter-remittance-costs.pdf"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / "fees.md").write_text(FEES)
    (folder / "empty.md").write_text("")
    return folder


@pytest.fixture
def library(tmp_path: Path, papers: Path, library_at: Callable[..., Library]) -> Library:
    library = library_at(tmp_path / "data")
    library.ingester(lambda *_: None).ingest(list_work([papers]))
    return library


@pytest.fixture
def address(library: Library) -> Iterator[str]:
    with serve_page(library.assistant(), shelf=Shelf(library)) as address:
        yield address


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        open_library(page, address)
        yield page


def open_library(page: Page, address: str) -> None:
    page.goto(f"{address}#library")
    expect(page.locator(".cv-lib-upload")).to_be_visible(timeout=WAIT_MS)


def row(page: Page, title: str) -> Locator:
    return page.get_by_role("row").filter(has_text=title)


def open_document(page: Page, title: str) -> Locator:
    page.get_by_role("button", name=title, exact=True).click()
    dialog = page.get_by_role("dialog", name=title)
    expect(dialog).to_be_visible(timeout=WAIT_MS)
    return dialog


def task(page: Page, words: str) -> Locator:
    return page.locator(".cv-lib-task").filter(has_text=words)


@needs_chromium
def test_an_uploaded_pdf_is_asked_about_and_a_bad_file_says_why(
    page: Page, library: Library, papers: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(PDF.read_bytes()[:2000])
    page.locator(".cv-lib-input").set_input_files([PDF, broken, papers / "empty.md"])
    expect(task(page, PDF.name)).to_contain_text("Added", timeout=WAIT_MS)
    expect(task(page, "empty.md")).to_contain_text("Not added empty.md", timeout=WAIT_MS)
    expect(task(page, "empty.md")).to_contain_text("empty file")
    expect(task(page, "broken.pdf")).to_contain_text("truncated or damaged PDF")
    expect(row(page, PDF.name)).to_contain_text("Searched")
    uploads = library.settings.data_dir / "uploads"
    assert [each.name for each in uploads.iterdir() if each.is_file()] == [PDF.name]
    page.get_by_role("tab", name="Ask").click()
    ask(page, "What does it cost to send remittances?")
    source = page.locator(".cv-source").first
    expect(source).to_contain_text("remittance", ignore_case=True, timeout=WAIT_MS)
    # A later start with the folder of papers leaves the upload alone.
    library.ingester(lambda *_: None).ingest(list_work([papers]))
    assert sorted(library.ledger.facts()) == ["fees", "starter-remittance-costs"]


@needs_chromium
def test_a_corrected_title_stands_in_the_list_and_in_the_sources(
    page: Page, library: Library
) -> None:
    dialog = open_document(page, "Fees")
    dialog.get_by_label("Date").fill("October")
    dialog.get_by_label("Title").fill(f"Tariff {PAYLOAD}")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.locator(".cv-lib-saying")).to_have_text(
        "Not corrected: date 'October': write it as 2014, 2014-10 or 2014-10-16", timeout=WAIT_MS
    )
    dialog.get_by_label("Date").fill("2014-10")
    page.keyboard.press("Enter")
    changed = page.get_by_role("dialog", name=f"Tariff {PAYLOAD}")
    expect(changed.locator(".cv-lib-saying")).to_have_text("Corrected", timeout=WAIT_MS)
    expect(changed.locator("em")).to_have_text(["corrected", "corrected"])
    page.keyboard.press("Escape")
    expect(row(page, "Tariff")).to_contain_text("2014-10")
    page.get_by_role("tab", name="Ask").click()
    ask(page, "What fee does a vessel pay that stays longer than fourteen days?")
    expect(page.locator(".cv-source").first).to_contain_text(f"Tariff {PAYLOAD}", timeout=WAIT_MS)
    assert page.evaluate("window.hurt") is None
    page.get_by_role("tab", name="Library").click()
    dialog = open_document(page, f"Tariff {PAYLOAD}")
    dialog.get_by_role("button", name="Undo corrections").click()
    expect(page.get_by_role("heading", name="Fees", exact=True)).to_be_visible(timeout=WAIT_MS)
    assert library.ledger.facts()["fees"].title == "Fees"


@needs_chromium
def test_by_keyboard_a_document_is_removed_and_taken_back(
    page: Page, library: Library, papers: Path, tmp_path: Path
) -> None:
    tolls = tmp_path / "tolls.md"
    tolls.write_text("# Tolls\n\nA toll of 12 crowns is due at the lock.\n")
    page.locator(".cv-lib-input").set_input_files(tolls)
    expect(task(page, "tolls.md")).to_contain_text("Added", timeout=WAIT_MS)
    kept = library.settings.data_dir / "uploads" / "tolls.md"
    page.get_by_role("button", name="Tolls", exact=True).focus()
    page.keyboard.press("Enter")
    remove = page.get_by_role("button", name="Remove", exact=True)
    expect(remove).to_be_visible(timeout=WAIT_MS)
    remove.focus()
    page.keyboard.press("Enter")
    expect(task(page, "Removed Tolls")).to_be_visible(timeout=WAIT_MS)
    expect(row(page, "tolls.md")).to_have_count(0)
    assert not kept.exists()
    assert sorted(library.ledger.facts()) == ["fees"]
    task(page, "Removed Tolls").get_by_role("button", name="Undo the removal of Tolls").focus()
    page.keyboard.press("Enter")
    expect(task(page, "Taken back Tolls")).to_be_visible(timeout=WAIT_MS)
    expect(row(page, "tolls.md")).to_contain_text("Searched")
    assert kept.read_text() == tolls.read_text()

    dialog = open_document(page, "Fees")  # a file that lies elsewhere
    expect(dialog).to_contain_text("only forgets the document and deletes nothing")
    dialog.get_by_role("button", name="Remove", exact=True).click()
    expect(task(page, "Removed Fees")).to_contain_text(
        f"Only forgotten: the file stays at {papers / 'fees.md'}.", timeout=WAIT_MS
    )
    assert (papers / "fees.md").read_text() == FEES


@needs_chromium
def test_a_document_is_replaced_under_its_id(page: Page, library: Library, tmp_path: Path) -> None:
    newer, empty = tmp_path / "newer.txt", tmp_path / "nothing.txt"
    newer.write_text("A vessel that stays longer than fourteen days pays a fee of 55 crowns.")
    empty.write_text("")
    open_document(page, "Fees")
    page.locator(".cv-lib-input-one").set_input_files(empty)
    expect(task(page, "Not replaced; the older file stays")).to_be_visible(timeout=WAIT_MS)
    open_document(page, "Fees")
    page.locator(".cv-lib-input-one").set_input_files(newer)
    expect(task(page, "Replaced Fees")).to_be_visible(timeout=WAIT_MS)
    assert "55 crowns" in library.ledger.document("fees").text


@needs_chromium
def test_hostile_names_titles_and_words_do_nothing(
    page: Page, library: Library, tmp_path: Path
) -> None:
    name = "<img src=x onerror=window.hurt=1>${window.hurt=1}.md"
    (tmp_path / name.replace("/", "")).write_text(HOSTILE)
    page.locator(".cv-lib-input").set_input_files(tmp_path / name)
    expect(task(page, "Added")).to_be_visible(timeout=WAIT_MS)
    expect(task(page, "Added")).to_contain_text("img-src-x-onerror-window.hurt-1-window.hurt-1.md")
    row(page, "Tolls").get_by_role("button").click()
    page.get_by_text("Passages as they are searched").click()
    units = page.locator(".cv-lib-units").first
    expect(units).to_contain_text("<script>window.hurt=1</script>", timeout=WAIT_MS)
    expect(units).to_contain_text("${window.hurt=1} {{constructor}}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert page.evaluate("window.hurt") is None
    assert page.locator("#cv-library :is(img, script)").count() == 0


@needs_chromium
def test_one_line_says_that_another_process_writes(page: Page, library: Library) -> None:
    dialog = open_document(page, "Fees")
    with FileLock(library.settings.data_dir / "lock"):
        dialog.get_by_role("button", name="Read again").click()
        expect(dialog.locator(".cv-lib-saying")).to_contain_text(
            "Could not be read: another ingest is writing to", timeout=WAIT_MS
        )
    assert "40 crowns" in library.ledger.document("fees").text


@needs_chromium
def test_five_hundred_documents_are_searched_and_ordered_without_lag(
    browser: Browser, library_at: Callable[..., Library], tmp_path: Path
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for n in range(500):
        (folder / f"paper-{n:03}.md").write_text(f"# Paper {n:03}\n\nHarbour {n} has {n} berths.\n")
    library = library_at(tmp_path / "data-many")
    library.ingester(lambda *_: None).ingest(list_work([folder]))
    with (
        serve_page(library.assistant(), shelf=Shelf(library)) as address,
        browser.new_context() as context,
    ):
        page = context.new_page()
        open_library(page, address)
        expect(page.locator(".cv-lib-shown")).to_have_text("500 of 500 shown", timeout=WAIT_MS)
        box = page.get_by_label("Search the list")
        box.fill("paper 49")
        expect(page.locator(".cv-lib-shown")).to_have_text("15 of 500 shown")
        spent_ms = page.evaluate(
            """() => {
                const box = document.querySelector(".cv-lib-search");
                const start = performance.now();
                for (const text of ["p", "pa", "pap", "paper", ""]) {
                    box.value = text;
                    box.dispatchEvent(new Event("input", { bubbles: true }));
                    box.offsetHeight;
                    document.querySelector(".cv-lib-table").offsetHeight;
                }
                return (performance.now() - start) / 5;
            }"""
        )
        assert spent_ms < 200  # a key; about 10 ms where nothing else runs
        page.get_by_label("Order").select_option("read")
        expect(page.locator("tbody tr")).to_have_count(500)


@needs_chromium
@pytest.mark.parametrize(
    ("width", "scheme"),
    [(390, "light"), (390, "dark"), (820, "light"), (1440, "light"), (1440, "dark")],
)
def test_the_page_fits_and_reads_in_both_themes(
    browser: Browser, address: str, tmp_path: Path, width: int, scheme: str
) -> None:
    long = tmp_path / ("long-name-" * 14 + ".md")
    long.write_text("")
    viewport = {"width": width, "height": 900}
    with browser.new_context(viewport=viewport, color_scheme=scheme) as context:
        page = context.new_page()
        open_library(page, address)
        page.locator(".cv-lib-input").set_input_files(long)
        expect(task(page, "Not added")).to_be_visible(timeout=WAIT_MS)
        time.sleep(0.4)  # colours fade
        assert page.evaluate(LOW_CONTRAST) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        dialog = open_document(page, "Fees")
        page.get_by_text("Passages as they are searched").click()
        expect(page.locator(".cv-lib-units")).to_have_count(1, timeout=WAIT_MS)
        time.sleep(0.4)
        assert page.evaluate(LOW_CONTRAST) == []
        assert dialog.evaluate("each => each.scrollWidth - each.clientWidth") <= 0
        for each in dialog.locator(":is(button, input, a):visible").all():
            assert each.evaluate("each => each.labels?.length || each.textContent.trim()")


@needs_chromium
def test_a_reader_sees_the_documents_and_can_change_nothing(
    browser: Browser, library: Library, tmp_path: Path
) -> None:
    write_users(tmp_path, {"rui": make_user("rui", "crowns for each day")})
    shelf = Shelf(library)
    with (
        serve_page(library.assistant(), Door(UsersFile(tmp_path)), shelf=shelf) as address,
        browser.new_context() as context,
    ):
        page = context.new_page()
        page.goto(address)
        page.get_by_label("Name").fill("rui")
        page.get_by_label("Password").fill("crowns for each day")
        page.keyboard.press("Enter")
        page.get_by_role("tab", name="Library").click(timeout=WAIT_MS)
        dialog = open_document(page, "Fees")
        expect(dialog.locator("dd").first).to_have_text("Fees")
        assert dialog.locator("form, .cv-lib-actions").count() == 0
        assert "papers" not in dialog.inner_text()  # where files lie is not for readers
        page.keyboard.press("Escape")
        # What the page does not offer, the server does not take either.
        for what in ("remove", "correct", "reread", "uncorrect", "restore"):
            forged = f'<button class="cv-lib-do" data-do="{what}">forged {what}</button>'
            page.evaluate("forged => document.body.insertAdjacentHTML('beforeend', forged)", forged)
            page.evaluate("() => document.body.lastElementChild.click()")
            expect(page.locator(".cv-lib-problem")).to_have_text(
                re.compile("Only maintainers may do this"), timeout=WAIT_MS
            )
            page.evaluate("() => { document.querySelector('.cv-lib-problem').textContent = '' }")
        refused = page.evaluate(
            "fetch('/library/upload?name=a.md', { method: 'POST', body: 'x' }).then(r => r.status)"
        )
        assert refused == 403
    assert shelf.desk.tasks() == ()
    assert sorted(library.ledger.facts()) == ["fees"]


def test_what_waited_when_the_server_was_stopped_is_read_at_the_next_start(
    library: Library,
) -> None:
    uploads = library.settings.data_dir / "uploads"
    uploads.mkdir()
    (uploads / "tolls.md").write_text("# Tolls\n\nA toll of 12 crowns is due at the lock.\n")
    (uploads / "void.md").write_text("")
    shelf = Shelf(library)
    shelf.go_on()
    shelf.go_on()  # twice does no harm
    deadline = time.monotonic() + 60
    while shelf.desk.is_busy:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert sorted(library.ledger.facts()) == ["fees", "tolls"]
    assert [each.name for each in uploads.iterdir() if each.is_file()] == ["tolls.md"]


def test_the_address_for_uploads_refuses_what_it_should(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.web.library.uploads.MAX_UPLOAD_BYTES", 1000)
    site = build_site(Services(library.assistant(), shelf=Shelf(library)))
    uploads = library.settings.data_dir / "uploads"
    with TestClient(site, base_url="http://localhost") as client:
        assert client.post("/library/upload?name=a.md", content=FEES).status_code == 403
        client.get("/")  # now it has our cookie

        def told(name: str, content: object, **headers: str) -> tuple[int, str]:
            answer = client.post(
                "/library/upload", params={"name": name}, content=content, headers=headers
            )
            return answer.status_code, answer.text

        assert told("a.md", FEES, origin="http://evil.example")[0] == 403
        assert told("a.md", FEES, **{"sec-fetch-site": "same-site"})[0] == 403
        assert told("a.md", "x" * 1001)[0] == 413
        assert told("a.md", iter([b"x" * 600] * 2))[0] == 413  # its length is not told before
        assert told("catalogue.toml", "[fees]")[0] == 400
        assert list(uploads.rglob("*.*")) == [uploads / ".incoming"]
        status, text = told("../../../a.md", FEES.replace("40", "41"))
        assert (status, '"name":"a.md"' in text) == (202, True)
        deadline = time.monotonic() + 60
        while "a" not in library.ledger.facts() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert (uploads / "a.md").is_file()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Report (final).PDF", "Report-(final).PDF"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\Étude nº 3.docx", "Étude-nº-3.docx"),
        (".hidden.md", "hidden.md"),
        ("a\u202efdp.exe\x00\n.pdf", "a-fdp.exe.pdf"),
        ("<script>$(x)</script>.html", "script.html"),
        ("...", "document"),
        ("", "document"),
        ("x" * 300 + ".pdf", "x" * 120 + ".pdf"),
        ("a=b&c:d.md", "a-b-c-d.md"),
    ],
)
def test_a_name_is_made_safe(given: str, kept: str) -> None:
    assert safe_name(given) == kept


def test_a_catalogue_is_no_document() -> None:
    with pytest.raises(LoadError, match="is a catalogue, not a document"):
        safe_name("x/Catalogue.TOML")


def test_what_was_replaced_or_removed_long_ago_is_deleted(library: Library, tmp_path: Path) -> None:
    trash = Trash(tmp_path / "trash")
    old = tmp_path / "old.md"
    shutil.copy(CORPUS / "starter-education.md", old)
    removed = trash.put("Old", (), [old])
    record = tmp_path / "trash" / removed.token / "removed.json"
    month_ago = time.time() - 31 * 24 * 3600
    os.utime(record, (month_ago, month_ago))
    kept = trash.put("New", (), [])
    assert [each.token for each in trash.listed()] == [kept.token]
    assert not old.exists()
