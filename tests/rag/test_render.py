"""Answers on their surfaces, and that foreign words never become markup."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from rag.records import (
    Answer,
    Citation,
    Document,
    DroppedSentence,
    Extent,
    Facts,
    Hit,
    Missing,
    NoteReference,
    Passage,
    Question,
    Statement,
)
from rag.render import page_text, render_markdown, render_text, without_controls
from rag.render_html import NEAR_CHARS, Source, render_html, render_sources_html, source_of

QUESTION = Question("What is paid, and by whom?")
FEE = Citation(
    1, "p1", "d1", "Minutes", ("II. Moorings", "C. Fees"), 17, "15", 10, 30, "A fee of\n40 crowns."
)
WHO = Citation(2, "p2", "d2", "Resolution 7", (), None, None, 0, 19, "The harbour master.")
FACTS = {"d1": Facts(title="Minutes", organisation="Harbour Council", date="2014-10-21")}
ANSWER = Answer(
    QUESTION,
    "partly_answered",
    "unused",
    (
        Statement("A fee of 40 crowns.", "What is paid?", (1,)),
        Statement("It is paid each day.", "What is paid?", (1, 2)),
        Statement("The harbour master.", "By whom?", (2,)),
    ),
    (FEE, WHO),
    unanswered=("Since when?",),
)
RELATED = Hit(
    1,
    0.3,
    Passage("p3", "d3", "Pilots are paid.", 0, 16, ("Pilots",), page=4, page_label="4"),
    Facts(title="Pilot Rules"),
)

HOSTILE = (
    '<script>alert(1)</script>"><img src=x onerror=alert(1)> [x](javascript:alert(1)) '
    "`code` $latex$ \\(x\\) *b* # h | ~~s~~"
)


NOTED = replace(
    FEE,
    paragraph="16 (b)",
    notes=(
        NoteReference("41", 30, "Ruiz, <i>Ports</i>, 2011."),
        NoteReference("42", 30, "Ibid.", (f"note 41: Ruiz, {'Ports ' * 40}",)),
    ),
)
CITED = replace(WHO, note="41", cited_at="Fees *rose*.")


def test_a_source_says_its_paragraph_and_what_it_rests_on() -> None:
    answer = replace(ANSWER, citations=(NOTED, CITED))
    work = f"note 41: Ruiz, {'Ports ' * 24}".strip()
    assert (
        f"""
[1] Minutes, II. Moorings › C. Fees, para. 16 (b), p. 15 (PDF page 17)
    "A fee of 40 crowns."
    rests on: note 41, Ruiz, <i>Ports</i>, 2011.
    rests on: note 42, Ibid. ({work} …)
[2] Resolution 7
    "The harbour master."
    note 41, cited at: "Fees *rose*."
"""
        in render_text(answer) + "\n"
    )
    written = render_markdown(answer)
    assert "rests on: note 41, Ruiz, &#60;i&#62;Ports&#60;/i&#62;, 2011." in written
    assert 'note 41, cited at: "Fees \\*rose\\*."' in written
    (html,) = {render_sources_html(answer, (Source(NOTED, Facts()),), "a1")}
    assert "para. 16 (b), p. 15 (PDF page 17)" in html
    assert '<li dir="auto">rests on: note 41, Ruiz, &lt;i&gt;Ports&lt;/i&gt;, 2011.</li>' in html


def test_a_source_in_another_language_than_the_question_says_so() -> None:
    french = replace(FEE, language="fr")
    asked_in_english = replace(ANSWER, citations=(french, replace(WHO, language="en")))
    first = "[1] Minutes, Harbour Council, 2014-10-21, II. Moorings › C. Fees, p. 15 (PDF page 17)"
    text = render_text(asked_in_english, FACTS)
    assert f"{first}, in French\n" in text
    assert "[2] Resolution 7\n" in text
    text = render_text(replace(asked_in_english, language="fr"), FACTS)
    assert f"{first}\n" in text
    assert "[2] Resolution 7, in English\n" in text
    sources = [Source(french, Facts(language="fr"))]
    page = render_sources_html(asked_in_english, sources, "a")
    assert '<span class="cv-page">p. 15 (PDF page 17), in French</span>' in page


def test_a_question_whose_sentences_cannot_be_compared_is_not_said_to_have_no_answer() -> None:
    found = replace(RELATED, facts=Facts(title="Pilot Rules", language="en"))
    answer = Answer(QUESTION, "not_in_documents", "", related=(found,), language="ar")
    assert render_text(answer) == (
        "No sentence could be picked out for a question in Arabic; the nearest passages are these."
        "\n\nNearest passages\n\n- Pilot Rules, Pilots, p. 4, in English"
    )
    said = "The documents do not answer this.\n\nRelated: does not answer\n\n- Pilot Rules"
    assert render_text(replace(answer, language="en")).startswith(said)
    same = replace(found, facts=Facts(title="Pilot Rules", language="ar"))
    assert render_text(replace(answer, related=(same,))).startswith(said)


def test_text_groups_statements_by_part_and_ends_with_sources() -> None:
    assert (
        render_text(ANSWER, FACTS)
        == """\
