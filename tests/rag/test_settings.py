"""One strict tree: defaults, then the file, then the environment, then the command."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from rag.errors import SettingsError
from rag.settings import load_settings


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "verse.toml"
    path.write_text('data_dir = "/from/file"\n[retrieval]\ntop_k = 3\ncandidates = 20\n')
    return path


def test_environment_wins_over_file_and_the_command_over_both(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_settings().retrieval.top_k == 8
    monkeypatch.setenv("VERSE_RETRIEVAL__TOP_K", "5")
    monkeypatch.setenv("VERSE_DATA_DIR", "/from/environment")
    settings = load_settings(config=config)
    assert (settings.retrieval.top_k, settings.retrieval.candidates) == (5, 20)
    assert settings.data_dir == Path("/from/environment")
    assert load_settings(Path("/from/command"), config).data_dir == Path("/from/command")


def test_the_environment_can_name_the_file(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERSE_CONFIG", str(config))
    monkeypatch.setenv("VERSE_SHARED", "/elsewhere")  # ours, and no setting
    assert load_settings().retrieval.top_k == 3


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("VERSE_FOO", "1", r"unknown setting VERSE_FOO .*known: .*retrieval"),
        ("VERSE_RETRIEVAL__TOPK", "1", r"VERSE_RETRIEVAL__TOPK .*known: .*top_k"),
        ("VERSE_DATA_DIR__X", "1", r"unknown setting VERSE_DATA_DIR__X"),
        ("VERSE_RETRIEVAL__TOP_K", "0", r"retrieval\.top_k: .*got '0'"),
        ("VERSE_RETRIEVAL__TOP_K", "many", r"retrieval\.top_k: .*got 'many'"),
        ("VERSE_RETRIEVAL__DENSE_WEIGHT", "nan", r"retrieval\.dense_weight"),
        ("VERSE_RETRIEVAL", "{", r"retrieval"),
        ("VERSE_CONFIG", "/no/such/file", r"settings file not found: /no/such/file"),
    ],
)
def test_a_mistake_in_the_environment_is_named(
    name: str, value: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=told):
        load_settings()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[retrieval]\ntopk = 3\n", r"retrieval\.topk"),
        ("[colours]\n", "colours"),
        ("[retrieval\n", "cannot be read"),
        ("retrieval = 3\n", "retrieval"),
        ("[answer]\nmin_support = 1.5\n", r"answer\.min_support: .*got 1\.5"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "verse.toml"
    path.write_text(content)
    with pytest.raises(SettingsError, match=told):
        load_settings(config=path)


def test_settings_can_not_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load_settings().retrieval.top_k = 1
