"""An answer as plain text, Markdown or HTML: one renderer for every surface; pure over records.

Nothing that a document, a question or a model says is ever markup here. Each surface has one
function that turns foreign words into visible text (`_plain`, `escape_markdown`, `_html`); every
string that is not written in this file passes through it. A statement's text carries no marks of
its own: the `[n]` come from `Statement.citations`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from rag.language import language_name
from rag.records import (
    Answer,
    Citation,
    DirectAnswer,
    Document,
    DroppedSentence,
    Facts,
    Hit,
    NoteReference,
    Passage,
    Statement,
    Status,
)
from rag.refusal import missing_lines, refusal_lines

NO_FACTS: Mapping[str, Facts] = MappingProxyType({})
NEAR_CHARS = 280  # of a passage shown on either side of a quote before it is opened
NOTE_CHARS = 160  # of a note shown beside what rests on it

_LEADS: Mapping[Status, str] = MappingProxyType(
    {
        "partly_answered": "Partly answered.",
        "not_in_documents": "The documents do not answer this.",
        "needs_clarification": "Please clarify",
        "error": "The question could not be answered",
    }
)
_UNANSWERED = "The documents do not answer:"
_OTHERWISE = "The documents say otherwise:"
_RELATED = "Related: does not answer"
_MORE_FOUND = "More from the documents"
_IN_SHORT = "In short"
# Sentences are chosen by their words, which tell nothing across languages.
_UNCHOSEN = "No sentence could be picked out for a question in {}; the nearest passages are these."
_NEAREST = "Nearest passages"
_DROPPED = "Written, but dropped by the checks: no part of the answer"

# Terminal controls, lone surrogates and overrides of writing direction: they show nothing, and
# could rewrite what stands around them.
_UNSEEN = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
# Brackets become entities, since a backslash before one opens LaTeX for some Markdown readers.
_MARKDOWN_ESCAPES = str.maketrans(
    {c: f"&#{ord(c)};" for c in "<>&$[]\\"} | {c: f"\\{c}" for c in "*_`~|#!{}"}
)
_MARKDOWN_START = re.compile(r"^(\d{0,9})([-+=.)])")  # would open a list or underline a heading


def without_controls(words: str) -> str:
    """`words` without what a terminal or a reader's eye would obey: controls and overrides."""
    return _UNSEEN.sub("", words)


def _plain(words: str) -> str:
    return " ".join(without_controls(words).split())


class _Style(NamedTuple):
    """How a surface of lines writes foreign words, a heading, and a quote."""

    visible: Callable[[str], str]
    heading: Callable[[str], str]
    quote: str
    remark: str  # on a quote, below it
    struck: str = "dropped: {}"  # of a sentence that is no part of the answer


_TEXT = _Style(_plain, lambda words: words, '    "{}"', "    {}")


@dataclass(frozen=True, slots=True)
class Source:
    """A citation with what is needed to show it: the document's facts and the words around."""

    citation: Citation
    facts: Facts
    before: str = ""  # of the passage, up to the quote
    after: str = ""


def source_of(citation: Citation, document: Document, passage: Passage) -> Source:
    """The citation within its passage; where it reaches out of it, within both together."""
    start, end = min(passage.start, citation.start), max(passage.end, citation.end)
    return Source(
        citation,
        document.facts,
        before=document.text[start : citation.start],
        after=document.text[citation.end : end],
    )


def page_text(page: int | None, label: str | None) -> str:
    """The page as a reader looks it up: "p. 15 (PDF page 17)"; empty for unpaged documents."""
    if page is None:
        return f"p. {label}" if label else ""
    return f"p. {label} (PDF page {page})" if label and label != str(page) else f"p. {page}"


def place_text(paragraph: str, page: int | None, label: str | None) -> str:
    """Paragraph and page as a reader looks them up: "para. 16 (b), p. 15 (PDF page 17)"."""
    numbered = f"para. {paragraph}" if paragraph else ""
    return ", ".join(filter(None, (numbered, page_text(page, label))))


def language_text(language: str, asked: str) -> str:
    """ "in French", of a text in another language than the question; empty where they agree."""
    return f"in {language_name(language)}" if language and language != asked else ""


def remarks(citation: Citation) -> list[str]:
    """What there is to say below a quote: the notes it rests on; of a note, where it is cited."""
    said = [f"rests on: {_note_text(note)}" for note in citation.notes]
    if citation.note:
        cited_at = f', cited at: "{_shortened(citation.cited_at)}"' if citation.cited_at else ""
        said.append(f"note {citation.note}{cited_at}")
    return said


