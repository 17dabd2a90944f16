"""`kefuflow serve` as a process of its own, and people who press its buttons again when no answer came."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic
from urllib.parse import urlencode

from engine.audit import re_execute
from engine.store.database import Database
from tests.sample import times
from tests.web.browser import INQUIRY, PASSWORD, STALLED

ROOT = Path(__file__).parents[2]
PEOPLE = ("wang", "sun", "wang", "sun")
ROUNDS = times(8, 2)


class Server:
    """`kefuflow serve` with these options, on one port for its whole life and the next ones."""

    def __init__(self, folder: Path, *options: str, **settings: str) -> None:
        self.options = options
        self.url = f"sqlite:///{folder / 'shop.db'}"
        outbox = str(folder / "outbox")
        self.environment = {**os.environ, "KEFUFLOW_OUTBOX_DIR": outbox, "PYTHONUNBUFFERED": "1", **settings}
        self.port = 0
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "engine", "--database", self.url, "serve", "--port", str(self.port)]
        command += self.options
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


@contextmanager
def people_at(*servers: Server) -> Iterator[tuple[list[Future[list[tuple[str, str]]]], threading.Event]]:
    """Four people at work, at the servers by turns; the event says that they are done."""
    over = threading.Event()
    with ThreadPoolExecutor(len(PEOPLE)) as people:
        answers = [people.submit(work, servers[number % len(servers)], number) for number in range(len(PEOPLE))]
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
