"""The `verse` command: ingest, search, ask, brief, show, documents, catalogue, resolve, verify,
chat, eval, user.

What a program reads goes to standard output, all else to standard error (ui/terminal.py has the
exit codes). Nothing heavy is imported until a command needs it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from rag.errors import CatalogueError, IndexLockedError, QuestionError, VerseError
from ui.eval.app import app as eval_app
from ui.terminal import (
    FAILED,
    INTERRUPTED,
    SOME_FAILED,
    print_json,
    print_line,
    progress_shown,
    tell,
)
from ui.user import app as user_app

if TYPE_CHECKING:
    from rag.assistant import Assistant
    from rag.ledger import Ledger
    from rag.listing import FileOutcome, Work
    from rag.pipeline import Library
    from rag.records import ContextKind, Hit, Question, Searched
    from rag.settings import Settings

app = typer.Typer(
    name="verse",
    help="Cited, verbatim answers from a folder of policy documents, offline.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.add_typer(eval_app, name="eval")
app.add_typer(user_app, name="user")

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
    typer.Option(
        "--where",
        "--filter",
        help="Only what has KEY=VALUE, as organisation=ILO; repeatable: values of one key are "
        "alternatives, different keys must all hold.",
    ),
]
Years = Annotated[
    list[str] | None,
    typer.Option("--year", help="Only documents of 2014, 2008-2012, 2015- or -2012; repeatable."),
]
Answerer = Annotated[
    Literal["extractive", "written"] | None,
    typer.Option(
        help="The documents' own sentences, or a text by the chat model of the settings, each "
        "sentence checked (default: the setting)."
    ),
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
        tell(f"verse: {error}")
        raise SystemExit(FAILED) from None
    except BrokenPipeError:
        # Whoever reads our output has had enough of it; spare the interpreter's own flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(FAILED) from None


@app.command(epilog="Example: verse ingest ~/papers --catalogue facts.toml")
def ingest(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files and folders.")] = None,
    catalogue: Catalogue = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Make the index anew from all files known.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on and follow every change, until Ctrl-C.")
    ] = False,
    json: Json = False,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Make the library agree with files and folders; only what changed is read again."""
    if not paths and not rebuild:
        raise typer.BadParameter("name at least one file or folder", param_hint="PATHS")
    if watch and (json or not paths):
        raise typer.BadParameter("takes files and folders, and no --json", param_hint="--watch")
    from rag.listing import list_work
    from rag.pipeline import empty_library, open_ledger, open_library
    from rag.settings import load_settings
    from ui.ingesting import print_outcomes

    settings = load_settings(data_dir, config)
    known = open_ledger(settings).files().values() if rebuild else ()
    work = list_work(paths or (), catalogue, known, settings.data_dir)
    if rebuild:
        empty_library(settings)
    library = open_library(settings)
    outcomes = _ingest(library, work)
    if json:
        for each in outcomes:
            print_json(asdict(each))
    else:
        print_outcomes(outcomes)
    if watch:
        _follow(library, paths or (), catalogue)
    elif any(each.is_problem for each in outcomes):
        raise typer.Exit(SOME_FAILED)


