"""Prompts as files: read, check and fill `prompts/*.md`.

A prompt is a Markdown file of three parts:

1. a comment that says `purpose:` and `variables:` (names between commas);
2. the instructions, which hold no variable: what a user or a document says never gets there;
3. after a line `---`, the message, with `$name` where each variable goes.

Text is filled in once and as it is: a `$name` inside it stays what it is. `fenced` sets text of
documents, models and users apart from the prompt's own.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from string import Template

import rag
from rag.errors import PromptError

PROMPTS = Path(rag.__file__).parent.parent / "prompts"  # in a checkout and in a wheel alike
_LAYOUT = re.compile(
    r"\s*<!--\s*purpose:\s*(?P<purpose>[^\n]+?)\s*\n\s*variables:(?P<variables>[^\n]*?)\s*-->"
    r"\s*(?P<system>.*?)\s*\n---\n\s*(?P<message>.*?)\s*",
    re.DOTALL,
)
_TICKS = re.compile(r"`+")
_MIN_TICKS = 3


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt as its file has it; `sha256` is that of the file's text."""

    name: str
    purpose: str
    variables: frozenset[str]
    system: str
    message: str
    sha256: str

    def fill(self, **values: str) -> str:
        """The message with each variable set; raises PromptError naming what does not fit."""
        _check_names(f"prompt {self.name}", self.variables, frozenset(values), "provided")
        return Template(self.message).substitute(values)


def open_prompt(name: str, folder: Path = PROMPTS) -> Prompt:
    """The prompt in `folder`/`name`.md; raises PromptError saying what is wrong with it."""
    path = folder / f"{name}.md"
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise PromptError(f"prompt {name} cannot be read from {path}: {error}") from error
    found = _LAYOUT.fullmatch(text)
    if found is None:
        raise PromptError(
            f"prompt {path}: not laid out as a comment with purpose and variables, instructions, "
            f"a line of ---, and the message"
        )
    prompt = Prompt(
        name=name,
        purpose=found["purpose"],
        variables=frozenset(re.findall(r"\w+", found["variables"])),
        system=found["system"],
        message=found["message"],
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )
    _check_layout(path, prompt)
    return prompt


def fenced(text: str) -> str:
    """`text` between lines of backticks, more of them than it has in a row itself.

    So no text can end its own fence (CommonMark, section 4.5).
    """
    longest = max(map(len, _TICKS.findall(text)), default=0)
    fence = "`" * max(_MIN_TICKS, longest + 1)
    return f"{fence}\n{text}\n{fence}"


def _check_layout(path: Path, prompt: Prompt) -> None:
    message = Template(prompt.message)
    if not message.is_valid():
        raise PromptError(f"prompt {path}: a $ that starts no name; write $$ for the sign itself")
    used = frozenset(message.get_identifiers())
    _check_names(f"prompt {path}", prompt.variables, used, "used")
    if Template(prompt.system).get_identifiers():
        raise PromptError(
            f"prompt {path}: a variable in the instructions; only the message has any"
        )


def _check_names(where: str, required: frozenset[str], given: frozenset[str], how: str) -> None:
    if given == required:
        return
    missing, unknown = sorted(required - given), sorted(given - required)
    raise PromptError(
        f"{where}: variables missing: {_listed(missing)}; unknown: {_listed(unknown)}; "
        f"required: {_listed(sorted(required))}; {how}: {_listed(sorted(given))}"
    )


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "none"
