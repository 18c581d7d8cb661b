"""A tiny cross-encoder with random weights, as transformers writes one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

WORDS = "who sweden norway did not sign signed fees rose ."


def make_cross_encoder(folder: Path, **config: Any) -> Path:
    """`folder`, with a model that knows WORDS; `config` says its labels."""
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS.split()]
    folder.mkdir(exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(pieces))
    BertTokenizerFast(vocab_file=str(folder / "vocab.txt")).save_pretrained(folder)
    made = BertConfig(
        vocab_size=len(pieces),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=64,
        initializer_range=1.0,
        **config,
    )
    BertForSequenceClassification(made).save_pretrained(folder)
    return folder
