"""A brief as Markdown with footnotes (`[^1]`), as pandoc, GitHub and Obsidian read them.

All foreign words pass through `rag.render.escape_markdown`: none becomes a link, HTML or LaTeX.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from rag.export.plan import Block, BlockStyle, Plan
from rag.export.references import Run, Runs
from rag.render import escape_markdown

_STYLES: Mapping[BlockStyle, str] = MappingProxyType(
    {
        "heading": "## {}",
        "subheading": "### {}",
        "quote": "> {}",
        "text": "{}",
        "gap": "> {}",
        "lead": "*{}*",
        "further": "- {}",
    }
)


def write_markdown(plan: Plan) -> str:
    """The whole file."""
    return "\n\n".join(block for block in _blocks(plan) if block) + "\n"


def _blocks(plan: Plan) -> Iterator[str]:
    words = plan.words
    yield f"# {escape_markdown(plan.title)}"
    yield escape_markdown(plan.date)
    yield from map(_block, plan.body)
    if plan.works:
        yield f"## {words.sources}"
        yield "\n".join(
            f"- {_words(work.reference)} {escape_markdown(work.remarks)}" for work in plan.works
        )
    if plan.annex:
        yield f"## {words.annex}"
        yield f"*{words.annex_lead}*"
    for entry in plan.annex:
        numbers = ", ".join(map(str, entry.numbers))
        yield f"**{numbers}.** {_words(entry.place)}"
        yield "\n>\n".join(f"> {_words(line)}" for line in entry.lines)
    yield "\n".join(f"[^{each.n}]: {_words(each.runs)}" for each in plan.footnotes)


def _block(block: Block) -> str:
    marks = "".join(f"[^{mark.n}]" for mark in block.marks)
    return _STYLES[block.style].format(_words(block.runs)) + marks


def _words(runs: Runs) -> str:
    return "".join(map(_run, runs))


def _run(run: Run) -> str:
    """Emphasis holds no spaces at its ends: it would be none."""
    escaped = escape_markdown(run.text)
    if not escaped:
        return run.text
    sign = "**" if run.is_bold or run.is_marked else "*" if run.is_italic else ""
    before = " " if run.text[0].isspace() else ""
    after = " " if run.text[-1].isspace() else ""
    return f"{before}{sign}{escaped}{sign}{after}"