def _note_text(note: NoteReference) -> str:
    """A note in a line: "note 42, Ibid. (note 41: Ingleby, 2016)"."""
    works = "; ".join(_shortened(work) for work in note.works)
    return f"note {note.label}, {_shortened(note.text)}" + (f" ({works})" if works else "")


def _shortened(words: str) -> str:
    """At most NOTE_CHARS characters, cut at white space."""
    line = _plain(words[: 4 * NOTE_CHARS])
    if len(line) <= NOTE_CHARS:
        return line
    return (line[: NOTE_CHARS + 1].rpartition(" ")[0] or line[:NOTE_CHARS]) + " …"


def render_statements(answer: Answer) -> str:
    """What the answer says, with its `[n]` marks, as plain text without its sources."""
    return "\n\n".join(_statement_blocks(answer, _TEXT))


def render_text(answer: Answer, facts: Mapping[str, Facts] = NO_FACTS) -> str:
    """The answer as plain text; `facts` by document id add organisation and date to sources."""
    return _lay_out(answer, facts, _TEXT)


def render_markdown(answer: Answer, facts: Mapping[str, Facts] = NO_FACTS) -> str:
    """The answer as Markdown in which foreign words cannot become links, HTML or LaTeX."""
    return _lay_out(
        answer,
        facts,
        _Style(escape_markdown, lambda words: f"### {words}", "\n> {}\n", "{}\n", "~~{}~~"),
    )


def _lay_out(answer: Answer, facts: Mapping[str, Facts], style: _Style) -> str:
    blocks = _statement_blocks(answer, style)
    if answer.dropped:
        blocks.append(style.heading(_DROPPED))
        blocks.append("\n".join(_dropped_line(each, style) for each in answer.dropped))
    if answer.citations:
        blocks.append(style.heading("Sources"))
        blocks.append("\n".join(_citation_lines(answer, facts, style)).strip("\n"))
    if answer.related:
        blocks.append(style.heading(_related_heading(answer)))
        places = (style.visible(_hit_place(hit, answer.language)) for hit in answer.related)
        blocks.append("\n".join(f"- {place}" for place in places))
    return "\n\n".join(blocks)


def _dropped_line(dropped: DroppedSentence, style: _Style) -> str:
    struck = style.struck.format(style.visible(dropped.text))
    return f"- {struck} ({style.visible(dropped.reason)})"


def _statement_blocks(answer: Answer, style: _Style) -> list[str]:
    visible = style.visible
    blocks = [visible(answer.notice), _lead(answer, visible)]
    groups = _groups(answer)
    for part, statements in groups:
        if _has_headings(answer, groups) and part:
            blocks.append(style.heading(visible(part)))
        blocks += [f"{_IN_SHORT}: {visible(d.text)} [{d.citation}]" for d in _direct(answer, part)]
        against, others = _set_apart(answer, statements)
        for introduced, listed in ((_OTHERWISE, against), ("", others)):
            bullet = "- " if len(listed) > 1 else ""
            lines = [f"{bullet}{visible(s.text)}{_marks(s)}" for s in listed]
            blocks += [introduced if lines else "", "\n".join(lines)]
    if answer.unanswered and answer.status != "not_in_documents":
        blocks.append(_UNANSWERED)
        told = (" ".join((part, *missing_lines(answer, part))) for part in answer.unanswered)
        blocks.append("\n".join(f"- {visible(each)}" for each in told))
    blocks.append("\n".join(visible(line) for line in _refusal(answer)))
    return [block for block in blocks if block]


def _citation_lines(answer: Answer, facts: Mapping[str, Facts], style: _Style) -> Iterable[str]:
    for citation in answer.citations:
        known = facts.get(citation.document_id, Facts())
        place = _citation_place(citation, known, answer.language)
        yield f"[{citation.n}] {style.visible(place)}"
        yield style.quote.format(style.visible(citation.quote))
        yield from (style.remark.format(style.visible(said)) for said in remarks(citation))


