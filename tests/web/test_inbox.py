"""The inbox over HTTP: what programs and people send, what is answered, and what strangers try."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from inbox_messages import BASE, LD_JSON, LINKS, MESSINA, TURTLE, announcement, correction, to_bytes
from inprocess import Answer, Client
from serving import write_small_release

from mesmart_kg.catalog import Catalog
from mesmart_kg.config import load_config
from mesmart_kg.inbox import Inbox, State
from mesmart_kg.web import create_app
from mesmart_kg.web.publication import publication_of

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
FORM = "application/x-www-form-urlencoded"
INBOX = 'rel="http://www.w3.org/ns/ldp#inbox"'

Make = Callable[..., Client]


@pytest.fixture(scope="module")
def shaped_shelf(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Path:
    """A shelf with the small release, and the shapes of messages in it."""
    shelf = tmp_path_factory.mktemp("inbox-shelf")
    inputs = write_small_release(shelf).inputs
    texts = [(project / "shapes" / name).read_text("utf-8") for name in ("notification.ttl", "linkset.ttl")]
    (inputs / "shapes.ttl").write_text("\n".join(texts), "utf-8")
    return shelf


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the inbox of `everyday`."""
    return tmp_path_factory.mktemp("inbox") / "kept"


@pytest.fixture(scope="module")
def open_site(app: Flask, shaped_shelf: Path, place: Path) -> Iterator[Make]:
    """Make a site with settings of its own, over the engine that is there already."""
    made: list[Client] = []

    def make(**settings: object) -> Client:
        named = {name.replace("__", "."): value for name, value in settings.items()}
        flags = {"paths.releases": shaped_shelf, "web.requests": 0, "inbox.folder": place} | named
        config = load_config(flags, {}, shaped_shelf)
        own = create_app(config, Catalog(shaped_shelf), lambda _release: publication_of(app).engine)
        made.append(Client(own))
        return made[-1]

    yield make
    for client in made:
        client.site.publication.index.close()
        client.site.edition.close_bridges()


@pytest.fixture
def folder(place: Path) -> Iterator[Path]:
    """The folder of the inbox, which is not there when a test begins."""
    yield place
    if place.is_dir():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)


@pytest.fixture
def make(open_site: Make, folder: Path) -> Make:
    return open_site


@pytest.fixture(scope="module")
def everyday(open_site: Make) -> Client:
    return open_site(inbox__a_day=10_000)


@pytest.fixture
def site(everyday: Client, folder: Path) -> Client:
    """A site with an empty inbox."""
    return everyday


def send(site: Client, document: Any, media_type: str = LD_JSON, **headers: str) -> Answer:
    data = document if isinstance(document, bytes) else to_bytes(document)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return site.post("/inbox", data=data, content_type=media_type, headers=named)


def fill(site: Client, **fields: str) -> Answer:
    headers = BROWSER | {"Accept-Language": "en"}
    return site.post("/inbox", data=fields, content_type=FORM, headers=headers)


def waiting(folder: Path) -> int:
    return len(Inbox(folder, 1).ids(State.WAITING))


# --- programs ---


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (to_bytes(correction()), LD_JSON),
        (to_bytes(announcement()), f'{LD_JSON}; profile="https://www.w3.org/ns/activitystreams"'),
        (LINKS.encode(), f"{TURTLE}; charset=utf-8"),
    ],
)
def test_a_message_is_on_the_disk_before_it_is_acknowledged(
    site: Client, folder: Path, data: bytes, media_type: str
) -> None:
    answer = send(site, data, media_type)

    assert answer.status_code == 201
    path = answer.headers["Location"]
    assert re.fullmatch(r"/inbox/[0-9a-f]{32}", path)
    assert waiting(folder) == 1
    receipt = json.loads(answer.text)
    assert receipt["@id"] == f"http://localhost{path}"
    assert receipt["schema:creativeWorkStatus"] == "waiting"
    assert json.loads(site.get(path).text) == receipt


def test_what_was_written_is_shown_to_nobody(site: Client, folder: Path) -> None:
    path = send(site, correction(bodyValue="Secret words of Ada")).headers["Location"]
    for name in ("accepted", None):
        if name:
            kept = Inbox(folder, 1)
            kept.decide(
                path.rpartition("/")[2],
                State(name),
                "Thank you, mended.",
                kept.get(path[-32:]).receipt.received,
            )
        for accept in (LD_JSON, "text/html"):
            for address in (path, "/inbox"):
                text = site.get(address, headers={"Accept": accept}).text
                assert "Secret words" not in text
                assert "Ada" not in text.replace('"actor": {"name": "Ada"}', "").replace("&#34;Ada&#34;", "")


