"""British and American spelling meet; words of one spelling are left alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.british import one_spelling
from rag.lexical.stems import terms

PAIRS = """
labour/labor colourful/colorful behavioural/behavioral neighbourhoods/neighborhoods
organisation/organization organise/organize prioritising/prioritizing recognised/recognized
utilise/utilize criticise/criticize emphasises/emphasizes standardised/standardized
summarisation/summarization collectivise/collectivize apologise/apologize sympathise/sympathize
analysing/analyzing programme/program programmes/programs centre/center centred/centered
kilometres/kilometers theatre/theater catalogue/catalog dialogues/dialogs defence/defense
licences/licenses practised/practiced travelled/traveled counsellor/counselor fuelled/fueled
modelling/modeling labelled/labeled cancelling/canceling enrolment/enrollment skilful/skillful
instalments/installments paediatric/pediatric anaemia/anemia foetal/fetal diarrhoea/diarrhea
manoeuvre/maneuver judgement/judgment grey/gray ageing/aging enquiries/inquiries
""".split()

ONE = """
size four hour our your tour pour flour rise wise raise promise compromise premise revise advise
supervise enterprise exercise surprise expertise advertise precise concise franchise paradise
treatise otherwise noise called spelling telling filling rogue vogue acre genre mediocre evidence
silence source course resource journal tourism crisis basis disease minister prize seize maize
""".split()


@pytest.mark.parametrize("pair", PAIRS)
def test_both_spellings_are_looked_up_alike(pair: str) -> None:
    british, american = pair.split("/")
    assert terms(british) == terms(american)


@pytest.mark.parametrize("word", ONE)
def test_a_word_of_one_spelling_is_left_alone(word: str) -> None:
    assert one_spelling(word) == word


def test_per_cent_is_two_words_either_way() -> None:
    assert terms("37 percent") == terms("37 per cent") == ["37", "per", "cent"]


@given(st.text(alphabet="aeiourlsznctgdmdy", max_size=14))
def test_the_one_spelling_is_stable(word: str) -> None:
    once = one_spelling(word)
    assert terms(once) == terms(word)