def _lead(answer: Answer, visible: Callable[[str], str]) -> str:
    """The first line: what became of the question, where that is not plain from the statements."""
    if answer.status == "answered" and not answer.statements:
        return visible(answer.text)
    if _is_unchosen(answer):
        return _UNCHOSEN.format(language_name(answer.language))
    lead = _LEADS.get(answer.status, "")
    if answer.status == "not_a_question":
        return visible(answer.text)
    if answer.status in ("needs_clarification", "error"):
        return f"{lead}: {visible(answer.text)}" if answer.text.strip() else f"{lead}."
    if answer.reason:
        return f"{lead.removesuffix('.')}: {visible(answer.reason)}."
    if len(answer.parts) > 1 and answer.statements:
        done = len(answer.parts) - len(answer.unanswered)
        lead = f"{(lead or 'Answered').removesuffix('.')}: {done} of {len(answer.parts)} parts."
    return lead


def _is_unchosen(answer: Answer) -> bool:
    """Whether what was found is in another language than a question that is not in English."""
    asked = answer.language
    if language_name(asked) == asked:
        return False  # no language that could be told
    return answer.status == "not_in_documents" and any(
        language_text(hit.facts.language, asked) for hit in answer.related if asked != "en"
    )


def _related_heading(answer: Answer) -> str:
    if _is_unchosen(answer):
        return _NEAREST
    return _MORE_FOUND if answer.status == "answered" else _RELATED


def _refusal(answer: Answer) -> list[str]:
    """What a refusal tells beside its first line."""
    return [] if _is_unchosen(answer) else refusal_lines(answer)


def _set_apart(
    answer: Answer, statements: Sequence[Statement]
) -> tuple[list[Statement], list[Statement]]:
    """The statements that contradict their part of the question, and the others."""
    known = {(each.part, each.citation) for each in answer.contradictions}
    against = [each for each in statements if any((each.part, n) in known for n in each.citations)]
    return against, [each for each in statements if each not in against]


def _direct(answer: Answer, part: str) -> list[DirectAnswer]:
    return [each for each in answer.direct if each.part == part]


def _has_headings(answer: Answer, groups: Sequence[tuple[str, list[Statement]]]) -> bool:
    return len(groups) > 1 or len(answer.parts) > 1


def _groups(answer: Answer) -> list[tuple[str, list[Statement]]]:
    """Statements by the part of the question that they answer, in order of first appearance."""
    groups: dict[str, list[Statement]] = {}
    for statement in answer.statements:
        groups.setdefault(statement.part, []).append(statement)
    return list(groups.items())


def _marks(statement: Statement) -> str:
    return " " + "".join(f"[{n}]" for n in statement.citations) if statement.citations else ""


def _citation_place(citation: Citation, facts: Facts, asked: str) -> str:
    title = citation.title or facts.title or citation.document_id
    path = _path(citation.section, title)
    place = (path, place_text(citation.paragraph, citation.page, citation.page_label))
    spoken = language_text(citation.language, asked)
    return ", ".join(filter(None, (title, facts.organisation, facts.date, *place, spoken)))


def _hit_place(hit: Hit, asked: str) -> str:
    passage, facts = hit.passage, hit.facts
    title = facts.title or passage.document_id
    paged = place_text(passage.paragraph, passage.page, passage.page_label)
    place = (_path(passage.section, title), paged, language_text(facts.language, asked))
    return ", ".join(filter(None, (title, facts.organisation, facts.date, *place)))


def _path(section: Sequence[str], title: str) -> str:
    """The headings above a passage; the title is told once, not again as the first of them."""
    return " › ".join(section[1:] if section and section[0] == title else section)


def escape_markdown(words: str) -> str:
    """`words` on one line, as Markdown in which they cannot become links, HTML or LaTeX."""
    return _MARKDOWN_START.sub(r"\1\\\2", _plain(words).translate(_MARKDOWN_ESCAPES))


def _html(words: str) -> str:
    return html.escape(without_controls(words), quote=True)


# HTML: the chat's side


def render_html(answer: Answer, anchor: str) -> str:
    """The answer as HTML; its marks are buttons that name their source by `anchor` and number.

    `anchor` is unique among the answers on a page; `render_sources_html` makes the other end.
    """
    body = [_notice_html(answer), _lead_html(answer)]
    groups = _groups(answer)
    citations = {citation.n: citation for citation in answer.citations}
    for part, statements in groups:
        is_headed = part and _has_headings(answer, groups)
        heading = f'<h3 dir="auto">{_html(part)}</h3>' if is_headed else ""
        against, others = _set_apart(answer, statements)
        otherwise = f'<p class="cv-otherwise">{_OTHERWISE}</p>' if against else ""
        listed = "".join(_listed_html(each, citations, anchor) for each in (against, others))
        direct = "".join(_direct_html(each, citations, anchor) for each in _direct(answer, part))
        body.append(f'<section class="cv-part">{heading}{direct}{otherwise}{listed}</section>')
    body += [_dropped_html(answer), _unanswered_html(answer), _refusal_html(answer)]
    body.append(_related_list_html(answer, anchor))
    return f'<div class="cv-answer" data-status="{answer.status}">{"".join(body)}</div>'


