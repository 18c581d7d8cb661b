"""Fits the model that says how likely evidence carries a statement (rag/check/check.json).

    python bench/fit_check.py --shared ../shared [--write]

Fitted by logistic regression on `claims/wice`, `claims/scifact` and claims made by rule from the
starter briefs (claims_by_rule.py). Each set counts the same, the last double, and in each set what
is carried and what is not. `claims/qags` has no licence and is judged only, as are claims made by
rule from the source documents.

Prints, for each set judged by a model fitted on the others, the area under the ROC curve and the
balanced accuracy at 0.5, beside three baselines: always supported, the share of the statement's
words in the evidence, and the best cosine between statement and sentence. Their thresholds, too,
are chosen on the other sets. Then what the shipped model catches of the claims made by rule.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt
from claims_by_rule import make_claims, plain, starter_briefs
from record_sets import read_rows
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

import rag.check
from rag.check import FeatureEntailer
from rag.check.align import align
from rag.check.features import Features, SupportModel
from rag.check.words import is_verbatim, words
from rag.embed import SentenceEmbedder
from rag.ports import Role, TokenVectors, Vectors
from rag.settings import EmbeddingSettings

Array = npt.NDArray[np.float64]
_NAMES = tuple(field.name for field in fields(Features))
_BRIEFS, _SOURCES = "by rule, briefs", "by rule, source documents"
_FITTED = {"wice": 1.0, "scifact": 1.0, _BRIEFS: 2.0}  # with what each counts
_PUBLIC = ("wice", "scifact", "qags")
_SENTENCES = 3  # of which the best cosine is taken


@dataclass(frozen=True)
class Claims:
    """One set: features (n, f), and by claim what is known and what the baselines give."""

    values: Array
    labels: npt.NDArray[np.bool_]
    verbatim: npt.NDArray[np.bool_]
    words: Array
    cosine: Array
    kinds: npt.NDArray[np.str_]


def main() -> None:
    """Computes the features, fits, prints, and with `--write` stores the weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    sets = _read_sets(given.shared)
    _print_left_out(sets)
    model = _fit({name: sets[name] for name in _FITTED})
    bias = round(float(model.intercept_[0]), 3)
    weights = dict(zip(_NAMES, model.coef_[0].round(3).tolist(), strict=True))
    print("shipped: bias", bias, weights)
    for name in (_BRIEFS, _SOURCES):
        _print_caught(name, sets[name], _support(model, sets[name]))
    if given.write:
        stored = {
            "made_by": "python bench/fit_check.py --write",
            "bias": bias,
            "weights": weights,
        }
        path = Path(rag.check.__file__).with_name("check.json")
        path.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


def _read_sets(shared: Path) -> dict[str, Claims]:
    defaults = EmbeddingSettings()
    embedder = _Remembering(defaults.model, defaults.batch_size)
    sources = {
        path.stem: plain(path.read_text(encoding="utf-8"))
        for path in sorted((shared / "documents").glob("*.txt"))
    }
    rows = {n: list(read_rows(shared / "evals/claims" / n / "claims.jsonl")) for n in _PUBLIC}
    rows[_BRIEFS] = [asdict(each) for each in make_claims(starter_briefs())]
    rows[_SOURCES] = [asdict(each) for each in make_claims(sources)]
    return {name: _claims(each, embedder) for name, each in rows.items()}


class _Remembering(SentenceEmbedder):
    """Keeps the vector of each text, for the baseline."""

    def __init__(self, model: str, batch_size: int) -> None:
        super().__init__(model, batch_size)
        self.vectors: dict[str, Vectors] = {}

    def embed_tokens(self, texts: Sequence[str], role: Role = "text") -> list[TokenVectors]:
        """As the encoder does."""
        encoded = super().embed_tokens(texts, role)
        self.vectors |= {text: each.vector for text, each in zip(texts, encoded, strict=True)}
        return encoded


def _claims(rows: Sequence[Mapping[str, object]], embedder: _Remembering) -> Claims:
    pairs = [(str(row["claim"]), str(row["context"])) for row in rows]
    entailer = FeatureEntailer(embedder, SupportModel(0.0, dict.fromkeys(_NAMES, 0.0)))
    found = [each or Features(*[0.0] * len(_NAMES)) for each in entailer.features(pairs)]
    return Claims(
        values=np.array([list(asdict(each).values()) for each in found]),
        labels=np.array([bool(row["supported"]) for row in rows]),
        verbatim=np.array([is_verbatim(*pair) for pair in pairs]),
        words=np.array([_share_of_words(*pair) for pair in pairs]),
        cosine=_cosines(pairs, embedder.vectors),
        kinds=np.array([str(row.get("kind", "")) for row in rows]),
    )


