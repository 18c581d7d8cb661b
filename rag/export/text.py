"""A brief as plain text with numbered notes, to be pasted anywhere."""

from __future__ import annotations

from collections.abc import Iterator

from rag.export.plan import Block, Plan
from rag.export.references import Runs


def write_text(plan: Plan) -> str:
    """The whole text; an annex would be too long for what is pasted."""
    return "\n\n".join(block for block in _blocks(plan) if block) + "\n"


def _blocks(plan: Plan) -> Iterator[str]:
    yield plan.title
    yield plan.date
    yield from map(_block, plan.body)
    if plan.footnotes:
        yield plan.words.footnotes
        yield "\n".join(f"[{each.n}] {_words(each.runs)}" for each in plan.footnotes)
    if plan.works:
        yield plan.words.sources
        yield "\n".join(f"{_words(work.reference)} {work.remarks}" for work in plan.works)


def _block(block: Block) -> str:
    bullet = "- " if block.style == "further" else ""
    marks = "".join(f"[{mark.n}]" for mark in block.marks)
    return f"{bullet}{_words(block.runs)}{' ' if marks else ''}{marks}"


def _words(runs: Runs) -> str:
    return "".join(run.text for run in runs)
