"""Files inside zip archives and e-mails: all are found, and none does harm."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from email.message import EmailMessage
from pathlib import Path

import pytest

from rag.errors import EncryptedFileError, LoadError
from rag.load.archive import is_container, read_member, read_members


def zipped(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def mail(**attachments: bytes) -> bytes:
    message = EmailMessage()
    message["Subject"] = "Papers of the council"
    message.set_content("The papers are attached.")
    for name, data in attachments.items():
        message.add_attachment(data, "application", "octet-stream", filename=name.replace("_", "."))
    return message.as_bytes()


def write(tmp_path: Path, name: str, data: bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def test_members_are_found_two_deep_and_hidden_ones_left_out(tmp_path: Path) -> None:
    inner = zipped({"c.txt": b"third", "deep.zip": zipped({"d.txt": b"too deep"})})
    files = {
        "2019/a.txt": b"first",
        "2019/": b"",
        "__MACOSX/2019/._a.txt": b"x",
        ".hidden/b.txt": b"x",
        "inner.zip": inner,
        "letter.eml": mail(b_txt=b"second"),
    }
    path = write(tmp_path, "papers.zip", zipped(files))
    assert is_container(path)
    members = {each.name: each.data for each in read_members(path)}
    assert list(members) == ["2019/a.txt", "inner.zip/c.txt", "letter.eml/b.txt", "letter.eml"]
    assert members["letter.eml/b.txt"] == b"second"
    assert read_member(path, "inner.zip/c.txt") == b"third"


def test_attachments_of_a_mail(tmp_path: Path) -> None:
    path = write(tmp_path, "letter.eml", mail(fees_txt=b"The fee is 40 crowns.", a_bin=b"\0"))
    assert is_container(path)
    assert [(each.name, each.data) for each in read_members(path)] == [
        ("fees.txt", b"The fee is 40 crowns."),
        ("a.bin", b"\0"),
    ]


def test_names_that_step_out_of_the_archive_stay_inside(tmp_path: Path) -> None:
    files = {"../../etc/passwd": b"a", "/root/b.txt": b"b", "..\\c.txt": b"c", "C:/d.txt": b"d"}
    path = write(tmp_path, "odd.zip", zipped(files))
    assert [each.name for each in read_members(path)] == [
        "etc/passwd",
        "root/b.txt",
        "c.txt",
        "C:/d.txt",
    ]


def test_two_members_of_one_name_are_both_read(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("a.txt", b"one")
        archive.writestr("a.txt", b"two")
    path = write(tmp_path, "twice.zip", buffer.getvalue())
    assert [(m.name, m.data) for m in read_members(path)] == [
        ("a.txt", b"one"),
        ("a-2.txt", b"two"),
    ]


def test_a_bomb_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    path = write(tmp_path, "bomb.zip", zipped({"zeros.txt": bytes(100 * 2**20)}))
    with pytest.raises(LoadError, match=r"zeros\.txt in this archive unpacks to more than \d+ MB"):
        list(read_members(path))


def test_an_encrypted_and_a_damaged_archive_are_told(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.txt": b"words"}))
    data[6] |= 1  # the flag in the local header, and that in the directory
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(EncryptedFileError, match="needs a password"):
        list(read_members(write(tmp_path, "locked.zip", bytes(data))))
    damaged = write(tmp_path, "cut.zip", zipped({"a.txt": b"words"})[:40])
    assert is_container(damaged)
    with pytest.raises(LoadError, match="damaged archive"):
        list(read_members(damaged))


def test_office_files_are_no_containers(tmp_path: Path) -> None:
    office = write(tmp_path, "a.docx", zipped({"[Content_Types].xml": b"<x/>"}))
    assert not is_container(office)
    assert not is_container(write(tmp_path, "a.txt", b"words"))
