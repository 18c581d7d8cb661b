"""The Evaluation page: a suite run to its end, stopped, compared, reported on; for maintainers."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import LOW_CONTRAST, needs_chromium, open_browser, serve_page
from fastapi.testclient import TestClient
from harbour import PAYLOAD, HarbourAssistant
from playwright.sync_api import Browser, Page, expect

from rag.errors import VerseError
from rag.settings import load_settings
from ui.users import UsersFile, make_user, write_users
from ui.web.app import build_site
from ui.web.evaluation.bench import Bench
from ui.web.ports import Services
from ui.web.signing import Door

CORPUS = Path(__file__).parents[2] / "corpus"
WAIT_MS = 120_000
QUOTE = "Sweden changed its law so that all children under 18 receive health care free of charge"
SUITE = f"""
name = "health"
title = '{PAYLOAD.replace("'", "")}'
mode = "answer"
cases = "health.jsonl"
documents = ["{CORPUS}/starter-health-access.pdf"]
catalogue = "{CORPUS}/catalogue.toml"
"""
CASES = [
    {
        "id": "minors",
        "question": "Up to which age do children in Sweden get free health care without papers?",
        "evidence": [{"document": "starter-health-access", "quotes": [QUOTE], "page": 4}],
    },
    {"id": "moon", "question": f"Who owns the Moon? {PAYLOAD}", "answerable": False},
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("bench")
    suites = folder / "evals" / "suites"
    suites.mkdir(parents=True)
    (suites / "health.toml").write_text(SUITE)
    (suites / "health.jsonl").write_text("\n".join(map(json.dumps, CASES)))
    bench = Bench(load_settings(folder))
    yield bench
    bench.runner.stop()


@pytest.fixture
def address(bench: Bench) -> Iterator[str]:
    with serve_page(HarbourAssistant(), bench=bench) as address:
        yield address


def open_evaluation(page: Page, address: str) -> None:
    page.goto(f"{address}#evaluation")
    expect(page.get_by_label("Suite")).to_be_visible(timeout=WAIT_MS)


def run_health(page: Page, times: int) -> None:
    page.get_by_label("Suite").select_option("health")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_text("Running health")).to_be_visible(timeout=WAIT_MS)
    expect(page.get_by_text("health is done")).to_be_visible(timeout=WAIT_MS)
    expect(page.locator(".cv-eval-table tbody tr")).to_have_count(times, timeout=WAIT_MS)


@needs_chromium
def test_a_suite_is_run_reported_compared_and_drawn(
    browser: Browser, address: str, bench: Bench
) -> None:
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        open_evaluation(page, address)
        run_health(page, 1)
        (run,) = bench.runs()
        assert (run.suite, bool(run.finished)) == ("health", True)

        with context.expect_page() as opened:
            page.get_by_role("link", name=f"Report on {run.name}").last.click()
        report = opened.value
        expect(report.get_by_role("heading", name="Metrics")).to_be_visible(timeout=WAIT_MS)
        assert report.evaluate("window.hurt") is None
        assert report.evaluate("window.origin") == "null"  # in a sandbox: our cookies are not its
        report.close()

        time.sleep(1.1)  # a run's name has its second
        run_health(page, 2)
        page.get_by_role("button", name="Compare", exact=True).click()
        expect(page.locator(".cv-eval-verdict")).to_have_text(
            "No detectable difference. 2 cases in common.", timeout=WAIT_MS
        )
        expect(page.get_by_role("heading", name="0 worse, 0 better")).to_be_visible()
        newest = bench.runs()[0].name
        page.get_by_role("button", name=f"Scores of {newest}").click()
        expect(page.locator(".cv-eval-chart > svg")).to_be_visible(timeout=WAIT_MS)
        expect(page.locator("#cv-eval-heading")).to_be_focused()
        shown = page.get_by_role("table", name=f"Scores of {newest}")
        expect(shown.get_by_role("row").filter(has_text="refused").first).to_be_visible()
        assert page.evaluate("window.hurt") is None


@needs_chromium
@pytest.mark.parametrize(
    ("width", "scheme"), [(390, "light"), (820, "dark"), (1440, "light"), (1440, "dark")]
)
def test_the_page_fits_and_reads_in_both_themes(
    browser: Browser, address: str, bench: Bench, width: int, scheme: str
) -> None:
    if len(bench.runs()) < 2:
        pytest.skip("needs the runs of the test before it")
    viewport = {"width": width, "height": 900}
    with browser.new_context(viewport=viewport, color_scheme=scheme) as context:
        page = context.new_page()
        open_evaluation(page, address)
        for press in ("Compare", f"Scores of {bench.runs()[0].name}"):
            page.get_by_role("button", name=press).click()
            expect(page.locator("#cv-eval-heading")).to_be_focused(timeout=WAIT_MS)
            time.sleep(0.4)  # colours fade
            assert page.evaluate(LOW_CONTRAST) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            wide = "each => each.scrollWidth - each.clientWidth"
            assert page.locator("#cv-evaluation-page").evaluate(wide) <= 0


def test_a_run_is_stopped_and_one_is_run_at_a_time(bench: Bench) -> None:
    bench.start("health")
    with pytest.raises(VerseError, match="a run of health is under way; wait, or stop it"):
        bench.start("health")
    bench.runner.stop()
    deadline = time.monotonic() + 60
    while bench.runner.trial and not bench.runner.trial.is_over:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert bench.runner.trial is not None
    assert bench.runner.trial.state == "stopped"


def test_a_name_that_is_none_leads_nowhere(bench: Bench) -> None:
    for name in ("../../x", "/etc", "latest", f"{PAYLOAD}"):
        with pytest.raises(VerseError, match="there is no run"):
            bench.reported(name)
    with pytest.raises(VerseError, match="no suite ''; known: "):
        bench.start("/tmp/evil.toml")


@needs_chromium
def test_a_reader_gets_nothing_of_it(browser: Browser, bench: Bench, tmp_path: Path) -> None:
    write_users(tmp_path, {"rui": make_user("rui", "crowns for each day")})
    before = bench.runner.trial
    with (
        serve_page(HarbourAssistant(), Door(UsersFile(tmp_path)), bench=bench) as address,
        browser.new_context() as context,
    ):
        page = context.new_page()
        page.goto(address)
        page.get_by_label("Name").fill("rui")
        page.get_by_label("Password").fill("crowns for each day")
        page.keyboard.press("Enter")
        expect(page.get_by_role("tab", name="Ask")).to_be_visible(timeout=WAIT_MS)
        expect(page.get_by_role("tab", name="Evaluation")).to_have_count(0, timeout=WAIT_MS)
        page.goto(f"{address}#evaluation")
        page.reload()
        expect(page.locator("#cv-evaluation-suites")).to_contain_text(
            "Only maintainers may do this", timeout=WAIT_MS
        )
        assert page.locator("#cv-evaluation :is(select, table)").count() == 0
        forged = '<form class="cv-eval-start"><input name="suite" value="health"></form>'
        page.evaluate("forged => document.body.insertAdjacentHTML('beforeend', forged)", forged)
        page.evaluate("() => document.body.lastElementChild.requestSubmit()")
        expect(page.locator(".cv-eval-problem")).to_contain_text(
            "Only maintainers may do this", timeout=WAIT_MS
        )
        status = "fetch('/evaluation/report/x').then(answer => answer.status)"
        assert page.evaluate(status) == 403
    assert bench.runner.trial is before


def test_a_report_is_served_with_a_policy_that_lets_it_reach_nothing(bench: Bench) -> None:
    runs = [each for each in bench.runs() if each.finished]
    if not runs:
        pytest.skip("needs the run of a test before it")
    with TestClient(
        build_site(Services(HarbourAssistant(), bench=bench)), base_url="http://localhost"
    ) as client:
        answer = client.get(f"/evaluation/report/{runs[0].name}")
        policies = answer.headers.get_list("content-security-policy")
        assert policies[0].startswith("sandbox allow-scripts; default-src 'none'")
        assert "<script>window.hurt" not in answer.text
        assert client.get("/evaluation/report/..%2f..%2fx").status_code == 404
