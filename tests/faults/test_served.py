"""The server killed or stopped while people press buttons: what was answered is kept, what is sent again is once."""

from __future__ import annotations

import http.client
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic
from urllib.parse import urlencode

import pytest

from engine.audit import re_execute
from engine.store.database import Database
from tests.sample import times
from tests.web.browser import INQUIRY, PASSWORD, STALLED

ROOT = Path(__file__).parents[2]
PEOPLE = ("wang", "sun", "wang", "sun")
ROUNDS = times(8, 2)


class Server:
    """`kefuflow serve` as a process of its own, on one port for its whole life and the next ones."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.url = f"sqlite:///{folder / 'shop.db'}"
        outbox = str(folder / "outbox")
        self.environment = {**os.environ, "KEFUFLOW_OUTBOX_DIR": outbox, "PYTHONUNBUFFERED": "1", **settings}
        self.port = 0
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "engine", "--database", self.url, "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
                self.port = int(found[1])
                break
        self.log = threading.Thread(target=self.process.stdout.read, daemon=True)
        self.log.start()

    def end(self, number: signal.Signals | None) -> int:
        """Send a signal, unless it has ended by itself; gives the exit status."""
        if number is not None:
            self.process.send_signal(number)
        status = self.process.wait(30)
        self.log.join(10)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status

    def stop(self, *, again: bool = False) -> int:
        """SIGTERM: it finishes what is under way, within ten seconds. ``again``: and more of them until it has ended.

        Signals of one kind do not queue, so the second one is sent when the first may have been taken.
        """
        begun, over = monotonic(), threading.Event()
        while again and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            over.wait(0.002)
        status = self.end(None if again else signal.SIGTERM)
        assert monotonic() - begun < 10
        return status


class Client:
    """A person who presses a button again when no answer came."""

    def __init__(self, server: Server, user_id: str) -> None:
        self.server = server
        self.cookie = ""
        self.token = ""
        self.token = self.find(r'name="csrf_token" value="([^"]+)"', "/login")
        assert self.press("/login", {"user_id": user_id, "password": PASSWORD})[0] == 303
        self.token = self.find(r'name="csrf_token" value="([^"]+)"', "/start/p10_courier_query")

    def press(self, path: str, form: dict[str, str]) -> tuple[int, str]:
        """Post until there is an answer; gives status and address."""
        answer, _ = self.ask("POST", path, urlencode({**form, "csrf_token": self.token}))
        return answer.status, answer.getheader("Location") or ""

    def find(self, pattern: str, path: str) -> str:
        _, body = self.ask("GET", path)
        found = re.search(pattern, body)
        assert found is not None, (path, body[:2000])
        return found[1]

    def ask(self, method: str, path: str, body: str | None = None) -> tuple[http.client.HTTPResponse, str]:
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        pause = threading.Event()
        for _ in range(600):
            try:
                with closing(http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)) as connection:
                    connection.request(method, path, body, headers)
                    answer = connection.getresponse()
                    text = answer.read().decode()
                break
            except (OSError, http.client.HTTPException):
                pause.wait(0.05)
        else:
            raise AssertionError("the server never came back")
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            if cookie.startswith("kefuflow="):
                self.cookie = cookie.partition(";")[0]
        return answer, text


@pytest.fixture
def serve(shop_database: Path, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Starts a server on a copy of the shop's database, with settings."""
    shutil.copy(shop_database, tmp_path / "shop.db")
    made: list[Server] = []

    def start(**settings: str) -> Server:
        made.append(Server(tmp_path, **settings))
        return made[-1]

    yield start
    for server in made:
        if server.process.poll() is None:
            server.end(signal.SIGKILL)


def work(server: Server, number: int) -> list[tuple[str, str]]:
    """Start a case and do its first task, again and again; gives (case, task) of what was answered."""
    person, done = Client(server, PEOPLE[number]), []
    for turn in range(ROUNDS):
        key = f"{number:016}{turn:016}"
        status, place = person.press("/start/p10_courier_query", INQUIRY | {"_submission_key": key})
        assert (status, place[:7]) == (303, "/cases/"), (status, place)
        task = person.find(r'href="(/tasks/\d+)" data-test="case-task"', place)
        status, _ = person.press(task, STALLED | {"_submission_key": key})
        assert status == 303
        done.append((place.rpartition("/")[2], task.rpartition("/")[2]))
    return done


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    "how",
    ["kill", pytest.param("stop", marks=pytest.mark.faults), pytest.param("stop twice", marks=pytest.mark.faults)],
)
def test_a_server_that_ends_under_load_loses_nothing_and_does_nothing_twice(
    serve: Callable[..., Server], how: str
) -> None:
    server = serve()
    chance, statuses = random.Random(5), []
    with people_at(server) as (answers, over):
        for _ in range(times(3, 1)):
            if over.wait(chance.uniform(0.3, 1.5)):
                break
            statuses.append(ENDS[how](server))
            server.start()
        done = [pair for future in answers for pair in future.result()]
    assert set(statuses) <= STATUSES[how]
    assert server.stop() == 0
    check_database(server.url, done)


