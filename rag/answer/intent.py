"""Whether what was typed is a question to the documents at all; by rules.

1. Small talk is made of nothing but a greeting, thanks or a farewell, in one of the six languages
   of the United Nations: "Hi, who pays?" is a question.
2. Other work is asked for by how the text begins: an order to write, translate, book or reckon
   something, or an order to forget earlier orders. "Which verbs does the code of conduct use?" and
   "Write down what the documents say about fees" are questions.
"""

from __future__ import annotations

import re
from typing import Literal

Intent = Literal["question", "small talk", "other work"]

_MAX_WORDS = 8  # of small talk
_READ = 200  # characters, in which an order is recognised
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_GREETING = frozenset(
    "hi hello hey hiya howdy greetings welcome morning afternoon evening night day thanks thank "
    "thx cheers bye goodbye farewell later ok okay great good nice perfect wonderful excellent "
    "cool fine lovely super awesome sorry appreciated bonjour bonsoir salut merci revoir hola "
    "gracias adiós adios привет здравствуйте здравствуй спасибо пожалуйста свидания пока مرحبا "
    "مرحباً أهلا أهلاً السلام شكرا شكراً hallo danke".split()
)
_FILLER = frozenset(
    "there you all again everyone team so very much a lot for the your help to see how are doing "
    "is it that this was i am today now please my friend sir madam have and too well yes no do me "
    "be qué que tal beaucoup au buenos buenas días dias tardes noches muchas hasta luego большое "
    "до добрый день утро вечер доброе عليكم جزيلا جزيلاً مع السلامة صباح مساء الخير وسهلا".split()
)
_PHRASES = frozenset(
    "how are you|who are you|what are you|what is your name|what's your name|what can you do|"
    "how can you help me|are you a robot|are you an ai|are you human|good morning|"
    "你好|您好|谢谢|谢谢你|多谢|再见|早上好|下午好|晚上好|مع السلامة|صباح الخير|مساء الخير|"
    "добрый день|доброе утро|добрый вечер|до свидания|buenos días|buenas tardes|"
    "comment ça va|ça va|qué tal|como estas|cómo estás|как дела".split("|")
)
_ASKS = (
    r"(?:(?:hi|hello|hey)\W{1,3})?(?:(?:please|kindly|now)\W{1,3})?"
    r"(?:(?:can|could|would|will) you |i (?:want|need|would like|'d like) you to |"
    r"help me (?:to )?|let us |let's )?(?:please )?"
)
_MADE = (
    r"poems?|haikus?|limericks?|sonnets?|songs?|lyrics|stor(?:y|ies)|jokes?|essays?|novels?|"
    r"code|functions?|scripts?|programs?|programmes? in|quer(?:y|ies)|regex(?:es)?|class in|"
    r"e-?mails?|letters?|tweets?|blog ?posts?|posts?|speech(?:es)?|cv|r[eé]sum[eé]|apps?|"
    r"websites?|web ?pages?|macros?|spreadsheets?|games?|logos?|pictures?|images?|python|"
    r"javascript|java|sql|html"
)
_NOT_MADE = r"(?:about|of|on|for|in|to|from|what|which|how|who|down|up|out)\b"
_BOOKED = (
    r"flights?|tables?|hotels?|tickets?|rooms?|taxis?|cars?|pizzas?|cabs?|trains?|appointments?|"
    r"meetings?|food|groceries"
)
_ORDERS = re.compile(
    rf"{_ASKS}(?:"
    rf"(?:write|compose|draft|create|make|generate|code|build|design|draw|paint|produce)"
    rf"(?: me| us)?(?: (?:a|an|some|another|the|my|one))?(?: (?!{_NOT_MADE})[\w+#-]+){{0,3}}?"
    rf" (?:{_MADE})\b(?! of\b)"
    rf"|(?:tell|give) (?:me|us) (?:a|an|another|some) (?:[\w-]+ )?(?:jokes?|poems?|story|riddle)\b"
    rf"|(?:book|order|buy|reserve|schedule|cancel)(?: me| us)?(?: (?:a|an|the|my|some|two))?"
    rf"(?: [\w-]+){{0,2}}? (?:{_BOOKED})\b"
    rf"|translate\b|proofread\b|sing\b|(?:debug|refactor|compile) |remind me\b"
    rf"|(?:set|start) (?:a|an|the|my) (?:alarm|timer|reminder)\b"
    rf"|(?:fix|run|execute|review) (?:this|my|the|that) (?:code|script|function|program|bug)\b"
    rf"|(?:solve|integrate|differentiate|factori[sz]e) .*[=^²∫]"
    rf"|what(?:'s| is) the (?:weather|time)\b(?: (?:like|now|today|here|in \w+))*\W*$"
    rf"|what time is it\b|what day is (?:it|today)\b"
    rf"|(?:ignore|forget|disregard) (?:all |any |the |your )*(?:previous|prior|above|earlier) "
    rf"(?:instructions?|prompts?|orders|rules)\b)",
    re.IGNORECASE,
)
_SUM = re.compile(
    r"(?:what(?:'s| is)|calculate|compute|how much is)?\s*"
    r"[\d.,()\s]*\d\s*(?:[-+*/×÷^]|plus|minus|times|divided by)\s*[\d.,()\s+*/×÷^-]*\d[\d.,()\s]*"
    r"=?\s*\?*\s*",
    re.IGNORECASE,
)


def read_intent(text: str) -> Intent:
    """What is wanted with `text`."""
    if _is_small_talk(text):
        return "small talk"
    start = " ".join(text[:_READ].split()).lstrip("\"'“¿¡([- ")
    if _ORDERS.match(start) or (len(text) < _READ and _SUM.fullmatch(start)):
        return "other work"
    return "question"


def _is_small_talk(text: str) -> bool:
    if len(text) > _READ:
        return False
    words = [word.replace("’", "'") for word in _WORD.findall(text.casefold())]
    if not words or len(words) > _MAX_WORDS:
        return False
    if " ".join(words) in _PHRASES:
        return True
    greets = [word in _GREETING for word in words]
    return any(greets) and all(
        is_greeting or word in _FILLER for word, is_greeting in zip(words, greets, strict=True)
    )
