"""The server as a process of its own: it serves, and SIGTERM lets what is under way be finished."""

import re
import signal
import subprocess
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.sample import long

ROOT = Path(__file__).parents[3]
#: A site with one slow page, and a worker that says when it is stopped.
SLOW_SITE = """
import threading
from engine.cli.serve import _listen, _serve

class Site:
    class worker:
        @staticmethod
        def stop(): print("worker stopped", flush=True)
    extensions = {"kefuflow": None}
    def __call__(self, environ, start_response):
        print("asked", flush=True)
        threading.Event().wait(1)
        start_response("200 OK", [("Content-Length", "9000000")])
        return [b"x" * 9000000]

Site.extensions["kefuflow"] = Site
listening = _listen("127.0.0.1", 0)
print(listening.getsockname()[1], flush=True)
_serve(Site(), listening)
print("done", flush=True)
"""


def test_a_request_under_way_is_answered_whole_after_sigterm() -> None:
    with subprocess.Popen([sys.executable, "-c", SLOW_SITE], stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        try:
            assert server.stdout
            port = int(server.stdout.readline())
            with ThreadPoolExecutor(1) as browser:
                answer = browser.submit(lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20).read())
                assert server.stdout.readline() == "asked\n"
                server.send_signal(signal.SIGTERM)
                assert len(answer.result(20)) == 9_000_000
            assert server.stdout.read().split("\n") == ["worker stopped", "done", ""]
            assert server.wait(20) == 0
        finally:
            server.kill()


@long  # the tests in a browser begin with such a demonstration, and test_served_log.py ends servers
def test_a_demonstration_is_served_from_nothing_and_ends_calmly(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'var' / 'demo.db'}"
    command = [sys.executable, "-m", "engine", "--database", url, "serve", "--demo", "--virtual-clock", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        try:
            assert server.stdout
            lines = [server.stdout.readline(), server.stdout.readline()]
            found = re.search(r"http://127\.0\.0\.1:(\d+)", lines[1])
            assert found, lines
            with urllib.request.urlopen(f"http://127.0.0.1:{found[1]}/login", timeout=20) as page:
                assert "kefuflow-demo" in page.read().decode()
            server.send_signal(signal.SIGTERM)
            assert server.wait(20) == 0
        finally:
            server.kill()
