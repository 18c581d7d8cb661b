"""The child process of rag.local_llm: llama.cpp's own server over one GGUF file, on loopback.

Run as `python -P llama_server.py PATH CONTEXT_TOKENS THREADS PORT`, with the key to ask of callers
as first line of the input. Says its address on the output once the model is loaded, errors on the
error output, and ends when its input does: a parent that is killed leaves no server behind.
"""

from __future__ import annotations

import os
import sys
from threading import Event, Thread

_LOOPBACK = "127.0.0.1"
_ERRORS_ONLY = 1  # nothing of a question or a reply is written to the log


def main() -> None:
    """Serves until the input ends; exits with 1 where the model cannot be loaded."""
    path, context_tokens, threads, port = sys.argv[1:]
    answers = os.dup(1)
    os.dup2(2, 1)  # whatever else is printed belongs to the log
    key = sys.stdin.readline().strip()
    Thread(target=_end_with_input, daemon=True).start()

    from xllamacpp import CommonParams, Server

    params = CommonParams()
    params.model.path = path
    params.n_ctx = int(context_tokens)
    params.n_parallel = 1  # a second reply would halve the context
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = int(threads)
    params.cache_ram_mib = 0  # prompts hardly repeat, and its default is 8 GB
    params.enable_reasoning = 0
    params.hostnames, params.port, params.api_keys = [_LOOPBACK], int(port), [key]
    params.ui = params.endpoint_slots = False
    params.verbosity = _ERRORS_ONLY
    try:
        server = Server(params)
    except RuntimeError:
        sys.exit(1)  # the reason is in the log
    os.write(answers, f"{server.listening_address}\n".encode())
    Event().wait()


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    main()
