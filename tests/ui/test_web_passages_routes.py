"""The page's own addresses: whose they are, what they refuse, and files under safe names."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from desk import open_desk
from fastapi.testclient import TestClient
from harbour import PAYLOAD

from rag.pipeline import Library
from ui.web.app import build_site
from ui.web.passages.requests import file_response
from ui.web.ports import Services

DOCUMENT = "starter-remittance-costs"


@pytest.fixture(scope="module")
def site(
    starter_library: Library, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    with open_desk(starter_library, tmp_path_factory.mktemp("desk")) as desk:
        site = build_site(Services(desk.searching, desk=desk), hosts=["*"])
        with TestClient(site, base_url="http://localhost") as client:
            yield client


def cookie(name: str) -> dict[str, str]:
    return {"cookie": f"cv-visitor={name * 32}"}


MINE, THEIRS = cookie("a"), cookie("b")


def begun(site: TestClient, name: str) -> str:
    made = site.post("/passages/notebooks", json={"name": name}, headers=MINE)
    assert made.status_code == 200
    return str(made.json()["id"])


def changed(site: TestClient, notebook: str, **change: object) -> tuple[int, dict[str, object]]:
    sent = {"version": 0, "change": change}
    told = site.post(f"/passages/notebooks/{notebook}/changes", json=sent, headers=MINE)
    return told.status_code, told.json()


def pinned(site: TestClient, library: Library, notebook: str, at: int = 1) -> dict[str, object]:
    passage = library.ledger.passages_of(DOCUMENT)[at]
    place = {"passage_id": passage.passage_id, "start": passage.start, "end": passage.end}
    status, told = changed(site, notebook, kind="pin", **place)
    assert status == 200
    entry = told["entry"]
    assert isinstance(entry, dict)
    return entry


def test_another_reader_sees_neither_notebook_nor_its_files(
    site: TestClient, starter_library: Library
) -> None:
    notebook = begun(site, "Fees")
    pinned(site, starter_library, notebook)
    for path in (f"/passages/notebooks/{notebook}", f"/export/notebook/{notebook}.docx"):
        assert site.get(path, headers=MINE).status_code == 200
        refused = site.get(path, headers=THEIRS)
        assert refused.status_code == 404
        assert refused.json()["detail"].startswith(f"no notebook '{notebook}' of this reader")
    assert site.get("/passages/notebooks", headers=THEIRS).json() == {"notebooks": []}
    nobody = site.get("/passages/notebooks")
    assert nobody.status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
    ],
)
def test_a_page_of_another_site_is_refused(site: TestClient, headers: dict[str, str]) -> None:
    sent = site.post("/passages/notebooks", json={"name": "x"}, headers=MINE | headers)
    assert sent.status_code == 403
    uploads = (f"/passages/{each}" for each in ("questions", "check", "notebooks/import"))
    for path in uploads:
        assert site.post(path, content=b"Why?", headers=MINE | headers).status_code == 403
    own = {"origin": "http://localhost", "sec-fetch-site": "same-origin"}
    assert site.post("/passages/questions", content=b"Why?", headers=MINE | own).status_code == 200


def test_a_file_that_is_too_large_is_refused_as_it_comes(site: TestClient) -> None:
    sent = site.post("/passages/questions", content=b"x" * (20 * 2**20 + 1), headers=MINE)
    assert sent.status_code == 413
    assert sent.json() == {"detail": "the file is larger than 20 MB; send a smaller one"}


def test_formats_have_their_types_and_an_unknown_one_is_told_in_a_line(
    site: TestClient, starter_library: Library
) -> None:
    notebook = begun(site, "Fées & “coûts”/2026")
    pinned(site, starter_library, notebook)
    types = {
        "pdf": "application/pdf",
        "md": "text/markdown; charset=utf-8",
        "bib": "application/x-bibtex; charset=utf-8",
        "json": "application/vnd.citationstyles.csl+json",
    }
    for format, media_type in types.items():
        got = site.get(f"/export/notebook/{notebook}.{format}?style=chicago", headers=MINE)
        assert got.status_code == 200
        assert got.headers["content-type"] == media_type
    assert got.headers["content-disposition"] == (
        'attachment; filename="F_es-co_ts-2026.json"; '
        "filename*=UTF-8''F%C3%A9es-co%C3%BBts-2026.json"
    )
    unknown = site.get(f"/export/notebook/{notebook}.exe", headers=MINE)
    assert unknown.status_code == 404
    assert unknown.json() == {
        "detail": "no format 'exe'; there are docx, pdf, md, txt, bib, ris, json"
    }
    style = site.get(f"/export/notebook/{notebook}.md?style=mine", headers=MINE)
    assert style.status_code == 404


def test_an_answer_alone_is_exported_with_its_numbers(site: TestClient) -> None:
    question = "Was migration part of the Millennium Development Goals?"
    got = site.get("/export/answer.md", params={"question": question}, headers=MINE)
    assert got.status_code == 200
    assert got.text.startswith(f"# {question.rstrip('?')}") or question in got.text
    assert "[^1]" in got.text


def test_the_name_of_a_file_is_safe_whatever_the_title_is() -> None:
    names = {
        title: file_response(b"", title, "md", "text/plain").headers["content-disposition"]
        for title in ("../../etc/passwd", 'a"b\r\nSet-Cookie: x', "", "…", "x" * 500)
    }
    assert names["../../etc/passwd"].startswith('attachment; filename="etc-passwd.md"')
    assert names['a"b\r\nSet-Cookie: x'].startswith('attachment; filename="a-b-Set-Cookie-x.md"')
    assert (
        names[""] == names["…"] == ("attachment; filename=\"brief.md\"; filename*=UTF-8''brief.md")
    )
    assert len(names["x" * 500]) < 250


def test_a_change_is_made_on_the_newest_notebook_unless_the_same_words_were_changed(
    site: TestClient, starter_library: Library
) -> None:
    notebook = begun(site, "Two tabs")
    first = pinned(site, starter_library, notebook, 1)["id"]
    second = pinned(site, starter_library, notebook, 2)["id"]
    assert changed(site, notebook, kind="note", entry_id=first, was="", text="Mine")[0] == 200
    status, told = changed(site, notebook, kind="tags", entry_id=first, was=[], tags=["a", " a "])
    assert status == 200
    status, told = changed(site, notebook, kind="note", entry_id=first, was="", text="Theirs")
    assert status == 409
    held = told["notebook"]
    assert isinstance(held, dict)
    assert (held["entries"][0]["note"], held["entries"][0]["tags"]) == ("Mine", ["a"])
    changed(site, notebook, kind="move", entry_ids=[second], before=first)
    _, headed = changed(site, notebook, kind="heading", text="Fees", before=first)
    own = site.get(f"/passages/notebooks/{notebook}", headers=MINE).json()["entries"]
    assert [each["id"] for each in own] == [second, headed["entry"]["id"], first]  # type: ignore[index]


def test_a_notebook_goes_out_and_comes_back(site: TestClient, starter_library: Library) -> None:
    notebook = begun(site, "Out and back")
    entry = pinned(site, starter_library, notebook)
    file = site.get(f"/passages/notebooks/{notebook}/file", headers=MINE)
    assert json.loads(file.content)
    sent = site.post("/passages/notebooks/import", content=file.content, headers=THEIRS)
    came = sent.json()
    assert (came["held"], came["entries"][0]["quote"]) == (1, entry["quote"])
    assert came["entries"][0]["id"] != entry["id"]
    broken = site.post("/passages/notebooks/import", content=b"{", headers=MINE)
    assert broken.status_code == 400
    assert broken.json()["detail"].startswith("this is no notebook that can be read")


def test_a_brief_holds_a_quote_as_one_only_while_it_is_verbatim(
    site: TestClient, starter_library: Library
) -> None:
    notebook = begun(site, "Verbatim")
    quote = pinned(site, starter_library, notebook)["quote"]
    made = site.post("/passages/briefs", json={"notebook_id": notebook}, headers=MINE).json()
    path = f"/passages/briefs/{made['id']}"
    item = made["sections"][0]["items"][0]
    assert (item["text"], item["is_quote"], item["is_edited"]) == (quote, True, False)

    def save(text: str, version: int, sources: list[int], **more: object) -> dict[str, object]:
        own = {"text": text, "sources": sources, "is_quote": True} | more
        section = {"heading": PAYLOAD, "items": [own]}
        sent = {"version": version, "title": "T", "sections": [section]}
        return {
            "status": (told := site.put(path, json=sent, headers=MINE)).status_code,
            **told.json(),
        }

    kept = save(f"{quote} {PAYLOAD}", 1, [1])
    edited = kept["sections"][0]["items"][0]  # type: ignore[index]
    assert (edited["is_quote"], edited["is_edited"]) == (False, True)
    stale = save("x", 1, [1])
    assert (stale["status"], stale["brief"]["version"]) == (409, 2)  # type: ignore[index]
    unknown = save("x", 2, [7])
    assert (unknown["status"], unknown["detail"]) == (
        400,
        "no source 7 in this brief; load it anew",
    )
    forged = save("We never said this.", 2, [], is_edited=True)
    assert forged["sections"][0]["items"][0]["is_quote"] is False  # type: ignore[index]


def test_a_request_that_lacks_something_is_told_in_a_line(site: TestClient) -> None:
    told = site.get("/passages/context", headers=MINE)
    assert (told.status_code, told.json()) == (400, {"detail": "query passage_id: Field required"})
    asked = site.get("/export/answer.docx", params={"question": "x" * 20_000}, headers=MINE)
    assert asked.status_code == 400
    assert asked.json()["detail"].startswith("the question has 20,000 characters")
