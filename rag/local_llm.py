"""`local:` models: a GGUF file run by llama.cpp in a child process of ours.

1. A file is named by its path, or by the package that ships it.
2. The first to need it starts a server (rag/llama_server.py) on a free port of loopback, which
   takes requests with a key that nobody else knows; it serves all of this process.
3. It ends with this process, however that ends. Where it ends before, the question that was being
   answered fails with the reason, and the next one starts it anew on the same port.
"""

from __future__ import annotations

import importlib.util
import os
import re
import secrets
import subprocess
import sys
import tempfile
import weakref
from functools import cache
from pathlib import Path
from threading import Lock, Timer
from typing import IO

from rag.errors import ModelError

LOCAL = "local"  # as provider of a model
_INSTALL = 'pip install "chapter-and-verse[local-llm]"'
_NEEDED = ("xllamacpp", "langchain_openai")
_SERVER = Path(__file__).with_name("llama_server.py")
_MAGIC = b"GGUF"
_STARTING_S = 600.0  # a model of many gigabytes from a slow disk
_ENDING_S = 5.0
_OPENING = Lock()  # a cache alone may make one for each of two that come at once
_LONGEST_REASON = 300  # characters
_ERROR = re.compile(r"^[\d.]+ E (?:\w+: )*(?P<told>.+)$", re.MULTILINE)
_NO_MEMORY = re.compile(r"insufficient memory|(?:failed|unable) to allocate|bad_alloc")
_SMALLER = "take a smaller model, or lower context_tokens"


class LocalServer:
    """llama.cpp's server for one file, which speaks as OpenAI's does; shared between threads."""

    def __init__(self, path: Path, context_tokens: int) -> None:
        """Starts nothing."""
        self.key = secrets.token_urlsafe(32)
        self._path = path
        self._context_tokens = context_tokens
        self._lock = Lock()
        self._address = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None

    def ready(self) -> str:
        """Its base address, once it takes requests; the same each time.

        Raises ModelError where it does not start, and once where it has ended since.
        """
        with self._lock:
            ended = self._process
            if ended is not None and ended.poll() is not None:
                told = self._told(ended)
                self._process = None
                raise ModelError(f"the server of {self._path.name} has ended: {told}")
            if self._process is None:
                self._start()
            return f"{self._address}/v1"

    @property
    def process_id(self) -> int | None:
        """Of the child process, None before it is started."""
        return self._process.pid if self._process else None

    def _start(self) -> None:
        port = self._address.rpartition(":")[2] or "0"
        values = (self._path, self._context_tokens, _threads(), port)
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        process = subprocess.Popen(
            [sys.executable, "-P", str(_SERVER), *map(str, values)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            bufsize=0,
            start_new_session=True,  # Ctrl-C is for this process, which then ends it
        )
        weakref.finalize(self, _end, process)
        said = _said_at_start(process, self.key)
        if not said:
            _end(process)
            raise ModelError(f"its server did not start: {self._told(process)}")
        self._address, self._process = said, process

    def _told(self, ended: subprocess.Popen[bytes]) -> str:
        if self._log is None:
            return ""
        self._log.seek(0)
        return reason_of(self._log.read().decode("utf-8", "replace"), ended.returncode)


def open_local(model: str, context_tokens: int) -> LocalServer:
    """The server of `model`, a path or a package, shared by all of this process; started if needed.

    Raises ModelError where the extra or the file is missing, the file is none, or it will not load.
    """
    path = find_gguf(model)
    missing = [each for each in _NEEDED if importlib.util.find_spec(each) is None]
    if missing:
        raise ModelError(f"what runs a GGUF file is not installed ({missing[0]}): {_INSTALL}")
    with _OPENING:
        server = _server_of(path, context_tokens)
    server.ready()
    return server


@cache
def _server_of(path: Path, context_tokens: int) -> LocalServer:
    return LocalServer(path, context_tokens)


def find_gguf(model: str) -> Path:
    """The GGUF file at the path `model`, or the one that the package `model` ships.

    Raises ModelError where there is none, or more than one.
    """
    path = Path(model).expanduser()
    if not path.is_file():
        is_path = path.suffix == ".gguf" or path.name != model
        path = _missing(model) if is_path else _shipped(model)
    try:
        with path.open("rb") as file:
            start = file.read(len(_MAGIC))
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from error
    if start != _MAGIC:
        raise ModelError(f"{path} is no GGUF file; give one that llama.cpp can read")
    return path.resolve()


def _missing(model: str) -> Path:
    what = "is a folder" if Path(model).expanduser().is_dir() else "does not exist"
    raise ModelError(f"{model} {what}; give the path of a GGUF file")


def _shipped(package: str) -> Path:
    name = package.replace("-", "_")
    found = importlib.util.find_spec(name) if name.isidentifier() else None
    if found is None or not found.submodule_search_locations:
        raise ModelError(
            f"there is no file and no installed package {package!r}; give the path of a GGUF file, "
            f"or install the package"
        )
    files = [file for at in found.submodule_search_locations for file in Path(at).rglob("*.gguf")]
    if len(files) != 1:
        held = ", ".join(sorted(file.name for file in files)) or "none"
        raise ModelError(
            f"the package {package!r} must ship one GGUF file, and ships: {held}; give a path"
        )
    return files[0]


def reason_of(log: str, exit_code: int) -> str:
    """Why a server ended, in one line: the first error of its `log`, which caused the others.

    A negative `exit_code` is the signal that ended it.
    """
    if _NO_MEMORY.search(log):
        return f"memory ran out; {_SMALLER}"
    if exit_code == -9:
        return f"it was killed, as the system does where memory runs out; {_SMALLER}"
    if exit_code == -15:
        return f"it was told to end, or was not ready within {_STARTING_S:g} s"
    error = _ERROR.search(log)
    lines = log.strip().splitlines()
    told = error["told"] if error else lines[-1] if lines else f"exit code {exit_code}"
    return " ".join(told.split())[:_LONGEST_REASON]


def _threads() -> int:
    """OMP_NUM_THREADS, else the cores that this process may use but one.

    llama.cpp's threads wait for each other in vain loops: on two cores with other work, two of them
    write one token a second, one writes twenty.
    """
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    if wanted.isdecimal() and int(wanted):
        return int(wanted)
    allowed = getattr(os, "sched_getaffinity", None)  # on Linux alone
    cores = len(allowed(0)) if allowed else os.cpu_count() or 1
    return max(1, cores - 1)


def _said_at_start(process: subprocess.Popen[bytes], key: str) -> str:
    """The address that the server says when it is ready, empty if it ends or takes too long."""
    if process.stdin is None or process.stdout is None:
        return ""
    limit = Timer(_STARTING_S, process.terminate)
    limit.daemon = True
    limit.start()
    try:
        process.stdin.write(f"{key}\n".encode())
        with process.stdout as said:
            return said.readline().decode().strip()
    except BrokenPipeError:
        return ""
    finally:
        limit.cancel()


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin:
        process.stdin.close()  # at which it ends by itself
    try:
        process.wait(_ENDING_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
