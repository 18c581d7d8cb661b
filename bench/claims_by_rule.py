"""Claims made by rule from sentences of documents: reworded ones, which their paragraph carries,
and the same with one number, date, name, negation or modal changed, which it does not.

    python bench/claims_by_rule.py OUT.jsonl [FILE ...]

Without files, from the starter briefs. The rewording keeps what is said: figures become words and
words figures, "per cent" becomes "%", a lead-in moves to the end, words give way to others of the
same meaning, asides are left out. A changed number, date or name is taken from the same paragraph
where that has another one, else from elsewhere.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rag.sentences import sentence_spans

ROOT = Path(__file__).parent.parent
_NUMBER_WORDS = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
).split()
_MONTHS = (
    "January February March April May June July August September October November December".split()
)
_MONTH = re.compile(rf"\b({'|'.join(_MONTHS)})\b(?=\s+\d|,)|(?<=in )\b({'|'.join(_MONTHS)})\b")
_YEAR = re.compile(r"(?<![\w.,/$-])(1[89]\d\d|20\d\d)(?![\w/%-])(?!,\d)")
_FIGURE = re.compile(r"(?<![\w.,/$-])\d{1,3}(?:[.,]\d+)*(?![\w/-])(?!\.\d)")
_NUMBER_WORD = re.compile(rf"\b({'|'.join(_NUMBER_WORDS)})\b", re.IGNORECASE)
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{4,}\b")
_NO_NAMES = frozenset(_MONTHS) | {"State", "States", "Government", "Member", "Target", "Goal"}
_SAME = (
    ("per cent", "%"),
    ("percent", "%"),
    ("have to", "need to"),
    ("needs to", "has to"),
    ("shows", "makes plain"),
    ("show", "make plain"),
    ("help", "assist"),
    ("helps", "assists"),
    ("children", "minors"),
    ("often", "frequently"),
    ("because", "since"),
    ("people", "persons"),
    ("such as", "for instance"),
    ("also", "as well"),
    ("big", "large"),
    ("begin", "start"),
    ("job", "post"),
    ("does not", "doesn't"),
    ("do not", "don't"),
    ("is not", "isn't"),
    ("are not", "aren't"),
    ("cannot", "can't"),
    ("more than", "over"),
    ("nearly", "almost"),
    ("country", "nation"),
    ("countries", "nations"),
    ("whole", "entire"),
    ("many", "numerous"),
    ("called for", "urged"),
)
_ASIDE = re.compile(r"\s*\([^()]*\)|, (?:such as|for example|for instance)[^,;.]*(?=[,.])")
_LEAD = re.compile(r"((?:In|At|Since|After|Before|By|On|For|From) [^,;]{3,60}), ([^;:]+)\.")
_CONNECTIVE = re.compile(r"(?:However|Yet|But|And|Moreover|Therefore|Thus|So|Then|Also),? ")
_AUXILIARY = re.compile(
    r"\b(is|are|was|were|has been|have been|can|could|should|must|may|might|will|would)"
    r"\b(?! not?\b|n't|\s\w+ not?\b)"
)
_NOT = re.compile(r"\b(is|are|was|were|can|could|should|must|may|will) not\b|\bnon-(?=\w)")
_NEITHER = re.compile(r"\b(neither|nor)\b", re.IGNORECASE)
_MODAL = re.compile(r"\b(may|might|can|could|should|must|shall)\b(?! be able)")
_OTHER_MODAL = {
    "may": ("must", "should"),
    "might": ("must", "should"),
    "can": ("must", "should"),
    "could": ("must", "should"),
    "should": ("may", "must"),
    "must": ("may", "should"),
    "shall": ("may", "should"),
}
_MARK = "Qzx"
_MIN_WORDS, _MAX_WORDS = 8, 45


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim with its paragraph; `kind` says what was changed, "reworded" if nothing was."""

    id: str
    context: str
    claim: str
    supported: bool
    kind: str
    base: str  # the sentence it was made from
    document: str


def starter_briefs() -> dict[str, str]:
    """The text of the starter briefs, by document id, without markup and notes."""
    paths = [*(ROOT / "bench/corpus_sources").glob("*.md"), *(ROOT / "corpus").glob("*.md")]
    return {path.stem: plain(path.read_text(encoding="utf-8")) for path in sorted(paths)}


def plain(text: str) -> str:
    """Markdown without its marks, notes and tables."""
    lines = [
        re.sub(r"^\s*(?:#+|[-*]|\d+[.)])\s+", "", line)
        for line in text.splitlines()
        if not line.startswith(("|", "[^"))
    ]
    return re.sub(r"<sup>.*?</sup>|\[\^\w+\]|[*_`·]|\]\([^)]*\)|(?<!\w)\[", "", "\n".join(lines))


def make_claims(documents: dict[str, str], seed: int = 4) -> list[Claim]:
    """All claims that the rules make of the documents; the same for the same seed."""
    chance = random.Random(seed)
    pool = _Pool(documents)
    made: list[Claim] = []
    for name, text in documents.items():
        for paragraph in re.split(r"\n\s*\n|\n(?=[A-Z])", text):
            context = " ".join(paragraph.split())
            for start, end in sentence_spans(context, 0, len(context)):
                base = context[start:end]
                if _is_plain(base):
                    for kind, claim in _of_sentence(base, context, pool, chance):
                        key = f"{name}-{len(made)}"
                        held = kind == "reworded"
                        made.append(Claim(key, context, claim, held, kind, base, name))
    return made