def _direct_html(direct: DirectAnswer, citations: Mapping[int, Citation], anchor: str) -> str:
    marks = _marks_html((direct.citation,), citations, anchor)
    short = f'<span class="cv-short">{_IN_SHORT}</span> '
    return f'<p class="cv-direct" dir="auto">{short}{_html(direct.text)}{marks}</p>'


def _listed_html(
    statements: Sequence[Statement], citations: Mapping[int, Citation], anchor: str
) -> str:
    tag = "li" if len(statements) > 1 else "p"
    items = "".join(
        f'<{tag} class="cv-statement" dir="auto">{_html(statement.text)}'
        f"{_marks_html(statement.citations, citations, anchor)}</{tag}>"
        for statement in statements
    )
    return f"<ul>{items}</ul>" if tag == "li" else items


def _notice_html(answer: Answer) -> str:
    return f'<p class="cv-notice" dir="auto">{_html(answer.notice)}</p>' if answer.notice else ""


def _dropped_html(answer: Answer) -> str:
    if not answer.dropped:
        return ""
    items = "".join(
        f'<li dir="auto"><span class="cv-unsaid">Dropped: </span><del>{_html(each.text)}</del> '
        f'<span class="cv-reason">{_html(each.reason)}</span></li>'
        for each in answer.dropped
    )
    return (
        f'<aside class="cv-dropped" aria-label="{_DROPPED}"><p>{_DROPPED}</p>'
        f"<ul>{items}</ul></aside>"
    )


def _lead_html(answer: Answer) -> str:
    lead = _lead(answer, _html)
    if not lead:
        return ""
    if answer.status == "answered" and not answer.statements:
        return f'<p class="cv-statement" dir="auto">{lead}</p>'
    return f'<p class="cv-lead" dir="auto">{lead}</p>'


def _marks_html(numbers: Iterable[int], citations: Mapping[int, Citation], anchor: str) -> str:
    known = [citations[n] for n in numbers if n in citations]
    marks = "".join(
        _mark_html(
            anchor,
            str(citation.n),
            f"[{citation.n}]",
            f"Source {citation.n}: {_label(citation)}",
            f'"{_plain(citation.quote)}"',
        )
        for citation in known
    )
    return f'<span class="cv-marks">&nbsp;{marks}</span>' if marks else ""


def _label(citation: Citation) -> str:
    page = citation.page_label or (str(citation.page) if citation.page else "")
    parts = (
        citation.title or citation.document_id,
        f"paragraph {citation.paragraph}" if citation.paragraph else "",
        f"page {page}" if page else "",
    )
    return ", ".join(filter(None, parts))


def _mark_html(anchor: str, key: str, shown: str, label: str, hint: str) -> str:
    return (
        f'<button type="button" class="cv-mark" data-answer="{_html(anchor)}" '
        f'data-source="{key}" aria-label="{_html(label)}" title="{_html(hint)}" '
        f'aria-controls="{_html(anchor)}-source-{key}">{_html(shown)}</button>'
    )


def _unanswered_html(answer: Answer) -> str:
    if not answer.unanswered or answer.status == "not_in_documents":
        return ""  # the first line has said so of the whole question
    told = (" ".join((part, *missing_lines(answer, part))) for part in answer.unanswered)
    parts = "".join(f'<li dir="auto">{_html(each)}</li>' for each in told)
    return f'<div class="cv-unanswered"><p>{_UNANSWERED}</p><ul>{parts}</ul></div>'


def _refusal_html(answer: Answer) -> str:
    lines = "".join(f'<p dir="auto">{_html(line)}</p>' for line in _refusal(answer))
    return f'<div class="cv-extent">{lines}</div>' if lines else ""