@app.command(epilog='Example: verse search "decent work" --where organisation=ILO --year 2010-2015')
def search(
    question: Annotated[str | None, typer.Argument(help="What to look for.")] = None,
    top_k: Annotated[
        int | None, typer.Option(min=1, max=200, help="How many passages (default: the setting).")
    ] = None,
    filters: Filters = None,
    years: Years = None,
    context: Annotated[
        Literal["section", "neighbours"] | None,
        typer.Option(help="Show each passage in its section, or with those before and after."),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say why each passage was found.")
    ] = False,
    many: From = None,
    json: Json = False,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Find the passages that fit a question best."""
    from rag.language import question_language
    from rag.records import Searched
    from rag.rows import search_row
    from ui.hits import hit_text

    questions = _questions(question, many, _pairs(filters, years))
    assistant = _library(data_dir, config).assistant()
    failed = False
    for each in questions:
        try:
            found = assistant.find(each, top_k)
            hits, reason = _widened(assistant, found.hits, context), found.reason
            searched = found.searched
        except QuestionError as error:
            failed, hits, reason = _refuse(error, many), (), str(error)
            searched = Searched()
        if json or many:
            print_json(search_row(each, hits, reason, searched))
            continue
        _print_searched(searched)
        if hits:
            print_line(hit_text(hits, question_language(each.text), explained=explain))
        else:
            print_line(f"Nothing found: {reason}." if reason else "Nothing found.")
    raise typer.Exit(FAILED if failed else 0)


@app.command(epilog='Example: verse ask "What are the barriers to health care?"')
def ask(
    question: Annotated[str | None, typer.Argument(help="The question.")] = None,
    filters: Filters = None,
    years: Years = None,
    answerer: Answerer = None,
    many: From = None,
    json: Json = False,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Answer a question with cited statements: verbatim, or written and checked."""
    from rag.records import Answer
    from rag.render import render_text
    from rag.rows import answer_row

    questions = _questions(question, many, _pairs(filters, years))
    library = _library(data_dir, config)
    assistant = library.assistant()
    failed = False
    for each in questions:
        try:
            answer = assistant.ask(each, answerer)
        except QuestionError as error:
            failed, answer = _refuse(error, many), Answer(each, "error", str(error))
        if json or many:
            print_json(answer_row(answer))
        else:
            _print_searched(answer.searched)
            print_line(render_text(answer, library.ledger.facts()))
    raise typer.Exit(FAILED if failed else 0)


@app.command(epilog='Example: verse brief QUESTIONS.txt -o brief.docx --title "For Geneva"')
def brief(
    questions: Annotated[
        Path,
        typer.Argument(
            help="A list, one question a line, or a concept note, whose guiding questions are "
            "taken; - reads standard input."
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The file: .docx .pdf .md .txt .bib .ris .json."),
    ] = None,
    title: Annotated[str, typer.Option(help="Its title (default: that of the questions).")] = "",
    style: Annotated[
        Literal["un", "chicago"], typer.Option(help="Of the footnotes and the list of sources.")
    ] = "un",
    passages: Annotated[
        int | None,
        typer.Option(min=0, max=50, help="To read on, for each question (default: the setting)."),
    ] = None,
    answerer: Answerer = None,
    filters: Filters = None,
    years: Years = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write over OUTPUT if it is there.")
    ] = False,
    json: Json = False,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Make a brief of guiding questions: for each, what the documents say, cited."""
    from rag.briefs.compose import BriefOrder
    from rag.scope import check_filters
    from rag.settings import load_settings
    from ui.briefing import Output, brief_json, make_brief, read_list, title_of

    if output is None and not json:
        raise typer.BadParameter("name the file to make, or use --json", param_hint="--output")
    wanted = Output(output, style, force) if output else None
    if wanted:
        wanted.check()
    settings, pairs = load_settings(data_dir, config), _pairs(filters, years)
    check_filters(pairs)
    found = read_list(questions, settings.ingest)
    most = settings.brief.max_passages if passages is None else passages
    order = BriefOrder(
        found.lines,
        title_of(title, found, questions),
        filters=pairs,
        answerer=answerer,
        max_passages=most,
    )
    composed = make_brief(_library(data_dir, config).assistant(), order, wanted)
    if json:
        print_json(brief_json(composed))
    if composed.failed:
        raise typer.Exit(SOME_FAILED)


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


@app.command(epilog="Example: verse documents --problems")
def documents(
    problems: Annotated[
        bool, typer.Option("--problems", help="Only files that need a person, and why.")
    ] = False,
    json: Json = False,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """List what the library holds."""
    from rag.pipeline import open_ledger
    from rag.render import without_controls
    from rag.rows import document_row, file_row
    from rag.settings import load_settings

    ledger = open_ledger(load_settings(data_dir, config))
    if problems:
        files = [each for each in ledger.files().values() if each.concerns]
        for file in files:
            if json:
                print_json(file_row(file))
            else:
                print_line(
                    without_controls("\n".join((file.path, *(f"\t{c}" for c in file.concerns))))
                )
        if not files and not json:
            tell("No file needs a person.")
        return
    entries = ledger.entries()
    if not entries and not json:
        tell("The library is empty; fill it with `verse ingest PATH`.")
    for entry in entries:
        if json:
            print_json(document_row(entry))
        else:
            facts = (entry.facts.title, entry.facts.organisation, entry.facts.date)
            line = "\t".join((entry.document_id, *facts, f"{entry.passages} passages"))
            print_line(without_controls(line))


@app.command(epilog="Example: verse catalogue ~/papers --output ~/papers/catalogue.toml")
def catalogue(
    folder: Annotated[Path, typer.Argument(help="A folder of documents.")],
    output: Annotated[
        Path | None,
        typer.Option(help="A .toml or .csv file to write; else standard output."),
    ] = None,
    update: Annotated[
        bool, typer.Option("--update", help="Keep what an existing OUTPUT says, add what it lacks.")
    ] = False,
    config: Config = None,
) -> None:
    """Draft a catalogue of a folder's documents, to correct by hand."""
    from rag.drafting import draft_entries, write_csv, write_toml
    from rag.listing import list_work
    from rag.load.catalogue import read_catalogue
    from rag.settings import load_settings
    from rag.workers import Workers

    if not folder.is_dir():
        raise typer.BadParameter(f"{folder} is no folder", param_hint="FOLDER")
    if output is not None and output.suffix.lower() not in (".toml", ".csv"):
        raise typer.BadParameter(
            f"{output} ends neither in .toml nor in .csv", param_hint="--output"
        )
    if output is not None and output.exists() and not update:
        raise CatalogueError(f"{output} is there already; --update adds to what it says")
    known = read_catalogue(output) if output is not None and output.exists() else {}
    workers = Workers(load_settings(config=config).ingest)
    root, drafts = folder.resolve(), []
    paths = [path for path, _ in list_work([folder]).files]
    try:
        with progress_shown("Reading") as advance:
            for done, draft in enumerate(draft_entries(root, paths, known, workers)):
                advance(done, len(paths), draft.name)
                drafts.append(draft)
    finally:
        workers.close()
    drafts.sort(key=lambda draft: draft.name)
    is_csv = output is not None and output.suffix.lower() == ".csv"
    text = write_csv(drafts) if is_csv else write_toml(drafts)
    if output is None:
        print_line(text.rstrip("\n"))
        return
    output.write_text(text, encoding="utf-8", newline="")
    unread = sum(bool(draft.reason) for draft in drafts)
    tell(f"{output}: {len(drafts) - unread} documents; {unread} files could not be read.")


@app.command(epilog="Example: verse resolve starter-education:0123456789abcdef")
def resolve(
    passage_id: Annotated[str, typer.Argument(help="As a search or an answer named it.")],
    start: Annotated[
        int | None, typer.Option(min=0, help="The offset at which it was cited.")
    ] = None,
    json: Json = False,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Say what became of a passage that was cited once: same, moved, changed or gone."""
    from rag.pipeline import open_ledger
    from rag.render import without_controls
    from rag.resolve import resolve
    from rag.rows import resolution_row
    from rag.settings import load_settings

    found = resolve(open_ledger(load_settings(data_dir, config)), passage_id, start)
    if json:
        print_json(resolution_row(found))
        return
    print_line(found.state)
    for each in found.now:
        print_line(without_controls(f"{each.passage_id} {each.start}-{each.end}\n{each.text}"))


@app.command(epilog="Example: verse verify brief.docx")
def verify(
    files: Annotated[list[Path], typer.Argument(help="Edited briefs: .docx or Markdown.")],
    whole: Annotated[
        bool, typer.Option("--all", help="Show what is verbatim, too, and where it stands.")
    ] = False,
    json: Json = False,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Check every quotation and figure of an edited brief against the library."""
    from rag.pipeline import open_ledger
    from rag.settings import load_settings
    from rag.verify.verifier import Verifier
    from ui.verifying import verify_files

    settings = load_settings(data_dir, config)
    _check_made(settings)
    ledger = open_ledger(settings)
    _check_filled(settings, ledger)
    raise typer.Exit(verify_files(files, Verifier(ledger), json=json, is_whole=whole))


@app.command(epilog="Example: verse chat ~/papers --port 7860")
def chat(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files and folders to ingest first.")
    ] = None,
    catalogue: Catalogue = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 7860,
    maintain: Annotated[
        bool,
        typer.Option(
            "--maintain",
            help="At another address than this machine's own and without users: let everybody "
            "change the library and run evaluations.",
        ),
    ] = False,
    data_dir: DataDir = None,
    config: Config = None,
) -> None:
    """Serve the pages; an empty library can be filled on them."""
    from rag.pipeline import open_library
    from rag.settings import load_settings
    from ui.users import UsersFile
    from ui.web.app import LOOPBACK, open_socket, serve
    from ui.web.evaluation.bench import Bench
    from ui.web.library.shelf import Shelf
    from ui.web.passages.wiring import open_desk
    from ui.web.ports import Services
    from ui.web.signing import Door

    open_socket(host, port).close()  # a port in use is told before the work, not after it
    settings = load_settings(data_dir, config)
    if paths:
        from rag.listing import list_work
        from ui.ingesting import print_outcomes

        work = list_work(paths, catalogue, leave_out=settings.data_dir)
        print_outcomes(_ingest(open_library(settings), work))
    library = open_library(settings)
    if not library.ledger.facts():
        tell(
            f"The library in {settings.data_dir} is empty; add documents on the Library page, or "
            f"with `verse ingest PATH`."
        )
    assistant = library.assistant()
    tell(f"Loading the model ... (answerer: {assistant.default_answerer})")
    library.warm()
    door = Door(UsersFile(library.settings.data_dir), host in LOOPBACK or maintain)
    door.known()  # a list that cannot be read is told before the pages are
    shelf = Shelf(library)
    shelf.go_on()
    services = Services(
        assistant,
        shelf=shelf,
        bench=Bench(library.settings),
        desk=open_desk(library, assistant),
        reading=assistant,
        folder=library.settings.data_dir,
    )
    serve(services, host, port, door)


def _library(data_dir: Path | None, config: Path | None) -> Library:
    from rag.pipeline import open_library
    from rag.settings import load_settings

    settings = load_settings(data_dir, config)
    _check_made(settings)
    library = open_library(settings)
    _check_filled(settings, library.ledger)
    return library


def _check_made(settings: Settings) -> None:
    if not (settings.data_dir / "ledger.sqlite").is_file():
        raise VerseError(
            f"there is no library in {settings.data_dir}; fill one with `verse ingest PATH`, "
            f"or name another with --data-dir"
        )


def _check_filled(settings: Settings, ledger: Ledger) -> None:
    if not ledger.facts():
        raise VerseError(
            f"the library in {settings.data_dir} is empty; fill it with `verse ingest PATH`"
        )


def _questions(
    question: str | None, many: Path | None, pairs: tuple[tuple[str, str], ...]
) -> Iterable[Question]:
    """The one question, or those of the file; checked before anything heavy is loaded."""
    from rag.records import Question
    from rag.rows import read_questions

    if (question is None) == (many is None):
        raise typer.BadParameter("give either a question or --from FILE")
    if many is not None:
        return list(read_questions(many, pairs))
    return [Question(question or "", filters=pairs, question_id="1")]


def _pairs(
    filters: Sequence[str] | None, years: Sequence[str] | None
) -> tuple[tuple[str, str], ...]:
    pairs = [_parse_filter(each) for each in filters or ()]
    return (*pairs, *(("year", each.strip()) for each in years or ()))


def _parse_filter(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not value.strip():
        raise typer.BadParameter(f"{text!r} is not KEY=VALUE", param_hint="--where")
    return key.strip(), value.strip()


def _print_searched(searched: Searched) -> None:
    """What was searched for, and an empty line; nothing where that is the question as asked."""
    from rag.searched import searched_lines

    if lines := searched_lines(searched):
        print_line("\n".join((*lines, "")))


def _widened(
    assistant: Assistant, hits: tuple[Hit, ...], kind: ContextKind | None
) -> tuple[Hit, ...]:
    """The hits with what stands around each, if that is wanted."""
    if kind is None:
        return hits
    return tuple(
        replace(hit, context=assistant.widen(hit.passage.passage_id, kind)) for hit in hits
    )


def _refuse(error: QuestionError, many: Path | None) -> bool:
    """Tells of one unusable question among many and goes on; a single one ends the command."""
    if many is None:
        raise error
    tell(f"verse: {error}")
    return True


def _ingest(library: Library, work: Work) -> list[FileOutcome]:

    try:
        with progress_shown("Reading") as advance:
            return library.ingester(advance).ingest(work)
    except KeyboardInterrupt:
        tell("verse: stopped; what was finished is kept, the same command goes on from there")
        raise typer.Exit(INTERRUPTED) from None
    finally:
        library.workers.close()


def _follow(library: Library, paths: Sequence[Path], catalogue: Path | None) -> None:
    """Ingests again whenever something changes, until Ctrl-C."""
    from rag.listing import list_work
    from rag.watch import watch
    from ui.ingesting import print_outcomes

    tell("Watching for changes; Ctrl-C ends it.")
    is_due = False
    try:
        for has_changed in watch(paths, library.settings.data_dir):
            is_due |= has_changed
            if not is_due:
                continue
            try:
                work = list_work(paths, catalogue, leave_out=library.settings.data_dir)
                outcomes = _ingest(library, work)
            except IndexLockedError:
                continue  # somebody else's ingest; again when that has ended
            except CatalogueError as error:
                tell(f"verse: {error}")
                outcomes = []
            is_due = False
            news = [each for each in outcomes if each.outcome != "unchanged"]
            if news:
                print_outcomes(news)
    except KeyboardInterrupt:
        return
