"""The `verse` command: ingest, search, ask, show, documents, chat.

What a program reads goes to standard output, all else to standard error. Exit codes: 0 done;
1 a mistake, told in one line; 2 a wrong option; 3 done, but some files could not be read.
Nothing heavy is imported until a command needs it.
"""

from __future__ import annotations

import json as jsonlib
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rag.errors import QuestionError, VerseError

if TYPE_CHECKING:
    from rag.ingest import FileOutcome, Work
    from rag.pipeline import Library
    from rag.records import Hit, Question

_FAILED = 1
_INTERRUPTED = 130
_SOME_FILES_FAILED = 3
_LOG_WIDTH = 10_000

app = typer.Typer(
    name="verse",
    help="Cited, verbatim answers from a folder of policy documents, offline.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

DataDir = Annotated[
    Path | None,
    typer.Option(
        help="Where the library is kept; else VERSE_DATA_DIR, else the user data folder.",
    ),
]
Config = Annotated[Path | None, typer.Option(help="A settings file in TOML (docs/settings.md).")]
Json = Annotated[bool, typer.Option("--json", help="Machine output, one JSON object a line.")]
From = Annotated[
    Path | None,
    typer.Option("--from", help="Many questions: one a line, or JSONL (id, question, history)."),
]
Filters = Annotated[
    list[str] | None,
    typer.Option("--filter", help="Only documents with KEY=VALUE, as year=2014; repeatable."),
]
Catalogue = Annotated[
    Path | None,
    typer.Option(help="Bibliographic facts (default: catalogue.toml beside the files)."),
]


def main() -> None:
    """Runs the command; a user's mistake prints one line, a bug keeps its traceback."""
    # Before anything reads them: no model hub is ever asked, nothing is ever reported.
    os.environ["HF_HUB_OFFLINE"] = os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "0"
    try:
        app()
    except VerseError as error:
        _tell(f"verse: {error}")
        raise SystemExit(_FAILED) from None
    except BrokenPipeError:
        # Whoever reads our output has had enough of it; spare the interpreter's own flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(_FAILED) from None


@app.command(epilog="Example: verse ingest ~/papers --catalogue facts.toml")
def ingest(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files and folders.")] = None,
    catalogue: Catalogue = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Make the index anew from all files known.")
    ] = False,
    json: Json = False,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Make the library agree with files and folders; only what changed is read again."""
    if not paths and not rebuild:
        raise typer.BadParameter("name at least one file or folder", param_hint="PATHS")
    from rag.ingest import list_work
    from rag.pipeline import empty_library, open_ledger, open_library
    from rag.settings import load_settings

    settings = load_settings(data_dir, config)
    known = open_ledger(settings).files().values() if rebuild else ()
    work = list_work(paths or (), catalogue, known)
    if rebuild:
        empty_library(settings)
    outcomes = _ingest(open_library(settings), work)
    if json:
        for each in outcomes:
            _print_json(asdict(each))
    else:
        _print_outcomes(outcomes)
    if any(each.is_problem for each in outcomes):
        raise typer.Exit(_SOME_FILES_FAILED)


@app.command(epilog='Example: verse search "remittance costs" --top-k 5 --filter year=2014')
def search(
    question: Annotated[str | None, typer.Argument(help="What to look for.")] = None,
    top_k: Annotated[
        int | None, typer.Option(min=1, max=200, help="How many passages (default: the setting).")
    ] = None,
    filters: Filters = None,
    many: From = None,
    json: Json = False,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Find the passages that fit a question best."""
    from rag.render import without_controls
    from ui.rows import search_row

    questions = _questions(question, many, filters)
    assistant = _library(data_dir, config).assistant()
    failed = False
    for each in questions:
        try:
            hits = assistant.search(each, top_k)
        except QuestionError as error:
            failed, hits = _refuse(error, many), ()
        if json or many:
            _print_json(search_row(each, hits))
        else:
            _print(without_controls(_hit_lines(hits)) or "Nothing found.")
    raise typer.Exit(_FAILED if failed else 0)


@app.command(epilog='Example: verse ask "What are the barriers to health care?"')
def ask(
    question: Annotated[str | None, typer.Argument(help="The question.")] = None,
    filters: Filters = None,
    many: From = None,
    json: Json = False,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Answer a question with verbatim, cited statements."""
    from rag.records import Answer
    from rag.render import render_text
    from ui.rows import answer_row

    questions = _questions(question, many, filters)
    library = _library(data_dir, config)
    assistant = library.assistant()
    failed = False
    for each in questions:
        try:
            answer = assistant.ask(each)
        except QuestionError as error:
            failed, answer = _refuse(error, many), Answer(each, "error", str(error))
        if json or many:
            _print_json(answer_row(answer))
        else:
            _print(render_text(answer, library.ledger.facts()))
    raise typer.Exit(_FAILED if failed else 0)


@app.command(epilog="Example: verse show starter-education --start 120 --end 480")
def show(
    document_id: Annotated[str, typer.Argument(help="As `verse documents` lists it.")],
    start: Annotated[int, typer.Option(min=0, help="First character.")] = 0,
    end: Annotated[int | None, typer.Option(min=0, help="Character after the last.")] = None,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Print exactly that stretch of a document's canonical text, to check a citation by hand."""
    from rag.pipeline import open_ledger
    from rag.settings import load_settings

    text = open_ledger(load_settings(data_dir, config)).document(document_id).text
    last = len(text) if end is None else end
    if start > last or last > len(text):
        raise QuestionError(
            f"no characters {start} to {last} in {document_id!r}; it has {len(text):,}"
        )
    # Nothing is added, not even a line end: these are the very characters.
    sys.stdout.buffer.write(text[start:last].encode("utf-8"))
    sys.stdout.buffer.flush()


@app.command(epilog="Example: verse documents --json")
def documents(json: Json = False, data_dir: DataDir = None, config: Config = None) -> None:
    """List what the library holds."""
    from rag.pipeline import open_ledger
    from rag.render import without_controls
    from rag.settings import load_settings
    from ui.rows import document_row

    entries = open_ledger(load_settings(data_dir, config)).entries()
    if not entries and not json:
        _tell("The library is empty; fill it with `verse ingest PATH`.")
    for entry in entries:
        if json:
            _print_json(document_row(entry))
        else:
            facts = (entry.facts.title, entry.facts.organisation, entry.facts.date)
            line = "\t".join((entry.document_id, *facts, f"{entry.passages} passages"))
            _print(without_controls(line))


@app.command(epilog="Example: verse chat ~/papers --port 7860")
def chat(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files and folders to ingest first.")
    ] = None,
    catalogue: Catalogue = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 7860,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Serve the chat page."""
    from ui.web.app import open_socket, serve

    open_socket(host, port).close()  # a port in use is told before the work, not after it
    if paths:
        from rag.ingest import list_work
        from rag.pipeline import open_library
        from rag.settings import load_settings

        filled = open_library(load_settings(data_dir, config))
        _print_outcomes(_ingest(filled, list_work(paths, catalogue)))
    library = _library(data_dir, config)
    assistant = library.assistant()
    _tell("Loading the model ...")
    library.embedder.embed(["ready"])
    serve(assistant, host, port)


def _library(data_dir: Path | None, config: Path | None) -> Library:
    from rag.pipeline import open_library
    from rag.settings import load_settings

    settings = load_settings(data_dir, config)
    if not (settings.data_dir / "ledger.sqlite").is_file():
        raise VerseError(
            f"there is no library in {settings.data_dir}; fill one with `verse ingest PATH`, "
            f"or name another with --data-dir"
        )
    library = open_library(settings)
    if not library.ledger.facts():
        raise VerseError(
            f"the library in {settings.data_dir} is empty; fill it with `verse ingest PATH`"
        )
    return library


def _questions(
    question: str | None, many: Path | None, filters: Sequence[str] | None
) -> Iterable[Question]:
    """The one question, or those of the file; checked before anything heavy is loaded."""
    from rag.records import Question
    from ui.rows import read_questions

    pairs = tuple(_parse_filter(each) for each in filters or ())
    if (question is None) == (many is None):
        raise typer.BadParameter("give either a question or --from FILE")
    if many is not None:
        return list(read_questions(many, pairs))
    return [Question(question or "", filters=pairs, question_id="1")]


def _parse_filter(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not value.strip():
        raise typer.BadParameter(f"{text!r} is not KEY=VALUE", param_hint="--filter")
    return key.strip(), value.strip()


def _refuse(error: QuestionError, many: Path | None) -> bool:
    """Tells of one unusable question among many and goes on; a single one ends the command."""
    if many is None:
        raise error
    _tell(f"verse: {error}")
    return True


def _ingest(library: Library, work: Work) -> list[FileOutcome]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (
        TextColumn("Reading"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}"),
    )
    console = Console(stderr=True)
    shown = console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=not shown) as bar:
        task = bar.add_task("", total=None)

        def advance(done: int, total: int, what: str) -> None:
            if done < 0:
                bar.update(task, description=what)
            else:
                bar.update(task, completed=done, total=total, description=what)

        try:
            return library.ingester(advance).ingest(work)
        except KeyboardInterrupt:
            bar.stop()
            _tell("verse: stopped; what was finished is kept, the same command goes on from there")
            raise typer.Exit(_INTERRUPTED) from None


def _print_outcomes(outcomes: Sequence[FileOutcome]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from rag.render import without_controls

    table = Table("File", "Outcome", "Passages", "Note", box=None, pad_edge=False)
    for each in outcomes:
        passages = str(each.passages) if each.passages else ""
        cells = (Path(each.path).name, each.outcome, passages, each.reason)
        table.add_row(*(Text(without_controls(cell)) for cell in cells))
    console = Console(stderr=True)
    if not console.is_terminal:  # a log or a program: one line a file, however long
        console.width = _LOG_WIDTH
    console.print(table)
    counts = {name: sum(e.outcome == name for e in outcomes) for name in _OUTCOMES}
    console.print(", ".join(f"{count} {name}" for name, count in counts.items() if count))


_OUTCOMES = ("indexed", "unchanged", "removed", "skipped")


def _hit_lines(hits: Iterable[Hit]) -> str:
    from rag.render import place_text

    blocks = []
    for hit in hits:
        passage = hit.passage
        place = (
            hit.facts.title or passage.document_id,
            " › ".join(passage.section),
            place_text(passage.paragraph, passage.page, passage.page_label),
            f"{passage.document_id} {passage.start}-{passage.end}",
        )
        head = " · ".join(filter(None, place))
        blocks.append(f"{hit.rank}. {head}  ({hit.score:.3f})\n{passage.text}")
    return "\n\n".join(blocks)


def _print_json(row: dict[str, Any]) -> None:
    _print(jsonlib.dumps(row, ensure_ascii=False))


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")
