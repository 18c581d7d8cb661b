"""Metrics of rankings: by hand, over exported files by ir_measures, and against score.py."""

from __future__ import annotations

import importlib.util
import json
import random
from collections.abc import Sequence
from math import log2
from pathlib import Path

import ir_measures
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import RR, P, R, Success, nDCG
from made import DUES, FEE, OTHER, WAIVER, case_of, found, gold, ranked, score

from evals.metrics import (
    mean_of,
    metrics_for,
    recall_by_rank,
    score_case,
    trec_name,
    trec_qrels,
    trec_run,
)
from evals.outcomes import CitationRow, HitRow, Outcome
from evals.suite import Case

LETTERS = "abcdefghijklmnop"


def test_documents_are_ranked_by_their_first_passage() -> None:
    case = case_of(relevant={"b": 2, "d": 1, "e": 1, "a": 0})
    outcome = ranked(["a", "a", "b", "a", "c", "b", "d"])  # documents: a b c d
    dcg = 2 / log2(3) + 1 / log2(5)
    ideal = 2 / log2(2) + 1 / log2(3) + 1 / log2(4)
    assert score("ndcg@10", case, outcome) == pytest.approx(dcg / ideal)
    assert score("recall@2", case, outcome) == pytest.approx(1 / 3)
    assert score("recall@10", case, outcome) == pytest.approx(2 / 3)
    assert score("mrr@10", case, outcome) == 0.5
    assert score("mrr@1", case, outcome) == 0.0
    assert score("precision@10", case, outcome) == pytest.approx(0.2)
    assert score("precision@2", case, outcome) == 0.5
    assert score("hit@1", case, outcome) == 0.0
    assert score("hit@2", case, outcome) == 1.0


def test_retrieval_scores_nothing_found_as_0_and_nothing_to_find_not_at_all() -> None:
    names = ["ndcg@10", "recall@8", "mrr@10", "precision@10", "hit@1"]
    metrics = metrics_for("retrieval", names)
    relevant, evidence = case_of(relevant={"a": 1}), case_of(evidence=[gold(FEE)])
    for case in (relevant, evidence):
        assert set(score_case(case, ranked([]), metrics).values()) == {0.0}
        assert set(score_case(case, Outcome(case_id="c1"), metrics).values()) == {None}
    no_gold = case_of(relevant={"a": 0})
    assert set(score_case(no_gold, ranked(["a"]), metrics).values()) == {None}


def test_gold_quotes_are_found_by_the_first_hit_that_covers_them() -> None:
    case = case_of(evidence=[gold(FEE), gold("something else entirely", WAIVER), gold(DUES)])
    outcome = found(OTHER, f"{FEE} {WAIVER}", FEE, OTHER)
    assert trec_run(case, outcome) == [
        ("hit-1", 5.0), ("gold-1", 4.0), ("gold-2", 3.0), ("hit-3", 2.0), ("hit-4", 1.0),
    ]  # fmt: skip
    assert trec_qrels(case) == {"gold-1": 1, "gold-2": 1, "gold-3": 1}
    dcg = 1 / log2(3) + 1 / log2(4)
    ideal = 1 / log2(2) + 1 / log2(3) + 1 / log2(4)
    assert score("ndcg@10", case, outcome) == pytest.approx(dcg / ideal)
    assert score("recall@1", case, outcome) == 0.0
    assert score("recall@2", case, outcome) == pytest.approx(2 / 3)  # both by the second hit
    assert score("mrr@10", case, outcome) == 0.5
    assert score("precision@10", case, outcome) == pytest.approx(0.2)
    assert score("hit@1", case, outcome) == 0.0
    assert score("hit@1", case, found(WAIVER)) == 1.0
    assert score("recall@8", case, found(FEE, WAIVER, DUES, document="another")) == 0.0


def test_recall_by_rank_is_recall_at_each_depth() -> None:
    case = case_of(evidence=[gold(FEE), gold(WAIVER)])
    pairs = [
        (case, found(OTHER, FEE, WAIVER)),
        (case_of(relevant={"a": 1, "z": 1}), ranked(["a", "a", "b"])),
        (case_of(), found(FEE)),
        (case, Outcome(case_id="c1")),
    ]
    assert recall_by_rank(pairs, 4) == [0.25, 0.5, 0.75, 0.75]
    assert recall_by_rank(pairs, 4)[2] == mean_of(score("recall@3", *pair) for pair in pairs)
    assert recall_by_rank(pairs[2:], 4) == []


def test_names_in_trec_files_hold_no_white_space_and_stay_distinct() -> None:
    assert trec_name("Annual report\t2019") == "Annual%20report%092019"
    assert trec_name("Annual%20report\t2019") == "Annual%2520report%092019"


GRADED = st.dictionaries(st.sampled_from(LETTERS), st.integers(0, 3), min_size=1)


@given(GRADED, st.lists(st.sampled_from(LETTERS), max_size=30), st.integers(1, 12))
def test_rankings_score_between_0_and_1_and_best_first_is_best(
    relevant: dict[str, int], documents: list[str], depth: int
) -> None:
    case = case_of(relevant=relevant)
    names = [f"{base}@{depth}" for base in ("ndcg", "recall", "mrr", "precision", "hit")]
    scores = [score(name, case, ranked(documents)) for name in names]
    if not any(relevant.values()):
        assert scores == [None] * 5
        return
    assert all(each is not None and 0 <= each <= 1 + 1e-9 for each in scores)
    ideal = ranked(sorted(relevant, key=lambda each: -relevant[each]))
    assert score(names[0], case, ideal) == pytest.approx(1)


