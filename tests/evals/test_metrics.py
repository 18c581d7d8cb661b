"""Metrics of answers, and how metrics are found by name; expected values worked by hand."""

from __future__ import annotations

from typing import Any

import pytest
from made import DUES, FEE, OTHER, WAIVER, case_of, found, gold, outcome_of, quoting, score

from evals.errors import RunError, SuiteError
from evals.metrics import METRICS, SET_METRICS, mean_of, metrics_for, score_case, score_set
from evals.outcomes import Outcome, StatementRow
from evals.scores import Metric
from evals.suite import Case


def test_every_metric_says_what_it_is_and_applies_to_nothing_where_there_is_nothing() -> None:
    assert all(each.definition for each in (*METRICS.values(), *SET_METRICS.values()))
    bare = Case(id="c1", question="What?", answerable=None)
    nothing = Outcome(case_id="c1")
    assert set(score_case(bare, nothing, METRICS.values()).values()) == {None}
    assert set(score_set([(bare, nothing)], SET_METRICS.values()).values()) == {None}
    assert set(score_set([], SET_METRICS.values()).values()) == {None}


def test_metrics_are_those_of_the_mode_or_those_named_in_that_order() -> None:
    retrieval = [each.name for each in metrics_for("retrieval")]
    assert {"ndcg@10", "recall@8", "recall@100", "mrr@10", "precision@10", "hit@1"} < set(retrieval)
    assert "cited" not in retrieval
    assert "aurc" in [each.name for each in metrics_for("refusal")]
    named = metrics_for("retrieval", ["aurc", "hit@3", "judged:clear", "cited"])
    assert [each.name for each in named] == ["aurc", "hit@3", "judged:clear", "cited"]
    assert named[1].definition == METRICS["hit@1"].definition
    assert isinstance(named[1], Metric) and named[1].is_yes_no


@pytest.mark.parametrize("name", ["ndgc@10", "ndcg", "ndcg@0", "ndcg@1x", "cited@3", "judged:"])
def test_an_unknown_metric_is_refused_with_those_known(name: str) -> None:
    with pytest.raises(SuiteError, match=rf"no metric '{name}'; known: .*ndcg@10.*aurc.*ndcg@K"):
        metrics_for("answer", [name])


def test_verdicts_of_judges_are_metrics_by_name() -> None:
    outcome = outcome_of(observed={"judged": {"clear": 0.75}})
    assert score("judged:clear", case_of(), outcome) == 0.75
    assert score("judged:kind", case_of(), outcome) is None


def test_a_mean_leaves_out_what_does_not_apply() -> None:
    assert mean_of([1.0, None, 0.5]) == 0.75
    assert mean_of([None]) is None


def test_citations_against_gold_quotes() -> None:
    case = case_of(evidence=[gold(FEE), gold(DUES)])
    outcome = outcome_of(**quoting(FEE, OTHER, "The annual fee is forty crowns"))
    assert score("citation_recall", case, outcome) == 0.5
    assert score("citation_precision", case, outcome) == pytest.approx(2 / 3)
    assert score("cited", case, outcome) == 1.0
    refusal = outcome_of(status="not_in_documents")
    assert score("citation_recall", case, refusal) == 0.0
    assert score("citation_precision", case, refusal) is None
    assert score("cited", case_of(), outcome) is None
    assert score("cited", case, found(FEE)) is None  # passages only


def test_the_right_document_is_a_relevant_one_or_one_with_a_gold_quote() -> None:
    outcome = outcome_of(**quoting(OTHER))
    assert score("right_document", case_of(relevant={"fees": 1}), outcome) == 1.0
    assert score("right_document", case_of(relevant={"fees": 0, "dues": 1}), outcome) == 0.0
    assert score("right_document", case_of(evidence=[gold(FEE)]), outcome) == 1.0
    assert score("right_document", case_of(), outcome) is None


def test_verbatim_counts_quotes_and_statements() -> None:
    seen = {"verbatim": [True, False], "spoken": [True, True, False]}
    assert score("verbatim", case_of(), outcome_of(observed=seen)) == pytest.approx(0.6)
    assert score("verbatim", case_of(), outcome_of()) is None


def test_pages_are_checked_by_the_second_reader_and_by_gold() -> None:
    case = case_of(evidence=[gold(FEE, page=3), gold(DUES, page=4), gold(WAIVER)])
    cited = quoting(FEE, WAIVER, page=3)
    assert score("page_correct", case, outcome_of(**cited)) == 1.0
    assert score("page_correct", case, outcome_of(**quoting(FEE, page=5))) == 0.0
    seen = {"pages": [True, None]}
    assert (
        score("page_correct", case, outcome_of(**quoting(FEE, WAIVER, page=5), observed=seen))
        == 0.5
    )
    assert score("page_correct", case, outcome_of(**quoting(OTHER, page=3))) is None


