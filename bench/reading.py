"""How well files are read: PDF text against a second library, and files that must not hurt.

    python bench/reading.py [--shared ../shared] [--worst 10]

1. Every PDF of `evals/pdfs` and `evals/policy-pdfs` is read; its pages are counted by pypdfium2
   too, so that none is lost, and its text compared with pypdfium2's, page by page: the share of
   pypdfium2's words that stand in ours in the same order (matching blocks of difflib). Left out of
   pypdfium2's words are its first and last three lines where they repeat on three pages, digits
   aside (running heads and feet), and bare numbers (pages, note markers); words that it breaks at a
   line end are joined. Pages on which it finds fewer than 20 words are not compared.
2. `robust/pdf` and `robust/office` are read by the worker of an ingest, and the outcomes compared
   with `index.tsv`.

The bars: 97 % of words on the UN pages, no page lost, encrypted and corrupt files told, 95 % of the
scanned ones reported as needing OCR.
"""

from __future__ import annotations

import argparse
import csv
import difflib
import re
import time
from collections import Counter
from pathlib import Path

import pypdfium2

from rag.errors import EncryptedFileError, LoadError, NeedsOcrError
from rag.load import load
from rag.records import Document, Facts
from rag.settings import IngestSettings
from rag.workers import Source, Workers

_WORD = re.compile(r"[^\W_]+")
_EDGE_LINES = 3
_MIN_WORDS = 20


def main() -> None:
    """Prints both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--worst", type=int, default=10)
    parser.add_argument("--only", choices=["pages", "robust"])
    args = parser.parse_args()
    evals = args.shared / "evals"
    if args.only != "robust":
        for name in ("pdfs/un", "pdfs/us-agencies", "policy-pdfs"):
            compare_pages(evals / name / "pdfs", args.worst)
    if args.only != "pages":
        check_outcomes(evals / "robust" / "pdf")
        check_outcomes(evals / "robust" / "office")


def compare_pages(folder: Path, worst: int) -> None:
    """Pages and words of every PDF in `folder` against pypdfium2's."""
    words = matched = pages = took_ms = 0
    shares: list[tuple[float, str]] = []
    refused: list[str] = []
    for path in sorted(folder.rglob("*.pdf")):
        started = time.perf_counter()
        try:
            document = load(path, path.stem)
        except LoadError as error:
            refused.append(f"{path.name}: {error.reason}")
            continue
        took_ms += round(1000 * (time.perf_counter() - started))
        theirs = _their_pages(path)
        pages += len(theirs)
        if [page.number for page in document.pages] != list(range(1, len(theirs) + 1)):
            refused.append(f"{path.name}: {len(document.pages)} pages, {len(theirs)} in the file")
        for number, expected in enumerate(theirs, 1):
            if len(expected) < _MIN_WORDS:
                continue
            found = _matched(expected, _our_words(document, number))
            words, matched = words + len(expected), matched + found
            shares.append((found / len(expected), f"{path.name} page {number}"))
        for finding in document.findings:
            print(f"  {path.name} page {finding.page}: {finding.kind}: {finding.sample[:100]!r}")
    below = sum(share < 0.97 for share, _ in shares)
    print(
        f"{folder.parent.name}: {pages} pages, {took_ms / max(1, pages):.1f} ms a page, "
        f"{100 * matched / max(1, words):.2f} % of {words:,} words in order, "
        f"{below} of {len(shares)} pages below 97 %"
    )
    for line in refused:
        print(f"  {line}")
    for share, name in sorted(shares)[:worst]:
        print(f"  {100 * share:5.1f} %  {name}")


def check_outcomes(folder: Path) -> None:
    """What becomes of every file in `folder`, and where `index.tsv` says otherwise."""
    kinds: dict[str, str] = {}
    index = folder / "index.tsv"
    if index.is_file():
        rows = csv.DictReader(index.open(encoding="utf-8"), delimiter="\t")
        kinds = {row["file"]: row["kind"] for row in rows if "kind" in row}
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    files = [path for path in files if path.name not in ("index.tsv", "README.md")]
    workers = Workers(IngestSettings(ocr_languages=""))
    counts: Counter[tuple[str, str]] = Counter()
    slowest: list[tuple[float, str]] = []
    lines = []
    started = time.perf_counter()
    for source, found in workers.load((Source(path), Facts()) for path in files):
        slowest.append((time.perf_counter() - started, source.path.name))
        started = time.perf_counter()
        kind, outcome = kinds.get(source.path.name, ""), _outcome(found)
        counts[kind, outcome] += 1
        lines.append(f"  {kind:10} {outcome:10} {source.path.name}: {_telling(found)}")
    workers.close()
    print(f"{folder.parent.name}/{folder.name}: {len(files)} files")
    for (kind, outcome), count in sorted(counts.items()):
        print(f"  {kind or '-':10} {outcome:10} {count}")
    print("  slowest: " + ", ".join(f"{n} {s:.1f} s" for s, n in sorted(slowest)[-3:]))
    print("\n".join(sorted(lines)))


def _outcome(found: Document | LoadError) -> str:
    if isinstance(found, Document):
        waiting = sum(page.state == "needs_ocr" for page in found.pages)
        return "partly ocr" if waiting else "read"
    if isinstance(found, NeedsOcrError):
        return "needs ocr"
    return "encrypted" if isinstance(found, EncryptedFileError) else "refused"


def _telling(found: Document | LoadError) -> str:
    if isinstance(found, LoadError):
        return found.reason
    start = " ".join(found.text[:80].split())
    return f"{len(found.text)} characters, {len(found.pages)} pages: {start}"


def _our_words(document: Document, number: int) -> list[str]:
    page = document.pages[number - 1]
    text = " ".join(document.text[span.start : span.end] for span in page.spans)
    return [word for word in _WORD.findall(text.lower()) if not word.isdigit()]


def _their_pages(path: Path) -> list[list[str]]:
    file = pypdfium2.PdfDocument(path)
    texts = [page.get_textpage().get_text_range().replace("\r", "") for page in file]
    edges: Counter[str] = Counter()
    for text in texts:
        edges.update({_key(line) for line in _edge_lines(text)})
    pages = []
    for text in texts:
        running = {line for line in _edge_lines(text) if edges[_key(line)] >= 3}
        body = "\n".join(line for line in text.split("\n") if line not in running)
        whole = re.sub(r"(?<=\w)(?:\ufffe|\x02|\xad|-(?=\n))\n?", "", body)
        pages.append([w for w in _WORD.findall(whole.lower()) if not w.isdigit()])
    return pages


def _edge_lines(text: str) -> list[str]:
    lines = [line for line in text.split("\n") if line.strip()]
    return lines[:_EDGE_LINES] + lines[-_EDGE_LINES:]


def _key(line: str) -> str:
    return " ".join(sorted(re.sub(r"\d+", "#", line.lower()).split()))


def _matched(expected: list[str], ours: list[str]) -> int:
    blocks = difflib.SequenceMatcher(None, expected, ours, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks)


if __name__ == "__main__":
    main()
