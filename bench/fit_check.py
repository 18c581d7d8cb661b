"""Fits the model that says how likely evidence carries a statement (rag/check/check.json).

    python bench/fit_check.py --shared ../shared [--write]

Fitted by logistic regression on `claims/wice`, `claims/scifact`, `claims/qags` (which has no
licence: nothing of it is kept but its share in five numbers) and claims made by rule from the
starter briefs (claims_by_rule.py). Each set counts the same, and in each what is carried and what
is not.

Prints, for each set judged by a model fitted on the others, the area under the ROC curve and the
balanced accuracy at 0.5, beside three baselines: always supported, the share of the statement's
content words in the evidence, and the best cosine between statement and sentence. Their thresholds,
too, are chosen on the other sets. Then what passes at each least support that written answers may
ask for, and, by kind, what share of the claims made by rule has a finding.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt
from claims_by_rule import change_claims, make_claims, plain, starter_briefs
from record_sets import read_rows
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

import rag.check
from rag.check import FeatureEntailer
from rag.check.align import align, stems
from rag.check.features import Features, SupportModel
from rag.check.findings import find
from rag.check.words import is_verbatim
from rag.embed import SentenceEmbedder
from rag.ports import Role, TokenVectors, Vectors
from rag.settings import EmbeddingSettings

Array = npt.NDArray[np.float64]
_NAMES = tuple(field.name for field in fields(Features))
_BRIEFS, _SOURCES = "by rule, briefs", "by rule, source documents"
_PUBLIC = ("wice", "scifact", "qags")
_FITTED = (*_PUBLIC, _BRIEFS)
_PAGES = {"wice": 40, "scifact": 150}  # from the sentences of which claims are made by rule
_LEAST = (0.3, 0.4, 0.5, 0.6, 0.65, 0.7, 0.8)
_SENTENCES = 3  # of which the best cosine is taken


@dataclass(frozen=True)
class Claims:
    """One set: features (n, f), and by claim what is known and what the baselines give."""

    values: Array
    labels: npt.NDArray[np.bool_]
    verbatim: npt.NDArray[np.bool_]
    words: Array
    cosine: Array


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
    _print_caught(given.shared)
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
    rows = {name: _read_claims(shared, name) for name in _PUBLIC}
    rows[_BRIEFS] = [asdict(each) for each in make_claims(starter_briefs())]
    rows[_SOURCES] = [asdict(each) for each in make_claims(_source_documents(shared))]
    return {name: _claims(each, embedder) for name, each in rows.items()}


def _read_claims(shared: Path, name: str) -> list[dict[str, object]]:
    return list(read_rows(shared / "evals/claims" / name / "claims.jsonl"))


def _source_documents(shared: Path) -> dict[str, str]:
    paths = sorted((shared / "documents").glob("*.txt"))
    return {path.stem: plain(path.read_text(encoding="utf-8")) for path in paths}


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
    )


def _share_of_words(claim: str, context: str) -> float:
    said = stems(claim)
    return len(said & stems(context)) / max(1, len(said))


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
    shares = np.concatenate([_balanced(each.labels) for each in sets.values()])
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
    judged = (*_PUBLIC, _SOURCES)
    scores: dict[str, dict[str, tuple[Array, Array]]] = {"checker": {}, "words": {}, "cosine": {}}
    for name in judged:
        others = [each for each in _FITTED if each != name]
        support = _support(_fit({each: sets[each] for each in others}), sets[name])
        scores["checker"][name] = (support, support >= 0.5)
        for baseline in ("words", "cosine"):
            least = _threshold([(getattr(sets[n], baseline), sets[n].labels) for n in others])
            values = getattr(sets[name], baseline)
            scores[baseline][name] = (values, values >= least)
    print("| set | claims | always |", " | ".join(scores), "|")
    for names in (*((each,) for each in judged), _PUBLIC, judged):
        labels = np.concatenate([sets[each].labels for each in names])
        print(f"| {' + '.join(names)} | {len(labels)} | 0.500, 0.500 |", end="")
        for by_set in scores.values():
            values, chosen = (np.concatenate([by_set[n][at] for n in names]) for at in (0, 1))
            print(
                f" {roc_auc_score(labels, values):.3f}, {_accuracy(labels, chosen):.3f} |", end=""
            )
        print()
    _print_passing({name: (scores["checker"][name][0], sets[name]) for name in judged})


def _print_passing(judged: Mapping[str, tuple[Array, Claims]]) -> None:
    """At each least support, what share passes of supported and of other claims, verbatim aside."""
    print("| set |", " | ".join(map(str, _LEAST)), "|")
    for name, (support, claims) in judged.items():
        asked = ~claims.verbatim
        sides = [support[asked & side] for side in (claims.labels, ~claims.labels)]
        passing = ["/".join(f"{(side >= t).mean():.2f}" for side in sides) for t in _LEAST]
        print(f"| {name} |", " | ".join(passing), "|")


def _threshold(sets: Sequence[tuple[Array, Array]]) -> float:
    """The threshold with the best balanced accuracy over the sets."""
    tried = np.quantile(np.concatenate([values for values, _ in sets]), np.linspace(0, 1, 201))
    means = [np.mean([_accuracy(labels, values >= t) for values, labels in sets]) for t in tried]
    return float(tried[int(np.argmax(means))])


def _accuracy(labels: Array, chosen: Array) -> float:
    """Balanced accuracy, 0 to 1."""
    return float((chosen[labels].mean() + (~chosen[~labels]).mean()) / 2)


def _print_caught(shared: Path) -> None:
    """Share of the claims of each kind that has a finding."""
    made = {
        _BRIEFS: make_claims(starter_briefs()),
        _SOURCES: make_claims(_source_documents(shared)),
    }
    for name, count in _PAGES.items():
        pages = dict.fromkeys(str(row["context"]) for row in _read_claims(shared, name))
        texts = {f"{at}": " ".join(page.split()) for at, page in enumerate([*pages][:count])}
        made[f"by rule, sentences of {name}"] = make_claims(texts)
    for name in _PUBLIC:
        rows = [row for row in _read_claims(shared, name) if row["supported"]]
        changed = change_claims([(str(row["claim"]), str(row["context"])) for row in rows])
        made[f"by rule, supported claims of {name}"] = changed
    for name, claims in made.items():
        by_kind: dict[str, list[bool]] = {}
        for each in claims:
            is_found = not is_verbatim(each.claim, each.context) and find(
                align(each.claim, each.context)
            )
            by_kind.setdefault(each.kind, []).append(bool(is_found))
        shares = (f"{kind} {np.mean(f):.3f} of {len(f)}" for kind, f in sorted(by_kind.items()))
        print(f"{name}: {'; '.join(shares)}")


if __name__ == "__main__":
    main()
