"""Every page in its main states, light and dark, without a finding of axe-core."""

from __future__ import annotations

import importlib.resources
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import needs_chromium, open_browser, serve_page
from conftest import CORPUS
from desk import open_desk
from harbour import HarbourAssistant
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bench.states import STATES, WAIT_MS, evaluation_list, passages_search, prepare
from evals.runner import Options, run_suite
from evals.suite import SuiteFile
from rag.pipeline import Library
from ui.eval.options import evals_folder, runs_folder
from ui.users import UsersFile, make_user, write_users
from ui.web.evaluation.bench import Bench
from ui.web.library.shelf import Shelf
from ui.web.signing import Door

pytestmark = needs_chromium
_WITHIN = (passages_search, evaluation_list)  # all of it stands in a later state, too
_SUITE = f"""
name = "tiny"
title = "One document, two questions"
mode = "refusal"
cases = "tiny.jsonl"
documents = ["{CORPUS}/starter-partnerships.md"]
catalogue = "{CORPUS}/catalogue.toml"
"""
_CASES = [
    {"id": "moon", "question": "Who owns the water on the Moon?", "answerable": False},
    {"id": "sea", "question": "Who fishes in the Arctic?", "answerable": False},
]
_FINDINGS = """async (rules) => (await axe.run(document, rules)).violations.map(
    (each) => [each.impact, each.id, ...each.nodes.slice(0, 3).map((node) => node.html)])"""
# What a theme can change; all else was looked at before.
_RULES = {"light": {}, "dark": {"runOnly": ["color-contrast"]}}


@pytest.fixture(scope="module")
def axe() -> str:
    package = importlib.resources.files("axe_playwright_python")
    return package.joinpath("axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def bench(starter_library: Library, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """A run of a suite of two cases over one document, and the same once more."""
    folder = tmp_path_factory.mktemp("bench")
    settings = starter_library.settings.model_copy(update={"data_dir": folder})
    suites = evals_folder(settings) / "suites"
    suites.mkdir(parents=True)
    (suites / "tiny.toml").write_text(_SUITE)
    (suites / "tiny.jsonl").write_text("\n".join(map(json.dumps, _CASES)))
    file, options = SuiteFile(suites / "tiny.toml", None), Options(name="first", workers=1)
    run_suite(file, settings, options, evals_folder(settings), lambda *_: None)
    second = shutil.copytree(runs_folder(settings) / "first", runs_folder(settings) / "second")
    manifest = second / "run.json"
    manifest.write_text(manifest.read_text().replace('"first"', '"second"'))
    return Bench(settings)


@pytest.fixture(scope="module")
def address(
    starter_library: Library, bench: Bench, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    assistant, folder = starter_library.assistant(), tmp_path_factory.mktemp("pages")
    services: dict[str, Any] = {"shelf": Shelf(starter_library), "bench": bench, "folder": folder}
    with (
        open_desk(starter_library, folder) as desk,
        serve_page(assistant, desk=desk, reading=assistant, **services) as address,
    ):
        yield address


@pytest.fixture(scope="module")
def context(browser: Browser, address: str) -> Iterator[BrowserContext]:
    """A visitor who has asked, pinned and written before."""
    shape: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "locale": "en-US"}
    with browser.new_context(**shape, reduced_motion="reduce", bypass_csp=True) as context:
        context.set_default_timeout(WAIT_MS)
        page = context.new_page()
        prepare(page, address)
        page.close()
        yield context


def findings(page: Page, axe: str) -> list[str]:
    """What axe-core finds in light, then in dark."""
    found = []
    page.evaluate(axe)
    for scheme, rules in _RULES.items():
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.wait_for_timeout(400)  # colours fade
        found += [f"{scheme}: {each}" for each in page.evaluate(_FINDINGS, rules)]
    return found


@pytest.mark.parametrize(
    "state", [each for each in STATES if each not in _WITHIN], ids=lambda each: each.__name__
)
def test_axe_finds_nothing(
    context: BrowserContext, address: str, axe: str, state: Callable[[Page, str], None]
) -> None:
    page = context.new_page()
    try:
        state(page, address)
        assert findings(page, axe) == []
    finally:
        page.close()


def test_axe_finds_nothing_where_one_signs_in(browser: Browser, axe: str, tmp_path: Path) -> None:
    write_users(tmp_path, {"rui": make_user("rui", "crowns for each day")})
    with (
        serve_page(HarbourAssistant(), Door(UsersFile(tmp_path))) as address,
        browser.new_context(bypass_csp=True) as context,
    ):
        page = context.new_page()
        page.goto(address)
        page.get_by_label("Name").fill("rui")
        page.get_by_label("Password").fill("a wrong one")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_be_visible(timeout=WAIT_MS)
        assert findings(page, axe) == []


def test_axe_is_heard(context: BrowserContext, axe: str) -> None:
    page = context.new_page()
    page.set_content("<html lang='en'><title>x</title><main><h1>x</h1><button></button></main>")
    assert any("button-name" in each for each in findings(page, axe))
    page.close()
