"""What an outcome cost: time by stage, memory, tokens. Lower is better; no gate by default, for
these differ between machines and runs."""

from __future__ import annotations

from evals.metrics.registry import Traits, metric
from evals.outcomes import Outcome
from evals.suite import Case

_ALL = "retrieval answer refusal conversation injection claims"
_ANSWERS = "answer refusal conversation injection"
_MS = Traits(higher_is_better=False, is_gated=False, unit="ms")
_TOKENS = Traits(higher_is_better=False, is_gated=False, unit="tokens")


@metric("retrieve_ms", "retrieval answer refusal conversation injection", **_MS)
def retrieve_ms(case: Case, outcome: Outcome) -> float | None:
    """Milliseconds from the question to ranked hits."""
    return outcome.timings_ms.get("retrieve")


@metric("answer_ms", _ANSWERS, **_MS)
def answer_ms(case: Case, outcome: Outcome) -> float | None:
    """Milliseconds from ranked hits to the answer."""
    return outcome.timings_ms.get("answer")


@metric("total_ms", _ALL, **_MS)
def total_ms(case: Case, outcome: Outcome) -> float | None:
    """Milliseconds from the question to all that comes back."""
    return outcome.timings_ms.get("total")


@metric("peak_memory_mb", _ALL, higher_is_better=False, is_gated=False, unit="MB")
def peak_memory_mb(case: Case, outcome: Outcome) -> float | None:
    """The highest memory of the process up to this case, in MB."""
    return outcome.peak_memory_mb


@metric("prompt_tokens", _ANSWERS, **_TOKENS)
def prompt_tokens(case: Case, outcome: Outcome) -> float | None:
    """Tokens sent to a model, where one was used."""
    return outcome.tokens.get("prompt")


@metric("completion_tokens", _ANSWERS, **_TOKENS)
def completion_tokens(case: Case, outcome: Outcome) -> float | None:
    """Tokens that a model wrote, where one was used."""
    return outcome.tokens.get("completion")