def test_the_list_names_what_was_accepted_and_a_receipt_tells_what_the_curator_says(
    site: Client, folder: Path
) -> None:
    path = send(site, correction()).headers["Location"]
    listed = json.loads(site.get("/inbox", headers={"Accept": LD_JSON}).text)
    assert listed == {"@context": "http://www.w3.org/ns/ldp", "@id": "http://localhost/inbox", "contains": []}

    kept = Inbox(folder, 1)
    kept.decide(
        path[-32:], State.ACCEPTED, "Mended, <b>thank you</b>.", kept.get(path[-32:]).receipt.received
    )

    listed = json.loads(site.get("/inbox").text)
    assert listed["contains"] == [f"http://localhost{path}"]
    receipt = json.loads(site.get(path).text)
    assert (receipt["schema:creativeWorkStatus"], receipt["rdfs:comment"]) == (
        "accepted",
        "Mended, <b>thank you</b>.",
    )
    page = site.get(path, headers=BROWSER | {"Accept-Language": "it"})
    assert "È stato accolto" in page.text
    assert "&lt;b&gt;thank you" in page.text
    assert page.headers["Cache-Control"] == "no-store"


def test_the_same_message_twice_has_one_receipt(site: Client, folder: Path) -> None:
    first, second = send(site, correction()), send(site, correction())
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.headers["Location"] == second.headers["Location"]
    assert waiting(folder) == 1


def test_the_inbox_is_named_where_people_and_programs_look(site: Client) -> None:
    for path in ("/", "/doc/city/it-messina", "/doc/city/it-messina.ttl", "/.well-known/void"):
        answer = site.get(path, headers=BROWSER)
        links = [each for each in answer.headers.getlist("Link") if INBOX in each]
        assert links == [f"</inbox>; {INBOX}"], path
        again = site.get(path, headers=BROWSER)  # now one that was kept
        assert [each for each in again.headers.getlist("Link") if INBOX in each] == links
    assert "/inbox?about=/doc/city/it-messina#correction" in unescape(
        site.get("/doc/city/it-messina", headers=BROWSER).text
    )
    assert "http://localhost/inbox" in site.get("/.well-known/api-catalog").text


def test_what_may_be_sent_is_told_to_those_who_ask(site: Client) -> None:
    answer = site.options("/inbox", headers={"Origin": "https://a.example"})
    assert answer.headers["Accept-Post"].startswith(LD_JSON)
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in answer.headers["Access-Control-Allow-Headers"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    sent = send(site, correction(), Origin="https://a.example")
    assert "Location" in sent.headers["Access-Control-Expose-Headers"]
    constrained = 'rel="http://www.w3.org/ns/ldp#constrainedBy"'
    assert any(constrained in each for each in sent.headers.getlist("Link"))
    assert site.delete("/inbox").status_code == 405


def test_a_refusal_is_a_problem_with_its_remedy_in_the_readers_language(site: Client, folder: Path) -> None:
    answer = send(site, {"@context": "https://evil.example/c", "type": "Offer"}, Accept_Language="it")
    problem = json.loads(answer.text)
    assert (answer.status_code, problem["type"]) == (422, "urn:mesmart:problem:inbox-unknown-context")
    assert "qui non è noto" in problem["detail"]
    assert f"{BASE}context" in problem["known"]

    shape = json.loads(send(site, correction(bodyValue="Hm"), Accept_Language="en").text)
    assert [each["path"] for each in shape["findings"]] == ["oa:bodyValue"]
    assert "what is wrong and what it should be" in shape["detail"]
    assert not folder.exists()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "application/json"}, 415),
        ({"Content-Type": "text/html"}, 415),
        ({"Content-Type": ""}, 415),
        ({"Content-Type": "multipart/form-data; boundary=x"}, 415),
        ({"Content-Type": LD_JSON, "Content-Encoding": "gzip"}, 415),
        ({"Content-Type": LD_JSON}, 400),
    ],
)
def test_other_media_types_are_refused(site: Client, headers: dict[str, str], status: int) -> None:
    answer = site.post("/inbox", data=b"x", headers=headers)
    assert answer.status_code == status
    assert LD_JSON in answer.headers["Accept-Post"]


