"""What every test stands on: no network, no settings from outside, one model, one library."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

# The workers of pytest-xdist share the cores; two threads of OpenMP in each slow all of them down.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from rag.settings import IngestSettings
from rag.workers import Workers

if TYPE_CHECKING:
    from rag.embed import SentenceEmbedder
    from rag.listing import FileOutcome
    from rag.pipeline import Library

ROOT = Path(__file__).parent.parent
CORPUS = ROOT / "corpus"
# Read once: the environment is wiped for each test.
_SHARED = (ROOT / os.environ.get("VERSE_SHARED", "../shared")).resolve()
_LOCAL = {"localhost", "127.0.0.1", "::1", "0.0.0.0", "::", "", None}
# Starts its process when it is first used; the same with and without Tesseract.
_WORKERS = Workers(IngestSettings(ocr_languages=""))
_PROXIES = {"http_proxy", "https_proxy", "all_proxy", "no_proxy", "ftp_proxy"}
_OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "ANONYMIZED_TELEMETRY": "False"}


def _is_local(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    return name in _LOCAL or str(name).startswith("127.")


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Whatever would leave this machine raises; loopback and Unix sockets stay."""
    connect, connect_ex, getaddrinfo = (
        socket.socket.connect,
        socket.socket.connect_ex,
        socket.getaddrinfo,
    )

    def guarded(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(self: socket.socket, address: Any) -> Any:
            if self.family != socket.AF_UNIX and not _is_local(address[0]):
                raise RuntimeError(f"a test reached for the network: {address}")
            return real(self, address)

        return call

    def looked_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        if not _is_local(host):
            raise RuntimeError(f"a test looked up a host: {host}")
        return getaddrinfo(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded(connect))
        patch.setattr(socket.socket, "connect_ex", guarded(connect_ex))
        patch.setattr(socket, "getaddrinfo", looked_up)
        for name, value in _OFFLINE.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session", autouse=True)
def one_worker() -> Iterator[None]:
    """Ends the worker process that all libraries of the session share."""
    yield
    _WORKERS.close()


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of ours and no proxy reaches a test from outside."""
    for name in list(os.environ):
        if name.upper().startswith("VERSE_") or name.lower() in _PROXIES:
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared documents and cases, named by VERSE_SHARED; skips where it is absent."""
    if not _SHARED.is_dir():
        pytest.skip(f"no shared folder at {_SHARED}; name one with VERSE_SHARED")
    return _SHARED


@pytest.fixture(scope="session")
def embedder() -> SentenceEmbedder:
    """The real small model, loaded once."""
    from rag.embed import SentenceEmbedder
    from rag.settings import EmbeddingSettings

    defaults = EmbeddingSettings()
    return SentenceEmbedder(defaults.model, defaults.batch_size)


@pytest.fixture(scope="session")
def starter_folder(
    tmp_path_factory: pytest.TempPathFactory, embedder: SentenceEmbedder
) -> tuple[Path, list[FileOutcome]]:
    """A data folder with the ten starter briefs, and what their ingest reported. Read only."""
    folder = tmp_path_factory.mktemp("starter")
    library = open_with(folder, embedder)
    from rag.listing import list_work

    outcomes = library.ingester(lambda done, total, what: None).ingest(list_work([CORPUS]))
    library.ledger.close()
    return folder, outcomes


@pytest.fixture(scope="session")
def starter_library(
    starter_folder: tuple[Path, list[FileOutcome]], embedder: SentenceEmbedder
) -> Library:
    """The open library of the ten starter briefs. Read only."""
    return open_with(starter_folder[0], embedder)


@pytest.fixture(scope="session")
def library_at(embedder: SentenceEmbedder) -> Callable[..., Library]:
    """Opens a library in a folder with the shared model, or with the embedder given."""

    def open_one(folder: Path, using: SentenceEmbedder | None = None) -> Library:
        return open_with(folder, using or embedder)

    return open_one


def open_with(folder: Path, embedder: SentenceEmbedder) -> Library:
    """A library with the default settings, wired as rag.pipeline does but with one shared model."""
    import rag.pipeline
    from rag.settings import load_settings

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rag.pipeline, "SentenceEmbedder", lambda *_: embedder)
        patch.setattr(rag.pipeline, "Workers", lambda settings: _WORKERS)
        return rag.pipeline.open_library(load_settings(folder))
