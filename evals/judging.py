"""What judges add to the observations of an answer; which ones, the metrics of the suite say.

`nuggets`, `nuggets_vital`       whether the answer gives each nugget, by the judge where one is set
`judged:answer`                  0, 0.5 or 1: whether it answers the question, by the gold
`judged:support`                 share of the statements that their quotes carry
`judged:ragas:...` `judged:deepeval:...`   metrics of those packages (evals/adapters.py)
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evals.adapters import ADAPTERS, open_adapter
from evals.errors import SuiteError
from evals.judge import PROMPTS, Judge
from evals.metrics import mean_of
from evals.outcomes import Observed, Outcome
from evals.replies import KeptModel
from evals.scores import CaseScore
from evals.suite import Case
from rag.llm import open_model
from rag.ports import ChatModel, Embedder
from rag.prompt import open_prompt
from rag.settings import Settings

JUDGED = "judged:"
_NUGGETS = ("nuggets", "nuggets_vital")
_OWN = ("answer", "support")


@dataclass(frozen=True, slots=True)
class Judging:
    """Judges at work: called with a case and an outcome, gives it observed by them too."""

    judge: Judge
    wanted: Collection[str]
    kept: KeptModel  # what the adapters ask
    adapters: dict[str, CaseScore]

    def __call__(self, case: Case, outcome: Outcome) -> Observed:
        """The observations of `outcome`, with the verdicts of the judges added."""
        before, changes = self._cost(), dict[str, Any]()
        if any(name in self.wanted for name in _NUGGETS) and case.nuggets:
            changes["judged_nuggets"] = self.judge.judge_nuggets(case, outcome)
        found: dict[str, float | None] = {}
        if f"{JUDGED}answer" in self.wanted:
            found["answer"] = self.judge.judge_answer(case, outcome)
        if f"{JUDGED}support" in self.wanted:
            found["support"] = self._support(outcome)
        found |= {name: score(case, outcome) for name, score in self.adapters.items()}
        scored = {name: value for name, value in found.items() if value is not None}
        changes["judged"] = outcome.observed.judged | scored
        changes["judge_cost"] = {name: n - before[name] for name, n in self._cost().items()}
        return outcome.observed.model_copy(update=changes)

    def _cost(self) -> dict[str, int]:
        record, kept = self.judge.record, self.kept
        return {
            "requests": record.asked + kept.asked,
            "kept_replies": record.found + kept.found,
            "prompt_tokens": record.prompt_tokens + kept.prompt_tokens,
            "completion_tokens": record.completion_tokens + kept.completion_tokens,
            "unscored": record.unscored,
        }

    def _support(self, outcome: Outcome) -> float | None:
        cited = {each.n: each.quote for each in outcome.citations}
        verdicts = [
            self.judge.judge_support(each.text, [cited[n] for n in each.citations if n in cited])
            for each in outcome.statements
        ]
        return mean_of(None if each is None else float(each) for each in verdicts)


def prompt_hashes() -> dict[str, str]:
    """The sha256 of each prompt that judges work by."""
    return {name: open_prompt(name).sha256 for name in PROMPTS}


def judging_for(
    settings: Settings,
    embedder: Embedder,
    folder: Path,
    wanted: Collection[str],
    tested: Iterable[str],
) -> Judging | None:
    """The judges that the metrics `wanted` ask for; None where no judge is set.

    `tested` are the models under test, none of which may be the judge; verdicts are kept in
    `folder`. Raises SuiteError where a metric needs a judge and none is set, or is not known.
    """
    asked = [name.removeprefix(JUDGED) for name in wanted if name.startswith(JUDGED)]
    unknown = [name for name in asked if name not in (*_OWN, *ADAPTERS)]
    if unknown:
        known = ", ".join(f"{JUDGED}{name}" for name in (*_OWN, *ADAPTERS))
        raise SuiteError(f"no metric '{JUDGED}{unknown[0]}'; known: {known}")
    if not settings.judge.model:
        if asked:
            raise SuiteError(
                f"the metric '{JUDGED}{asked[0]}' needs a judge; set judge.model (docs/settings.md)"
            )
        return None
    model: ChatModel = open_model("judge", settings.judge)
    if address := settings.judge.base_url:  # two servers may have other models by one name
        folder /= hashlib.sha256(address.encode()).hexdigest()[:16]
    judge = Judge(model, folder, tested)
    kept = KeptModel(model, folder)
    adapters = {name: open_adapter(name, kept, embedder) for name in asked if name in ADAPTERS}
    return Judging(judge, frozenset(wanted), kept, adapters)