def _share_of_words(claim: str, context: str) -> float:
    said = {word.text for word in words(claim)}
    return len(said & {word.text for word in words(context)}) / max(1, len(said))


def _cosines(pairs: Sequence[tuple[str, str]], vectors: Mapping[str, Vectors]) -> Array:
    """The best cosine of each claim with the sentences that have most of its words."""
    best = []
    for claim, context in pairs:
        aligned = align(claim, context)
        near = [vectors[aligned.evidence[at]] for at in aligned.ranked[:_SENTENCES]]
        best.append(max((float(vectors[claim] @ each) for each in near), default=0.0))
    return np.array(best)


def _fit(sets: Mapping[str, Claims]) -> LogisticRegression:
    values = np.concatenate([each.values for each in sets.values()])
    labels = np.concatenate([each.labels for each in sets.values()])
    shares = np.concatenate(
        [_FITTED.get(name, 1.0) * _balanced(each.labels) for name, each in sets.items()]
    )
    model = LogisticRegression(C=5, max_iter=5000)
    return model.fit(values, labels, sample_weight=shares / shares.mean())


def _balanced(labels: npt.NDArray[np.bool_]) -> Array:
    """Weights that make each side count one half."""
    weights: Array = np.where(labels, 0.5 / labels.sum(), 0.5 / (~labels).sum())
    return weights


def _support(model: LogisticRegression, claims: Claims) -> Array:
    chances: Array = np.where(claims.verbatim, 1.0, model.predict_proba(claims.values)[:, 1])
    return chances


def _print_left_out(sets: Mapping[str, Claims]) -> None:
    """Each set by a model, and baselines with thresholds, that have not seen it."""
    judged = (*_PUBLIC, _BRIEFS, _SOURCES)
    scores: dict[str, dict[str, tuple[Array, Array]]] = {"checker": {}, "words": {}, "cosine": {}}
    for name in judged:
        others = [each for each in _FITTED if each != name]
        support = _support(_fit({each: sets[each] for each in others}), sets[name])
        scores["checker"][name] = (support, support >= 0.5)
        for baseline in ("words", "cosine"):
            least = _threshold([(getattr(sets[n], baseline), sets[n].labels) for n in others])
            values = getattr(sets[name], baseline)
            scores[baseline][name] = (values, values >= least)
    for names in (*((each,) for each in judged), _PUBLIC, (*_PUBLIC, _BRIEFS)):
        labels = np.concatenate([sets[each].labels for each in names])
        print(f"{' + '.join(names)}: {len(labels)} claims; always supported 0.500, 0.500", end="")
        for system, by_set in scores.items():
            values, chosen = (np.concatenate([by_set[n][at] for n in names]) for at in (0, 1))
            area = roc_auc_score(labels, values)
            print(f"; {system} {area:.3f}, {_accuracy(labels, chosen):.3f}", end="")
        print()


def _threshold(sets: Sequence[tuple[Array, Array]]) -> float:
    """The threshold with the best balanced accuracy over the sets."""
    tried = np.quantile(np.concatenate([values for values, _ in sets]), np.linspace(0, 1, 201))
    means = [np.mean([_accuracy(labels, values >= t) for values, labels in sets]) for t in tried]
    return float(tried[int(np.argmax(means))])


def _accuracy(labels: Array, chosen: Array) -> float:
    """Balanced accuracy, 0 to 1."""
    return float((chosen[labels].mean() + (~chosen[~labels]).mean()) / 2)


def _print_caught(name: str, claims: Claims, support: Array) -> None:
    """Share of each kind that has a finding, or a support below 0.5."""
    found = (
        claims.values[:, [_NAMES.index(n) for n in ("exact", "polarity", "modality")]] < 1
    ).any(axis=1) & ~claims.verbatim
    for kind in dict.fromkeys(claims.kinds.tolist()):
        these = claims.kinds == kind
        print(
            f"{name}, {kind}: {these.sum()} claims, with a finding {found[these].mean():.3f}, "
            f"support below 0.5 {(support[these] < 0.5).mean():.3f}"
        )


if __name__ == "__main__":
    main()
