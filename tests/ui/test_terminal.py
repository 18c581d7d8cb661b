"""What is printed: exact for programs, and for people without what a terminal would obey."""

from __future__ import annotations

import io
import json

import pytest

from ui.terminal import print_json, print_line, progress_shown, tell

NASTY = "a\x1b[2J\x9b\u202eb\rc\td\ne"


class Terminal(io.StringIO):
    """Standard error that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_lines_for_people_hold_nothing_that_a_terminal_obeys(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_line(NASTY)
    tell(NASTY)
    assert capsys.readouterr() == ("a[2Jbc\td\ne\n", "a[2Jbc\td\ne\n")


def test_rows_for_programs_are_exact_and_safe_to_look_at(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_json({"text": f"é {NASTY}\ud800"})
    line = capsys.readouterr().out
    assert line == ('{"text": "é a\\u001b[2J\\u009b\\u202eb\\rc\\td\\ne\\ud800"}\n')
    assert json.loads(line) == {"text": f"é {NASTY}\ud800"}


def test_a_name_in_a_progress_bar_is_no_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Terminal()
    monkeypatch.setattr("sys.stderr", shown)
    monkeypatch.setenv("TERM", "xterm")
    with progress_shown("Reading") as advance:
        advance(1, 2, "report[/b].pdf \x9b[red]")
    assert "report[/b].pdf [red]" in shown.getvalue()