def _related_list_html(answer: Answer, anchor: str) -> str:
    if not answer.related:
        return ""
    items = "".join(
        "<li>{}</li>".format(
            _mark_html(
                anchor,
                f"related-{hit.rank}",
                _hit_place(hit, answer.language),
                f"Related passage {hit.rank}: {_hit_place(hit, answer.language)}",
                _plain(hit.passage.text),
            )
        )
        for hit in answer.related
    )
    return f'<div class="cv-related"><p>{_related_heading(answer)}</p><ul>{items}</ul></div>'


# HTML: the panel's side


def render_sources_html(answer: Answer, sources: Sequence[Source], anchor: str) -> str:
    """The other end of `render_html`'s marks: one card for each source and related passage."""
    asked = answer.language
    cards = "".join(_source_html(source, anchor, asked) for source in sources)
    related = "".join(_related_html(hit, anchor, asked) for hit in answer.related)
    if related:
        related = f'<h3 class="cv-related-heading">{_related_heading(answer)}</h3>{related}'
    return cards + related


def _source_html(source: Source, anchor: str, asked: str) -> str:
    citation, facts = source.citation, source.facts
    far_before, before = _split_before(source.before)
    after, far_after = _split_after(source.after)
    passage = (
        f"{_far_html(far_before)}{_html(before)}<mark>{_html(citation.quote)}</mark>"
        f"{_html(after)}{_far_html(far_after)}"
    )
    head = _card_head_html(
        str(citation.n), citation.title or facts.title or citation.document_id, facts
    )
    path = _path(citation.section, citation.title)
    paged = place_text(citation.paragraph, citation.page, citation.page_label)
    place = _card_place_html(path, paged, language_text(citation.language, asked))
    more = _MORE if far_before or far_after else ""
    below = _remarks_html(remarks(citation)) + more
    return _card_html(f"{anchor}-source-{citation.n}", head + place, passage, below)


def _remarks_html(said: Sequence[str]) -> str:
    items = "".join(f'<li dir="auto">{_html(each)}</li>' for each in said)
    return f'<ul class="cv-remarks">{items}</ul>' if items else ""


def _related_html(hit: Hit, anchor: str, asked: str) -> str:
    passage = hit.passage
    head = _card_head_html("", hit.facts.title or passage.document_id, hit.facts)
    path = _path(passage.section, hit.facts.title)
    paged = place_text(passage.paragraph, passage.page, passage.page_label)
    place = _card_place_html(path, paged, language_text(hit.facts.language, asked))
    near, far = _split_after(passage.text)
    words = f"{_html(near)}{_far_html(far)}"
    card_id = f"{anchor}-source-related-{hit.rank}"
    return _card_html(card_id, head + place, words, _MORE if far else "")


_MORE = '<button type="button" class="cv-more" aria-expanded="false">Whole passage</button>'


def _card_html(card_id: str, head: str, passage: str, below: str) -> str:
    return (
        f'<article class="cv-source" id="{_html(card_id)}" tabindex="-1">{head}'
        f'<blockquote dir="auto">{passage}</blockquote>{below}</article>'
    )


def _card_head_html(number: str, title: str, facts: Facts) -> str:
    known = " · ".join(filter(None, (facts.organisation, facts.symbol, facts.date, facts.kind)))
    badge = f'<span class="cv-number">{number}</span>' if number else ""
    line = f'<p class="cv-facts" dir="auto">{_html(known)}</p>' if known else ""
    return f'<header>{badge}<h4 dir="auto">{_html(title)}</h4></header>{line}'


def _card_place_html(path: str, paged: str, spoken: str) -> str:
    shown = f'<span class="cv-section" dir="auto">{_html(path)}</span>' if path else ""
    below = ", ".join(filter(None, (paged, spoken)))
    shown += f'<span class="cv-page">{_html(below)}</span>' if below else ""
    return f'<p class="cv-place">{shown}</p>' if shown else ""


def _far_html(words: str) -> str:
    return f'<span class="cv-far"><span>{_html(words)}</span></span>' if words else ""


def _split_before(words: str) -> tuple[str, str]:
    """Far and near words before a quote, parted at white space."""
    if len(words) <= NEAR_CHARS:
        return "", words
    at = words.find(" ", len(words) - NEAR_CHARS)
    return (words[: at + 1], words[at + 1 :]) if at >= 0 else ("", words)


def _split_after(words: str) -> tuple[str, str]:
    """Near and far words after a quote, parted at white space."""
    if len(words) <= NEAR_CHARS:
        return words, ""
    at = words.rfind(" ", 0, NEAR_CHARS)
    return (words[:at], words[at:]) if at >= 0 else (words, "")
