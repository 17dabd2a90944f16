"""``kefuflow serve`` as a process of its own, as benchmarks start, watch and stop it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from time import perf_counter, sleep
from typing import Final

_CALM_SECONDS: Final = 90
_READY_SECONDS: Final = 60
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_MB: Final = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The process of ``kefuflow serve``."""

    process: subprocess.Popen[str]
    port: int
    #: When it was started, by ``perf_counter``.
    began: float

    def cpu_seconds(self) -> float:
        """What it has used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def resident_mb(self) -> float:
        """What it holds in memory."""
        return resident_mb(self.process.pid)


def resident_mb(process: int | str = "self") -> float:
    """What a process holds in memory; this one, unless told otherwise."""
    pages = int(Path(f"/proc/{process}/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / _MB


@contextmanager
def serving(path: Path, *options: str, quiet: bool = False) -> Iterator[Server]:
    """``kefuflow serve`` on a free port of this machine, from when it tells its address; ``quiet``: without its log."""
    command = [sys.executable, "-m", "engine", "--database", f"sqlite:///{path}", "serve", "--port", "0", *options]
    environment = {**os.environ, "KEFUFLOW_OUTBOX_DIR": str(path.parent / "outbox")}
    began = perf_counter()
    stderr = subprocess.DEVNULL if quiet else None
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True, env=environment)
    try:
        if process.stdout is None:
            raise RuntimeError("the server has no output")
        line = next((one for one in process.stdout if "http://" in one), "")
        if not line:
            raise RuntimeError("the server did not start")
        port = int(line.partition("http://")[2].split()[0].rpartition(":")[2])
        yield Server(process=process, port=port, began=began)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            print("the server did not stop within a minute")
            process.kill()


def wait_until_ready(server: Server) -> float:
    """Ask /readyz until it answers 200; seconds since the server was started."""
    while (lasted := perf_counter() - server.began) < _READY_SECONDS:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=_READY_SECONDS)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return perf_counter() - server.began
        except ConnectionError:
            pass
        finally:
            connection.close()
        sleep(0.01)
    raise AssertionError(f"the server is not ready after {lasted:.0f} s")


def wait_until_calm(server: Server) -> None:
    """Wait until it has done what had become due."""
    until = perf_counter() + _CALM_SECONDS
    while perf_counter() < until:
        before = server.cpu_seconds()
        sleep(3)
        if server.cpu_seconds() - before < 0.15:
            return
    print(f"the server is not calm after {_CALM_SECONDS} s: what it does beside is in the figures")
