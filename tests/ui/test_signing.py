"""Signing in: nothing without it, who may do what, and how often a password may be tried."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import needs_chromium, open_browser, serve_page
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from harbour import HarbourAssistant
from playwright.sync_api import expect
from typer.testing import CliRunner

from ui.cli import app
from ui.users import USERS, UsersError, UsersFile, make_user, read_users, write_users
from ui.web.app import build_site
from ui.web.ports import Services
from ui.web.rights import Person, person_of
from ui.web.signing import Door
from ui.web.tries import MAX_FOR_NAME
from ui.web.visitors import owner_of

SECRET, OTHER = "a long stay costs 40", "crowns for each day"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    users = [make_user("amina", SECRET, is_maintainer=True), make_user("rui", OTHER)]
    write_users(tmp_path, {each.name: each for each in users})
    return tmp_path


@pytest.fixture
def site(folder: Path) -> FastAPI:
    site = build_site(Services(HarbourAssistant()), door=Door(UsersFile(folder)))

    def whoami(request: Request) -> dict[str, object]:
        return {"owner": owner_of(request), "maintains": person_of(request).may_maintain}

    site.add_api_route("/whoami", whoami)
    site.router.routes.insert(0, site.router.routes.pop())  # before the pages, which take all else
    return site


@pytest.fixture
def client(site: FastAPI) -> Iterator[TestClient]:
    with TestClient(site, base_url="http://localhost", follow_redirects=False) as client:
        yield client


def sign_in(client: TestClient, name: str, password: str, **more: str) -> int:
    form = {"name": name, "password": password, **more}
    return client.post("/sign-in", data=form).status_code


@pytest.mark.parametrize(
    "path",
    ["/fr/", "/whoami", "/config", "/gradio_api/info", "/gradio_api/startup-events", "/theme.css",
     "/language/fr", "/gradio_api/queue/data?session_hash=x", "/read/harbour",
     "/library/upload", "/evaluation/report/x", "/%2e%2e/whoami", "//whoami"],
)  # fmt: skip
def test_nothing_is_served_without_signing_in(client: TestClient, path: str) -> None:
    refused = client.get(path)
    assert (refused.status_code, refused.text) == (401, "sign in first\n")
    assert client.post("/gradio_api/queue/join", json={}).status_code == 401


def test_a_page_leads_to_the_form_and_the_form_to_the_page(client: TestClient) -> None:
    led = client.get("/read/x?page=2", headers={"accept": "text/html"})
    assert led.headers["location"] == "/sign-in?next=%2Fread%2Fx%3Fpage%3D2"
    form = client.get(led.headers["location"])
    assert 'name="next" value="/read/x?page=2"' in form.text
    assert "default-src 'none'" in form.headers["content-security-policy"]
    done = client.post(
        "/sign-in", data={"name": "Rui", "password": OTHER, "next": "/read/x?page=2"}
    )
    assert done.headers["location"] == "/read/x?page=2"
    assert re.fullmatch(
        r"cv-session=[\w-]{43}; HttpOnly; Max-Age=43200; Path=/; SameSite=strict",
        done.headers["set-cookie"],
    )
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("onward", ["//evil.example", "/\\evil.example", "https://e.example", ""])
def test_the_form_leads_to_no_other_site(client: TestClient, onward: str) -> None:
    done = client.post("/sign-in", data={"name": "rui", "password": OTHER, "next": onward})
    assert done.headers["location"] == "/"


def test_who_signed_in_is_known_until_signing_out(client: TestClient, folder: Path) -> None:
    sign_in(client, "amina", SECRET)
    assert client.get("/whoami").json() == {"owner": "user:amina", "maintains": True}
    old = client.cookies["cv-session"]
    assert client.post("/sign-out").headers["location"] == "/sign-in"
    assert client.get("/whoami", headers={"cookie": f"cv-session={old}"}).status_code == 401
    sign_in(client, "rui", OTHER)
    assert client.get("/whoami").json() == {"owner": "user:rui", "maintains": False}
    write_users(folder, {"amina": read_users(folder)["amina"]})  # removed: signed out at once
    assert client.get("/whoami").status_code == 401


def test_a_wrong_password_and_a_wrong_name_are_told_alike_and_not_for_ever(
    client: TestClient,
) -> None:
    told = [
        client.post("/sign-in", data={"name": "rui", "password": "wrong password"}),
        client.post("/sign-in", data={"name": "nobody", "password": OTHER}),
    ]
    assert [each.status_code for each in told] == [401, 401]
    line = "This name and this password do not belong together."
    assert all(line in each.text for each in told)
    for _ in range(MAX_FOR_NAME - 1):
        assert sign_in(client, "rui", "wrong password") == 401
    late = client.post("/sign-in", data={"name": "rui", "password": OTHER})
    assert late.status_code == 429
    assert "Too many tries. Please wait 5 min and try again." in late.text
    assert sign_in(client, "amina", SECRET) == 303


def test_another_site_cannot_post(client: TestClient) -> None:
    form = {"name": "rui", "password": OTHER}
    for headers in ({"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert client.post("/sign-in", data=form, headers=headers).status_code == 403
    own = {"origin": "http://localhost", "sec-fetch-site": "same-origin"}
    assert client.post("/sign-in", data=form, headers=own).status_code == 303


def test_a_hostile_name_is_shown_as_words(client: TestClient) -> None:
    hostile = '"><script>hurt</script>'
    shown = client.post("/sign-in", data={"name": hostile, "password": "x", "next": hostile})
    assert "<script" not in shown.text
    assert "&quot;&gt;&lt;script&gt;" in shown.text


def test_a_list_that_cannot_be_read_lets_nobody_in(client: TestClient, folder: Path) -> None:
    (folder / USERS).write_text("[{")
    assert client.get("/").status_code == 503


@pytest.mark.parametrize("is_open", [True, False])
def test_without_users_the_door_says_who_maintains(tmp_path: Path, is_open: bool) -> None:
    site = build_site(Services(HarbourAssistant()), door=Door(UsersFile(tmp_path), is_open))
    seen: list[Person] = []

    def whoami(request: Request) -> str:
        seen.append(person_of(request))
        return owner_of(request)

    site.add_api_route("/whoami", whoami)
    site.router.routes.insert(0, site.router.routes.pop())
    with TestClient(site, base_url="http://localhost") as client:
        client.get("/")
        assert client.get("/whoami").json().startswith("browser:")
    assert seen == [Person("", is_open)]


def test_the_command_adds_lists_and_removes(tmp_path: Path) -> None:
    def verse(*arguments: str, given: str = "") -> str:
        done = CliRunner().invoke(
            app, ["user", *arguments, "--data-dir", str(tmp_path)], input=given
        )
        if isinstance(done.exception, UsersError):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.stdout

    verse("add", "Amina", "--maintainer", given=f"{SECRET}\n{SECRET}\n")
    verse("add", "rui", given=f"{OTHER}\n{OTHER}\n")
    assert verse("list") == "amina\tmaintainer\nrui\treader\n"
    kept = tmp_path / USERS
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert SECRET not in kept.read_text()
    assert read_users(tmp_path)["amina"].has_password(SECRET)
    assert not read_users(tmp_path)["amina"].has_password(OTHER)
    verse("remove", "rui")
    assert verse("list") == "amina\tmaintainer\n"
    with pytest.raises(UsersError, match="has 5 characters; take 10 to 1,000"):
        verse("add", "rui", given="short\nshort\n")
    with pytest.raises(UsersError, match="no user 'rui'; known: amina"):
        verse("remove", "rui")
    with pytest.raises(UsersError, match="is no name for a user"):
        verse("add", "<b>", given=f"{OTHER}\n{OTHER}\n")


@needs_chromium
def test_a_reader_signs_in_asks_and_signs_out(folder: Path) -> None:
    door = Door(UsersFile(folder))
    with serve_page(HarbourAssistant(), door) as address, open_browser() as browser:
        page = browser.new_page()
        page.goto(address)
        page.get_by_role("link", name="Français").click()
        expect(page.get_by_role("heading", name="Connexion")).to_be_visible()
        page.get_by_label("Nom").fill("rui")
        page.get_by_label("Mot de passe").fill(OTHER)
        page.keyboard.press("Enter")
        expect(page.locator("#cv-box textarea")).to_be_editable(timeout=20_000)
        assert page.url == f"{address}fr/"
        expect(page.get_by_text("Connecté en tant que rui")).to_be_attached(timeout=20_000)
        page.get_by_role("button", name="Se déconnecter").click()
        expect(page.get_by_role("heading", name="Connexion")).to_be_visible()
        page.goto(address)
        expect(page.get_by_role("heading", name="Connexion")).to_be_visible()