Partly answered.

What is paid?

- A fee of 40 crowns. [1]
- It is paid each day. [1][2]

By whom?

The harbour master. [2]

The documents do not answer:

- Since when?

Sources

[1] Minutes, Harbour Council, 2014-10-21, II. Moorings › C. Fees, p. 15 (PDF page 17)
    "A fee of 40 crowns."
[2] Resolution 7
    "The harbour master.\""""
    )


def test_markdown_has_the_same_order_with_headings_and_quotes() -> None:
    assert (
        render_markdown(ANSWER)
        == """\
Partly answered.

### What is paid?

- A fee of 40 crowns. [1]
- It is paid each day. [1][2]

### By whom?

The harbour master. [2]

The documents do not answer:

- Since when?

### Sources

[1] Minutes, II. Moorings › C. Fees, p. 15 (PDF page 17)

> A fee of 40 crowns.

[2] Resolution 7

> The harbour master."""
    )


def test_parts_are_counted_and_the_missing_is_told_beside_each() -> None:
    answer = replace(
        ANSWER,
        parts=("What is paid?", "By whom?", "Since when?"),
        missing=(Missing("<b>1066</b>", "Since when?", "library"),),
    )
    assert render_text(answer).startswith("Partly answered: 2 of 3 parts.\n\nWhat is paid?\n")
    assert '- Since when? No passage mentions "<b>1066</b>".\n' in render_text(answer)
    page = render_html(answer, "a1")
    assert '<p class="cv-lead" dir="auto">Partly answered: 2 of 3 parts.</p>' in page
    assert "No passage mentions &quot;&lt;b&gt;1066&lt;/b&gt;&quot;.</li>" in page
    whole = replace(answer, status="answered", parts=answer.parts[:2], unanswered=(), missing=())
    assert render_text(whole).startswith("Answered: 2 of 2 parts.\n\nWhat is paid?\n\n- A fee")
    one = replace(whole, parts=("What is paid?",), statements=ANSWER.statements[:1])
    assert render_text(one).startswith("A fee of 40 crowns. [1]\n\nSources")


def test_a_single_part_has_no_heading() -> None:
    single = replace(ANSWER, status="answered", statements=ANSWER.statements[:1], unanswered=())
    assert render_text(single).startswith("A fee of 40 crowns. [1]\n\nSources\n\n[1] Minutes, II.")


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (
            Answer(QUESTION, "not_in_documents", "", related=(RELATED,)),
            "The documents do not answer this.\n\nRelated: does not answer\n\n"
            "- Pilot Rules, Pilots, p. 4",
        ),
        (
            Answer(QUESTION, "needs_clarification", "Which fee?"),
            "Please clarify: Which fee?",
        ),
        (
            Answer(
                QUESTION,
                "not_in_documents",
                "",
                unanswered=("Who?",),
                extent=Extent(1, 1),
                missing=(
                    Missing("Norway", "Who?", "found"),
                    Missing("1066", "Who?", "together"),
                    Missing("Gull", "Who?", "together"),
                ),
            ),
            "The documents do not answer this.\n\nSearched: 1 document.\nThe passages found do not "
            'mention "Norway".\nNo passage found mentions "1066" and "Gull" together.',
        ),
        (
            Answer(QUESTION, "not_in_documents", "", extent=Extent(4, 9)),
            "The documents do not answer this.\n\nSearched: 4 of 9 documents.\nIts words are "
            "there, but nothing that was found answers it.",
        ),
        (Answer(QUESTION, "not_a_question", "Ask <b>us</b>."), "Ask <b>us</b>."),
        (Answer(QUESTION, "error", " "), "The question could not be answered."),
        (Answer(QUESTION, "answered", "Ten documents."), "Ten documents."),
    ],
)
def test_every_status_says_what_became_of_the_question(answer: Answer, text: str) -> None:
    assert render_text(answer) == text


