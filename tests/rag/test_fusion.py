"""Signs to scores."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.fusion import (
    Signs,
    asking_share,
    asks_for_work,
    fuse_ranks,
    is_reference,
    weigh,
    weigh_all,
)
from rag.records import Passage, Unit
from rag.settings import RetrievalSettings

SETTINGS = RetrievalSettings(
    dense_weight=0.3,
    lexical_weight=0.2,
    passage_weight=0.4,
    sentence_weight=0.1,
    named_weight=0.3,
    asking_penalty=0.2,
)


def test_a_score_is_the_weighted_sum_of_the_signs() -> None:
    signs = Signs(dense=0.5, lexical=1.0, passage=0.75, sentence=0.25, is_named=True, asking=0.5)
    assert weigh(signs, SETTINGS) == pytest.approx(0.15 + 0.2 + 0.3 + 0.025 + 0.3 - 0.1)


def test_without_maxsim_the_cosine_stands_in_for_it() -> None:
    signs = Signs(dense=0.5, lexical=1.0)
    assert weigh(signs, SETTINGS) == pytest.approx(0.8 * 0.5 + 0.2)
    off = SETTINGS.model_copy(update={"rerank": False})
    assert weigh(signs, off) == pytest.approx(0.3 * 0.5 + 0.2)


def test_what_maxsim_did_not_look_at_stands_below_what_it_did() -> None:
    scores = weigh_all(
        {
            "looked at": Signs(0.5, 0.0, passage=0.5, sentence=0.5),
            "worse": Signs(0.1, 0.0, passage=0.2, sentence=0.2),
            "passed over": Signs(0.9, 1.0),
            "far": Signs(0.0, 0.0),
        },
        SETTINGS,
    )
    assert scores == pytest.approx({"looked at": 0.4, "worse": 0.13, "passed over": 0.13, "far": 0})


def test_fused_ranks() -> None:
    fused = fuse_ranks(({"a": 9.0, "b": 3.0}, {"b": 0.2, "c": 0.1}), k=60)
    assert fused == pytest.approx({"a": 1 / 61, "b": 1 / 62 + 1 / 61, "c": 1 / 62})


def test_the_share_that_asks() -> None:
    text = "Who pays? The port pays."
    units = (Unit(0, 9, "paragraph"), Unit(10, 24, "paragraph"))
    assert asking_share(Passage("d:1", "d", text, 0, 24, (), units)) == pytest.approx(9 / 24)


def test_a_note_that_only_names_a_work_counts_less() -> None:
    work = "ILO, General Survey on floors, 2019."
    note = Passage("d:1", "d", work, 0, len(work), (), is_note=True)
    assert is_reference(note)
    said = replace(note, text="The survey is held every year.")
    assert not is_reference(said)
    assert not is_reference(replace(note, is_note=False))
    settings = RetrievalSettings(reference_penalty=0.25)
    plain, named = Signs(dense=0.5, lexical=1.0), Signs(dense=0.5, lexical=1.0, is_reference=True)
    assert weigh(plain, settings) - weigh(named, settings) == pytest.approx(0.25)
    assert asks_for_work("Which study is behind the claim?")
    assert not asks_for_work("Who pays the fee?")
