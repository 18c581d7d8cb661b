"""An answer as plain text or Markdown, and what every surface shows alike; pure over records.

`rag/render_html.py` makes HTML of the same.

Nothing that a document, a question or a model says is ever markup here. Each surface has one
function that turns foreign words into visible text (`plain`, `escape_markdown`); every string that
is not among the engine's phrases passes through it. A statement's text carries no marks of its
own: the `[n]` come from `Statement.citations`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from rag.language import language_name
from rag.phrases import ENGLISH, Phrases
from rag.records import (
    Answer,
    Citation,
    DirectAnswer,
    DroppedSentence,
    Facts,
    Hit,
    NoteReference,
    Statement,
)
from rag.refusal import missing_lines, refusal_lines

NO_FACTS: Mapping[str, Facts] = MappingProxyType({})
NOTE_CHARS = 160  # of a note shown beside what rests on it

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


def plain(words: str) -> str:
    """`words` as one line of visible text."""
    return " ".join(without_controls(words).split())


class _Style(NamedTuple):
    """How a surface of lines writes foreign words, a heading, and a quote."""

    visible: Callable[[str], str]
    heading: Callable[[str], str]
    quote: str
    remark: str  # on a quote, below it
    struck: str = "dropped: {}"  # of a sentence that is no part of the answer


_TEXT = _Style(plain, lambda words: words, '    "{}"', "    {}")


def page_text(page: int | None, label: str | None, phrases: Phrases = ENGLISH) -> str:
    """The page as a reader looks it up: "p. 15 (PDF page 17)"; empty for unpaged documents."""
    if page is None:
        return phrases.page.format(page=label) if label else ""
    if label and label != str(page):
        return phrases.page_of_pdf.format(label=label, page=page)
    return phrases.page.format(page=page)


def place_text(
    paragraph: str, page: int | None, label: str | None, phrases: Phrases = ENGLISH
) -> str:
    """Paragraph and page as a reader looks them up: "para. 16 (b), p. 15 (PDF page 17)"."""
    numbered = phrases.paragraph.format(number=paragraph) if paragraph else ""
    return ", ".join(filter(None, (numbered, page_text(page, label, phrases))))


def language_text(language: str, asked: str, phrases: Phrases = ENGLISH) -> str:
    """ "in French", of a text in another language than the question; empty where they agree."""
    if not language or language == asked:
        return ""
    return phrases.in_language.format(language=phrases.language(language))


def remarks(citation: Citation, phrases: Phrases = ENGLISH) -> list[str]:
    """What there is to say below a quote: the notes it rests on; of a note, where it is cited."""
    said = [phrases.rests_on.format(note=_note_text(note, phrases)) for note in citation.notes]
    if citation.note and citation.cited_at:
        sentence = _shortened(citation.cited_at)
        said.append(phrases.note_cited_at.format(label=citation.note, sentence=sentence))
    elif citation.note:
        said.append(phrases.note_named.format(label=citation.note))
    return said


def _note_text(note: NoteReference, phrases: Phrases) -> str:
    """A note in a line: "note 42, Ibid. (note 41: Ingleby, 2016)"."""
    works = "; ".join(_shortened(work) for work in note.works)
    words = _shortened(note.text) + (f" ({works})" if works else "")
    return phrases.note_said.format(label=note.label, words=words)


def _shortened(words: str) -> str:
    """At most NOTE_CHARS characters, cut at white space."""
    line = plain(words[: 4 * NOTE_CHARS])
    if len(line) <= NOTE_CHARS:
        return line
    return (line[: NOTE_CHARS + 1].rpartition(" ")[0] or line[:NOTE_CHARS]) + " …"


def render_statements(answer: Answer, phrases: Phrases = ENGLISH) -> str:
    """What the answer says, with its `[n]` marks, as plain text without its sources."""
    return "\n\n".join(_statement_blocks(Told(answer, phrases), _TEXT))


def render_text(
    answer: Answer, facts: Mapping[str, Facts] = NO_FACTS, phrases: Phrases = ENGLISH
) -> str:
    """The answer as plain text; `facts` by document id add organisation and date to sources."""
    return _lay_out(Told(answer, phrases), facts, _TEXT)


def render_markdown(
    answer: Answer, facts: Mapping[str, Facts] = NO_FACTS, phrases: Phrases = ENGLISH
) -> str:
    """The answer as Markdown in which foreign words cannot become links, HTML or LaTeX."""
    style = _Style(escape_markdown, lambda words: f"### {words}", "\n> {}\n", "{}\n", "~~{}~~")
    return _lay_out(Told(answer, phrases), facts, style)


def _lay_out(told: Told, facts: Mapping[str, Facts], style: _Style) -> str:
    answer, phrases = told.answer, told.phrases
    blocks = _statement_blocks(told, style)
    if answer.dropped:
        blocks.append(style.heading(phrases.dropped))
        blocks.append("\n".join(_dropped_line(each, style) for each in answer.dropped))
    if answer.citations:
        blocks.append(style.heading(phrases.sources))
        blocks.append("\n".join(_citation_lines(told, facts, style)).strip("\n"))
    if answer.related:
        blocks.append(style.heading(told.related_heading))
        places = (style.visible(told.hit_place(hit)) for hit in answer.related)
        blocks.append("\n".join(f"- {place}" for place in places))
    return "\n\n".join(blocks)


def _dropped_line(dropped: DroppedSentence, style: _Style) -> str:
    struck = style.struck.format(style.visible(dropped.text))
    return f"- {struck} ({style.visible(dropped.reason)})"


def _statement_blocks(told: Told, style: _Style) -> list[str]:
    visible, answer, phrases = style.visible, told.answer, told.phrases
    blocks = [visible(answer.notice), told.lead(visible)]
    for part, statements in told.groups:
        if told.has_headings and part:
            blocks.append(style.heading(visible(part)))
        for direct in told.direct(part):
            words = f"{visible(direct.text)} [{direct.citation}]"
            blocks.append(phrases.in_short_said.format(words=words))
        against, others = told.set_apart(statements)
        for introduced, listed in ((phrases.otherwise, against), ("", others)):
            bullet = "- " if len(listed) > 1 else ""
            lines = [f"{bullet}{visible(s.text)}{_marks(s)}" for s in listed]
            blocks += [introduced if lines else "", "\n".join(lines)]
    if told.unanswered:
        blocks.append(phrases.unanswered)
        blocks.append("\n".join(f"- {visible(each)}" for each in told.unanswered))
    blocks.append("\n".join(visible(line) for line in told.refusal))
    return [block for block in blocks if block]


def _citation_lines(told: Told, facts: Mapping[str, Facts], style: _Style) -> Iterable[str]:
    for citation in told.answer.citations:
        known = facts.get(citation.document_id, Facts())
        yield f"[{citation.n}] {style.visible(told.citation_place(citation, known))}"
        yield style.quote.format(style.visible(citation.quote))
        said = remarks(citation, told.phrases)
        yield from (style.remark.format(style.visible(each)) for each in said)


def _marks(statement: Statement) -> str:
    return " " + "".join(f"[{n}]" for n in statement.citations) if statement.citations else ""


@dataclass(frozen=True, slots=True)
class Told:
    """What an answer tells, in the engine's `phrases`; the same on every surface."""

    answer: Answer
    phrases: Phrases

    def lead(self, visible: Callable[[str], str]) -> str:
        """The first line: what became of the question, where the statements do not show it."""
        answer, phrases = self.answer, self.phrases
        if answer.status == "not_a_question" or (
            answer.status == "answered" and not answer.statements
        ):
            return visible(answer.text)
        if self.is_unchosen:
            return phrases.unchosen.format(language=phrases.language(answer.language))
        if answer.status in ("needs_clarification", "error"):
            return self._line(visible)
        if answer.reason:
            return phrases.refused_because.format(reason=visible(answer.reason))
        if len(answer.parts) > 1 and answer.statements:
            return self._parts_line()
        leads = {"partly_answered": phrases.partly, "not_in_documents": phrases.refused}
        return leads.get(answer.status, "")

    def _line(self, visible: Callable[[str], str]) -> str:
        """What the reader is asked, or why there is no answer."""
        is_error, line = self.answer.status == "error", visible(self.answer.text)
        if not self.answer.text.strip():
            return self.phrases.failed if is_error else self.phrases.clarify
        said = self.phrases.failed_said if is_error else self.phrases.clarify_said
        return said.format(line=line)

    def _parts_line(self) -> str:
        lines = {
            "partly_answered": self.phrases.partly_parts,
            "not_in_documents": self.phrases.refused_parts,
        }
        asked = len(self.answer.parts)
        done = asked - len(self.answer.unanswered)
        line = lines.get(self.answer.status, self.phrases.answered_parts)
        return line.format(done=done, asked=asked)

    @property
    def is_unchosen(self) -> bool:
        """Whether what was found is in another language than a question that is not in English."""
        asked = self.answer.language
        if language_name(asked) == asked:
            return False  # no language that could be told
        return self.answer.status == "not_in_documents" and any(
            language_text(hit.facts.language, asked) for hit in self.answer.related if asked != "en"
        )

    @property
    def related_heading(self) -> str:
        """What stands above the related passages."""
        if self.is_unchosen:
            return self.phrases.nearest
        is_answered = self.answer.status == "answered"
        return self.phrases.more_found if is_answered else self.phrases.related

    @property
    def refusal(self) -> list[str]:
        """What a refusal tells beside its first line."""
        return [] if self.is_unchosen else refusal_lines(self.answer, self.phrases)

    @property
    def unanswered(self) -> list[str]:
        """The parts without an answer, and what of each is missing; none where the first line has
        said so of the whole question."""
        if self.answer.status == "not_in_documents":
            return []
        return [
            " ".join((part, *missing_lines(self.answer, part, self.phrases)))
            for part in self.answer.unanswered
        ]

    def set_apart(self, statements: Sequence[Statement]) -> tuple[list[Statement], list[Statement]]:
        """The statements that contradict their part of the question, and the others."""
        known = {(each.part, each.citation) for each in self.answer.contradictions}
        against = [
            each for each in statements if any((each.part, n) in known for n in each.citations)
        ]
        return against, [each for each in statements if each not in against]

    def direct(self, part: str) -> list[DirectAnswer]:
        """What is said first on a part of the question."""
        return [each for each in self.answer.direct if each.part == part]

    @property
    def has_headings(self) -> bool:
        """Whether the parts of the question stand above what answers them."""
        return len(self.groups) > 1 or len(self.answer.parts) > 1

    @property
    def groups(self) -> list[tuple[str, list[Statement]]]:
        """Statements by the part of the question that they answer, in order of appearance."""
        groups: dict[str, list[Statement]] = {}
        for statement in self.answer.statements:
            groups.setdefault(statement.part, []).append(statement)
        return list(groups.items())

    def citation_place(self, citation: Citation, facts: Facts) -> str:
        """A citation's document and place, in a line."""
        title = citation.title or facts.title or citation.document_id
        paged = place_text(citation.paragraph, citation.page, citation.page_label, self.phrases)
        spoken = language_text(citation.language, self.answer.language, self.phrases)
        place = (path_text(citation.section, title), paged, spoken)
        return ", ".join(filter(None, (title, facts.organisation, facts.date, *place)))

    def hit_place(self, hit: Hit) -> str:
        """A passage's document and place, in a line."""
        passage, facts = hit.passage, hit.facts
        title = facts.title or passage.document_id
        paged = place_text(passage.paragraph, passage.page, passage.page_label, self.phrases)
        spoken = language_text(facts.language, self.answer.language, self.phrases)
        place = (path_text(passage.section, title), paged, spoken)
        return ", ".join(filter(None, (title, facts.organisation, facts.date, *place)))


def path_text(section: Sequence[str], title: str) -> str:
    """The headings above a passage; the title is told once, not again as the first of them."""
    return " › ".join(section[1:] if section and section[0] == title else section)


def escape_markdown(words: str) -> str:
    """`words` on one line, as Markdown in which they cannot become links, HTML or LaTeX."""
    return _MARKDOWN_START.sub(r"\1\\\2", plain(words).translate(_MARKDOWN_ESCAPES))
