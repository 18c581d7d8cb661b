"""The real small model, and tiny ones made here: unit vectors, word pieces, prompts, pooling."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path

import numpy as np
import pytest

from rag.embed import Reading, SentenceEmbedder, unit
from rag.errors import ModelError

PIECES = "query passage fees rose sweden did not sign : .".split()


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


def test_questions_and_passages_are_alike_where_no_prompt_parts_them(
    embedder: SentenceEmbedder,
) -> None:
    query, passage = embedder.embed(["fees"], "query"), embedder.embed(["fees"], "passage")
    assert np.array_equal(query, passage)


def test_unit_leaves_zero_at_zero() -> None:
    scaled = unit(np.array([[3.0, 4.0], [0.0, 0.0]], dtype=np.float32))
    assert np.allclose(scaled, [[0.6, 0.8], [0.0, 0.0]])


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as sentence-transformers writes it: pooling by [CLS], prompts, random weights."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    bare = tmp_path_factory.mktemp("bare")
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *PIECES]
    numbered = {piece: number for number, piece in enumerate(vocabulary)}
    BertTokenizerFast(vocab=numbered, model_max_length=32).save_pretrained(bare)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=64,
        initializer_range=1.0,
    )
    BertModel(config).save_pretrained(bare)
    model = SentenceTransformer(
        modules=[Transformer(str(bare)), Pooling(16, "cls")],
        prompts={"query": "query: ", "document": "passage: "},
        device="cpu",
    )
    folder = tmp_path_factory.mktemp("tiny")
    model.save(str(folder))
    return folder


def hidden_states(folder: Path, text: str) -> tuple[list[str], np.ndarray]:
    """The word pieces of a text, and the model's last hidden states, by transformers alone."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    inputs = AutoTokenizer.from_pretrained(folder)(text, return_tensors="pt")
    with torch.inference_mode():
        states = AutoModel.from_pretrained(folder).eval()(**inputs).last_hidden_state[0]
    pieces = AutoTokenizer.from_pretrained(folder).convert_ids_to_tokens(inputs["input_ids"][0])
    return pieces, states.numpy()


def test_a_folder_says_its_prompts_pooling_and_window(tiny: Path) -> None:
    embedder = SentenceEmbedder(str(tiny), 4)
    assert embedder.max_tokens == 32 - 2 - 2  # less special word pieces, and "passage", ":"
    pieces, states = hidden_states(tiny, "query: fees rose")
    assert pieces == ["[CLS]", "query", ":", "fees", "rose", "[SEP]"]
    (found,) = embedder.embed_tokens(["fees rose"], "query")
    assert np.allclose(found.vector, unit(states[0]), atol=1e-5)
    assert np.allclose(found.tokens, unit(states[3:5]), atol=1e-5)
    assert found.spans.tolist() == [[0, 4], [5, 9]]  # of the text, whatever stands before it
    other = hidden_states(tiny, "passage: fees rose")[1]
    assert np.allclose(embedder.embed(["fees rose"], "passage")[0], unit(other[0]), atol=1e-5)


@pytest.mark.parametrize("pooling", ["mean", "last"])
def test_settings_win_over_the_folder(tiny: Path, pooling: str) -> None:
    reading = Reading(query_prompt="", pooling=pooling, max_tokens=20)
    embedder = SentenceEmbedder(str(tiny), 4, reading)
    states = hidden_states(tiny, "fees rose")[1]
    expected = states.mean(axis=0) if pooling == "mean" else states[-1]
    batch = embedder.embed(["fees rose", "sweden did not sign fees ."], "query")
    assert np.allclose(batch[0], unit(expected), atol=1e-5)  # padding does not count
    assert len(embedder.embed_tokens(["fees " * 50], "query")[0].tokens) == 18


def test_a_prompt_can_be_left_out_of_the_pooling(tiny: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny, tmp_path / "model")
    path = next(folder.glob("*_Pooling/config.json"))
    config = json.loads(path.read_text()) | {"pooling_mode": "mean", "include_prompt": False}
    path.write_text(json.dumps(config))
    states = hidden_states(tiny, "query: fees rose")[1]
    (vector,) = SentenceEmbedder(str(folder), 4).embed(["fees rose"], "query")
    assert np.allclose(vector, unit(states[3:].mean(axis=0)), atol=1e-5)


def test_a_window_that_the_model_cannot_read_is_refused(tiny: Path) -> None:
    with pytest.raises(ModelError, match=r"a window of 65 word pieces is not from 16 to 64"):
        SentenceEmbedder(str(tiny), 4, Reading(max_tokens=65))


def test_a_model_without_word_pieces_has_whole_texts_only(tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = {word: at for at, word in enumerate(["[UNK]", *PIECES])}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    static = StaticEmbedding(tokenizer, embedding_dim=8)
    SentenceTransformer(modules=[static], device="cpu").save(str(tmp_path))
    embedder = SentenceEmbedder(str(tmp_path), 4)
    (found,) = embedder.embed_tokens(["fees rose"], "query")
    assert found.vector.shape == (8,)
    assert np.linalg.norm(found.vector) == pytest.approx(1)
    assert (found.tokens.shape, found.spans.shape) == ((0, 8), (0, 2))
    assert embedder.count_tokens("fees rose") == 2


def test_no_test_can_reach_the_network() -> None:
    with pytest.raises(RuntimeError, match="reached for the network"):
        socket.socket().connect(("192.0.2.1", 80))
    with pytest.raises(RuntimeError, match=r"looked up a host: huggingface\.co"):
        socket.getaddrinfo("huggingface.co", 443)
