"""What is in a file to mislead: characters that hide or turn text, and text aimed at a model.

1. Characters that show nothing: Unicode tags (which can spell a hidden message), bidirectional
   embeddings, overrides and isolates, joiners where no script needs them. They leave the text; tags
   and bidirectional controls are recorded. Flags spelt in tags after a black flag are no message.
2. Phrases that speak to a language model, not to a reader: orders to forget what it was told, role
   play, questions after its instructions, marks of chat templates. They are visible, so they stay;
   they are recorded. The patterns are few and exact: a document *about* such attacks is recorded
   too, one that tells officials what to do is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rag.load.pieces import Piece
from rag.records import Document, Finding

_SAMPLE = 200
_AROUND = 40
_MAX_FINDINGS = 20
_FLAG = re.compile("\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f")
_RECORDED = re.compile("[\U000e0000-\U000e007f\u202a-\u202e\u2066-\u2069]")
_NEEDS_JOINERS = "\u0600-\u07ff\u0840-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff"
_JOINER = re.compile(
    f"(?<![{_NEEDS_JOINERS}\U0001f000-\U0001faff\u2640\u2642\ufe0f])[\u200c\u200d]|[\u200e\u200f\u061c]"
)
_OBJECT = (
    r"(?:all |any |the |your |of |these |those |my |our |everything in )*"
    r"(?:previous|prior|above|earlier|preceding|foregoing|existing|original|system|given)\s+"
    r"(?:\w+\s+){0,2}"
    r"(?:instructions?|prompts?|directions?|rules|guidelines|commands?|messages?|context|text)"
)
_VERBS = (
    "add|append|augment|insert|embed|enhance|integrate|incorporate|modify|misspell|scramble|anagram"
    "|rearrange|replace|substitute|group|encode|translate|use|start|begin|end"
)
_INSTRUCTIONS = re.compile(
    "|".join(
        (
            rf"\b(?:ignore|disregard|forget|override|bypass|overlook)\s+{_OBJECT}",
            r"\b(?:ignore|disregard|forget)\s+(?:everything|anything|all)\s+(?:you|that)\s+"
            r"(?:\w+\s+){0,3}(?:told|said|written|above|before|instructed)",
            r"\b(?:reveal|print|repeat|output|show|disclose|leak)\s+(?:me\s+)?(?:your|the)\s+"
            r"(?:\w+\s+){0,2}(?:system\s+prompt|initial\s+prompt|hidden\s+(?:prompt|instructions?))",
            r"\b(?:your|the|this)\s+(?:system\s+(?:prompt|message|instructions?)|initial\s+"
            r"(?:prompt|instructions?))\b|\binstructions\s+you\s+(?:were|have\s+been)\s+given\b",
            rf"\b(?:{_VERBS})\b[^.!?\n]{{0,120}}\byour\s+(?:answers?|responses?|repl(?:y|ies)|output)\b",
            r"\bin\s+your\s+(?:answer|response|reply),\s+(?!please)[a-z]+",
            r"\byou\s+are\s+(?:now\s+)?(?:an?\s+)?(?:\w+\s+){0,2}"
            r"(?:AI|language\s+model|LLM|chat\s?bot|virtual\s+assistant|ChatGPT|GPT-?\d|DAN)\b",
            r"\b(?<!such )(?:as|if you are|since you are)\s+(?:an?\s+)?"
            r"(?:AI\s+(?:language\s+)?(?:model|assistant)|large\s+language\s+model|LLM)\b",
            r"(?:(?m:^)|[.!?:<>(\[])\W*(?:attention|note|message|instructions?)\s+(?:to|for)\s+(?:the\s+|any\s+|all\s+)?"
            r"(?:AI|LLMs?|language\s+models?|chat\s?bots?|AI\s+(?:assistants?|agents?))\b",
            r"\b(?:do\s+not|don't|never)\s+(?:tell|inform|mention\s+(?:this\s+)?to|warn)\s+the\s+user\b",
            r"(?m:(?:^|[.!?|:]\s)\W*(?:\d+[.)]\s*)?(?:AI\s+)?(?:assistant|chat\s?bot)\s*:\s)",
            r"\b(?:when|whenever|if)\s+you\s+are\s+asked\b[^.!?]{0,200},\s*(?:answer|say|reply|respond)\b",
            r"\b(?:anyone|whoever)\s+(?:who\s+)?(?:asks|answers)\b[^.!?]{0,120}\b(?:should\s+say|"
            r"must\s+say|(?:should|must)\s+be\s+told)\b",
            r"\bin\s+(?:every|each)\s+(?:answer|response|reply)\b|"
            r"\b(?:answer|reply\s+to|respond\s+to)\s+(?:every|each|any|all)\s+questions?\s+with\b",
            r"<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id)\|>",
            r"\[/?INST\]|<</?SYS>>|(?m:^\s*#{2,3}\s*(?:System|Instruction|Assistant)\s*:)",
            r"\bignor(?:ez|e)\s+(?:toutes\s+)?les\s+(?:instructions|consignes)\s+"
            r"(?:précédentes|ci-dessus)",
            r"\bignor[ae]\s+(?:todas\s+)?las\s+instrucciones\s+(?:anteriores|previas)",
        )
    ),
    re.IGNORECASE,
)


def without_controls(text: str) -> str:
    """The text without characters that hide or turn it; joiners stay where a script needs them."""
    if text.isascii():
        return text
    return _JOINER.sub("", _RECORDED.sub("", _FLAG.sub("\U0001f3f4", text)))


def find_controls(pieces: Iterable[Piece]) -> Iterator[Finding]:
    """At most one finding for tags and bidirectional controls in what a reader gave, with the first
    place at which they stand; tags are read out."""
    count, sample, page = 0, "", 0
    for piece in pieces:
        for run in piece.runs:
            if run.text.isascii():
                continue
            text = _FLAG.sub("", run.text)
            found = _RECORDED.findall(text)
            if found and not count:
                sample, page = _shown(text), run.page
            count += len(found)
    if count:
        yield Finding("control characters", f"{count}: {sample}"[:_SAMPLE], page or None)


def find_instructions(document: Document) -> Iterator[Finding]:
    """The places at which a document speaks to a model, at most 20."""
    text = document.text
    for count, match in enumerate(_INSTRUCTIONS.finditer(text)):
        if count == _MAX_FINDINGS:
            return
        start, end = max(0, match.start() - _AROUND), match.end() + 2 * _AROUND
        page = document.page_at(match.start())
        sample = " ".join(text[start:end].split())[:_SAMPLE]
        yield Finding("instruction-like text", sample, page.number if page else None)


def speaks_to_model(text: str) -> bool:
    """Whether `text` has a phrase that speaks to a model; it is then neither quoted nor shown to
    one."""
    return _INSTRUCTIONS.search(text) is not None


def hidden_finding(texts: Iterable[str], page: int | None = None) -> tuple[Finding, ...]:
    """The finding for texts that a reader does not see; none if there is no word in them."""
    sample = " ".join(" ".join(texts).split())
    if not re.search(r"[^\W\d_]{3}", sample):
        return ()
    return (Finding("invisible text", _shown(sample)[:_SAMPLE], page),)


def _shown(text: str) -> str:
    """A text around its first control character, controls written out, tags read out."""
    first = _RECORDED.search(text)
    at = max(0, first.start() - _AROUND) if first else 0
    spelt = "".join(chr(ord(c) - 0xE0000) for c in text if 0xE0020 <= ord(c) <= 0xE007E)
    written = _RECORDED.sub(lambda match: f"U+{ord(match[0]):04X}", text[at : at + 2 * _AROUND])
    return f"tags that spell {spelt!r}" if spelt else " ".join(written.split())
