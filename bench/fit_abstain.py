"""Fits the model that says whether the documents answer (rag/answer/abstain.json).

    python -m bench.fit_abstain --data-dir DIR [--write]

Fitted by logistic regression on four kinds of questions, some of them unanswerable: `clapnq`,
`squad2`, those over the five source documents (in three formats) and those over the starter briefs.
Each set counts by the square root of its number of questions, its answerable and its unanswerable
ones the same. What is printed of a set comes from five folds, each judged by a model that was
fitted without it (in all sets at once; the formats of a question stay together): area under the ROC
curve with a bootstrap interval, shares refused at the two named points, and the curve of risk and
coverage.

The named points are chosen on these judgements. `balanced`: where the refused share of the
unanswerable, less three times that of the answerable, is greatest on the mean of the sets;
`careful`: the same with each share counting once.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

import rag.answer
from bench.retrieval import tell
from evals.cases import read_cases
from evals.libraries import make_library
from evals.runner import settings_for
from evals.suite import SuiteFile, find_suite
from rag.answer.abstain import Abstainer
from rag.answer.extractive import ExtractiveAnswerer
from rag.answer.features import Features
from rag.records import Question, Turn
from rag.settings import Settings, load_settings

Floats = npt.NDArray[np.float64]

_SETS = {
    "clapnq": ("clapnq",),
    "squad2": ("squad2",),
    "source documents": ("source-documents", "source-documents-pdf", "source-documents-docx"),
    "starter": ("starter",),
}
_NAMES = tuple(asdict(Features()))
_FOLDS, _ROUNDS, _PENALTY = 5, 3, 0.1
_RESAMPLES = 2000
_PRICE = {"balanced": 3.0, "careful": 1.0}  # of a refused answerable question
_NONE = Abstainer(0.0, dict.fromkeys(_NAMES, 0.0), {})


@dataclass(frozen=True, slots=True)
class Questions:
    """Questions of one set: the features of each part (n of (parts, f)), whether each question is
    answerable (n,), and the number that decides its fold (n,)."""

    name: str
    parts: tuple[Floats, ...]
    answerable: npt.NDArray[np.bool_]
    keys: npt.NDArray[np.int64]

    @property
    def shares(self) -> Floats:
        """How much each question counts."""
        known = self.answerable.mean()
        own = np.where(self.answerable, 0.5 / known, 0.5 / (1 - known))
        shares: Floats = own * len(np.unique(self.keys)) ** 0.5 / len(own)
        return shares

    def without(self, fold: int) -> Questions:
        """Those of the other folds."""
        kept = self.keys % _FOLDS != fold
        parts = tuple(part for part, is_kept in zip(self.parts, kept, strict=True) if is_kept)
        return Questions(self.name, parts, self.answerable[kept], self.keys[kept])


def main() -> int:
    """Computes the features, fits, prints, and with `--write` stores the weights."""
    parser = argparse.ArgumentParser(prog="bench.fit_abstain", description=__doc__.splitlines()[0])
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    sets = list(_read_sets(given.shared, given.data_dir))
    judged = _judge_left_out(sets)
    points = {name: _choose_point(sets, judged, price) for name, price in _PRICE.items()}
    for each, chances in zip(sets, judged, strict=True):
        _print(each, chances, points)
    model = _fit(sets)
    print(model, points)
    if given.write:
        stored = {
            "made_by": "python -m bench.fit_abstain --write",
            "bias": model.bias,
            "weights": model.weights,
            "points": points,
        }
        path = Path(rag.answer.__file__).with_name("abstain.json")
        path.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    return 0


def _read_sets(shared: Path, data_dir: Path) -> Iterator[Questions]:
    settings = load_settings(data_dir=data_dir)
    for name, suites in _SETS.items():
        files = [find_suite(each, [Path("evals/suites")], shared) for each in suites]
        yield _joined(name, [_features(file, settings, data_dir) for file in files])


def _features(file: SuiteFile, settings: Settings, data_dir: Path) -> Questions:
    """The features of each part of each question of a suite that is answerable or not."""
    own = settings_for(file, settings, "ours", {})
    library = make_library(file, own, data_dir / "evals/libraries", tell).open()
    retriever = library.retriever()
    answerer = ExtractiveAnswerer(library.ledger, library.index, _NONE, own.answer)
    parts, answerable, keys = [], [], []
    cases = [
        each
        for each in read_cases(file)
        if each.answerable is not None and not each.is_false_premise | ("unclear" in each.labels)
    ]
    for case in cases:
        turns = tuple(Turn(each) for each in case.history)
        question = Question(case.question, turns, tuple(case.filters.items()), case.id)
        found = retriever.find(question, own.answer.passages, is_explained=False)
        asked = zip(found.rewritten.parts, found.queries, found.hits_by_part, strict=True)
        weighed = [answerer.weigh(part.text, query, hits).features for part, query, hits in asked]
        parts.append(np.array([astuple(each) for each in weighed]))
        answerable.append(bool(case.answerable))
        keys.append(crc32(case.id.encode()))
        tell(len(parts), len(cases), file.suite.name)
    return Questions(file.suite.name, tuple(parts), np.array(answerable), np.array(keys))


def _joined(name: str, sets: Sequence[Questions]) -> Questions:
    return Questions(
        name,
        tuple(part for each in sets for part in each.parts),
        np.concatenate([each.answerable for each in sets]),
        np.concatenate([each.keys for each in sets]),
    )


def _fit(sets: Sequence[Questions]) -> Abstainer:
    """The model; of a question with several parts the one it itself holds most likely counts."""
    answerable = np.concatenate([each.answerable for each in sets])
    shares = np.concatenate([each.shares for each in sets])
    parts = [part for each in sets for part in each.parts]
    chosen = [int(part[:, 0].argmax()) for part in parts]  # the nearest sentence, to begin with
    for _ in range(_ROUNDS):
        values = np.array([part[at] for part, at in zip(parts, chosen, strict=True)])
        scaler = StandardScaler().fit(values)
        model = LogisticRegression(C=_PENALTY, max_iter=5000)
        model.fit(scaler.transform(values), answerable, sample_weight=shares / shares.mean())
        weights = model.coef_[0] / scaler.scale_
        bias = float(model.intercept_[0] - weights @ scaler.mean_)
        chosen = [int((part @ weights).argmax()) for part in parts]
    named = dict(zip(_NAMES, weights.round(3).tolist(), strict=True))
    return Abstainer(round(bias, 3), named, {})


def _chances(model: Abstainer, questions: Questions) -> Floats:
    """The model's probability for the best part of each question, shape (n,)."""
    best = [max(model.support(Features(*row)) for row in part) for part in questions.parts]
    return np.array(best)


