"""Signed heads leave by file, mail and web hook, at least once each, and what cannot be delivered waits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from engine import audit
from engine.config import MailServer, Settings
from engine.errors import ConfigurationError
from engine.history.checkpoint import read_checkpoint, read_checkpoints, read_verifier_key
from tests.engine.audit.conftest import seal
from tests.engine.shop_desk import ShopDesk


class Witness(HTTPServer):
    """Keeps the notes that are posted to it; answers as it is told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Listening)
        self.notes: list[str] = []
        self.status = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/heads?token=geheim"


class Listening(BaseHTTPRequestHandler):
    server: Witness

    def do_POST(self) -> None:
        self.server.notes.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.send_response(self.server.status)
        if self.server.status in (301, 307):
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def witness() -> Iterator[Witness]:
    server = Witness()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()


def sealed_again(desk: ShopDesk) -> audit.TreeHead:
    desk.inquire()
    head = seal(desk)
    assert head is not None
    return head


def states(desk: ShopDesk, *ways: audit.Way) -> tuple[audit.Published, ...]:
    with desk.db.read() as connection:
        return audit.list_published(connection, ways)


def test_every_head_is_appended_to_the_file_once(desk: ShopDesk, tmp_path: Path) -> None:
    file = tmp_path / "elsewhere" / "heads.txt"
    way = audit.to_file(file)
    publisher = audit.Publisher(desk.db, desk.clock, [way])
    assert publisher() == 0
    assert states(desk, way)[0].at is None
    first = sealed_again(desk)
    assert publisher() == 1
    assert publisher() == 0
    second = sealed_again(desk)
    audit.Publisher(desk.db, desk.clock, [way])()
    found = read_checkpoints(file.read_text("utf-8"))
    assert [head.checkpoint.size for head in found][-2:] == [first.size, second.size]
    assert audit.verify(desk.db, heads=found).whole
    assert states(desk, way)[0].size == second.size


def test_a_file_that_cannot_be_written_is_said_and_tried_again_later(desk: ShopDesk, tmp_path: Path) -> None:
    file = tmp_path / "heads.txt"
    file.mkdir()
    way = audit.to_file(file)
    publisher = audit.Publisher(desk.db, desk.clock, [way])
    head = sealed_again(desk)
    assert publisher() == 0
    assert "heads.txt" in (states(desk, way)[0].problem or "")
    file.rmdir()
    desk.clock.advance(timedelta(seconds=59))
    assert publisher() == 0
    desk.clock.advance(timedelta(seconds=1))
    assert publisher() == 1
    assert states(desk, way)[0].problem is None
    assert read_checkpoints(file.read_text("utf-8"))[-1].checkpoint.size == head.size


def test_the_newest_head_is_mailed_once_a_day_with_the_keys(desk: ShopDesk) -> None:
    mails: list[EmailMessage] = []
    answer: list[str | None] = [None]

    def post(messages: list[EmailMessage]) -> list[str | None]:
        mails.extend(messages)
        return answer * len(messages)

    server = MailServer.from_url("smtp://127.0.0.1:25?from=desk@shop.example")
    way = audit.by_mail("auditor@board.example", server, post, desk.clock)
    publisher = audit.Publisher(desk.db, desk.clock, [way])
    sealed_again(desk)
    newest = sealed_again(desk)
    assert publisher() == 1
    sealed_again(desk)
    desk.clock.advance(timedelta(days=1) - timedelta(seconds=1))
    assert publisher() == 0
    (mail,) = mails
    assert mail["To"] == "auditor@board.example"
    (attached,) = mail.iter_attachments()
    assert read_checkpoint(attached.get_content()).checkpoint.size == newest.size
    body = mail.get_body()
    assert body is not None
    key = body.get_content().strip().splitlines()[-1]
    with desk.db.read() as connection:
        assert read_verifier_key(key)[1] == audit.list_keys(connection)[0].public
    answer[0] = "the server refused the recipient (550)"
    desk.clock.advance(timedelta(seconds=1))
    assert publisher() == 0
    assert states(desk, way)[0].problem == "the server refused the recipient (550)"


def test_the_newest_head_is_posted_to_the_hook_at_most_once_an_hour(desk: ShopDesk, witness: Witness) -> None:
    way = audit.to_hook(witness.url)
    assert "geheim" not in way.target
    publisher = audit.Publisher(desk.db, desk.clock, [way])
    head = sealed_again(desk)
    assert publisher() == 1
    assert read_checkpoint(witness.notes[0]).checkpoint.size == head.size
    sealed_again(desk)
    assert publisher() == 0
    desk.clock.advance(timedelta(hours=1))
    assert publisher() == 1
    assert len(witness.notes) == 2


@pytest.mark.parametrize("status", [301, 307, 404, 500])
def test_an_answer_that_is_no_yes_is_a_failure_and_nobody_is_led_elsewhere(
    desk: ShopDesk, witness: Witness, status: int
) -> None:
    witness.status = status
    way = audit.to_hook(witness.url)
    publisher = audit.Publisher(desk.db, desk.clock, [way])
    sealed_again(desk)
    assert publisher() == 0
    assert str(status) in (states(desk, way)[0].problem or "")
    assert len(witness.notes) == 1


def test_one_way_that_fails_keeps_no_other(desk: ShopDesk, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    bad, good = audit.to_hook("http://127.0.0.1:9/"), audit.to_file(tmp_path / "heads.txt")
    sealed_again(desk)
    assert audit.Publisher(desk.db, desk.clock, [bad, good])() == 1


@pytest.mark.parametrize(
    "given",
    [
        {"KEFUFLOW_HEADS_MAIL": "auditor@board.example"},
        {"KEFUFLOW_HEADS_MAIL": "nobody", "KEFUFLOW_SMTP_URL": "smtp://h:25?from=a@b.example"},
        {"KEFUFLOW_HEADS_HOOK": "ftp://x"},
        {"KEFUFLOW_HEADS_HOOK": "https://"},
        {"KEFUFLOW_HEADS_HOOK": "file:///etc/passwd"},
    ],
)
def test_a_way_that_leads_nowhere_stops_the_start(given: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError):
        Settings.from_env(given)


def test_ways_are_read_from_the_environment() -> None:
    found = Settings.from_env(
        {
            "KEFUFLOW_SIGNING_KEY": "/srv/keys/our.key",
            "KEFUFLOW_HEADS_FILE": "/mnt/notary/heads.txt",
            "KEFUFLOW_HEADS_HOOK": "https://witness.example:8443/heads?x=1",
            "KEFUFLOW_HEADS_MAIL": "auditor@board.example",
            "KEFUFLOW_SMTP_URL": "smtp://h:25?from=a@b.example",
        }
    )
    assert found.signing_key == Path("/srv/keys/our.key")
    assert found.heads_file == Path("/mnt/notary/heads.txt")
    assert (found.heads_mail, found.heads_hook) == ("auditor@board.example", "https://witness.example:8443/heads?x=1")
    assert Settings.from_env({"KEFUFLOW_SIGNING_KEY": "", "KEFUFLOW_HEADS_HOOK": ""}).signing_key is None