#: A second SIGTERM ends at once, as a crash would, what the first one has not ended yet.
STATUSES = {"kill": {-signal.SIGKILL}, "stop": {0}, "stop twice": {0, -signal.SIGTERM}}
ENDS: dict[str, Callable[[Server], int]] = {
    "kill": lambda server: server.end(signal.SIGKILL),
    "stop": lambda server: server.stop(),
    "stop twice": lambda server: server.stop(again=True),
}


@pytest.mark.faults
@pytest.mark.timeout(600)
@pytest.mark.parametrize("point", ["store.commit.before", "store.commit.after", "store.flush.history_events"])
def test_a_server_that_dies_at_its_failpoint_under_load_loses_nothing(serve: Callable[..., Server], point: str) -> None:
    server = serve(KEFUFLOW_FAULTS="1", KEFUFLOW_FAILPOINT=f"{point}:7:exit")
    deaths = 0
    with people_at(server) as (answers, over):
        while not over.wait(0.05):
            if server.process.poll() is None:
                continue
            assert server.end(None) == 137
            deaths += 1
            if deaths < 5:
                server.environment["KEFUFLOW_FAILPOINT"] = f"{point}:{20 * deaths}:exit"
            else:
                server.environment.pop("KEFUFLOW_FAILPOINT", None)
            server.start()
        done = [pair for future in answers for pair in future.result()]
    assert deaths > 1
    if server.process.poll() is None:
        server.end(signal.SIGKILL)
    check_database(server.url, done)


@contextmanager
def people_at(server: Server) -> Iterator[tuple[list[Future[list[tuple[str, str]]]], threading.Event]]:
    """Four people at work; the event says that they are done."""
    over = threading.Event()
    with ThreadPoolExecutor(len(PEOPLE)) as people:
        answers = [people.submit(work, server, number) for number in range(len(PEOPLE))]
        for future in answers:
            future.add_done_callback(lambda _: over.set() if all(f.done() for f in answers) else None)
        yield answers, over


def check_database(url: str, done: list[tuple[str, str]]) -> None:
    """One case for each start, one completion for each task, histories that hold, and no half step."""
    db = Database.open(url)
    with db.read() as connection:

        def column(sql: str) -> list[object]:
            return [row[0] for row in connection.exec_driver_sql(sql)]

        assert len(set(done)) == len(done) == ROUNDS * len(PEOPLE)
        assert sorted(column("SELECT case_id FROM process_instance")) == sorted(case for case, _ in done)
        completed = column("SELECT id FROM user_task WHERE status = 'completed'")
        assert sorted(completed) == sorted(int(task) for _, task in done)
        assert column("SELECT count(*) FROM history_event WHERE kind = 'user_task.completed'") == [len(done)]
        assert column("SELECT count(*) FROM incident") == [0]
        assert column("PRAGMA integrity_check") == ["ok"]
    for case, _ in done[::5]:
        assert re_execute(db, case).same
    db.close()


def answered(server: Server, sent: bytes) -> bytes:
    """What the server says to these bytes, then nothing more."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as line:
        line.sendall(sent)
        line.shutdown(socket.SHUT_WR)
        said = b""
        while part := line.recv(65536):
            said += part
    return said


@pytest.mark.timeout(60)
def test_odd_requests_are_refused_and_the_next_one_is_answered(serve: Callable[..., Server]) -> None:
    server = serve(KEFUFLOW_BEHIND_TLS="1")
    post = b"POST /login HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    odd = {
        post + b"Content-Length: 1000000000\r\n\r\nx": b" 413 ",
        post + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef": b" 400 ",
        post + b"Content-Length: -1\r\n\r\n": b" 400 ",
        post + b"Transfer-Encoding: gzip\r\n\r\n": b" 501 ",
        b"GET http://evil.example/login HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n": b" 200 ",
        b"\x16\x03\x01\x02\x00\x01": b"",
    }
    for sent, status in odd.items():
        assert status in answered(server, sent).partition(b"\r\n")[0], sent[:120]
    said = answered(server, b"GET /login HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Forwarded-Proto: https\r\n\r\n")
    assert b" 200 " in said.partition(b"\r\n")[0]
    assert b"Strict-Transport-Security" in said, "what the web server in front says comes through"
    assert b"; Secure;" in said
