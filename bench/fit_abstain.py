"""Fits the model that says whether the documents answer (rag/answer/abstain.json).

    python bench/fit_abstain.py --shared ../shared --data-dir /tmp/fit [--write]

Fitted by logistic regression on `grounded/clapnq_dev` (each set counts the same, answerable and
not the same) and on the questions over the five source documents, in three formats; features
that would speak against an answer when they grow are left out. Prints the area under the ROC
curve of each set, and for the source documents also with the question at hand left out.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import numpy.typing as npt
from record_sets import open_set, read_question, read_rows
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

import rag.answer
from rag.answer.abstain import Features, open_abstainer
from rag.answer.extractive import ExtractiveAnswerer
from rag.listing import list_work
from rag.pipeline import Library, open_library
from rag.settings import load_settings

Array = npt.NDArray[np.float64]
_KINDS = ("txt", "pdf", "docx")
_NAMES = tuple(asdict(Features()))


def main() -> None:
    """Computes the features, fits, prints, and with `--write` stores the weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    sets = _read_sets(given.shared, given.data_dir)
    model = _fit(list(sets.values()))
    weights = dict(zip(_NAMES, model.coef_[0].round(3).tolist(), strict=True))
    print("bias", round(float(model.intercept_[0]), 3), weights)
    for name, (values, labels) in sets.items():
        print(name, "AUROC", round(float(roc_auc_score(labels, _predict(model, values))), 3))
    _print_left_out(sets)
    if given.write:
        stored = {
            "made_by": "python bench/fit_abstain.py --write",
            "bias": round(float(model.intercept_[0]), 3),
            "weights": weights,
        }
        path = Path(rag.answer.__file__).with_name("abstain.json")
        path.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


def _read_sets(shared: Path, data_dir: Path) -> dict[str, tuple[Array, Array]]:
    clapnq = shared / "evals/grounded/clapnq_dev"
    sets = {"clapnq_dev": _features(open_set(clapnq, data_dir / "clapnq_dev"), clapnq)}
    documents = shared / "documents"
    for kind in _KINDS:
        library = open_library(load_settings(data_dir=data_dir / kind))
        files = sorted((documents if kind == "txt" else documents / kind).glob(f"*.{kind}"))
        work = list_work(files, documents / "catalogue.toml")
        library.ingester(lambda *_: None).ingest(work)
        questions = shared / "evals/source-documents-dev.jsonl"
        sets[f"source documents, {kind}"] = _features(library, questions)
    return sets


def _features(library: Library, questions: Path) -> tuple[Array, Array]:
    """Features (n, f) of the best part of each question, and whether it is answerable (n,)."""
    retriever = library.retriever()
    answerer = ExtractiveAnswerer(
        library.ledger, library.index, open_abstainer(), library.settings.answer
    )
    values, labels = [], []
    path = questions / "queries.jsonl" if questions.is_dir() else questions
    for row in read_rows(path):
        if row.get("answerable") is None or row.get("kind") == "false-premise":
            continue
        found = retriever.find(read_question(row), library.settings.retrieval.top_k)
        parts = [
            list(asdict(answerer.weigh(part.text, query, hits).features).values())
            for part, query, hits in zip(
                found.rewritten.parts, found.queries, found.hits_by_part, strict=True
            )
        ]
        values.append(np.max(parts, axis=0))
        labels.append(float(row["answerable"]))
    return np.array(values), np.array(labels)


def _fit(sets: list[tuple[Array, Array]]) -> LogisticRegression:
    values = np.concatenate([each for each, _ in sets])
    labels = np.concatenate([each for _, each in sets])
    shares = np.concatenate([np.full(len(each), 1 / len(each)) for _, each in sets])
    model = LogisticRegression(C=3, class_weight="balanced", max_iter=5000)
    return model.fit(values, labels, sample_weight=shares / shares.mean())


def _predict(model: LogisticRegression, values: Array) -> Array:
    chances: Array = model.predict_proba(values)[:, 1]
    return chances


def _print_left_out(sets: dict[str, tuple[Array, Array]]) -> None:
    """For the source documents: each question judged by a model that has not seen it."""
    own = [name for name in sets if name != "clapnq_dev"]
    labels = sets[own[0]][1]
    chances = []
    for at in range(len(labels)):
        others = [(np.delete(sets[n][0], at, 0), np.delete(sets[n][1], at)) for n in own]
        model = _fit([sets["clapnq_dev"], *others])
        chances.append(_predict(model, sets[own[0]][0][at : at + 1])[0])
    print("left one out, AUROC", round(float(roc_auc_score(labels, chances)), 3))
    for at in np.argsort(chances)[:14]:
        print("  ", round(float(chances[at]), 3), "answerable" if labels[at] else "unanswerable")


if __name__ == "__main__":
    main()
