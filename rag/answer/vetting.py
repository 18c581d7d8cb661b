"""Whether a sentence that a model wrote may be shown as an answer, and if not, why.

In this order, the first that fails being the reason:

1. It states something (orders.py), and cites a quote.
2. Its numbers, dates and names are in the quotes that it cites, their titles and headings counted;
   negation and modality agree (rag/check/findings.py). What is cut out of a quote word for word is
   held against the whole of it too, so that no "not" is left behind.
3. The quotes that it cites carry it, with a probability that reaches the setting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rag.answer.orders import formal_objection
from rag.answer.quotes import Quote
from rag.answer.replies import Sentence
from rag.check import Checker
from rag.check.align import align
from rag.check.findings import Finding, find

_ROUND = ("negation", "modality")
_TOLD = {
    "number": "the number {} is not in what it cites",
    "date": "the date {} is not in what it cites",
    "name": "the name {} is not in what it cites",
    "negation": "what it cites says the opposite of {}",
    "modality": "what it cites is less firm, or firmer: {}",
}
_DISPLACED = "what it cites has {} of something else"


@dataclass(frozen=True, slots=True)
class Vetter:
    """Checks sentences against quotes."""

    checker: Checker
    min_support: float  # 0 to 1

    def objection(self, sentence: Sentence, quotes: Mapping[int, Quote], question: str) -> str:
        """Why the sentence must not be shown, in a few words for a reader; empty if it may be."""
        cited = [quotes[number] for number in sentence.numbers]
        evidence = "\n".join(dict.fromkeys(each.evidence for each in cited))
        formal = formal_objection(sentence.text, f"{evidence}\n{question}")
        if formal:
            return f"it {formal}"
        if not cited:
            return "it cites no quote"
        verdict = self.checker.check(sentence.text, evidence)
        findings = verdict.findings
        if verdict.is_verbatim:
            aligned = align(sentence.text, evidence)
            findings = tuple(each for each in find(aligned) if each.kind in _ROUND)
        if findings:
            return _told(findings[0])
        if verdict.support < self.min_support:
            return "what it cites does not carry it"
        return ""

    def is_about(self, text: str, quotes: Mapping[int, Quote]) -> bool:
        """Whether all quotes together carry `text`, whatever it cites."""
        evidence = "\n".join(dict.fromkeys(each.evidence for each in quotes.values()))
        return self.checker.support(text, evidence) >= self.min_support


def _told(finding: Finding) -> str:
    told = _DISPLACED if finding.is_displaced else _TOLD[finding.kind]
    return told.format(f'"{finding.text}"')