def _judge_left_out(sets: Sequence[Questions]) -> list[Floats]:
    """For each set the probabilities of its questions by models fitted without them."""
    judged = [np.zeros(len(each.answerable)) for each in sets]
    for fold in range(_FOLDS):
        model = _fit([each.without(fold) for each in sets])
        for own, each in zip(judged, sets, strict=True):
            inside = each.keys % _FOLDS == fold
            own[inside] = _chances(model, each)[inside]
    return judged


def _choose_point(sets: Sequence[Questions], judged: Sequence[Floats], price: float) -> float:
    def worth(point: float) -> float:
        gains = []
        for each, chances in zip(sets, judged, strict=True):
            refused = chances < point
            wrongly = refused[each.answerable].mean()
            gains.append(refused[~each.answerable].mean() - price * wrongly)
        return float(np.mean(gains))

    return round(max((round(0.01 * at, 2) for at in range(1, 100)), key=worth), 2)


def _print(questions: Questions, chances: Floats, points: dict[str, float]) -> None:
    answerable = questions.answerable
    area = roc_auc_score(answerable, chances)
    low, high = _interval(questions, chances)
    print(f"{questions.name}: AUROC {area:.3f} [{low:.3f}, {high:.3f}]")
    for name, point in points.items():
        refused = chances < point
        rightly, wrongly = refused[~answerable], refused[answerable]
        print(
            f"  {name} ({point}): refused {rightly.sum()} of {len(rightly)} unanswerable, "
            f"{wrongly.sum()} of {len(wrongly)} answerable"
        )
    order = np.argsort(-chances)
    risks = np.cumsum(~answerable[order]) / np.arange(1, len(order) + 1)
    shown = [f"{at} % {risks[max(0, len(order) * at // 100 - 1)]:.2f}" for at in range(20, 101, 20)]
    print("  share answered, and of these unanswerable:", ", ".join(shown))
    shares = [answerable[(chances >= at / 5) & (chances < (at + 1) / 5)] for at in range(5)]
    told = [
        f"{at / 5:.1f}+ {each.mean():.2f} ({len(each)})"
        for at, each in enumerate(shares)
        if len(each)
    ]
    print("  probability, and share answerable:", ", ".join(told))


def _interval(questions: Questions, chances: Floats) -> tuple[float, float]:
    """The middle 95 % of the area under the curve over resamples of questions, the formats of one
    together."""
    random = np.random.default_rng(0)
    groups = [np.flatnonzero(questions.keys == key) for key in np.unique(questions.keys)]
    areas = []
    for _ in range(_RESAMPLES):
        drawn = np.concatenate([groups[at] for at in random.integers(0, len(groups), len(groups))])
        answerable = questions.answerable[drawn]
        if answerable.any() and not answerable.all():
            areas.append(roc_auc_score(answerable, chances[drawn]))
    low, high = np.quantile(areas, [0.025, 0.975])
    return float(low), float(high)


if __name__ == "__main__":
    sys.exit(main())
