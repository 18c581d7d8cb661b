"""`verse verify`: blocks and counts, rows, and the exit code for scripts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ui.cli import main

TITLE = "Decent work for migrant workers"
QUOTE = "Rules need someone to apply them."
SOUND = f"“{QUOTE}”[^1]\n\n[^1]: {TITLE}, para. 10.\n"
ALTERED = SOUND.replace("need", "needed")


@pytest.fixture
def verify(
    starter_folder: tuple[Path, list], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> object:
    def run(*args: object) -> int:
        argv = ["verse", "verify", *map(str, args), "--data-dir", str(starter_folder[0])]
        monkeypatch.setattr("sys.argv", argv)
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0)

    (tmp_path / "sound.md").write_text(SOUND)
    (tmp_path / "altered.md").write_text(ALTERED)
    (tmp_path / "broken.docx").write_bytes(b"PK\x03\x04 broken")
    return run


def test_each_state_has_its_exit_code(verify, tmp_path: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    sound, altered, broken = (tmp_path / n for n in ("sound.md", "altered.md", "broken.docx"))
    assert verify(sound) == 0
    assert capsys.readouterr().out == "sound.md: 1 verbatim\n"
    assert verify(sound, altered) == 5
    out = capsys.readouterr().out
    assert "altered: paragraph 1, " in out
    assert "  “needed” for “need”\n" in out
    assert f"  in: {TITLE}, para. 10 (starter-decent-work, " in out
    assert verify(broken, altered, tmp_path / "none.md") == 1
    told = capsys.readouterr()
    assert "altered.md: 1 altered" in told.out
    assert "broken.docx: damaged" in told.err
    assert "none.md: cannot be opened: No such file or directory" in told.err


def test_all_shows_what_is_verbatim_too(verify, tmp_path: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    verify(tmp_path / "sound.md", "--all")
    out = capsys.readouterr().out
    assert out.startswith("verbatim: paragraph 1, ")
    assert f"  document: {QUOTE}\n" in out


def test_rows_for_programs(verify, tmp_path: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    code = verify("--json", tmp_path / "altered.md", tmp_path / "broken.docx")
    one, other = map(json.loads, capsys.readouterr().out.splitlines())
    assert code == 1
    assert (one["file"], one["is_sound"], one["error"]) == ("altered.md", False, "")
    assert one["counts"]["altered"] == 1
    (found,) = one["checked"]
    assert found["changes"] == [{"kind": "changed", "words": "needed", "instead": "need"}]
    assert (found["verdict"], found["notes"], found["paragraph"]) == ("altered", ["1"], 1)
    assert found["standing"]["paragraph"] == "10"
    assert (other["checked"], other["is_sound"]) == ([], False)
    assert other["error"].startswith("damaged")
