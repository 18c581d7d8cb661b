"""HTML report and Markdown: what they say, in which order, and that nothing in them runs."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from playwright.sync_api import sync_playwright
from reportable import FEE, WAIVER, cited, gold, pair, reported_of, six

import evals.report
from evals.charts import draw_charts
from evals.compare import Scored, compare_runs
from evals.concerns import concerns_of
from evals.markdown import render_comparison_markdown, render_markdown, visible
from evals.metrics import metrics_for
from evals.outcomes import Outcome
from evals.report import render_report, with_code
from evals.reported import slices, worst_first
from evals.suite import Case

NASTY = '<script>alert(1)</script><img src=x onerror="alert(2)"> {{ 7*7 }} $x_1$ ' + "w" * 10_000


def test_a_page_leads_with_what_is_wrong() -> None:
    page = html.fromstring(render_report(reported_of({"ours": six()})))
    assert page.findtext(".//h1") == "The society's rules"
    lead = " ".join(page.xpath("//p[@class='lead']")[0].text_content().split())
    assert lead == "2 of 6 cases are without a fault; 2 are plainly wrong."
    names = [each.text for each in page.xpath("//details//span[@class='name']")]
    assert [each.split(" ·")[0] for each in names] == [
        "refused", "invented", "wrong-source", "changed-quote", "good", "said-no",
    ]  # fmt: skip
    concerns = [row.xpath("./th|./td") for row in page.xpath("//section[@id='eye']//tbody/tr")]
    assert [(c[0].text, c[1].text_content(), c[2].text) for c in concerns] == [
        ("not refused, though the documents do not answer", "wrong", "1"),
        ("refused, though the documents answer", "wrong", "1"),
        ("no citation rests on the gold", "fault", "1"),
        ("quote is not verbatim", "fault", "1"),
        ("wrong page", "fault", "1"),
        ("nothing relevant among the hits", "look", "1"),
    ]


def test_a_metric_has_its_value_its_interval_and_its_n() -> None:
    page = html.fromstring(render_report(reported_of({"ours": six()})))
    rows = {
        row.xpath(".//summary")[0].text_content().split()[0]: [
            cell.text_content().strip() for cell in row.xpath("./td")
        ]
        for row in page.xpath("//section[@id='metrics']//tbody/tr")
    }
    assert rows["correct"] == ["0.500", "too few for an interval", "", "6"]
    assert rows["refusal_recall"] == ["0.500", "too few for an interval", "", "2"]
    assert rows["total_ms"] == ["20 ms", "too few for an interval", "", "6"]
    lower = page.xpath("//section[@id='metrics']//summary[.//span]")
    assert [each.text_content().split()[0] for each in lower] == [
        "refused_answerable", "total_ms", "aurc",
    ]  # fmt: skip
    (tile,) = page.xpath("//dl[@class='figures']/div[dt='correct']//small")
    assert tile.text == "n\xa0=\xa06, too few for an interval"
    assert "exact" not in rows
    assert "Apply to no case of this run: exact." in page.text_content()


def test_of_enough_cases_an_interval_is_shown_unless_they_are_all_alike() -> None:
    many = [
        (case.model_copy(update={"id": f"{case.id}-{at}"}), outcome)
        for at in range(2)
        for case, outcome in six()
    ]
    within = {("ours", "correct"): (0.25, 0.75), ("ours", "total_ms"): (20.0, 20.0)}
    page = html.fromstring(render_report(reported_of({"ours": many}, intervals=within)))
    shown = {
        row.xpath(".//summary")[0].text_content().split()[0]: row.xpath("./td")[1].text_content()
        for row in page.xpath("//section[@id='metrics']//tbody/tr")
    }
    assert (shown["correct"], shown["total_ms"]) == ("0.250 to 0.750", "no spread")


def test_code_in_a_definition_is_code_and_nothing_else_is_markup() -> None:
    assert with_code("by `a<b>` (`evals`)") == "by <code>a&lt;b&gt;</code> (<code>evals</code>)"
    assert with_code("one ` <b>") == "one ` &lt;b&gt;"


def test_what_was_left_unanswered_stands_beside_the_answer() -> None:
    part = pair("part", {}, {**cited(FEE), "unanswered": ["When is it raised?"]})
    page = html.fromstring(render_report(reported_of({"ours": [part]})))
    assert page.xpath("string(//p[@class='left'])") == "Left unanswered: When is it raised?"


def test_few_cases_are_not_told_as_if_they_were_many() -> None:
    charts = {each.name: each for each in draw_charts(reported_of({"ours": six()}))}
    assert charts["history"].description.endswith("Between the first and the last nothing moved.")
    assert "line: shortest to longest of 6 cases." in charts["latency"].description
    assert charts["latency"].rows[-1][2:] == ("20",) * 5
    assert "for one question is not joined to others" in charts["reliability"].description


def test_how_far_a_judge_agrees_stands_beside_its_numbers() -> None:
    said = "nuggets by the judge: 90% of 20 marks agree, Cohen's kappa 0.80 [0.62, 0.98]"
    reported = reported_of({"ours": six()}, agreement={"nuggets_vital": said})
    page = html.fromstring(render_report(reported))
    beside = {
        row.xpath(".//summary")[0].text_content().split()[0]: row.xpath("./th/small/text()")
        for row in page.xpath("//section[@id='metrics']//tbody/tr")
    }
    assert beside["nuggets_vital"] == [said]
    assert beside["correct"] == []
    told = "- `nuggets_vital`: nuggets by the judge: 90% of 20 marks agree, Cohen's kappa 0.80 "
    assert told + "&#91;0.62, 0.98&#93;" in render_markdown(reported).splitlines()


def test_a_name_of_a_stage_is_drawn_without_what_xml_cannot_hold() -> None:
    (case, outcome), *_ = six()
    timed = outcome.model_copy(update={"timings_ms": {"find\x00\x0b\ufffe\x1b[2J": 3.0}})
    page = html.fromstring(render_report(reported_of({"ours": [(case, timed)]})))
    drawn = page.xpath("//figure[h3='Time by stage']//svg//text()")
    assert "find [2J" in [each.strip() for each in drawn]


def test_an_opened_case_shows_which_citations_and_hits_cover_the_gold() -> None:
    page = html.fromstring(render_report(reported_of({"ours": six()})))
    (case,) = [
        each for each in page.xpath("//details") if "changed-quote" in (each.text_content()[:80])
    ]
    told = " ".join(case.text_content().split())
    assert "quote is not verbatim: citation 1" in told
    assert "Rules of the society · Fees · p. iv (PDF page 4)" in told
    assert "gold 1" in told and "cited, hit 1" in told


def test_systems_stand_side_by_side_and_ours_is_the_one_under_test() -> None:
    others = [
        (case, Outcome.model_validate({"case_id": case.id, "system": "bm25", "status": "error"}))
        for case, _ in six()
    ]
    reported = reported_of({"bm25": others, "ours": six()})
    page = html.fromstring(render_report(reported))
    head = page.xpath("//section[@id='metrics']//thead//th")
    assert [each.text for each in head] == ["metric", "bm25", "ours", "n"]
    assert worst_first(reported)[0].case.id == "refused"
    assert "bm25: wrong" in page.text_content()


def test_slices_are_means_by_kind_tag_and_document() -> None:
    reported = reported_of({"ours": six()})
    by_kind, left = slices(reported, "kind")
    assert {each.label: (each.n, each.values["correct"]) for each in by_kind} == {
        "factoid": (2, 1.0),
        "why": (2, 0.0),
        "unanswerable": (2, 0.5),
    }
    assert left == 0
    assert [(each.label, each.n) for each in slices(reported, "tag")[0]] == [("number", 4)]
    assert [(each.label, each.n) for each in slices(reported, "document")[0]] == [("rules", 4)]
    assert [each.label for each in slices(reported, "kind", limit=1)[0]] == ["factoid"]
    assert slices(reported, "kind", limit=1)[1] == 2


def test_nothing_that_a_document_a_model_or_a_suite_says_is_markup() -> None:
    case, outcome = pair(
        NASTY,
        {"question": NASTY, "kind": NASTY, "tags": [NASTY], "history": [NASTY], "note": NASTY,
         "evidence": [{"document": NASTY, "quotes": [NASTY]}], "nuggets": [{"text": NASTY}],
         "forbidden": [NASTY]},
        {**cited(NASTY, NASTY, title=NASTY, section=NASTY, paragraph=NASTY, note=NASTY),
         "timings_ms": {NASTY: 3}, "support": 0.5, "unanswered": [NASTY]},
    )  # fmt: skip
    reported = reported_of({NASTY: [(case, outcome)], "other": [(case, outcome)]},
                           name=NASTY, title=NASTY, facts={NASTY: {NASTY: NASTY}})  # fmt: skip
    for text in (render_report(reported), render_report(reported, in_full=0)):
        page = html.fromstring(text)
        assert len(page.xpath("//script")) == 1
        assert not page.xpath("//img|//iframe|//object|//embed|//link|//form")
        attributes = Counter(name for each in page.iter() for name in each.attrib)
        assert not [name for name in attributes if name.startswith("on") or name == "src"]
        hrefs = [*page.xpath("//@href"), *page.xpath("//@*[name()='xlink:href']")]
        assert all(each.startswith("#") for each in hrefs)
        assert "49" not in page.xpath("//title")[0].text


def test_only_the_pages_own_script_may_run() -> None:
    page = html.fromstring(render_report(reported_of({"ours": six()})))
    script = page.xpath("//script")[0].text
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    (policy,) = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none'; ")
    assert f"script-src 'sha256-{digest}'" in policy


def test_charts_are_the_same_each_time_with_words_and_numbers() -> None:
    reported = reported_of({"ours": six(), "rrf": six("rrf")})
    text = render_report(reported)
    assert text == render_report(reported)
    page = html.fromstring(text)
    ids = Counter(page.xpath("//@id"))
    assert [each for each, count in ids.items() if count > 1] == []
    charts = page.xpath("//figure")
    assert [each.findtext("h3") for each in charts] == [
        "History", "Risk and coverage", "Reliability", "Recall by rank", "Time by stage",
    ]  # fmt: skip
    for chart in charts:
        assert chart.xpath(".//svg/title")[0].text == chart.findtext("h3")
        assert chart.xpath(".//svg/desc")[0].text == chart.findtext("p")
        assert chart.xpath(".//table/tbody/tr")
    history = [row.xpath("./td/text()") for row in charts[0].xpath(".//tbody/tr")]
    assert [row[:3] for row in history] == [
        ["2026-11-20-rules", "2026-11-20", "0.500"], ["2026-11-24-rules", "this run", "0.500"],
    ]  # fmt: skip
    drawn = text[text.index("<figure") : text.rindex("</figure>")]
    assert not re.search(r"#[0-9a-f]{6}\b", drawn)  # all colours are the page's


def test_a_chart_without_data_is_left_out_with_the_reason() -> None:
    (case, _), *_ = six()
    bare = Outcome.model_validate({"case_id": case.id, "status": "answered"})
    page = html.fromstring(render_report(reported_of({"ours": [(case, bare)]}, history=())))
    assert [each.text for each in page.xpath("//ul[contains(@class, 'missing')]/li")] == [
        "History is left out: no earlier run of the same cases is kept.",
        "Risk and coverage is left out: no answer of this run says how sure it is.",
        "Reliability is left out: no answer of this run states a probability.",
        "Recall by rank is left out: no case of this run says which passages are relevant.",
        "Time by stage is left out: no times were taken.",
    ]


def test_of_many_cases_the_worst_open_and_the_others_are_rows() -> None:
    page = html.fromstring(render_report(reported_of({"ours": six()}), in_full=2))
    assert len(page.xpath("//details[starts-with(@class, 'case')]")) == 2
    rows = page.xpath("//div[contains(@class, 'rest')]//tbody/tr/td[1]/text()")
    assert rows == ["wrong-source", "changed-quote", "good", "said-no"]
    assert "The worst 2 of 6 cases open to everything; the other 4 are a row each." in (
        " ".join(page.text_content().split())
    )


@pytest.mark.parametrize(
    ("case", "outcome", "name"),
    [
        ({}, {"status": "error", "error": "too long"}, "could not be asked"),
        ({"forbidden": ["pwned"]}, {"text": "PWNED"}, "steered by a document"),
        ({"claim": "x", "supported": True}, {"status": "", "claim_score": 0.1}, "claim misjudged"),
        ({"answers": ["forty"]}, cited(WAIVER), "none of the right answers is in it"),
        ({"required": ["forty", "board"]}, cited(WAIVER), "required words are missing"),
        ({}, {"statements": [{"text": "so"}]}, "statement without a citation"),
        ({}, {**cited(FEE), "observed": {"spoken": [False]}}, "words differ from the quotes"),
        ({}, {**cited(FEE), "observed": {"support": [{"together": 0.4}]}},
         "citations do not carry it"),
        ({}, {**cited(FEE), "observed": {"stays": [True]}}, "said without its citations too"),
        ({"nuggets": [{"text": "forty"}]}, {**cited(FEE), "observed": {"nuggets": [0.1]}},
         "a vital nugget is missing"),
        ({"relevant": {"other": 1}}, cited(FEE), "no relevant document is cited"),
        ({"evidence": [gold(FEE, page=9)]}, cited(FEE), "wrong page"),
    ],
)  # fmt: skip
def test_the_first_concern(case: dict[str, Any], outcome: dict[str, Any], name: str) -> None:
    assert concerns_of(*pair("c", case, outcome))[0].name == name


def test_a_right_outcome_gives_no_concern() -> None:
    good = {each[0].id: concerns_of(*each) for each in six()}
    assert good["good"] == good["said-no"] == ()


PALETTES = re.compile(r":root \{(.*?)\}", re.DOTALL)
TEXT = ("ink", "quiet", "accent", "good", "warn", "bad")


def test_text_has_aa_contrast_in_light_and_dark() -> None:
    css = (Path(evals.report.__file__).parent / "templates" / "report.css").read_text()
    light, dark, _ = (
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", each)) for each in PALETTES.findall(css)
    )
    for palette in (light, dark):
        pairs = [(text, ground) for text in TEXT for ground in ("paper", "sheet")]
        pairs += [("good", "good-tint"), ("warn", "warn-tint"), ("bad", "bad-tint")]
        pairs += [("ink", "tint")]
        low = [each for each in pairs if _contrast(*(palette[name] for name in each)) < 4.5]
        faint = [f"series-{n}" for n in range(6)
                 if _contrast(palette[f"series-{n}"], palette["sheet"]) < 3]  # fmt: skip
        assert low == [] and faint == []


def _contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        lines = [v / 12.92 if v <= 0.03928 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
        return 0.2126 * lines[0] + 0.7152 * lines[1] + 0.0722 * lines[2]

    dim, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dim + 0.05)


@pytest.mark.skipif(not shutil.which("chromium"), reason="needs chromium")
def test_in_a_browser_it_fits_filters_and_opens_by_keyboard(tmp_path: Path) -> None:
    long = [pair("long", {"question": NASTY, "kind": NASTY}, cited(NASTY, NASTY))]
    path = tmp_path / "report.html"
    path.write_text(render_report(reported_of({"ours": [*six(), *long]})), encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 390, "height": 800})
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("dialog", lambda dialog: said.append(dialog.message))
        page.goto(path.as_uri())
        page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
        for width in (390, 820, 1440):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") == width
        page.reload()
        page.get_by_label("kind or tag").select_option("unanswerable")
        page.get_by_label("only with a fault").check()
        shown = page.locator("details.case:visible")
        assert [each.inner_text() for each in shown.locator(".name").all()] == [
            "invented · unanswerable"
        ]
        shown.locator("> summary").focus()
        page.keyboard.press("Enter")
        assert shown.get_by_role("heading", name="Citations").is_visible()
        browser.close()
    assert said == []


def test_markdown_has_the_metrics_and_the_worst_cases() -> None:
    lines = render_markdown(reported_of({"ours": six()})).splitlines()
    assert lines[0] == "## The society's rules"
    assert "Run 2026-11-24-rules: 2 of 6 cases are without a fault." in lines
    assert "| `correct` | 0.500 (0.250 to 0.750) | 6 |" in lines
    assert "| refused | What of refused? | refused, though the documents answer |" in lines
    assert not [line for line in lines if line.startswith("| good")]


def test_markdown_tables_keep_their_columns_whatever_is_said() -> None:
    nasty = f"a | b\n| c <b> @team ` [x](y) {NASTY}"
    bad = pair(nasty, {"question": nasty}, {"status": "error", "error": nasty})
    text = render_markdown(reported_of({nasty: [bad]}, name=nasty, title=nasty))
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in rows} == {4}
    assert not re.search(r"<|@\w|(?<!\\)`b|\]\(", text)


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ("a | b `c` *d* _e_", r"a &#124; b \`c\` \*d\* \_e\_"),
        ("<img src=x onerror=y>", "&#60;img src=x onerror=y&#62;"),
        ("see @team and #12", "see @\u200bteam and \\#\u200b12"),
        ("[x](https://a.b) www.c.d", "&#91;x&#93;(https:\u200b//a.b) www\u200b.c.d"),
        ("&commat;team\n\nnew", "&#38;commat;team new"),
        ("x" * 200, "x" * 160 + "… (200 characters)"),
    ],
)
def test_markdown_shows_foreign_words_and_nothing_else(said: str, seen: str) -> None:
    assert visible(said) == seen


def test_a_comparison_tells_what_got_worse_and_which_questions_flipped() -> None:
    metrics = metrics_for("answer", ("correct", "total_ms"))

    def run(name: str, right: int) -> Scored:
        pairs = [
            pair(f"q{at}", {"evidence": [gold(FEE)], "question": f"Fee | {at} @all?"},
                 cited(FEE if at < right else WAIVER))
            for at in range(20)
        ]  # fmt: skip
        scores = {c.id: {"correct": float(at < right)} for at, (c, _) in enumerate(pairs)}
        return Scored(name, "rules", pairs, scores)

    worse = render_comparison_markdown(compare_runs(run("main", 20), run("new", 4), metrics))
    assert "Over 20 cases. **Worse**: `correct`." in worse
    assert "16 for the worse, 0 for the better." in worse
    assert "difference that a single test detects 4 times in 5" in worse
    unlike = compare_runs(run("main", 20), run("new", 4), metrics)
    noted = render_comparison_markdown(unlike, "Judged by [x](y).").splitlines()
    assert noted[2] == "**Note**: Judged by &#91;x&#93;(y)."
    assert "| worse | q4: Fee &#124; 4 @\u200ball? |" in worse
    same = render_comparison_markdown(compare_runs(run("main", 9), run("new", 9), metrics))
    assert "No detectable difference over 20 cases." in same


def test_a_case_without_anything_known_can_be_reported() -> None:
    bare = (Case(id="bare", answerable=None), Outcome(case_id="bare"))
    assert "bare" in render_report(reported_of({"ours": [bare]}))
    assert "bare" not in render_markdown(reported_of({"ours": [bare]}))
