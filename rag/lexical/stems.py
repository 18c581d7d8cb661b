"""Words to stems, by the rules of a language: Snowball's, as tantivy has them.

Accents are folded. In other languages than English that is done after stemming, whose rules know
them; a passage then also has the stems that its words have where accents are left out, so that
"refugies" finds "réfugiés".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

import tantivy

from rag.symbols import without_symbols
from rag.words import prepare

_STEMMED = {
    "ar": "arabic", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "fi": "finnish", "fr": "french", "hu": "hungarian", "it": "italian",
    "nl": "dutch", "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian",
    "sv": "swedish", "ta": "tamil", "tr": "turkish",
}  # fmt: skip
# Where tantivy has no list of stop words of its own.
_STOP_WORDS = {
    "ar": "في من على إلى عن مع هذا هذه ذلك تلك التي الذي الذين أن إن كان كانت هو هي هم ما لا لم "
    "لن قد كل أو ثم بين بعد قبل عند حتى كما وفي ومن وعلى وإلى ماذا كيف متى أين لماذا هل",
    "el": "και το τα της του των την τον στο στη στην από για με που να είναι η ο οι",
    "ro": "și de la cu în pe din pentru ce care un o a ale al este sunt",
    "ta": "",
    "tr": "ve bir bu için ile de da ne mi olarak",
}
# Their words are pairs of characters (`rag/words.py`), or their language is not known.
_AS_ENGLISH = frozenset(("", "zh", "ja", "ko", "th", "lo", "km"))
_UNSTEMMED = "other"


def terms(text: str, language: str = "en") -> list[str]:
    """The words of `text` as the lexical index sees them: stems, folded, without stop words."""
    rules = rules_of(language)
    return list(_analyser(rules).analyze(prepare(text, rules == "en").running))


def rules_of(language: str) -> str:
    """By which language's rules texts in `language` are read."""
    if language in _AS_ENGLISH:
        return "en"
    return language if language in _STEMMED else _UNSTEMMED


def asked_terms(text: str, rules: str, own: str) -> tuple[list[str], list[str]]:
    """The words of a question in language `own` by `rules`, and other forms of some of them."""
    # The parts of a symbol ("RES", "70") would find what mentions it before the document itself.
    prepared = prepare(without_symbols(text), rules == "en")
    running = prepared.running
    if rules_of(own) != rules:
        running = " ".join(_stop_analyser(rules_of(own)).analyze(running))
    analyser = _analyser(rules)
    return list(analyser.analyze(running)), list(analyser.analyze(prepared.beside))


def indexed_terms(text: str, rules: str) -> list[str]:
    """The stems of a text of a document, in its order, then those of other forms of its words."""
    prepared = prepare(text, rules == "en")
    analyser = _analyser(rules)
    stems = analyser.analyze(prepared.running)
    other = analyser.analyze(prepared.beside) if prepared.beside else []
    if rules in _STEMMED and rules != "en" and not text.isascii():
        known = set(stems)
        plain = _unaccented_analyser(rules).analyze(prepared.running)
        other += [stem for stem in plain if stem not in known]
    return [*stems, *other]


@cache
def _analyser(rules: str) -> tantivy.TextAnalyzer:
    """Words to folded stems. English is folded first, as most of it is written without accents."""
    return _built(_chain(rules, folded_first=rules == "en"))


@cache
def _unaccented_analyser(rules: str) -> tantivy.TextAnalyzer:
    """Words to the stems that they have where accents are left out."""
    return _built(_chain(rules, folded_first=True))


@cache
def _stop_analyser(rules: str) -> tantivy.TextAnalyzer:
    """Words as they are, without stop words."""
    return _built([tantivy.Filter.lowercase(), *_stop_words(rules)])


def _chain(rules: str, folded_first: bool) -> Iterator[tantivy.Filter]:
    yield tantivy.Filter.lowercase()
    if folded_first and rules != "en":
        yield from _stop_words(rules)
    if folded_first:
        yield tantivy.Filter.ascii_fold()
    yield from _stop_words(rules)
    if rules in _STEMMED:
        yield tantivy.Filter.stemmer(_STEMMED[rules])
    if not folded_first:
        yield tantivy.Filter.ascii_fold()


def _stop_words(rules: str) -> list[tantivy.Filter]:
    if rules in _STOP_WORDS:
        return [tantivy.Filter.custom_stopword(_STOP_WORDS[rules].split())]
    return [tantivy.Filter.stopword(_STEMMED[rules])] if rules in _STEMMED else []


def _built(filters: Iterable[tantivy.Filter]) -> tantivy.TextAnalyzer:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(r"\w+"))
    for each in filters:
        builder = builder.filter(each)
    return builder.build()
