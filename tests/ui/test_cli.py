"""The `verse` command: what goes to which stream, with which exit code.

Most run in this process through `ui.cli.main`, with the real model loaded once; those about the
process itself (imports, a broken pipe, a bug's traceback) start one.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from filelock import FileLock

from rag.assistant import Assistant
from rag.embed import SentenceEmbedder
from rag.errors import ModelError
from rag.ledger import Ledger
from rag.pipeline import Library
from rag.records import Question
from ui.cli import main
from ui.web.ports import Services

VERSE = Path(sys.executable).with_name("verse")
NORWAY = "What does Norway call its integration strategy?"


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def complaint(self) -> str:
        """The one line to standard error, with nothing on standard output."""
        assert self.out == ""
        (line,) = filter(None, self.err.splitlines())
        return line


Verse = Callable[..., Ran]


@pytest.fixture
def verse(
    embedder: SentenceEmbedder,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
) -> Verse:
    monkeypatch.setattr("rag.pipeline.SentenceEmbedder", lambda *_: embedder)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("VERSE_INGEST__OCR_LANGUAGES", "")  # the same with and without Tesseract

    def run(*args: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["verse", *map(str, args)])
        capfdbinary.readouterr()
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code or 0
        out, err = capfdbinary.readouterr()
        return Ran(code, out.decode(), err.decode())

    return run


@pytest.fixture
def data(starter_folder: tuple[Path, list]) -> tuple[str, Path]:
    """The option that names the library of the starter briefs."""
    return "--data-dir", starter_folder[0]


def run_process(*args: object, **env: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [VERSE, *map(str, args)], capture_output=True, env=os.environ | env, timeout=120
    )


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys, ui.cli\n"
        "sys.argv = ['verse', '--help']\n"
        "try: ui.cli.main()\n"
        "except SystemExit: pass\n"
        "print(sorted({n.partition('.')[0] for n in sys.modules}), file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    for command in (
        "ingest",
        "search",
        "ask",
        "show",
        "documents",
        "catalogue",
        "resolve",
        "verify",
        "chat",
    ):
        assert f" {command} " in ran.stdout
    heavy = {"torch", "chromadb", "gradio", "sentence_transformers", "tantivy", "numpy", "fastapi"}
    loaded = set(json.loads(ran.stderr.splitlines()[-1].replace("'", '"')))
    assert "typer" in loaded
    assert loaded & heavy == set()


@pytest.mark.parametrize(
    "command",
    ["ingest", "search", "ask", "show", "documents", "catalogue", "resolve", "verify", "chat"],
)
def test_each_command_explains_itself_with_an_example(verse: Verse, command: str) -> None:
    ran = verse(command, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert f"Example: verse {command} " in " ".join(ran.out.split())


def test_a_process_answers_with_one_json_line_and_nothing_else(data: tuple[str, Path]) -> None:
    ran = run_process("ask", NORWAY, "--json", *data)
    assert (ran.returncode, ran.stderr) == (0, b"")
    (line,) = ran.stdout.decode().splitlines()
    row = json.loads(line)
    assert (row["id"], row["question"], row["status"]) == ("1", NORWAY, "answered")
    for citation in row["citations"]:
        place = ("--start", citation["start"], "--end", citation["end"])
        shown = run_process("show", citation["document_id"], *place, *data)
        assert shown.stdout.decode() == citation["quote"]


def test_search_prints_hits_or_says_that_there_are_none(
    verse: Verse, data: tuple[str, Path]
) -> None:
    ran = verse("search", NORWAY, "--top-k", 1, *data)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(
        "1. A place in class: education and the inclusion of migrant children"
    )
    assert "“Integration through knowledge”" in ran.out
    nothing = verse("search", NORWAY, "--filter", "year=1066", *data)
    told = "no document has year=1066; nearest: '2026'"
    assert (nothing.code, nothing.out, nothing.err) == (0, f"Nothing found: {told}.\n", "")
    (row,) = verse("search", NORWAY, "--year", "-1066", "--json", *data).rows
    assert (row["hits"], row["reason"]) == ([], told.replace("1066", "-1066"))
    asked = verse("ask", NORWAY, "--year", "1066", *data)
    assert (asked.code, asked.out) == (0, f"The documents do not answer this: {told}.\n")


def test_what_was_searched_for_is_said_where_it_was_not_asked_so(
    verse: Verse, data: tuple[str, Path]
) -> None:
    misspelt = NORWAY.replace("integration", "integrattion")
    told = "Searched for “integration” instead of “integrattion”."
    for command in ("search", "ask"):
        assert verse(command, misspelt, *data).out.startswith(f"{told}\n\n")
        (row,) = verse(command, misspelt, "--json", *data).rows
        assert row["searched"]["corrections"] == [
            {"asked": "integrattion", "instead": "integration"}
        ]
        assert row["question"] == misspelt
        assert not verse(command, NORWAY, *data).out.startswith("Searched for")


def test_search_explains_and_widens(verse: Verse, data: tuple[str, Path]) -> None:
    ran = verse("search", NORWAY, "--top-k", 1, "--explain", "--context", "section", *data)
    head, why, shares, nearest, place, *_ = ran.out.splitlines()
    assert head.startswith("1. A place in class")
    assert why.startswith("   why: meaning no. ") and ", word by word no. 1 (0." in why
    assert shares.startswith("   shares: ") and "Norway" in shares and "strategy" in shares
    assert nearest.startswith("   nearest, ") and "“Integration through knowledge”" in nearest
    assert place.startswith("   section: starter-education ")
    (row,) = verse("search", NORWAY, "--top-k", 1, "--context", "neighbours", "--json", *data).rows
    (hit,) = row["hits"]
    assert hit["text"] in hit["context"]["text"] and hit["context"]["kind"] == "neighbours"
    start, end = hit["context"]["start"], hit["context"]["end"]
    shown = verse("show", "starter-education", "--start", start, "--end", end, *data)
    assert shown.out == hit["context"]["text"]


def test_search_rows(verse: Verse, data: tuple[str, Path]) -> None:
    (row,) = verse("search", NORWAY, "--top-k", 2, "--json", *data).rows
    assert list(row) == ["id", "question", "searched", "hits", "reason"]
    assert [hit["rank"] for hit in row["hits"]] == [1, 2]


def test_ask_prints_an_answer_to_read(verse: Verse, data: tuple[str, Path]) -> None:
    ran = verse("ask", NORWAY, *data)
    assert (ran.code, ran.err) == (0, "")
    assert "“Integration through knowledge”" in ran.out
    assert "[1]" in ran.out
    assert "A place in class" in ran.out


def test_filters_add_up(verse: Verse, data: tuple[str, Path]) -> None:
    filters = ("--where", "document_id=starter-education", "--year", "2020-2026")
    (row,) = verse("search", "What do migrants need?", "--json", *filters, *data).rows
    assert {hit["document_id"] for hit in row["hits"]} == {"starter-education"}


def test_many_questions_one_row_each_in_order(
    verse: Verse, data: tuple[str, Path], tmp_path: Path
) -> None:
    path = tmp_path / "questions.jsonl"
    rows = [
        {"id": "a", "question": NORWAY, "split": "dev"},
        {"id": "b", "question": " "},
        {"id": "c", "question": "For which years is it?", "history": [{"question": NORWAY}]},
        {"id": "d", "question": "x" * 20_000},
        {"id": "e", "question": "Who won the football world cup of 1998?"},
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    ran = verse("ask", "--from", path, *data)
    assert ran.code == 1
    assert [row["id"] for row in ran.rows] == ["a", "b", "c", "d", "e"]
    assert [row["status"] for row in ran.rows] == [
        "answered",
        "error",
        "answered",
        "error",
        "not_in_documents",
    ]
    assert ["empty" in ran.rows[1]["text"], "20,000" in ran.rows[3]["text"]] == [True, True]
    assert [line.split(":")[0] for line in ran.err.splitlines()] == ["verse", "verse"]


def test_lines_of_text_give_the_same_rows_as_jsonl(
    verse: Verse, data: tuple[str, Path], tmp_path: Path
) -> None:
    (tmp_path / "q.txt").write_text(f"{NORWAY}\n")
    (tmp_path / "q.jsonl").write_text(json.dumps({"id": "1", "question": NORWAY}))
    ran = [verse("search", "--from", tmp_path / name, *data) for name in ("q.txt", "q.jsonl")]
    assert ran[0] == ran[1]
    assert len(ran[0].rows[0]["hits"]) == 8


def test_show_prints_exactly_the_stretch(
    verse: Verse, data: tuple[str, Path], starter_library: Library
) -> None:
    text = starter_library.ledger.document("starter-education").text
    assert verse("show", "starter-education", *data).out == text
    start = text.index("“Integration")
    ran = verse("show", "starter-education", "--start", start, "--end", start + 14, *data)
    assert (ran.code, ran.out) == (0, "“Integration t")
    assert verse("show", "starter-education", "--start", len(text), *data).out == ""


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("show", "no-such"), "no document 'no-such'; `verse documents` lists those held"),
        (("show", "starter-education", "--start", 9, "--end", 8), "no characters 9 to 8 in"),
        (("show", "starter-education", "--end", 10**6), "no characters 0 to 1000000 in"),
        (("search", "What?", "--where", "colour=red"), "unknown filter 'colour'; known: "),
        (("ask", "What?", "--year", "lately"), "year='lately' is no year or range of years; write"),
        (("ask", "  "), "the question is empty"),
        (("ask", "x" * 20_000), "has 20,000 characters"),
        (("ask", "--from", "/no/such"), "questions cannot be read from /no/such"),
        (("ask", "What?", "--config", "/no/such"), "settings file not found: /no/such"),
    ],
)
def test_a_mistake_is_told_in_one_line(
    verse: Verse, data: tuple[str, Path], args: tuple[object, ...], told: str
) -> None:
    ran = verse(*args, *data)
    assert ran.code == 1
    assert ran.complaint.startswith("verse: ")
    assert told in ran.complaint


def test_an_unknown_setting_in_the_environment_is_refused(
    verse: Verse, data: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VERSE_FOO", "1")
    ran = verse("documents", *data)
    assert ran.code == 1
    assert ran.complaint.startswith("verse: unknown setting VERSE_FOO in the environment")


@pytest.mark.parametrize(
    "args",
    [
        ("ask",),
        ("ask", "What?", "--from", "x"),
        ("search", "What?", "--where", "year"),
        ("search", "What?", "--context", "page"),
        ("ingest",),
    ],
)
def test_a_wrong_option_is_code_two(
    verse: Verse, data: tuple[str, Path], args: tuple[str, ...]
) -> None:
    ran = verse(*args, *data)
    assert (ran.code, ran.out) == (2, "")
    assert "Traceback" not in ran.err


def test_documents_lists_what_is_held(verse: Verse, data: tuple[str, Path], tmp_path: Path) -> None:
    ran = verse("documents", *data)
    assert len(ran.out.splitlines()) == 10
    assert ran.out.splitlines()[1].split("\t")[:2] == [
        "starter-education",
        "A place in class: education and the inclusion of migrant children",
    ]
    rows = verse("documents", "--json", *data).rows
    assert [row["document_id"] for row in rows] == [
        line.split("\t")[0] for line in ran.out.splitlines()
    ]
    empty = verse("documents", "--data-dir", tmp_path)
    assert (empty.code, empty.complaint) == (
        0,
        "The library is empty; fill it with `verse ingest PATH`.",
    )


def test_asking_an_empty_library_is_no_bug(verse: Verse, tmp_path: Path) -> None:
    ran = verse("ask", NORWAY, "--data-dir", tmp_path / "new")
    assert "Traceback" not in ran.err
    assert (ran.out + ran.err).strip()


def test_a_question_in_another_encoding_is_no_bug(data: tuple[str, Path]) -> None:
    argument = os.fsdecode(b"What caf\xe9 does Norway run?")
    ran = run_process("ask", argument, *data)
    assert b"Traceback" not in ran.stderr


def test_ingest_tells_each_file_on_stderr_or_as_rows(verse: Verse, tmp_path: Path) -> None:
    papers = tmp_path / "papers"
    papers.mkdir()
    (papers / "fees.md").write_text("# Fees\n\nThe fee is 40 crowns.\n")
    data = ("--data-dir", tmp_path / "data")
    ran = verse("ingest", papers, *data)
    assert (ran.code, ran.out) == (0, "")
    assert "fees.md" in ran.err and "1 indexed" in ran.err
    (papers / "empty.txt").write_bytes(b"")
    ran = verse("ingest", papers, "--json", *data)
    assert ran.code == 3
    assert [list(row) for row in ran.rows] == [
        ["path", "outcome", "reason", "document_id", "passages", "is_problem"]
    ] * 2
    assert {Path(row["path"]).name: row["outcome"] for row in ran.rows} == {
        "empty.txt": "skipped",
        "fees.md": "unchanged",
    }
    assert verse("ingest", tmp_path / "nowhere", *data).code == 3


def test_a_reason_is_told_in_full_where_no_terminal_sets_a_width(
    verse: Verse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS")
    papers = tmp_path / "a folder with a long name" / "and one in it with a long name too"
    papers.mkdir(parents=True)
    for name in ("fees.md", "zz-copy.md"):
        (papers / name).write_text("# Fees\n\nThe fee is 40 crowns.\n")
    ran = verse("ingest", papers, "--data-dir", tmp_path / "data")
    (line,) = [each for each in ran.err.splitlines() if each.startswith("zz-copy.md")]
    assert line.rstrip().endswith(f"same bytes as {papers / 'fees.md'}")


def test_rebuild_after_other_settings_gives_the_same_documents(
    verse: Verse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers = tmp_path / "papers"
    (papers / "deep").mkdir(parents=True)
    (papers / "deep" / "fees.md").write_text("# Fees\n\nThe fee is 40 crowns.\n")
    (papers / "catalogue.toml").write_text('[fees]\nid = "fees-act"\ntitle = "The Fees Act"\n')
    verse("ingest", papers, "--data-dir", tmp_path / "first")
    before = verse("documents", "--json", "--data-dir", tmp_path / "first").rows
    assert before[0]["title"] == "The Fees Act"
    # Chroma keeps a folder open for the life of the process; a copy is as a new process finds it.
    data = ("--data-dir", shutil.copytree(tmp_path / "first", tmp_path / "data"))
    monkeypatch.setenv("VERSE_CHUNKING__MAX_TOKENS", "128")
    refused = verse("search", "What is the fee?", *data)
    assert refused.code == 1
    assert "chunking.max_tokens = 256, the settings say 128" in refused.complaint
    assert "verse ingest --rebuild" in refused.complaint
    assert verse("ingest", "--rebuild", *data).code == 0
    assert verse("documents", "--json", *data).rows == before
    (row,) = verse("search", "What is the fee?", "--json", *data).rows
    assert "40 crowns" in row["hits"][0]["text"]


@pytest.mark.parametrize("obstacle", ["a running ingest", "a broken catalogue"])
def test_a_rebuild_that_can_not_be_done_leaves_the_library_alone(
    verse: Verse, tmp_path: Path, data: tuple[str, Path], obstacle: str
) -> None:
    folder = shutil.copytree(data[1], tmp_path / "data")
    (tmp_path / "bad.toml").write_text("[fees\n")
    if obstacle == "a running ingest":
        with FileLock(folder / "lock"):
            ran = verse("ingest", "--rebuild", "--data-dir", folder)
    else:
        ran = verse(
            "ingest", "--rebuild", "--catalogue", tmp_path / "bad.toml", "--data-dir", folder
        )
    assert ran.code == 1
    assert ran.complaint.startswith("verse: ")
    assert len(verse("documents", "--data-dir", folder).out.splitlines()) == 10
    (row,) = verse("search", NORWAY, "--json", "--data-dir", folder).rows
    assert row["hits"][0]["document_id"] == "starter-education"


def test_bad_files_are_told_and_the_readable_ones_are_read(
    verse: Verse, shared: Path, tmp_path: Path
) -> None:
    bad = shared / "documents" / "bad"
    if not bad.is_dir():
        pytest.skip(f"no folder {bad}")
    ran = verse("ingest", bad, "--json", "--data-dir", tmp_path / "data")
    assert ran.code == 3
    outcomes = {Path(row["path"]).name: row for row in ran.rows}
    assert set(outcomes) == {path.name for path in bad.iterdir()}
    read = {name for name, row in outcomes.items() if row["outcome"] == "indexed"}
    assert {"latin-1.txt", "owner-locked-readable.pdf", "one-very-long-line.txt"} <= read
    assert {
        "binary.md",
        "empty.pdf",
        "empty.txt",
        "encrypted.pdf",
        "not-really-a.docx",
        "scanned.pdf",
        "truncated.pdf",
    } <= {name for name, row in outcomes.items() if row["outcome"] == "skipped"}
    for row in ran.rows:
        assert "\n" not in row["reason"]
        assert bool(row["reason"]) >= (row["outcome"] == "skipped")
    assert "password" in outcomes["encrypted.pdf"]["reason"]
    assert "OCR" in outcomes["scanned.pdf"]["reason"]
    # Two empty files are no copies of each other.
    assert [outcomes[f"empty.{kind}"]["reason"] for kind in ("pdf", "txt")] == ["empty file"] * 2
    assert "Traceback" not in ran.err


def test_a_port_in_use_is_told_before_the_work(verse: Verse, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ran = verse("chat", tmp_path, "--port", port, "--data-dir", tmp_path / "data")
    assert ran.code == 1
    assert str(port) in ran.complaint
    assert not (tmp_path / "data").exists()


def test_chat_over_an_empty_library_opens_to_be_filled_but_nothing_else_does(
    verse: Verse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    assert verse("ask", NORWAY, "--data-dir", data).code == 1
    served: list[object] = []
    monkeypatch.setattr("ui.web.app.serve", lambda services, *_: served.append(services))
    ran = verse("chat", "--port", 0, "--data-dir", data)
    assert (ran.code, len(served)) == (0, 1)
    assert f"The library in {data} is empty; add documents on the Library page" in ran.err
    ran = verse("ask", NORWAY, "--data-dir", data)
    assert ran.code == 1
    assert ran.complaint.startswith(f"verse: the library in {data} is empty")


def test_a_reader_that_leaves_early_is_no_error_message(data: tuple[str, Path]) -> None:
    command = f"'{VERSE}' show starter-education --data-dir '{data[1]}' | head -c 5"
    ran = subprocess.run(["bash", "-c", command], capture_output=True, timeout=60)
    assert (len(ran.stdout), ran.stderr) == (5, b"")


def test_watch_follows_the_folder_until_it_is_interrupted(tmp_path: Path) -> None:
    papers, data = tmp_path / "papers", tmp_path / "data"
    papers.mkdir()
    (papers / "fees.md").write_text("# Fees\n\nThe fee is 40 crowns.\n")
    args = [VERSE, "ingest", str(papers), "--watch", "--data-dir", str(data)]
    with subprocess.Popen(
        args,
        stderr=subprocess.PIPE,
        text=True,
        # A shell that runs the tests in the background has interrupts ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stderr is not None
        told = iter(process.stderr.readline, "")
        assert "Watching for changes" in next(line for line in told if "Watching" in line)
        time.sleep(1)
        (papers / "dues.md").write_text("# Dues\n\nDues are reported by 31 March.\n")
        assert next(line for line in told if "dues.md" in line).split()[1] == "indexed"
        (papers / "fees.md").unlink()
        assert next(line for line in told if "fees.md" in line).split()[1] == "removed"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
    ledger = Ledger(data / "ledger.sqlite")
    assert list(ledger.facts()) == ["dues"]
    ledger.close()


def test_problems_lists_what_needs_a_person_and_why(verse: Verse, tmp_path: Path) -> None:
    papers, data = tmp_path / "papers", ("--data-dir", tmp_path / "data")
    papers.mkdir()
    (papers / "fees.md").write_text("# Fees\n\nThe fee is 40 crowns.\n")
    (papers / "broken.pdf").write_bytes(b"%PDF-1.4 nothing more")
    verse("ingest", papers, *data)
    path, reason = verse("documents", "--problems", *data).out.splitlines()
    assert path == str(papers / "broken.pdf")
    assert reason.startswith("\ttruncated or damaged PDF: ")
    (row,) = verse("documents", "--problems", "--json", *data).rows
    assert (row["path"], row["outcome"], row["size"]) == (path, "skipped", 21)
    assert row["concerns"] == [reason.strip()]
    (papers / "broken.pdf").unlink()
    verse("ingest", papers, *data)
    assert verse("documents", "--problems", *data).err == "No file needs a person.\n"


def test_resolve_says_what_became_of_a_passage(verse: Verse, tmp_path: Path) -> None:
    papers, data = tmp_path / "papers", ("--data-dir", tmp_path / "data")
    papers.mkdir()
    (papers / "fees.md").write_text("# Fees\n\nThe fee of a vessel in port is 40 crowns.\n")
    verse("ingest", papers, *data)
    (hit,) = verse("search", "fee", "--json", *data).rows[0]["hits"]
    assert verse("resolve", hit["passage_id"], *data).out.startswith("same\n")
    (papers / "fees.md").write_text("# Fees\n\nThe fee of a vessel in port is 55 crowns.\n")
    verse("ingest", papers, *data)
    (row,) = verse("resolve", hit["passage_id"], "--json", *data).rows
    assert (row["state"], "40 crowns" in row["before"]["text"]) == ("changed", True)
    assert ["55 crowns" in each["text"] for each in row["now"]] == [True]
    assert verse("resolve", "fees:0123", *data).out == "gone\n"


def test_a_catalogue_is_drafted_and_never_overwritten(verse: Verse, tmp_path: Path) -> None:
    (tmp_path / "fees.md").write_text("# Fees of the port\n\nThe fee of a vessel is 40 crowns.\n")
    ran = verse("catalogue", tmp_path)
    assert '["fees.md"]\ntitle = "Fees of the port"' in ran.out
    path = tmp_path / "catalogue.toml"
    assert verse("catalogue", tmp_path, "--output", path).code == 0
    assert verse("catalogue", tmp_path, "--output", path).complaint == (
        f"verse: {path} is there already; --update adds to what it says"
    )
    path.write_text('[fees]\ntitle = "My title"\n')
    assert verse("catalogue", tmp_path, "--output", path, "--update").code == 0
    assert 'title = "My title"' in path.read_text()
    assert 'language = "en"' in path.read_text()
    verse("ingest", tmp_path, "--data-dir", tmp_path / "data")
    (row,) = verse("documents", "--json", "--data-dir", tmp_path / "data").rows
    assert row["title"] == "My title"


def test_a_written_answer_without_a_model_says_what_to_set(
    verse: Verse, starter_library: Library
) -> None:
    folder = starter_library.settings.data_dir
    ran = verse("ask", NORWAY, "--answerer", "written", "--data-dir", folder)
    assert ran.code == 1
    assert ran.complaint.startswith("verse: no chat model is set; set writer.model")


def test_a_model_that_cannot_be_reached_leaves_the_documents_words(
    verse: Verse, starter_library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("langchain_openai")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-none-at-all")
    monkeypatch.setenv("VERSE_WRITER__MODEL", "openai:local")
    monkeypatch.setenv("VERSE_WRITER__BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("VERSE_WRITER__MAX_RETRIES", "0")
    folder = starter_library.settings.data_dir
    ran = verse("ask", NORWAY, "--answerer", "written", "--json", "--data-dir", folder)
    (row,) = ran.rows
    assert (ran.code, row["status"], row["answerer"]) == (0, "answered", "extractive")
    assert row["notice"].startswith("No written answer: openai:local: ")
    assert "Integration through knowledge" in row["text"]
    assert "127.0.0.1" not in json.dumps(row["provenance"]["settings"])


def test_chat_starts_where_its_model_cannot_be_opened(
    verse: Verse, starter_library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[Services] = []
    monkeypatch.setattr("ui.web.app.serve", lambda services, *_: served.append(services))
    monkeypatch.setenv("VERSE_WRITER__MODEL", "nobody:large")
    monkeypatch.setenv("VERSE_ANSWER__ANSWERER", "written")
    ran = verse("chat", "--port", 0, "--data-dir", starter_library.settings.data_dir)
    assert (ran.code, ran.complaint) == (0, "Loading the model ... (answerer: written)")
    (services,) = served
    assert services.folder == starter_library.settings.data_dir
    assert services.desk is not None
    with pytest.raises(ModelError, match="nobody"):
        services.assistant.open_writer()
    assert services.desk.searching.ask(Question(NORWAY), "extractive").status == "answered"


@pytest.mark.parametrize(
    ("options", "is_open"),
    [((), True), (("--host", "0.0.0.0"), False), (("--host", "0.0.0.0", "--maintain"), True)],
)
def test_without_users_another_address_changes_nothing_unless_it_is_said(
    verse: Verse,
    starter_library: Library,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    is_open: bool,
) -> None:
    doors = []
    monkeypatch.setattr("ui.web.app.serve", lambda services, host, port, door: doors.append(door))
    data_dir = starter_library.settings.data_dir
    assert verse("chat", "--port", 0, "--data-dir", data_dir, *options).code == 0
    assert [(each.is_open, dict(each.known())) for each in doors] == [(is_open, {})]


BRIEFED = (
    "Health\n1. Which barriers to health care are written into law?\n2. Who sold fish in Oslo?\n"
)


def test_brief_makes_a_file_of_questions_and_never_writes_over_one_unasked(
    verse: Verse, starter_folder: tuple[Path, object], tmp_path: Path
) -> None:
    questions, output = tmp_path / "geneva.txt", tmp_path / "brief.md"
    questions.write_text(BRIEFED)
    given = ("brief", questions, "--data-dir", starter_folder[0], "-o", output)
    ran = verse(*given, "--passages", 1)
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.startswith(f"{output}: 2 questions, 1 with open points; ")
    text = output.read_text()
    assert text.startswith("# geneva\n") and "## Health\n" in text
    assert "formal. The law may tie care to a residence permit" in text
    assert text.count("Read on") == 1
    again = verse(*given)
    assert (again.code, output.read_text()) == (1, text)
    assert again.complaint == (
        f"verse: {output} is there already; name another file, or --force to write over it"
    )
    forced = verse(*given, "--force", "--passages", 0, "--title", "For Geneva")
    assert forced.code == 0
    assert output.read_text().startswith("# For Geneva\n") and "Read on" not in output.read_text()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["brief.md", "geneva.txt"]


def test_brief_reads_standard_input_and_gives_rows(
    verse: Verse, starter_folder: tuple[Path, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BRIEFED.encode())))
    ran = verse("brief", "-", "--json", "--year", "2026", "--data-dir", starter_folder[0])
    (row,) = ran.rows
    assert (ran.code, row["title"], row["failed"]) == (0, "Brief", [])
    heading, law, _ = row["sections"]
    assert (heading["heading"], heading["items"]) == ("Health", [])
    first = law["items"][0]["sources"][0]
    assert row["sources"][first - 1]["citation"]["n"] == first == 1

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BRIEFED.encode())))
    ran = verse("brief", "-", "--json", "--year", "1850", "--data-dir", starter_folder[0])
    assert ran.code == 1
    assert ran.complaint.startswith("verse: there is nothing to make a brief of: ")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("q.txt", "-o", "brief.xyz"), "no format 'xyz'; there are docx, pdf, md, "),
        (("q.txt", "-o", "none/brief.md"), "its folder is not there"),
        (("none.txt", "-o", "brief.md"), "questions cannot be read from none.txt: No such file"),
        (("empty.txt", "-o", "brief.md"), "empty.txt cannot be read: empty file"),
        (("q.txt", "-o", "brief.md", "--where", "colour=red"), "colour"),
    ],
)
def test_what_brief_cannot_do_is_told_before_anything_is_asked(
    verse: Verse,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("q.txt").write_text(BRIEFED)
    Path("empty.txt").write_text("")
    ran = verse("brief", *arguments, "--data-dir", tmp_path / "no library")
    assert ran.code == 1
    assert told in ran.complaint


def test_brief_keeps_what_is_done_at_ctrl_c_and_says_how_to_go_on(
    verse: Verse,
    starter_folder: tuple[Path, object],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    questions, output = tmp_path / "geneva.txt", tmp_path / "brief.md"
    questions.write_text(BRIEFED)
    given = ("brief", questions, "--data-dir", starter_folder[0], "-o", output)
    ask = Assistant.ask

    def interrupted(self: Assistant, question: Question, *rest: object) -> object:
        if "fish" in question.text:
            raise KeyboardInterrupt
        return ask(self, question, *rest)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Assistant, "ask", interrupted)
        ran = verse(*given)
    assert ran.code == 130
    assert ran.complaint == (
        f"verse: stopped; 1 of 2 questions are answered and kept in {output}.partial; the same "
        f"command goes on from there"
    )
    assert not output.exists()
    ran = verse(*given)
    assert ran.code == 0
    assert ran.err.startswith("1 of 2 questions were answered by an earlier run; going on.\n")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["brief.md", "geneva.txt"]


def test_brief_says_which_questions_failed_and_asks_only_these_anew(
    verse: Verse, starter_folder: tuple[Path, object], tmp_path: Path
) -> None:
    questions, output = tmp_path / "geneva.txt", tmp_path / "brief.md"
    questions.write_text(f"{BRIEFED}{'x' * 600}?\n")
    given = ("brief", questions, "--data-dir", starter_folder[0], "-o", output)
    ran = verse(*given)
    assert ran.code == 3
    assert f"verse: not answered: {'x' * 600}?\n" in ran.err
    assert "This could not be answered: the question has a word of 600" in output.read_text()
    ran = verse(*given, "--force")
    assert ran.code == 3
    assert ran.err.startswith("2 of 3 questions were answered by an earlier run; going on.\n")
