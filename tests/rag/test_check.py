"""What of a statement its evidence bears out, and how likely it carries the whole."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from cross_encoders import make_cross_encoder
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rag.check import Checker, Verdict, open_checker
from rag.check.align import align
from rag.check.features import Features, open_support_model
from rag.check.findings import find
from rag.check.quantities import quantities
from rag.check.words import is_verbatim, words
from rag.embed import SentenceEmbedder
from rag.entail import InferenceModel
from rag.errors import ModelError
from rag.settings import CheckSettings

PACT = (
    "The Compact on Cities was adopted in Marrakesh in December 2018. It is a non-binding "
    "agreement of 164 States. Member States may report every four years. In Norway, 12 % of the "
    "2,500 town councils had signed it by 12 May 2019. Sweden did not sign. Fees must be paid "
    "before a permit is issued."
)


class Unasked:
    """An Entailer that is not to be asked."""

    def entail(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        assert not pairs, f"asked about {pairs}"
        return []


def found(statement: str, evidence: str = PACT) -> list[tuple[str, str]]:
    return [(each.kind, each.text) for each in find(align(statement, evidence))]


@pytest.fixture(scope="module")
def checker(embedder: SentenceEmbedder) -> Checker:
    return open_checker(CheckSettings(), embedder)


@pytest.mark.parametrize(
    "statement",
    [
        "In Norway, twelve per cent of the 2500 town councils had signed it by May 2019.",
        "12 percent of 2.5 thousand Norwegian town councils signed it by the 12th of May 2019.",
        "The agreement of one hundred and sixty-four States is not binding.",
        "Marrakesh saw the adoption of the Compact on Cities in 2018.",
        "Every four years Member States can report.",
        "Sweden didn't sign.",
        "A permit is issued after fees, which must be paid.",
    ],
)
def test_the_same_in_other_words_has_no_finding(statement: str) -> None:
    assert found(statement) == []


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("The Compact on Cities was adopted in December 2017.", ("date", "2017")),
        ("The Compact on Cities was adopted in November 2018.", ("date", "November")),
        ("In Norway, 12 % had signed it by 13 May 2019.", ("date", "13")),
        ("It is an agreement of 146 States.", ("number", "146")),
        (
            "Thirteen per cent of the town councils in Norway signed.",
            ("number", "Thirteen per cent"),
        ),
        ("Exactly 12 of the town councils in Norway had signed it.", ("number", "12")),
        ("The Compact on Cities was adopted in Geneva in December 2018.", ("name", "Geneva")),
        ("The Compact on Cities was adopted by the IMF.", ("name", "IMF")),
        ("It is a binding agreement of 164 States.", ("negation", "binding")),
        ("Sweden did sign.", ("negation", "sign")),
        ("Member States do not report every four years.", ("negation", "report")),
        ("Fees must be paid after a permit is issued.", ("negation", "after")),
        ("Member States must report every four years.", ("modality", "must")),
        ("Member States report every four years.", ("modality", "may")),
        ("Fees may be paid before a permit is issued.", ("modality", "may")),
    ],
)
def test_what_was_changed_is_found(statement: str, expected: tuple[str, str]) -> None:
    assert expected in found(statement)


def test_a_year_that_belongs_to_something_else_is_displaced() -> None:
    findings = find(align("The Compact on Cities was adopted in Marrakesh in December 2019.", PACT))
    assert [(each.kind, each.text, each.is_displaced) for each in findings] == [
        ("date", "2019", True)
    ]


def test_asides_left_out_displace_nothing() -> None:
    evidence = (
        "Houses and flats lost a mean (spread) of 20.7 % (8.6 %) and 1.7 % (5.2 %) of their heat, "
        "respectively, in 2 years. Sheds lost 9.1 % of their doors."
    )
    said = (
        "Houses and flats lost a mean of 20.7 % and 1.7 % of their heat, respectively, in 2 years."
    )
    assert found(said, evidence) == []
    assert found(said.replace("1.7 %", "9.1 %"), evidence) == [("number", "9.1 %")]


@pytest.mark.parametrize(
    ("statement", "evidence", "expected"),
    [
        ("The Swedish plan came first.", "A plan was made in Sweden, before all others.", []),
        ("Help came to Niger.", "Help came to Nigeria.", [("name", "Niger")]),
        ("It was set by the ILO.", "The International Labour Organization set it.", []),
        ("The World Health Organization says so.", "So says the WHO.", []),
        ("Costs of HIV-free births fell.", "Costs of births without HIV fell.", []),
    ],
)
def test_names_and_what_they_are_also_called(
    statement: str, evidence: str, expected: list[tuple[str, str]]
) -> None:
    assert [each for each in found(statement, evidence) if each[0] == "name"] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12 %", [(0.12, "%")]),
        ("twelve per cent", [(0.12, "%")]),
        ("from 10 to 12 per cent", [(0.1, "%"), (0.12, "%")]),
        ("5.2 million and 5,200,000 and 5 200 000", [(5.2e6, "")] * 3),
        ("two hundred and six", [(206.0, "")]),
        ("three hundred thousand", [(300_000.0, "")]),
        ("two-thirds, half and a quarter", [(2 / 3, "%"), (0.5, "%"), (0.25, "%")]),
        ("the twenty-first and the 21st", [(21.0, "th")] * 2),
        ("2-3 September 2013", [(2.0, "9"), (3.0, "9"), (9, "month"), (2013.0, "")]),
        ("May 12-14", [(5, "month"), (12.0, "5"), (14.0, "5")]),
        ("they may march in the 1990s", [(1990.0, "s")]),
        ("Share, per cent: 12", [(0.12, "%")]),
        ("target 10.2.1 of 2030", [(0.0, "10.2.1"), (2030.0, "")]),
        ("no number here", []),
    ],
)
def test_quantities_by_value(text: str, expected: list[tuple[float, str]]) -> None:
    read = [(each.value, each.unit) for each in quantities(text)]
    assert read == [(pytest.approx(value), unit) for value, unit in expected]


def test_verbatim_is_carried_and_no_model_is_asked() -> None:
    checker = Checker(Unasked())
    assert checker.check("member states may report EVERY four years", PACT) == Verdict(
        1.0, (), is_verbatim=True
    )
    apart = "Sweden did not sign. The Compact on Cities was adopted in Marrakesh in December 2018."
    assert checker.supports([(apart, PACT), ("Sweden did not sign", PACT)]) == [1.0, 1.0]


@pytest.mark.parametrize(
    ("statement", "evidence"),
    [
        ("a binding agreement", "It is a non-binding agreement."),
        ("costs fell by 7", "Costs fell by 7.5."),
        ("Costs fell. Wages rose by half.", "Costs fell. Wages rose."),
    ],
)
def test_a_part_of_a_word_or_of_a_statement_is_not_verbatim(statement: str, evidence: str) -> None:
    assert not is_verbatim(statement, evidence)


@pytest.mark.parametrize(
    "pair", [("Wages rose.", ""), ("", "Wages rose."), ("...", "..."), ("", "")]
)
def test_without_words_nothing_is_carried(pair: tuple[str, str]) -> None:
    assert Checker(Unasked()).support(*pair) == 0.0


def test_support_ranks_what_is_said_above_what_is_not(checker: Checker) -> None:
    said, changed, other = checker.supports(
        [
            ("By May 2019, twelve per cent of town councils in Norway had signed.", PACT),
            ("By May 2019, thirteen per cent of town councils in Norway had signed.", PACT),
            ("Goats are kept for their milk in the hills of Crete.", PACT),
        ]
    )
    assert said > 0.5 > changed > other


def test_a_batch_gives_what_each_gives_alone(checker: Checker) -> None:
    pairs = [
        ("Fees are due before the permit.", PACT),
        ("Sweden stayed away.", "Sweden did not sign."),
        ("Sweden did not sign.", PACT),
        ("Fees are due before the permit.", PACT),
    ]
    together = checker.supports(pairs)
    assert together == pytest.approx([checker.support(*pair) for pair in pairs], abs=1e-4)
    assert together[2] == 1.0
    assert checker.supports([]) == []


def test_everything_weighed_speaks_for_support() -> None:
    model = open_support_model()
    assert min(model.weights.values()) > 0
    assert model.support(Features(1, 1, 1, 1)) > 0.8
    assert model.support(Features(0, 0, 0, 0)) < 0.1


TEXT_WORDS = st.one_of(
    st.sampled_from(
        "the city Oslo may not pay non-binding fees 7.5 2014 per cent % and ILO's".split()
    ),
    st.integers(2, 9999).map(str),
)
TEXTS = st.lists(TEXT_WORDS, min_size=3, max_size=40)


@settings(max_examples=200, deadline=None)
@given(text=TEXTS, data=st.data())
def test_any_run_of_the_evidence_is_carried(text: list[str], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    verdict = Checker(Unasked()).check(" ".join(text[start:end]), " ".join(text))
    assert verdict == Verdict(1.0, (), is_verbatim=True)


@settings(max_examples=200, deadline=None)
@given(before=TEXTS, number=st.integers(10, 999), other=st.integers(10, 999), after=TEXTS)
def test_a_changed_number_is_always_found(
    before: list[str], number: int, other: int, after: list[str]
) -> None:
    around = [*before, "costs", "fees", *after]
    assume(str(other) not in [number, *around] and number != other)
    evidence = " ".join([*before, "costs", str(number), "fees", *after])
    changed = " ".join([*before, "costs", str(other), "fees", *after])
    assume(str(other) not in [word.text for word in words(evidence)])
    assert ("number", str(other)) in found(changed, evidence)


@pytest.fixture(scope="module")
def inference_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny cross-encoder with three labels."""
    return make_cross_encoder(
        tmp_path_factory.mktemp("inference"),
        id2label={0: "contradiction", 1: "entailment", 2: "neutral"},
        label2id={"contradiction": 0, "entailment": 1, "neutral": 2},
    )


