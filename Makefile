# Chapter & Verse: every target works from a path with spaces, twice in a row, and without
# network once the packages are installed.

PYTHON ?= python3
PORT ?= 7860
# A folder of your own documents for `make chat`; the starter briefs without it.
DOCS ?=
# PyTorch's own index of CPU-only builds saves gigabytes on Linux:
#   make chat TORCH_INDEX=https://download.pytorch.org/whl/cpu
TORCH_INDEX ?=
# The shared folder with test sets that are not ours to give away.
SHARED ?= $(or $(VERSE_SHARED),../shared)

PIP = .venv/bin/python -m pip --disable-pip-version-check
TORCH = $(shell sed -n 's/^\(torch==[^ ;]*\).*/\1/p' constraints.txt)
# Each folder of documents has a library of its own.
LIBRARY = $(if $(DOCS),.verse/$(shell printf '%s' "$(DOCS)" | cksum | tr ' ' '-'),.verse/starter)

.DEFAULT_GOAL := help
.PHONY: help chat test check gate bench-retrieval format corpus clean

help: ## List the targets
	@echo "Chapter & Verse: cited, verbatim answers from policy documents, offline."
	@echo
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-14s %s\n", $$1, $$2}'
	@echo
	@echo "Variables: DOCS=/path/to/folder  PORT=7860  PYTHON=python3  TORCH_INDEX=URL"

chat: .venv/.installed ## Ask the starter briefs, or DOCS=/path/to/folder, in a chat page
	.venv/bin/verse chat --data-dir "$(LIBRARY)" --port "$(PORT)" "$(if $(DOCS),$(DOCS),corpus)"

test: .venv/.installed-test ## Run the tests
	.venv/bin/python -m pytest

check: .venv/.installed-test ## Lint, types and the direction of imports
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

gate: .venv/.installed-test ## Refuse a change that makes the starter suites worse
	@mkdir -p .verse
	.venv/bin/verse eval gate --baseline main --data-dir .verse/gate --junit .verse/gate.xml

bench-retrieval: .venv/.installed-test ## Retrieval over the public sets, beside BM25, MiniLM and their fusion
	.venv/bin/python -m bench.retrieval "$(SHARED)"/evals/retrieval/*/

format: .venv/.installed-test ## Format the code
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

corpus: .venv/.installed-test ## Build the starter briefs in PDF and Word from their sources
	$(PIP) install -q -c constraints.txt -e ".[corpus]"
	.venv/bin/python bench/build_corpus.py

clean: ## Remove the environment and the libraries made by `make chat`
	rm -rf .venv .verse

.venv/.made:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name one: make chat PYTHON=python3.12"; exit 1; }
	"$(PYTHON)" -m venv .venv
	@touch .venv/.made

.venv/.torch: .venv/.made constraints.txt
	$(PIP) install -c constraints.txt $(if $(TORCH_INDEX),--index-url "$(TORCH_INDEX)" --extra-index-url https://pypi.org/simple) "$(TORCH)"
	@touch .venv/.torch

.venv/.installed: .venv/.torch pyproject.toml
	$(PIP) install -c constraints.txt -e .
	@touch .venv/.installed

.venv/.installed-test: .venv/.installed
	$(PIP) install -c constraints.txt -e ".[test]"
	@touch .venv/.installed-test
