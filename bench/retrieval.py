"""Retrieval over test sets in the BEIR layout: our engine beside what a user would pick instead.

    python -m bench.retrieval DIR... [--json] [--system NAME] [--limit N] [--data-dir DIR]

DIR is a folder with `corpus.jsonl`, `queries.jsonl` and `qrels.tsv` (docs/evaluation.md). Where a
question has `scoped_text` (the place it is asked of, named in its words), that is asked; one of a
conversation is asked with what was asked before (`meta.history`). Questions without a relevant
record are not scored. Each record is a document of its own, found at the rank of its best passage.

Systems: `bm25`, `minilm` (its dense first stage alone), `rrf` (both, by reciprocal rank fusion),
`ours`. Metrics by ir-measures over the first 100, milliseconds a question on one core. Runs are
kept in the data folder (default `.verse/retrieval`), and go on where they were cut off.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ir_measures
import numpy as np
from ir_measures import RR, R, Success, nDCG

from evals.batch import make_libraries
from evals.cases import import_cases, write_cases
from evals.errors import SuiteError
from evals.run import QRELS, Run
from evals.runner import Options, run_suite
from evals.suite import SuiteFile
from rag.errors import VerseError
from rag.settings import load_settings

_SYSTEMS = ("bm25", "minilm", "rrf", "ours")
_MEASURES = (nDCG @ 10, R @ 10, R @ 100, Success @ 1, RR)
_TOP_K = 100
_FAILED, _INTERRUPTED = 1, 130


@dataclass(frozen=True, slots=True)
class Row:
    """One system over one set; `metrics` by their ir-measures names, times in milliseconds."""

    name: str
    system: str
    questions: int
    metrics: dict[str, float]
    ms_median: float
    ms_p95: float

    def as_json(self) -> str:
        """One JSON object on a line."""
        times = {"ms_median": self.ms_median, "ms_p95": self.ms_p95}
        facts = {"set": self.name, "system": self.system, "questions": self.questions}
        return json.dumps(facts | self.metrics | times)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures every set named; gives the exit code."""
    given = _parser().parse_args(arguments)
    os.environ.pop("VERSE_SHARED", None)
    failed = False
    try:
        options = Options(limit=given.limit, seed=1 if given.limit else 0)
        files, refused = open_suites(given.folders, given.systems or _SYSTEMS, given.data_dir)
        settings = load_settings(data_dir=given.data_dir)
        make_libraries(files, settings, options, given.data_dir / "libraries", tell)
        rows: list[Row] = []
        for file in files:
            run = run_suite(file, settings, options, given.data_dir, tell)
            found = [_measured(run, system) for system in file.suite.systems]
            rows += found
            if given.json:
                print("\n".join(row.as_json() for row in found), flush=True)
        if not given.json:
            print(render_table(rows))
    except VerseError as error:
        print(f"retrieval: {error}", file=sys.stderr)
        return _FAILED
    except KeyboardInterrupt:
        print("retrieval: stopped; the same command goes on from there", file=sys.stderr)
        return _INTERRUPTED
    for line in refused:
        print(f"retrieval: {line}", file=sys.stderr)
        failed = True
    return _FAILED if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench.retrieval", description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="DIR")
    parser.add_argument("--json", action="store_true", help="one JSON row for each set and system")
    parser.add_argument(
        "--system", dest="systems", action="append", choices=_SYSTEMS, help="only this; repeatable"
    )
    parser.add_argument("--limit", type=int, default=0, help="a sample of so many questions a set")
    parser.add_argument("--data-dir", type=Path, default=Path(".verse/retrieval"))
    return parser


def open_suites(
    folders: Sequence[Path], systems: Sequence[str], data_dir: Path
) -> tuple[list[SuiteFile], list[str]]:
    """A suite for each folder, written into the data folder; and what is wrong with the others."""
    files, refused = [], []
    for folder in folders:
        try:
            place = data_dir / "sets" / str(len(files))
            files.append(_suite(folder.resolve(), systems, place))
        except SuiteError as error:
            refused.append(str(error))
    return files, refused


def _suite(folder: Path, systems: Sequence[str], place: Path) -> SuiteFile:
    if not (folder / "corpus.jsonl").is_file():
        raise SuiteError(f"{folder} has no corpus.jsonl; name a folder in the BEIR layout")
    plain = folder.name.lower().encode("ascii", "replace").decode()
    name = "".join(sign if sign.isalnum() else "-" for sign in plain).strip("-")[:60] or "set"
    cases = [
        case for case in import_cases(folder, {"question": "scoped_text or text"}) if case.relevant
    ]
    if not cases:
        raise SuiteError(f"{folder}: no question has a relevant record; is there a qrels.tsv?")
    write_cases(place / f"{name}.jsonl", cases)
    values: dict[str, Any] = {
        "name": name,
        "title": str(folder),
        "mode": "retrieval",
        "cases": f"{name}.jsonl",
        "records": str(folder / "corpus.jsonl"),
        "systems": list(systems),
        "top_k": _TOP_K,
        "metrics": ["ndcg@10"],
    }
    path = place / f"{name}.toml"
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    # Near-identical records are judged each for itself.
    lines += ["[settings.retrieval]", "fold_similarity = 0"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return SuiteFile(path)


def _measured(run: Run, system: str) -> Row:
    judged = list(ir_measures.read_trec_qrels(str(run.folder / QRELS)))
    ranked = list(ir_measures.read_trec_run(str(run.folder / f"{system}.run")))
    found = ir_measures.calc_aggregate(_MEASURES, judged, ranked)
    times = [outcome.timings_ms["total"] for _, outcome in run.pairs(system)]
    return Row(
        name=Path(run.manifest.title).name,  # the folder's
        system=system,
        questions=len(times),
        metrics={str(measure): round(found[measure], 6) for measure in _MEASURES},
        ms_median=round(statistics.median(times), 1),
        ms_p95=round(float(np.percentile(times, 95)), 1),
    )


def render_table(rows: Sequence[Row]) -> str:
    """A Markdown table with a line for each set and system, the best nDCG@10 of a set in bold."""
    names = [str(measure) for measure in _MEASURES]
    lines = ["| set | system | " + " | ".join([*names, "median ms", "p95 ms"]) + " |"]
    lines.append("|" + "---|" * (len(names) + 4))
    best = {row.name: 0.0 for row in rows}
    for row in rows:
        best[row.name] = max(best[row.name], row.metrics[names[0]])
    for row in rows:
        cells = [f"{row.metrics[name]:.3f}" for name in names]
        if row.metrics[names[0]] == best[row.name]:
            cells[0] = f"**{cells[0]}**"
        times = [f"{row.ms_median:.0f}", f"{row.ms_p95:.0f}"]
        lines.append("| " + " | ".join([row.name, row.system, *cells, *times]) + " |")
    return "\n".join(lines)


def tell(done: int, total: int, what: str) -> None:
    """Progress, a line for every two hundred."""
    if done > 0 and (done % 200 == 0 or done == total):
        print(f"  {what}: {done} of {total}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