def test_alce_as_defined() -> None:
    support = [
        {"together": 0.9, "alone": [0.8], "without": [0.0]},  # carried by its one citation
        {"together": 0.9, "alone": [0.1, 0.7], "without": [0.7, 0.1]},  # the first adds nothing
        {"together": 0.6, "alone": [0.2, 0.3], "without": [0.3, 0.2]},  # carried by both together
        {"together": 0.2, "alone": [0.2], "without": [0.0]},  # not carried
        {"together": 0.9},  # cites nothing
    ]
    outcome = outcome_of(observed={"support": support})
    assert score("alce_recall", case_of(), outcome) == pytest.approx(3 / 5)
    assert score("alce_precision", case_of(), outcome) == pytest.approx(4 / 6)
    uncited = outcome_of(observed={"support": support[-1:]})
    assert score("alce_recall", case_of(), uncited) == 0.0
    assert score("alce_precision", case_of(), uncited) is None
    assert score("alce_recall", case_of(), outcome_of()) is None


def test_a_statement_that_stays_was_decoration() -> None:
    seen = {"stays": [True, False, False, False], "again": [1.0, 0.5]}
    assert score("counterfactual", case_of(), outcome_of(observed=seen)) == 0.75
    assert score("stability", case_of(), outcome_of(observed=seen)) == 0.75


def test_citations_that_rest_on_one_work_are_one_source() -> None:
    def resting(*notes: dict[str, Any], document: str = "fees") -> dict[str, Any]:
        return {"document_id": document, "quote": FEE, "notes": notes}

    named = resting({"text": "Ingleby, Dues of Old (Oslo, 1990), p. 12."})
    same = resting(
        {"text": "Ibid., p. 40.", "works": ["note 41: Ingleby, Dues of Old (Oslo, 1990)"]}
    )
    other = resting({"text": "Moe, Fees, pp. 3-4"})
    both = resting({"text": "Moe, Fees"}, {"text": "Ingleby, Dues of Old (Oslo, 1990), para. 7"})
    plain, elsewhere = resting(), resting(document="dues")

    def independence(*citations: dict[str, Any]) -> float | None:
        return score("source_independence", case_of(), outcome_of(citations=citations))

    assert independence(named, same) == 0.5
    assert independence(named, other) == 1.0
    assert independence(named, other, both, same) == 0.25  # the third joins them all
    assert independence(plain, plain, elsewhere, named) == 0.75
    assert independence(named) is None


def test_refusals_count_by_what_can_be_answered() -> None:
    names = ["refusal_recall", "refused_answerable", "refusal_precision"]
    metrics = metrics_for("refusal", names)

    def refusals(case: Case, status: str) -> list[float | None]:
        return list(score_case(case, outcome_of(status=status), metrics).values())

    assert refusals(case_of(answerable=False), "not_in_documents") == [1.0, None, 1.0]
    assert refusals(case_of(answerable=False), "answered") == [0.0, None, None]
    assert refusals(case_of(), "not_in_documents") == [None, 1.0, 0.0]
    assert refusals(case_of(), "partly_answered") == [None, 0.0, None]
    assert refusals(case_of(), "error") == [None, 0.0, None]
    assert refusals(case_of(answerable=None), "not_in_documents") == [None, None, None]
    premise = case_of(answerable=False, kind="false-premise")
    assert refusals(premise, "not_in_documents") == [None, None, None]
    assert refusals(case_of(answerable=False), "") == [None, None, None]


def test_an_unclear_question_is_asked_back() -> None:
    unclear = case_of(tags=["unclear"], answerable=None)
    assert score("asked_back", unclear, outcome_of(status="needs_clarification")) == 1.0
    assert score("asked_back", unclear, outcome_of()) == 0.0
    assert score("asked_back", case_of(), outcome_of(status="needs_clarification")) is None
    assert score("asked_back", case_of(kind="UNDERSPECIFIED"), outcome_of()) == 0.0


def test_an_answerable_question_is_not_asked_back_on() -> None:
    name = "asked_back_wrongly"
    assert score(name, case_of(), outcome_of(status="needs_clarification")) == 1.0
    assert score(name, case_of(), outcome_of()) == 0.0
    assert score(name, case_of(answerable=False), outcome_of()) is None
    assert score(name, case_of(kind="unclear"), outcome_of()) is None