# --- people ---


@pytest.mark.parametrize(("language", "words"), [("it", "Come lo sai?"), ("en", "How do you know?")])
def test_people_find_a_form_that_names_the_page_they_came_from(
    site: Client, language: str, words: str
) -> None:
    page = site.get(f"/inbox?lang={language}&about=/doc/city/it-messina", headers=BROWSER)
    assert words in page.text
    assert 'value="http://localhost/doc/city/it-messina"' in page.text
    hostile = site.get('/inbox?about="><script>alert(1)</script>', headers=BROWSER).text
    assert "<script>alert" not in hostile
    # What a stranger writes into an address never gets into a command that is there to be copied.
    trap = site.get("/inbox?about=https://a.example/';rm -rf ~;'", headers=BROWSER).text
    assert trap.count("rm -rf") == 1


def test_a_form_leads_to_its_receipt(site: Client, folder: Path) -> None:
    answer = fill(
        site,
        kind="correction",
        page="/doc/city/it-messina",
        text="Il nome è sbagliato.",
        source="l’ho letto in municipio",
        sender="Ada",
    )
    assert answer.status_code == 303
    page = site.get(answer.headers["Location"], headers=BROWSER | {"Accept-Language": "en"})
    assert "It waits for a person to look at it." in page.text
    kept = Inbox(folder, 1)
    told = kept.get(kept.ids(State.WAITING)[0]).notification
    assert (told.sender, told.about["target"]) == ("Ada", "http://localhost/doc/city/it-messina")

    assert fill(site, kind="links", address="https://data.example.org/links.ttl").status_code == 303
    assert waiting(folder) == 2


def test_what_is_wrong_with_a_form_is_told_on_it_and_nothing_is_lost(site: Client, folder: Path) -> None:
    answer = fill(
        site, kind="correction", page="https://other.example/", text="My long story", source="I know"
    )
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "is nothing of ours" in answer.text
    assert "My long story" in answer.text
    assert fill(site, kind="links", address="ftp://x").status_code == 422
    assert fill(site).status_code == 422
    assert not folder.exists()


def test_a_page_elsewhere_can_not_send_a_form_for_its_readers(site: Client) -> None:
    headers = BROWSER | {"Sec-Fetch-Site": "cross-site"}
    fields = {"kind": "links", "address": "https://data.example.org/links.ttl"}
    assert site.post("/inbox", data=fields, content_type=FORM, headers=headers).status_code == 403
    assert site.post("/inbox", data=b"a=1&" * 100_000, content_type=FORM, headers=BROWSER).status_code == 400


# --- limits, and what strangers try ---


def test_a_closed_inbox_is_nowhere(make: Make) -> None:
    site = make(inbox__folder="")
    assert site.get("/inbox").status_code == 404
    assert send(site, correction()).status_code == 404
    assert site.get(f"/inbox/{'0' * 32}").status_code == 404
    home = site.get("/", headers=BROWSER)
    assert not any(INBOX in each for each in home.headers.getlist("Link"))
    assert "/inbox" not in home.text
    assert "/inbox" not in site.get("/.well-known/api-catalog").text


def test_one_sender_has_so_many_a_day_and_others_go_on(make: Make, folder: Path) -> None:
    site = make(inbox__a_day=3, web__trusted_proxies=1)
    for number in range(3):
        sent = send(site, correction(bodyValue=f"Fault {number}"), X_Forwarded_For="192.0.2.1")
        assert sent.status_code == 201
    answer = send(site, correction(bodyValue="Fault 4"), X_Forwarded_For="192.0.2.1")
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 86_400
    assert json.loads(answer.text)["value"] == 3
    assert send(site, correction(bodyValue="Fault 5"), X_Forwarded_For="192.0.2.2").status_code == 201
    assert "192.0.2" not in "".join(path.read_text("utf-8") for path in folder.glob("*/*.json"))