def test_a_model_of_inference_gives_the_probability_of_entailment(
    inference_folder: Path, embedder: SentenceEmbedder
) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    checker = open_checker(CheckSettings(model=str(inference_folder)), embedder)
    long = "Fees rose. " * 300 + "Sweden did not sign."
    pairs = [("Sweden signed.", "Sweden did not sign."), ("Sweden sign fees.", long)]
    tokenizer = AutoTokenizer.from_pretrained(inference_folder)
    model = AutoModelForSequenceClassification.from_pretrained(inference_folder).eval()
    with torch.inference_mode():
        logits = model(**tokenizer(pairs[0][1], pairs[0][0], return_tensors="pt")).logits
    expected = float(torch.softmax(logits, dim=-1)[0, 1])
    supports = checker.supports(pairs)
    assert supports[0] == pytest.approx(expected, abs=1e-4)
    assert 0 <= supports[1] <= 1
    assert checker.support("Sweden did not sign", "So Sweden did not sign.") == 1.0


def test_a_model_without_entailment_is_refused(inference_folder: Path, tmp_path: Path) -> None:
    import shutil

    folder = shutil.copytree(inference_folder, tmp_path / "model")
    config = folder / "config.json"
    config.write_text(config.read_text().replace("entailment", "yes"))
    with pytest.raises(ModelError, match=r"none of its labels \(contradiction, yes, neutral\)"):
        InferenceModel(str(folder)).entailment([("a", "b")])


def test_no_folder_is_refused_by_name() -> None:
    with pytest.raises(ModelError, match=r"'/no/such' is no folder of a cross-encoder"):
        InferenceModel("/no/such")