@pytest.mark.parametrize(
    ("page", "label", "text"),
    [
        (17, "15", "p. 15 (PDF page 17)"),
        (15, "15", "p. 15"),
        (3, None, "p. 3"),
        (3, "", "p. 3"),
        (4, "iv", "p. iv (PDF page 4)"),
        (None, None, ""),
    ],
)
def test_a_page_is_named_as_printed_and_as_counted(
    page: int | None, label: str | None, text: str
) -> None:
    assert page_text(page, label) == text


def test_html_marks_name_their_answer_and_source() -> None:
    assert render_html(replace(ANSWER, statements=ANSWER.statements[:1]), "a7") == (
        '<div class="cv-answer" data-status="partly_answered">'
        '<p class="cv-lead" dir="auto">Partly answered.</p>'
        '<section class="cv-part"><p class="cv-statement" dir="auto">'
        '<span class="cv-words">A fee of 40 crowns.</span><span class="cv-marks">&nbsp;'
        '<button type="button" class="cv-mark" data-answer="a7" '
        'data-source="1" aria-label="Source 1: Minutes, page 15" '
        'data-quote="A fee of 40 crowns." '
        'data-place="Minutes, II. Moorings › C. Fees, p. 15 (PDF page 17)" '
        'aria-controls="a7-source-1">[1]</button></span>'
        '<button type="button" class="cv-copy-one" aria-label="Copy this statement with its '
        'sources" title="Copy this statement with its sources" data-done="Copied." '
        'data-sources="Sources"></button></p></section>'
        '<div class="cv-unanswered"><p>The documents do not answer:</p>'
        '<ul><li dir="auto">Since when?</li></ul></div></div>'
    )


def test_a_source_shows_its_quote_within_its_passage() -> None:
    document = Document("d1", "Before it. A fee of 40 crowns. After.", (), (), facts=FACTS["d1"])
    passage = Passage("p1", "d1", document.text, 0, 37, ("II. Moorings",))
    cited = replace(FEE, start=11, end=30, quote="A fee of 40 crowns.")
    assert render_sources_html(ANSWER, [source_of(cited, document, passage)], "a7") == (
        '<article class="cv-source" id="a7-source-1" tabindex="-1"><header>'
        '<span class="cv-number">1</span><h3 dir="auto">Minutes</h3></header>'
        '<p class="cv-facts" dir="auto">Harbour Council · 2014-10-21</p><p class="cv-place">'
        '<span class="cv-section" dir="auto">II. Moorings › C. Fees</span>'
        '<span class="cv-page">p. 15 (PDF page 17)</span></p><blockquote dir="auto">Before it. '
        "<mark>A fee of 40 crowns.</mark> After.</blockquote></article>"
    )


def test_a_quote_that_reaches_out_of_its_passage_is_whole() -> None:
    document = Document("d1", "One two three four five.", (), ())
    passage = Passage("p1", "d1", "two three", 4, 13, ())
    source = source_of(replace(FEE, start=8, end=18, quote="three four"), document, passage)
    assert (source.before, source.after) == ("two ", "")


def test_a_long_passage_is_whole_but_opens_near_its_quote() -> None:
    text = "far " * 200 + "QUOTE" + " away" * 200
    document = Document("d1", text, (), ())
    cited = replace(FEE, start=800, end=805, quote="QUOTE")
    passage = Passage("p1", "d1", text, 0, len(text), ())
    card = render_sources_html(ANSWER, [source_of(cited, document, passage)], "a1")
    quote = re.sub("<[^>]+>", "", card[card.index("<blockquote") : card.index("</blockquote>")])
    assert quote == text
    near = re.search(r'</span></span>([^<]*)<mark>QUOTE</mark>([^<]*)<span class="cv-far">', card)
    assert near is not None
    assert all(0 < len(side) <= NEAR_CHARS for side in near.groups())
    assert card.count('aria-expanded="false"') == 1


def test_related_passages_are_cards_without_highlight() -> None:
    card = render_sources_html(replace(ANSWER, related=(RELATED,)), [], "a1")
    assert card.startswith('<h3 class="cv-related-heading">Related: does not answer</h3><article')
    assert 'id="a1-source-related-1"' in card
    assert "<mark>" not in card


def hostile_answer(words: str) -> Answer:
    cited = replace(
        FEE, title=words, section=(words, words), page_label=words, quote=words, document_id=words
    )
    passage = Passage("p", words, words, 0, len(words), (words,), page=1, page_label=words)
    return Answer(
        Question(words),
        "partly_answered",
        words,
        (Statement(words, words, (1,)), Statement(words, words + "2", (1,))),
        (cited,),
        unanswered=(words,),
        related=(Hit(1, 0.1, passage, Facts(words, words, words, words, words)),),
        notice=words,
        dropped=(DroppedSentence(words, words),),
    )


