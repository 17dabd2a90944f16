"""The server killed or stopped while people press buttons: what was answered is kept, what is sent again is once."""

from __future__ import annotations

import random
import signal
import socket
from collections.abc import Callable

import pytest

from tests.faults.served import Server, check_database, people_at
from tests.sample import times


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