def random_pairs(seed: int, count: int) -> list[tuple[Case, Outcome]]:
    """Cases judged by document and by quote, with hits, citations and statuses at random."""
    dice = random.Random(seed)
    vocabulary = [f"word{n}" for n in range(60)]
    texts = [(f"doc {n % 4}", " ".join(dice.choices(vocabulary, k=30))) for n in range(24)]
    pairs = []
    for number in range(count):
        picked = dice.sample(texts, 3)
        by_quote = {
            "evidence": [
                {"doc": document, "quote": " ".join(text.split()[:12])} for document, text in picked
            ]
        }
        by_document = {"relevant": {document: dice.randint(0, 2) for document, _ in picked}}
        kind = dice.choice(["factoid", "unanswerable", "false-premise"])
        gold_of = {} if kind == "unanswerable" else by_quote if number % 2 else by_document
        case = Case.model_validate(
            {"id": f"case {number}", "kind": kind, "answerable": kind == "factoid", **gold_of}
        )
        # Two texts in one hit, so that one hit may cover two quotes.
        hits = [
            HitRow(document_id=document, text=f"{text} {dice.choice(texts)[1]}")
            for document, text in dice.sample(texts, dice.randint(0, 15))
        ]
        citations = tuple(
            CitationRow(document_id=document, quote=" ".join(text.split()[dice.randint(0, 12) :]))
            for document, text in dice.sample(texts, dice.randint(0, 6))
        )
        status = "answered" if citations else "not_in_documents"
        outcome = Outcome(case_id=case.id, status=status, hits=tuple(hits), citations=citations)
        pairs.append((case, outcome))
    return pairs


def means(pairs: Sequence[tuple[Case, Outcome]], names: Sequence[str]) -> list[float | None]:
    return [mean_of(score(name, *pair) for pair in pairs) for name in names]


def test_scores_agree_with_ir_measures_over_exported_files(tmp_path: Path) -> None:
    pairs = random_pairs(seed=3, count=120)
    run, qrels = tmp_path / "ours.run", tmp_path / "qrels.txt"
    run.write_text(
        "".join(
            f"{trec_name(case.id)} Q0 {name} {rank} {value} ours\n"
            for case, outcome in pairs
            for rank, (name, value) in enumerate(trec_run(case, outcome), start=1)
        )
    )
    qrels.write_text(
        "".join(
            f"{trec_name(case.id)} 0 {name} {grade}\n"
            for case, _ in pairs
            for name, grade in trec_qrels(case).items()
        )
    )
    names = ["ndcg@10", "ndcg@3", "mrr@10", "precision@10", "hit@1", "recall@100"]
    measures = [nDCG @ 10, nDCG @ 3, RR @ 10, P @ 10, Success @ 1, R @ 100]
    theirs = ir_measures.calc_aggregate(
        measures,
        ir_measures.read_trec_qrels(str(qrels)),
        list(ir_measures.read_trec_run(str(run))),
    )
    ours = means(pairs, names)
    assert ours == pytest.approx([theirs[each] for each in measures], abs=1e-9)
    assert all(each is not None and 0.05 < each < 0.95 for each in ours)


def test_scores_agree_with_the_shared_yardstick(
    shared: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    spec = importlib.util.spec_from_file_location("score", shared / "evals" / "score.py")
    assert spec and spec.loader
    yardstick = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(yardstick)

    pairs = random_pairs(seed=5, count=120)
    golds, predictions = tmp_path / "gold.jsonl", tmp_path / "predictions.jsonl"
    golds.write_text(
        "".join(
            json.dumps(
                {
                    "id": case.id,
                    "kind": case.kind,
                    "answerable": case.answerable,
                    "evidence": [{"doc": g.document, "quote": g.quotes[0]} for g in case.evidence],
                }
            )
            + "\n"
            for case, _ in pairs
        )
    )
    predictions.write_text(
        "".join(
            json.dumps({"id": outcome.case_id, **outcome.model_dump(mode="json")}) + "\n"
            for _, outcome in pairs
        )
    )
    monkeypatch.setattr("sys.argv", ["score.py", str(golds), str(predictions), "--k", "5"])
    yardstick.main()
    theirs = json.loads(capsys.readouterr().out)

    by_quote = [(case, outcome) for case, outcome in pairs if case.evidence]
    assert means(by_quote, ["recall@5", "hit@1", "citation_recall", "cited"]) == pytest.approx(
        [theirs[key] for key in ("recall@5", "hit@1", "citation_recall", "cited")], abs=5e-5
    )
    assert means(pairs, ["refusal_recall", "refused_answerable"]) == pytest.approx(
        [theirs["refused_unanswerable"], theirs["refused_answerable"]], abs=5e-5
    )
    assert 0.05 < theirs["recall@5"] < 0.95 and 0.05 < theirs["refused_answerable"] < 0.95