def test_a_flood_of_many_senders_ends_at_the_number_that_may_wait(make: Make, folder: Path) -> None:
    site = make(inbox__offers=4, web__trusted_proxies=1)

    async def flood() -> list[Answer]:
        return await asyncio.gather(
            *(
                site.send(
                    "/inbox",
                    method="POST",
                    data=to_bytes(announcement(id=f"https://a.example/{number}")),
                    content_type=LD_JSON,
                    headers={"X-Forwarded-For": f"192.0.2.{number}"},
                )
                for number in range(20)
            )
        )

    answers = asyncio.run(flood())
    assert sorted(each.status_code for each in answers) == [201] * 4 + [503] * 16
    full = next(each for each in answers if each.status_code == 503)
    assert json.loads(full.text)["type"] == "urn:mesmart:problem:inbox-full"
    assert "Retry-After" in full.headers
    assert waiting(folder) == 4


def test_a_body_beyond_the_limit_is_not_read_to_its_end(make: Make, folder: Path) -> None:
    site = make(inbox__size=8)
    assert send(site, b"x" * 9000).status_code == 413
    taken = 0

    async def receive() -> dict[str, Any]:
        nonlocal taken
        taken += 1_000_000
        return {"type": "http.request", "body": b"x" * 1_000_000, "more_body": True}

    sent: list[dict[str, Any]] = []

    async def note(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/inbox",
        "raw_path": b"/inbox",
        "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"content-type", LD_JSON.encode())],
        "server": ("localhost", "80"),
        "client": ("127.0.0.1", "50000"),
    }
    asyncio.run(site.site(scope, receive, note))
    assert sent[0]["status"] == 413
    assert taken < 20_000_000
    assert not folder.exists()


def test_a_folder_that_can_not_be_written_is_told_and_noted(
    make: Make, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder.write_text("a file where a folder should be", "utf-8")
    site = make()
    answer = send(site, correction(), Accept_Language="en")
    assert answer.status_code == 503
    assert "could not be stored" in json.loads(answer.text)["detail"]
    assert str(folder) not in answer.text
    assert "the folder of the inbox" in caplog.text
    page = fill(site, kind="correction", page=MESSINA, text="My long story", source="I know")
    assert page.status_code == 503
    assert "My long story" in page.text


@pytest.mark.parametrize("name", ["..", "%2e%2e%2fwaiting", "a" * 32, "0" * 5000, "%00", ".lock", "x.json"])
def test_no_address_leads_out_of_the_inbox(site: Client, folder: Path, name: str) -> None:
    send(site, correction())
    assert site.get(f"/inbox/{name}").status_code == 404


def test_a_flood_of_one_sender_leaves_one_file_a_message(site: Client, folder: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: send(site, LINKS.encode(), TURTLE), range(12)))
    assert {each.status_code for each in answers} == {201}
    assert len(list(folder.rglob("*.json"))) == 1
    assert not [path for path in folder.rglob("*") if path.name.endswith(".part")]


def test_what_the_page_says_to_send_is_taken(site: Client, folder: Path) -> None:
    """The bodies of the commands on the page; the commands themselves are run by a slow test."""
    page = unescape(site.get("/inbox?lang=en", headers=BROWSER).text)
    body = re.search(r"application/ld\+json\" -d '(.*?)' http", page, re.DOTALL)
    assert body is not None
    assert send(site, body[1].encode()).status_code == 201
    script = re.search(r"JSON\.stringify\((\{.*?\})\)\s*\}\);", page, re.DOTALL)
    assert script is not None
    assert send(site, script[1].encode()).status_code == 201
    assert waiting(folder) == 2


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_commands_of_the_page_work_as_they_stand(shaped_shelf: Path, tmp_path: Path) -> None:
    import subprocess
    from urllib.request import urlopen

    from serving import running_server

    (tmp_path / "links.ttl").write_text(LINKS, "utf-8")
    with running_server(shaped_shelf, inbox__folder=tmp_path / "inbox", engine__workers=1) as server:
        with urlopen(f"{server.url}inbox?lang=en&format=html") as opened:
            page = unescape(opened.read().decode())
        commands = re.findall(r"<pre><code>(curl .*?)</code>", page, re.DOTALL)
        assert len(commands) == 2
        for command in commands:
            done = subprocess.run(
                ["sh", "-c", command],
                cwd=tmp_path,
                capture_output=True,
                text=True,
                timeout=60,
                env=os.environ,
            )
            assert " 201 " in done.stdout.splitlines()[0], done.stdout + done.stderr
    assert waiting(tmp_path / "inbox") == 2