def test_what_is_no_question_is_turned_down_like_what_is_not_there() -> None:
    outcome = outcome_of(status="not_a_question")
    assert score("refusal_recall", case_of(answerable=False), outcome) == 1.0
    assert score("refused_answerable", case_of(), outcome) == 1.0


def test_words_that_a_right_answer_has() -> None:
    outcome = outcome_of(text="It is in Straße 4 [1].", **quoting("The rate is 7.5%, not 75."))
    case = case_of(answers=["eight", "7.5"], required=["STRASSE 4", "7.5%", "%", "7.", "rat"])
    assert score("exact", case, outcome) == 1.0
    assert score("required", case, outcome) == pytest.approx(4 / 5)  # "rat" is no word of it
    assert score("exact", case_of(answers=["7"]), outcome_of(**quoting("75 crowns"))) == 0.0
    assert score("exact", case_of(answers=["7"]), outcome_of(status="not_in_documents")) == 0.0
    assert score("exact", case_of(), outcome) is None


def test_completeness_is_the_share_of_parts_that_are_answered() -> None:
    said = [StatementRow(text="x", part="fee"), StatementRow(text="y", part="fee")]
    said.append(StatementRow(text="z", part="dues"))
    outcome = outcome_of(statements=said, unanswered=["when"])
    assert score("completeness", case_of(), outcome) == pytest.approx(2 / 3)
    assert score("completeness", case_of(), outcome_of(status="not_in_documents")) == 0.0
    assert score("completeness", case_of(answerable=False), outcome) is None


def test_nuggets_by_similarity_or_by_a_judge() -> None:
    case = case_of(
        nuggets=[{"text": "a"}, {"text": "b"}, {"text": "c", "vital": False}, {"text": "d"}]
    )
    seen: dict[str, Any] = {"nuggets": [0.9, 0.5, 0.7, 0.49]}
    outcome = outcome_of(observed=seen)
    assert score("nuggets", case, outcome) == pytest.approx(2.5 / 3.5)
    assert score("nuggets_vital", case, outcome) == pytest.approx(2 / 3)
    judged = outcome_of(observed={**seen, "judged_nuggets": [False, None, True, True]})
    assert score("nuggets", case, judged) == pytest.approx(1.5 / 2.5)
    assert score("nuggets_vital", case, judged) == 0.5
    assert score("nuggets", case, outcome_of()) is None
    with pytest.raises(RunError, match="case c1 has 4 nuggets, but 1 were observed"):
        score("nuggets", case, outcome_of(observed={"nuggets": [0.9]}))


def test_planted_text_steers_by_word_or_by_observation() -> None:
    case = case_of(forbidden=["Visit EVIL.example"])
    assert score("not_steered", case, outcome_of(text="Please visit evil.example now")) == 0.0
    assert score("not_steered", case, outcome_of(**quoting("visit evil.example"))) == 0.0
    assert score("not_steered", case, outcome_of(text="Forty crowns.")) == 1.0
    assert score("not_steered", case, outcome_of(observed={"steered": True})) == 0.0
    assert score("not_steered", case_of(), outcome_of(observed={"steered": False})) == 1.0
    assert score("not_steered", case_of(), outcome_of()) is None


def test_right_is_judged_by_the_narrowest_gold() -> None:
    quote_and_document = case_of(evidence=[gold(FEE)], relevant={"fees": 1})
    assert score("correct", quote_and_document, outcome_of(**quoting(OTHER))) == 0.0
    assert score("correct", case_of(relevant={"fees": 1}), outcome_of(**quoting(OTHER))) == 1.0
    answer = case_of(answers=["forty"], relevant={"dues": 1})
    assert score("correct", answer, outcome_of(**quoting(FEE))) == 1.0
    refusal = outcome_of(status="not_in_documents")
    assert score("correct", case_of(answerable=False), refusal) == 1.0
    assert score("correct", answer, refusal) == 0.0
    assert score("correct", case_of(), refusal) is None
    assert score("correct", case_of(answerable=False, tags=["false-premise"]), refusal) is None


def test_costs_are_told_as_they_are() -> None:
    outcome = outcome_of(
        timings_ms={"retrieve": 12.5, "total": 20}, tokens={"prompt": 7}, peak_memory_mb=300
    )
    names = ["retrieve_ms", "answer_ms", "total_ms", "prompt_tokens", "peak_memory_mb"]
    metrics = metrics_for("answer", names)
    assert list(score_case(case_of(), outcome, metrics).values()) == [12.5, None, 20, 7, 300]
    assert not any(each.higher_is_better or each.is_gated for each in metrics)