def hostile_html(words: str) -> str:
    answer = hostile_answer(words)
    document = Document(words, words * 3, (), (), facts=answer.related[0].facts)
    cited = replace(answer.citations[0], start=len(words), end=2 * len(words))
    passage = replace(answer.related[0].passage, start=0, end=3 * len(words))
    sources = [source_of(cited, document, passage)]
    return render_html(answer, "a1") + render_sources_html(answer, sources, "a1")


class _Reader(HTMLParser):
    """The tags and attribute names that a page has, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, ...]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, *(name for name, _ in attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def _read(page: str) -> _Reader:
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader


WORDS = st.text(
    st.one_of(
        st.sampled_from("<>&\"'`$[]()\\*_#!|~-+=.1: \n{}"),
        st.characters(exclude_categories=["Cs", "Cc"]),
    ),
    min_size=1,
).filter(str.strip)


@given(WORDS)
def test_foreign_words_add_no_tag_and_no_attribute_to_html(words: str) -> None:
    assert _read(hostile_html(words)).tags == _read(hostile_html("x" * len(words))).tags


def test_hostile_words_are_visible_text_in_html() -> None:
    page = hostile_html(HOSTILE)
    assert _read(page).text.count(HOSTILE) >= 10
    assert "<script" not in page
    assert "<img" not in page


@given(WORDS)
def test_foreign_words_become_plain_text_in_markdown(words: str) -> None:
    markdown = render_markdown(hostile_answer(words), {words: Facts(organisation=words)})
    assert "<" not in markdown
    assert "$" not in markdown
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(markdown)
    inline = chain.from_iterable(token.children or [] for token in tokens)
    struck = [token.type for token in inline if token.type in ("s_open", "s_close")]
    assert struck == ["s_open", "s_close"], "around the sentence that was dropped"
    assert {token.type for token in inline} <= {"text", "softbreak", "text_special", *struck}
    kinds = {token.type.removesuffix("_open").removesuffix("_close") for token in tokens}
    assert kinds <= {"paragraph", "inline", "heading", "blockquote", "bullet_list", "list_item"}


def test_hostile_words_read_as_written_in_markdown() -> None:
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(
        render_markdown(hostile_answer(HOSTILE))
    )
    texts = [token.children for token in tokens if token.type == "inline"]
    shown = ["".join(child.content for child in children or []) for children in texts]
    assert shown.count(HOSTILE) >= 3


def test_terminal_controls_and_direction_overrides_are_dropped() -> None:
    words = "\x1b[31mred\x00 \u202egnp.exe\u2066 \ud800end\x0cpage"
    assert render_text(Answer(QUESTION, "answered", words)) == "[31mred gnp.exe end page"
    html_words = render_html(Answer(QUESTION, "answered", words), "a1")
    assert not re.search(r"[\x00\x1b\u202e\u2066\ud800]", html_words)


def test_controls_of_a_terminal_do_not_reach_it() -> None:
    assert (
        without_controls("red \x1b[31malert\x07 \u202etxt.exe\nnext")
        == "red [31malert txt.exe\nnext"
    )


def test_a_notice_comes_first_and_what_was_dropped_is_struck_through_with_its_reason() -> None:
    dropped = DroppedSentence("The fee is 50 <b>crowns</b>.", 'the number "50" is not in it')
    answer = replace(ANSWER, notice="No *written* answer.", dropped=(dropped,))
    text, markdown = render_text(answer), render_markdown(answer)
    assert text.startswith("No *written* answer.\n\nPartly answered.")
    line = '- dropped: The fee is 50 <b>crowns</b>. (the number "50" is not in it)'
    assert line in text.split("\n\nSources\n")[0]
    assert markdown.startswith(r"No \*written\* answer.")
    struck = '~~The fee is 50 &#60;b&#62;crowns&#60;/b&#62;.~~ (the number "50" is not in it)'
    assert f"- {struck}" in markdown
    page = render_html(answer, "a1")
    assert page.index('<p class="cv-notice" dir="auto">No *written*') < page.index("cv-lead")
    assert (
        "<del>The fee is 50 &lt;b&gt;crowns&lt;/b&gt;.</del> "
        '<span class="cv-reason">the number &quot;50&quot; is not in it</span>'
    ) in page
    assert "dropped" not in render_text(ANSWER) and "cv-notice" not in render_html(ANSWER, "a1")
