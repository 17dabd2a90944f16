"""The server as operators run it: probes and numbers over a socket, a log for programs, a calm end of endless work."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event
from time import monotonic
from typing import IO

import pytest

from tests.sample import some

ROOT = Path(__file__).parents[3]
TOKEN = "token-of-prometheus-0123"
#: Work that never ends: each batch takes a third of a second and is followed by the next.
ENDLESS = """
import sys, threading
from engine.__main__ import main
from engine.runtime.jobs import JobRunner

def endless(self, limit):
    print("begun", flush=True)
    threading.Event().wait(0.3)
    print("done", flush=True)
    return limit

JobRunner.run_due = endless
sys.exit(main(sys.argv[1:]))
"""


@contextmanager
def serving(
    folder: Path, *code: str, stderr: IO[bytes] | int, database: str | None = None, **settings: str
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """`kefuflow serve` on a new database if none is given, with the port at which it listens."""
    url = database or f"sqlite:///{folder / '数据' / 'kefuflow.db'}"
    arguments = ["--database", url, "serve", "--port", "0"]
    environment = {**os.environ, "KEFUFLOW_OUTBOX_DIR": str(folder / "outbox"), **settings}
    command = [sys.executable, *(code or ("-m", "engine")), *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=stderr, text=True
    ) as server:
        try:
            assert server.stdout
            found = next(filter(None, (re.search(r"http://127\.0\.0\.1:(\d+)", line) for line in server.stdout)))
            yield server, int(found[1])
        finally:
            server.kill()


def ask(port: int, path: str, **headers: str) -> tuple[int, str]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("GET", path, headers={name.replace("_", "-"): said for name, said in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def stop(server: subprocess.Popen[str]) -> int:
    """SIGTERM; gives the exit status, which must be there within ten seconds."""
    begun = monotonic()
    server.send_signal(signal.SIGTERM)
    status = server.wait(30)
    assert monotonic() - begun < 10
    return status


def test_a_server_tells_machines_how_it_is_and_logs_for_them(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as log:
        settings = {"KEFUFLOW_BEHIND_TLS": "1", "KEFUFLOW_METRICS_TOKEN": TOKEN}
        with serving(tmp_path, stderr=log, **settings) as (server, port):
            assert ask(port, "/healthz") == (200, '{"alive":true}\n')
            until = monotonic() + 30
            while ask(port, "/readyz")[0] != 200 and monotonic() < until:
                Event().wait(0.1)
            assert json.loads(ask(port, "/readyz")[1])["ready"] is True
            status, text = ask(port, "/metrics")
            assert status == 200
            assert re.search(r"^kefuflow_worker_looks_total [1-9]", text, re.M)
            assert re.search(r"^process_resident_memory_bytes [1-9]", text, re.M)
            assert ask(port, "/metrics", X_Forwarded_For="127.0.0.1")[0] == 403
            assert ask(port, "/metrics", X_Forwarded_For="192.0.2.7", Authorization=f"Bearer {TOKEN}")[0] == 200
            assert ask(port, "/login?next=secret-13977665544", X_Request_ID="0123456789abcdef")[0] == 200
            assert ask(port, "/secret-13977665544")[0] == 404
            assert stop(server) == 0
            assert server.stdout
            assert server.stdout.read() == ""
    text = (tmp_path / "log").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert "13977665544" not in text
    assert TOKEN not in text
    login = next(line for line in lines if line.get("route") == "login.show")
    assert (login["request_id"], login["status"], login["user"]) == ("0123456789abcdef", 200, None)
    assert all(line["time"] and line["level"] and line["event"] for line in lines)


def test_work_that_never_ends_is_left_off_at_sigterm_and_what_is_begun_is_finished(
    tmp_path: Path, database_url: str
) -> None:
    with serving(tmp_path, "-c", ENDLESS, stderr=subprocess.DEVNULL, database=database_url) as (server, _):
        assert server.stdout
        said = [server.stdout.readline() for _ in range(4)]
        assert "begun\n" in said
        assert stop(server) == 0
        said += server.stdout.readlines()
    assert said[-1] == "done\n"


#: What writing to the two others raises is tried in test_log.py, too; that there is no standard error is not.
@pytest.mark.parametrize("where", some(["closed", "/dev/full", "nobody reads"], 1))
def test_a_log_that_cannot_be_written_holds_nobody_up(tmp_path: Path, database_url: str, where: str) -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as pipe, Path("/dev/full").open("wb") as full:
        os.close(reading)
        code = (
            "-c",
            "import os, sys; os.close(2); os.execv(sys.executable, [sys.executable, '-m', 'engine', *sys.argv[1:]])",
        )
        program, stderr = code if where == "closed" else (), full if where == "/dev/full" else pipe
        with serving(tmp_path, *program, stderr=stderr, database=database_url) as (server, port):
            for _ in range(50):
                assert ask(port, "/no-such-page")[0] == 404
            assert stop(server) == 0
