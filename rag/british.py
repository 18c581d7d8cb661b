"""British and American spelling as one, for English words on their way to the stemmer.

What is indexed and what is asked both go through here, so a rule does harm only where it makes two
words one, or parts a word from its own inflections. Hence:

1. "-our" to "-or" ("labour") only after a syllable: "four", "hour" and "your" stay.
2. "-ise" to "-ize" ("organise", "prioritisation") only after endings that take both: "size",
   "wise", "promise", "revise" and "enterprise" stay. "-yze" goes the other way, to "-yse":
   "analyses" is written so on both sides of the ocean.
3. "-re" to "-er", "-ogue" to "-og" and "-ence" to "-ense" only after the few stems that take both.
4. "-ll-" to "-l-" before an ending ("counsellor") only after a syllable: "called" stays.
5. "ae" and "oe" to "e" in Greek stems ("paediatric", "foetus").
6. What follows no rule stands in a table.
"""

from __future__ import annotations

import re
from functools import lru_cache

_MIN_LETTERS = 4
_REMEMBERED = 1 << 16  # words

_GREEK = re.compile(
    "paed|haem|naem|aemi|gynaec|aesthe|archaeo|mediaev|caesar|faec|foet|oestro|oesoph|rrhoea|oedem|"
    "manoeuv|homoeo"
)
_OUR = re.compile(
    r"(\w*[aeiou]\w+)our(s?|ed|ers?|ing|abl[ey]|al|ally|ful|fully|hoods?|is[mt]|ists|ites?|less|ly|y)"
)
_BEFORE_ISE = (
    r"\w\w(?:[aeiou]l|ll|[aeio]n|gn|rn|[aeiouy]r|[aeiou]t|[aioy]m|[ae]s|[ai]c|[elor]g|th|id|od)|"
    r"\w+(?:ard|[ts]iv)|amort|bapt|item|system"
)
_ISE = re.compile(
    rf"(\w*?(?:{_BEFORE_ISE}))is(es?|ed|ers?|ing|able|ability|ations?|ational|ationally)"
)
_NOT_ISE = re.compile(r"(?:com)?promis\w+|treatis\w+")
_YZE = re.compile(r"(\w+l)yz(es?|ed|ers?|ing|able)")
_RE = re.compile(
    r"(\w*(?:cent|theat|lit|met|fib|calib|lust|somb|meag|spect|maneuv))r(?:e(s?)|(ed|ing))"
)
_OGUE = re.compile(r"(\w*[aio]l)ogu(?:e(s?)|(ed|ing))")
_ENCE = re.compile(r"(def|off|lic|pret)ence(|s|d|less)")
_LL = re.compile(r"((?!qu)\w*[aeiou]\w*[aeio]l)l(ed|ings?|ers?|ors?|ous|ously|ery)")
_LL_AGAIN = re.compile(r"(\w+l)l(ful|fully|ments?)")
_RULES = (
    (_OUR, r"\1or\2"),
    (_YZE, r"\1ys\2"),
    (_RE, r"\1er\2\3"),
    (_OGUE, r"\1og\2\3"),
    (_ENCE, r"\1ense\2"),
    (_LL, r"\1\2"),
    (_LL_AGAIN, r"\1\2"),
)
_TABLE = {
    "acknowledgement": "acknowledgment",
    "acknowledgements": "acknowledgments",
    "aeroplane": "airplane",
    "aeroplanes": "airplanes",
    "aluminium": "aluminum",
    "artefact": "artifact",
    "artefacts": "artifacts",
    "enquire": "inquire",
    "enquired": "inquired",
    "enquiries": "inquiries",
    "enquiry": "inquiry",
    "gaol": "jail",
    "gaols": "jails",
    "grey": "gray",
    "jewellery": "jewelry",
    "judgement": "judgment",
    "judgements": "judgments",
    "learnt": "learned",
    "mould": "mold",
    "moulds": "molds",
    "percent": "per cent",
    "plough": "plow",
    "ploughed": "plowed",
    "ploughing": "plowing",
    "ploughs": "plows",
    "practise": "practice",
    "practised": "practiced",
    "practises": "practices",
    "practising": "practicing",
    "programme": "program",
    "programmes": "programs",
    "sceptic": "skeptic",
    "sceptical": "skeptical",
    "scepticism": "skepticism",
    "sceptics": "skeptics",
    "sizeable": "sizable",
    "sulphate": "sulfate",
    "sulphates": "sulfates",
    "sulphur": "sulfur",
    "towards": "toward",
    "woollen": "woolen",
}


@lru_cache(_REMEMBERED)
def one_spelling(word: str) -> str:
    """The form under which a word in lower case is looked up, whichever way it is spelt."""
    if len(word) < _MIN_LETTERS:
        return word
    if word in _TABLE:
        return _TABLE[word]
    word = _GREEK.sub(lambda found: found[0].replace("ae", "e").replace("oe", "e"), word)
    for pattern, form in _RULES:
        if found := pattern.fullmatch(word):
            return found.expand(form)
    if not _NOT_ISE.fullmatch(word) and (found := _ISE.fullmatch(word)):
        return found.expand(r"\1iz\2")
    return word
