"""Mail: over the real protocol to a server in this process; once each, tried again, given up, seen by admins."""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage, Message

import pytest

from engine import accounts
from engine.clock import VirtualClock
from engine.config import MailServer, Settings
from engine.errors import ConfigurationError
from engine.model import Actor
from engine.notifications import Choice, Mailer, Notice, Occasion, list_troubled, save_choice, say, tell
from engine.store.database import Database

WANG = Actor(id="wang", name="王强", groups=frozenset({"aftersales"}))
TEXT = "李娜在工单 12 中提到了您。"


class Postbox(socketserver.ThreadingTCPServer):
    """Speaks as much of SMTP as a client needs, keeps what it is given, and refuses when it is told to."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.taken: list[Message] = []
        self.recipients: list[str] = []
        self.refuses: dict[str, str] = {}
        self.hangs_up = False

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def url(self, more: str = "") -> str:
        return f"smtp://127.0.0.1:{self.port}?from=desk@shop.example{more}"


class Conversation(socketserver.StreamRequestHandler):
    """One client."""

    server: Postbox

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self) -> None:
        self.say("220 postbox")
        while line := self.rfile.readline().strip().decode():
            verb = line[:4].upper()
            if self.server.hangs_up and verb == "MAIL":
                return
            if verb in self.server.refuses:
                self.say(self.server.refuses[verb])
            elif verb == "EHLO":
                self.say("250 postbox")
            elif verb == "DATA":
                self.take()
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                if verb == "RCPT":
                    self.server.recipients.append(line)
                self.say("250 ok")

    def take(self) -> None:
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        self.server.taken.append(message_from_bytes(b"".join(lines)))
        self.say("250 taken")


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    with Postbox() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def wanting(db: Database, clock: VirtualClock) -> Database:
    """WANG wants mail when he is mentioned."""
    with db.begin() as tx:
        accounts.add(tx, "wang", "王强", "correct horse", ["aftersales"])
        choice = Choice(address="wang@mail.example", by_mail=frozenset({Occasion.MENTIONED}))
        save_choice(tx, choice, WANG, at=clock.now())
    return db


def mailer(db: Database, clock: VirtualClock, postbox: Postbox, more: str = "") -> Mailer:
    return Mailer(db, clock, MailServer.from_url(postbox.url(more)))


def mention(db: Database, clock: VirtualClock, text: str = TEXT, occasion: Occasion = Occasion.MENTIONED) -> None:
    with db.begin() as tx:
        tell(tx, ["wang", "lin"], Notice(occasion=occasion, text=text), at=clock.now())


def test_it_goes_out_once_and_says_one_sentence(wanting: Database, clock: VirtualClock, postbox: Postbox) -> None:
    mention(wanting, clock)
    send = mailer(wanting, clock, postbox)
    assert (send(), send()) == (1, 0)
    (mail,) = postbox.taken
    assert mail["To"] == "wang@mail.example"
    assert mail["From"] == "desk@shop.example"
    assert TEXT in mail.get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert mail["Message-ID"].endswith("@shop.example>")
    with wanting.read() as connection:
        mailed = connection.exec_driver_sql("SELECT user, mailed_at IS NOT NULL FROM notification ORDER BY user").all()
    assert [tuple(row) for row in mailed] == [("lin", 0), ("wang", 1)]


def test_only_chosen_occasions_go_by_mail(wanting: Database, clock: VirtualClock, postbox: Postbox) -> None:
    mention(wanting, clock, occasion=Occasion.REMINDED)
    assert mailer(wanting, clock, postbox)() == 0


def test_numbers_are_masked_and_the_link_leads_to_the_desk(
    wanting: Database, clock: VirtualClock, postbox: Postbox
) -> None:
    mention(wanting, clock, "请回电 13912345678")
    mailer(wanting, clock, postbox, "&desk=https://desk.shop.example")()
    text = postbox.taken[0].get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert "139****5678" in text
    assert "13912345678" not in text
    assert "https://desk.shop.example/notifications/" in text


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_a_refused_mail_is_tried_again_with_the_same_id(
    wanting: Database, clock: VirtualClock, postbox: Postbox, verb: str
) -> None:
    mention(wanting, clock)
    send = mailer(wanting, clock, postbox)
    postbox.refuses = {verb: "451 wang@mail.example later"}
    assert send() == 1
    with wanting.read() as connection:
        (trouble,) = list_troubled(connection)
    assert (trouble.user, trouble.attempts) == ("wang", 1)
    assert "451" in trouble.problem
    assert "wang@mail.example" not in trouble.problem
    assert trouble.next_try_at == clock.now() + timedelta(minutes=1)
    clock.advance(timedelta(seconds=59))
    assert send() == 0
    postbox.refuses = {}
    clock.advance(timedelta(seconds=1))
    assert send() == 1
    assert len(postbox.taken) == 1
    with wanting.read() as connection:
        assert list_troubled(connection) == ()


def test_a_server_that_hangs_up_or_is_away_is_tried_again(
    wanting: Database, clock: VirtualClock, postbox: Postbox
) -> None:
    mention(wanting, clock)
    postbox.hangs_up = True
    assert mailer(wanting, clock, postbox)() == 1
    clock.advance(timedelta(minutes=1))
    away = Mailer(wanting, clock, MailServer.from_url("smtp://127.0.0.1:1?from=desk@shop.example"))
    assert away() == 1
    postbox.hangs_up = False
    clock.advance(timedelta(minutes=5))
    assert mailer(wanting, clock, postbox)() == 1
    assert len(postbox.taken) == 1


def test_it_is_given_up_after_six_tries(wanting: Database, clock: VirtualClock, postbox: Postbox) -> None:
    mention(wanting, clock)
    postbox.refuses = {"RCPT": "550 no such mailbox"}
    send = mailer(wanting, clock, postbox)
    tries = 0
    for _ in range(30):
        tries += send()
        clock.advance(timedelta(hours=4))
    assert tries == 6
    with wanting.read() as connection:
        (trouble,) = list_troubled(connection)
    assert trouble.next_try_at is None


def test_one_refused_mail_keeps_none_of_the_others(wanting: Database, clock: VirtualClock) -> None:
    mention(wanting, clock, "第一")
    mention(wanting, clock, "第二")
    asked: list[str] = []

    def way(messages: list[EmailMessage]) -> list[str | None]:
        asked.extend(str(message["Message-ID"]) for message in messages)
        return ["refused", None][: len(messages)]

    server = MailServer.from_url("smtp://127.0.0.1:1?from=desk@shop.example")
    assert Mailer(wanting, clock, server, way=way)() == 2
    clock.advance(timedelta(minutes=1))
    assert Mailer(wanting, clock, server, way=way)() == 1
    assert asked[0] == asked[2] != asked[1]


def test_two_processes_send_it_once_and_a_dead_ones_is_sent_by_the_other(
    wanting: Database, clock: VirtualClock, postbox: Postbox
) -> None:
    mention(wanting, clock)
    server = MailServer.from_url(postbox.url())
    other = mailer(wanting, clock, postbox)

    def way(_messages: list[EmailMessage]) -> list[str | None]:
        assert other() == 0  # it is ours
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Mailer(wanting, clock, server, way=way)()
    assert other() == 0
    clock.advance(timedelta(minutes=2))
    assert other() == 1
    assert len(postbox.taken) == 1


def test_who_takes_the_address_away_gets_nothing_more(wanting: Database, clock: VirtualClock, postbox: Postbox) -> None:
    mention(wanting, clock)
    with wanting.begin() as tx:
        save_choice(tx, Choice(), WANG, at=clock.now())
    assert mailer(wanting, clock, postbox)() == 0
    with wanting.begin() as tx:
        choice = Choice(address="new@mail.example", by_mail=frozenset({Occasion.MENTIONED}))
        save_choice(tx, choice, WANG, at=clock.now())
    assert mailer(wanting, clock, postbox)() == 0


def test_a_history_holds_no_address(wanting: Database) -> None:
    with wanting.read() as connection:
        values = connection.exec_driver_sql('SELECT "values" FROM history_value WHERE stream = 0').scalars().all()
    assert any(b"mentioned" in bytes(one) for one in values)
    assert not any(b"mail.example" in bytes(one) for one in values)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example?from=a@b.example", ("mail.example", 25, False, None, None)),
        ("smtps://u%40x:p%2Fw@mail.example?from=a@b.example", ("mail.example", 465, True, "u@x", "p/w")),
        ("smtp://u:p@mail.example:587/?from=a@b.example", ("mail.example", 587, False, "u", "p")),
    ],
)
def test_a_servers_address_is_read(url: str, expected: tuple[object, ...]) -> None:
    server = MailServer.from_url(url)
    assert (server.host, server.port, server.tls, server.user, server.password) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example",
        "http://mail.example?from=a@b.example",
        "smtp://?from=a@b.example",
        "smtp://mail.example",
        "smtp://mail.example?from=",
        "smtp://mail.example?from=a",
        "smtp://mail.example?from=a@b.example%0aBcc:x@y.example",
        "smtp://mail.example?from=a@b.example&from=c@d.example",
        "smtp://mail.example?from=a@b.example&to=c@d.example",
        "smtp://mail.example:port?from=a@b.example",
        "smtp://mail.example:99999?from=a@b.example",
        "smtp://mail.example/path?from=a@b.example",
        "smtp://mail.example?from=a@b.example&desk=javascript:x",
        "smtp://u:secret-word@mail.example",
    ],
)
def test_a_malformed_address_refuses_to_start_and_is_not_repeated(url: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        Settings.from_env({"KEFUFLOW_SMTP_URL": url})
    assert "secret-word" not in str(refused.value)


def test_settings_do_not_print_the_password() -> None:
    settings = Settings.from_env({"KEFUFLOW_SMTP_URL": "smtp://u:secret-word@mail.example?from=a@b.example"})
    assert "secret-word" not in repr(settings)


@pytest.mark.parametrize(
    ("language", "subject", "text", "other"),
    [
        ("en", "[Kefuflow] You have a new notification", "李娜 has mentioned you in a comment on case 12.", "工单"),
        ("zh", "[客服流] 您有一条新通知", "李娜在工单 12 的评论中提到了您。", "has mentioned"),
        (None, "[客服流] 您有一条新通知", "李娜在工单 12 的评论中提到了您。", "has mentioned"),
    ],
)
def test_it_is_in_the_language_that_was_chosen_last(
    wanting: Database, clock: VirtualClock, postbox: Postbox, language: str | None, subject: str, text: str, other: str
) -> None:
    if language is not None:
        accounts.keep_language(wanting, "wang", "zh" if language == "en" else "en")
        accounts.keep_language(wanting, "wang", language)
    with wanting.begin() as tx:
        said = say("mentioned", who="李娜", case="12")
        tell(tx, ["wang"], Notice(occasion=Occasion.MENTIONED, text=said), at=clock.now())
    mailer(wanting, clock, postbox)()
    (mail,) = postbox.taken
    body = mail.get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert str(make_header(decode_header(mail["Subject"]))) == subject
    assert text in body
    assert other not in body
    if language == "en":
        assert not re.search("[\u4e00-\u9fff]", body.replace("李娜", ""))


def test_what_a_process_words_goes_out_as_it_is_worded(
    wanting: Database, clock: VirtualClock, postbox: Postbox
) -> None:
    accounts.keep_language(wanting, "wang", "en")
    mention(wanting, clock)
    mailer(wanting, clock, postbox)()
    assert TEXT in postbox.taken[0].get_payload(decode=True).decode()  # type: ignore[union-attr]
