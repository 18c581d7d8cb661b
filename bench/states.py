"""Every page of the application in its main states, brought about as a person would.

`prepare` fills a notebook, a brief and a history for one visitor over the starter briefs; each
function in STATES then leads a new tab of that visitor to one state.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, TimeoutError

WAIT_MS = 60_000  # the machine may be slow
USER, PASSWORD = "amina", "a long stay costs 40"  # for the page to sign in
_BARRIERS = "What are the barriers to migrants' access to health care, and does gender matter?"
_NOT_THERE = "Who owns the water on the Moon?"
_BESIDE_PX = 900  # from this width on, sources and notebook stand beside the rest
_COST = "What does a transfer of 200 dollars cost?"
_COMPARED = "What can governments do for migrants?"
_QUESTIONS = f"{_COST}\nWhat keeps migrants from seeing a doctor?"
_TO_PIN = (  # the words of four sentences
    "usual yardstick is therefore the cost of sending 200",
    "the cost of a migrant’s transfer should be below 3 per cent",
    "has four elements: rights at work",
    "Gender cuts across all of them",
)
_SEARCH = "cost of sending money home"


def prepare(page: Page, address: str) -> None:
    """Asks a question, pins four passages under a heading, and has a brief written."""
    _open_ask(page, address)
    _ask(page, _COST)
    page.goto("about:blank")
    _open_passages(page, address)
    for count, words in enumerate(_TO_PIN):
        hit = page.locator(".cv-hit").filter(has_text=re.compile(words, re.I)).first
        _search(page, words, hit)
        hit.locator(".cv-keep").first.click()
        _see(page.locator(".cv-entry-pin").nth(count), attached=True)
    if page.locator("#cv-view-notebook-tab").is_visible():
        page.locator("#cv-view-notebook-tab").click()
    page.get_by_role("button", name="Add a heading").click()
    heading = page.locator(".cv-heading-text")
    _see(heading)
    heading.fill("What a transfer costs")
    page.locator(".cv-pin-note").first.fill("Open with this figure.")
    page.locator(".cv-pin-tags").first.fill("costs, target 10.c")
    up = page.locator("li").filter(has=heading).locator(".cv-up")
    while up.is_enabled():
        up.click()
        page.wait_for_timeout(300)
    page.wait_for_timeout(2500)  # saved as one types
    _view(page, "brief")
    page.locator(".cv-paste").fill(_QUESTIONS)
    page.get_by_role("button", name="Take the questions").click()
    _see(page.locator(".cv-question-line").nth(1))
    page.locator(".cv-brief-title").fill("Migration and what it costs")
    page.get_by_role("button", name="Write the brief (2 questions)").click()
    _see(page.locator(".cv-section-edit").nth(1))
    page.wait_for_timeout(1000)


def _see(locator: Locator, *, attached: bool = False) -> None:
    locator.first.wait_for(state="attached" if attached else "visible", timeout=WAIT_MS)


def _search(page: Page, words: str, hit: Locator) -> None:
    """Types until the hit is there: a busy server puts searches off."""
    box = page.locator(".cv-search-form [type=search]")
    for typed in (words, f"{words}.", words):
        box.fill(typed)
        try:
            hit.wait_for(timeout=WAIT_MS / 4)
        except TimeoutError:
            continue
        return
    _see(hit)


def _ask(page: Page, question: str) -> None:
    count = page.locator(".cv-exchange").count()
    page.locator("#cv-box textarea").fill(question)
    page.locator("#cv-box textarea").press("Enter")
    _see(page.locator(".cv-exchange").nth(count).locator(".cv-answer"))
    page.locator(".cv-exchange[aria-busy='true']").wait_for(state="hidden", timeout=WAIT_MS)


def _open_ask(page: Page, address: str) -> None:
    page.goto(address)
    _see(page.locator(".cv-suggestion"))
    _see(page.locator(".cv-scope-open").filter(has_text=re.compile("10 documents")))


def ask_start(page: Page, address: str) -> None:
    """Before the first question."""
    _open_ask(page, address)


def ask_answer(page: Page, address: str) -> None:
    """An answer in two parts; where the sources stand beside it, with the card of one open."""
    _open_ask(page, address)
    _ask(page, _BARRIERS)
    if (page.viewport_size or {"width": 0})["width"] < _BESIDE_PX:
        return
    page.locator(".cv-statement .cv-mark").first.click()
    _see(page.locator(".cv-source.cv-open"))
    page.mouse.move(0, 0)


def ask_quote(page: Page, address: str) -> None:
    """The quote that a mark shows."""
    _open_ask(page, address)
    _ask(page, _BARRIERS)
    page.locator(".cv-statement .cv-mark").nth(1).focus()
    _see(page.locator("#cv-popover.cv-shown"))


def ask_refusal(page: Page, address: str) -> None:
    """What the documents do not say."""
    _open_ask(page, address)
    _ask(page, _NOT_THERE)


def ask_scope(page: Page, address: str) -> None:
    """Documents being chosen."""
    _open_ask(page, address)
    page.locator(".cv-scope-open").click()
    _see(page.locator(".cv-scope-list li"))


def ask_history(page: Page, address: str) -> None:
    """Earlier conversations."""
    _open_ask(page, address)
    page.locator(".cv-history-open").click()
    _see(page.locator(".cv-history-list li"))


def _open_passages(page: Page, address: str) -> None:
    page.goto(f"{address}#passages")
    _see(page.locator(".cv-notebook-choice"), attached=True)
    _see(page.locator("#cv-views"))
    _view(page, "search")


def _view(page: Page, name: str) -> None:
    page.locator(f"#cv-view-{name}-tab").click()


def passages_search(page: Page, address: str) -> None:
    """Hits by document, beside the notebook where there is room."""
    _open_passages(page, address)
    page.get_by_role("searchbox").locator("visible=true").first.fill(_SEARCH)
    _see(page.locator(".cv-hit"))
    page.wait_for_timeout(600)


def passages_notebook(page: Page, address: str) -> None:
    """The notebook with its pins; on a wide screen beside a hit that is explained and widened."""
    passages_search(page, address)
    if page.locator("#cv-view-notebook-tab").is_visible():
        _view(page, "notebook")
        _see(page.locator(".cv-entry-pin"))
        return
    hit = page.locator(".cv-hit").first
    hit.get_by_text("Why this passage?").click()
    hit.get_by_role("button", name="With neighbours").click()
    _see(hit.locator(".cv-context .cv-here"))


def passages_who(page: Page, address: str) -> None:
    """Who says what."""
    _open_passages(page, address)
    _view(page, "matrix")
    page.locator(".cv-compare-form textarea").fill(_COMPARED)
    page.get_by_role("button", name="Compare").locator("visible=true").first.click()
    _see(page.locator("#cv-matrix .cv-told").filter(has_text="of 10 documents say something"))


def passages_brief(page: Page, address: str) -> None:
    """A brief being edited."""
    _open_passages(page, address)
    _view(page, "brief")
    _see(page.locator(".cv-section-edit"))


def passages_check(page: Page, address: str) -> None:
    """An edited brief, in which one figure was altered, laid beside the documents."""
    _open_passages(page, address)
    file = page.locator('#cv-notebook a[data-format="md"]').get_attribute("href") or ""
    text = page.request.get(f"{address.rstrip('/')}{file}").text()
    _view(page, "check")
    altered = text.replace("200 United", "300 United").encode()
    upload = {"name": "edited.md", "mimeType": "text/markdown", "buffer": altered}
    page.locator("#cv-check input[type=file]").set_input_files(upload)  # type: ignore[arg-type]
    _see(page.locator(".cv-verdict-altered"))


def library_list(page: Page, address: str) -> None:
    """The documents of the library."""
    page.goto(f"{address}#library")
    _see(page.locator(".cv-lib-upload"))
    _see(page.locator(".cv-lib-shown").filter(has_text="10 of 10"), attached=True)


def library_document(page: Page, address: str) -> None:
    """One of them, with its facts."""
    library_list(page, address)
    page.get_by_role("button", name=re.compile("price of sending money", re.I)).first.click()
    _see(page.get_by_role("dialog").locator("form, dl"))


def evaluation_list(page: Page, address: str) -> None:
    """Suites and runs."""
    page.goto(f"{address}#evaluation")
    _see(page.get_by_label("Suite"))
    _see(page.locator(".cv-eval-table"))


def evaluation_comparison(page: Page, address: str) -> None:
    """Two runs held against each other."""
    evaluation_list(page, address)
    page.get_by_role("button", name="Compare", exact=True).locator("visible=true").click()
    _see(page.locator(".cv-eval-verdict"))


def _quoted(page: Page, address: str) -> str:
    """Where the first pin of the notebook leads to."""
    _open_passages(page, address)
    link = page.locator(".cv-entry-pin a[href*='/read/']").first
    _see(link, attached=True)
    return link.get_attribute("href") or ""


def reader_text(page: Page, address: str) -> None:
    """A document as a whole, at the quoted words."""
    page.goto(address.rstrip("/") + _quoted(page, address))
    _see(page.locator("mark"))


def reader_page(page: Page, address: str) -> None:
    """The page of a PDF, with the quoted words boxed."""
    page.goto(address.rstrip("/") + _quoted(page, address).replace("?", "/page/1?"))
    _see(page.locator(".box"))
    page.wait_for_function("document.querySelector('.picture img').complete")


STATES: tuple[Callable[[Page, str], None], ...] = (
    ask_start,
    ask_answer,
    ask_quote,
    ask_refusal,
    ask_scope,
    ask_history,
    passages_search,
    passages_notebook,
    passages_who,
    passages_brief,
    passages_check,
    library_list,
    library_document,
    evaluation_list,
    evaluation_comparison,
    reader_text,
    reader_page,
)


def sign_in(page: Page, address: str) -> None:
    """Where nobody is let in without a name; none of STATES, as it closes all others."""
    page.goto(address)
    _see(page.get_by_label("Password"))