def change_claims(claims: Sequence[tuple[str, str]], seed: int = 4) -> list[Claim]:
    """Each claim as it is, with its evidence, and what the rules make of it but rewordings."""
    chance = random.Random(seed)
    pool = _Pool({evidence: claim for claim, evidence in claims})
    made: list[Claim] = []
    for base, evidence in claims:
        made.append(Claim(f"{len(made)}", evidence, base, True, "unchanged", base, ""))
        made += [
            Claim(f"{len(made)}", evidence, claim, False, kind, base, "")
            for kind, claim in _of_sentence(base, evidence, pool, chance)
            if kind != "reworded" and claim != base
        ]
    return made


def _is_plain(sentence: str) -> bool:
    length = len(sentence.split())
    return _MIN_WORDS <= length <= _MAX_WORDS and sentence[0].isupper() and sentence[-1] == "."


class _Pool:
    """Names, for a change to one that the paragraph does not have."""

    def __init__(self, documents: dict[str, str]) -> None:
        found = {name for text in documents.values() for name in _names(text)}
        self.names = sorted(found)


def _names(text: str) -> list[str]:
    return [each for each in _NAME.findall(text) if each not in _NO_NAMES]


def _of_sentence(
    base: str, context: str, pool: _Pool, chance: random.Random
) -> Iterator[tuple[str, str]]:
    reworded = _reword(base, chance)
    if reworded != base:
        yield "reworded", reworded
    for kind, pattern in (("number", _FIGURE), ("number", _NUMBER_WORD), ("date", _YEAR)):
        yield from _changed(kind, pattern, base, context, chance)
    yield from _changed("date", _MONTH, base, context, chance)
    yield from _renamed(base, context, pool, chance)
    unspoken = _ASIDE.sub("", base)
    for kind, changed in (
        ("negation", "" if _NEITHER.search(base) else _negated(unspoken)),
        ("modality", _remodalled(unspoken, chance)),
    ):
        if changed:
            yield kind, _reword(changed, chance)


def _reword(text: str, chance: random.Random) -> str:
    text = _CONNECTIVE.sub("", text, count=1) if _CONNECTIVE.match(text) else text
    text = _ASIDE.sub("", text)
    for one, other in _SAME:
        text = re.sub(rf"(?<![\w-]){one}(?![\w-])", other, text)
    text = _NUMBER_WORD.sub(
        lambda m: m[0] if m[0][0].isupper() else str(_NUMBER_WORDS.index(m[0]) + 2), text
    )
    text = (
        re.sub(
            r"(?<![\w.,/$-])(\d{1,2})(?=\s[a-z%])",
            lambda m: _NUMBER_WORDS[int(m[1]) - 2] if 2 <= int(m[1]) <= 20 else m[1],
            text,
        )
        if chance.random() < 0.5
        else text
    )
    lead = _LEAD.fullmatch(text)
    if lead:
        text = f"{lead[2][0].upper()}{lead[2][1:]} {lead[1][0].lower()}{lead[1][1:]}."
    return text[:1].upper() + text[1:]


def _changed(
    kind: str, pattern: re.Pattern[str], base: str, context: str, chance: random.Random
) -> Iterator[tuple[str, str]]:
    """`base` with the first match of `pattern` changed to another of the kind."""
    found = pattern.search(base)
    if not found:
        return
    others = [each[0] for each in pattern.finditer(context) if each[0] not in base]
    other = chance.choice(others) if others else _another(found[0], context, chance)
    yield from _reworded_with(kind, base, found, other, chance)


def _reworded_with(
    kind: str, base: str, found: re.Match[str], other: str, chance: random.Random
) -> Iterator[tuple[str, str]]:
    """`base` with `other` in the place of `found`, reworded; nothing where that was left out."""
    before, after = base[: found.start()], base[found.end() :]
    if _reword(f"{before}{_MARK}{after}", chance).count(_MARK) == 1:
        yield kind, _reword(before + other + after, chance)


def _another(text: str, context: str, chance: random.Random) -> str:
    """Another figure, number word or month of the same look, which `context` does not have."""
    for known in (_NUMBER_WORDS, _MONTHS):
        if text.capitalize() in known or text.lower() in known:
            rest = [each for each in known if each.lower() not in context.lower()]
            return chance.choice(rest)
    while True:
        digits = [at for at, sign in enumerate(text) if sign.isdigit()]
        at = chance.choice(digits[1:] or digits)
        changed = text[:at] + chance.choice("123456789") + text[at + 1 :]
        if not re.search(rf"(?<!\d){re.escape(changed)}(?!\d)", context):
            return changed


def _renamed(
    base: str, context: str, pool: _Pool, chance: random.Random
) -> Iterator[tuple[str, str]]:
    found = next((each for each in _NAME.finditer(base) if each[0] not in _NO_NAMES), None)
    if not found:
        return
    others = [each for each in _names(context) if each not in base]
    rest = [each for each in pool.names if each not in context]
    other = chance.choice(others) if others and chance.random() < 0.5 else chance.choice(rest)
    yield from _reworded_with("name", base, found, other, chance)


def _negated(base: str) -> str:
    found = _NOT.search(base)
    if found:
        kept = found[0].removesuffix(" not") if found[0].endswith("not") else ""
        return base[: found.start()] + kept + base[found.end() :]
    found = _AUXILIARY.search(base)
    return base[: found.end()] + " not" + base[found.end() :] if found else ""


def _remodalled(base: str, chance: random.Random) -> str:
    found = _MODAL.search(base)
    if not found:
        return ""
    other = chance.choice(_OTHER_MODAL[found[0]])
    return base[: found.start()] + other + base[found.end() :]


def main(out: str, files: Sequence[str]) -> None:
    """Writes the claims, one row each, in the shape of the sets of claims."""
    named = {Path(each).stem: plain(Path(each).read_text(encoding="utf-8")) for each in files}
    rows = make_claims(named or starter_briefs())
    lines = (json.dumps(asdict(each), ensure_ascii=False) + "\n" for each in rows)
    Path(out).write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
