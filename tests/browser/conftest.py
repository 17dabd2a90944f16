"""One server, as `make demo` starts it, and one browser for all tests."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.steps import log_in_on
from tests.chromium import find_browser
from tests.conftest import made_once

ROOT = Path(__file__).parents[2]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PASSWORD = "kefuflow-demo"
#: What takes longest goes first, so that no worker is left alone with it at the end.
LONGEST = ("accessibility", "aftersales", "working_day_owner", "studio_changes", "dmn_editor", "form_editor")
# A busy machine must not fail a test: what is there at once is found at once all the same.
expect.set_options(timeout=30_000)


@dataclass(frozen=True)
class Server:
    """A running `kefuflow serve --demo --virtual-clock` with its database."""

    url: str
    database_url: str

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the command line on the server's database."""
        whole = [sys.executable, "-m", "engine", "--database", self.database_url, *words]
        return subprocess.run(whole, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(url, timeout=1).close()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            threading.Event().wait(0.1)
        else:
            return
    raise AssertionError("the server did not come up")


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    """A demonstration's server with a database in a folder, while the block runs; it must end as it should."""
    port = free_port()
    found = Server(url=f"http://127.0.0.1:{port}", database_url=f"sqlite:///{folder / 'kefuflow.db'}")
    environment = {
        **os.environ,
        "KEFUFLOW_DATABASE_URL": found.database_url,
        "KEFUFLOW_OUTBOX_DIR": str(folder / "outbox"),
    }
    words = [sys.executable, "-m", "engine", "serve", "--demo", "--virtual-clock", "--port", str(port)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            wait_for(found.url + "/login", process)
            yield found
        finally:
            process.send_signal(signal.SIGTERM)
            status = process.wait(timeout=30)
    assert status == 0, (folder / "log").read_text()[-2000:]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files in the order in which they should begin; with one process nothing is gained, and nothing lost."""
    turns = {f"test_{name}": turn for turn, name in enumerate(LONGEST)}
    ours = [n for n, item in enumerate(items) if item.path.parent == Path(__file__).parent]
    ordered = sorted((items[n] for n in ours), key=lambda item: turns.get(item.path.stem, len(turns)))
    for n, item in zip(ours, ordered, strict=True):
        items[n] = item


@pytest.fixture(scope="session")
def demonstration(for_all_workers: Path) -> Path:
    """The folder of a demonstration as it begins, to be copied."""
    folder = for_all_workers / "demonstration"
    with made_once(folder) as making:
        if making is not None:
            making.mkdir()
            with serving(making):
                pass
    return folder


@pytest.fixture(scope="session")
def server(demonstration: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(shutil.copytree(demonstration, tmp_path_factory.mktemp("served") / "shop")) as found:
        yield found


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        playwright.selectors.set_test_id_attribute("data-test")
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        yield browser
        browser.close()


class Profiles:
    """Browser profiles, used again by test after test: their caches stay, all else is as in a new one."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        #: By the server's address, and whether scripts run.
        self._free: dict[tuple[str, bool], list[BrowserContext]] = defaultdict(list)

    def take(self, url: str, *, javascript: bool) -> BrowserContext:
        """One that nobody uses."""
        free = self._free[url, javascript]
        if free:
            return free.pop()
        return self._browser.new_context(
            base_url=url,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            java_script_enabled=javascript,
        )

    def give_back(self, profile: BrowserContext, url: str, *, javascript: bool) -> None:
        """Forget what somebody has left in it."""
        profile.set_offline(False)
        profile.clear_permissions()
        profile.unroute_all(behavior="ignoreErrors")
        session = profile.new_cdp_session(profile.new_page())
        session.send("Storage.clearDataForOrigin", {"origin": url, "storageTypes": "local_storage"})
        profile.clear_cookies()
        for page in profile.pages:
            page.close()
        self._free[url, javascript].append(profile)


@pytest.fixture(scope="session")
def profiles(chromium: Browser) -> Profiles:
    return Profiles(chromium)


@pytest.fixture
def as_person(profiles: Profiles, server: Server) -> Iterator[Callable[..., Page]]:
    """Gives the page of a person who has logged in; complaints of the browser fail the test."""
    taken: list[tuple[BrowserContext, bool]] = []
    complaints: list[str] = []

    def log_in(person: str, *, javascript: bool = True, width: int = 1440) -> Page:
        profile = profiles.take(server.url, javascript=javascript)
        taken.append((profile, javascript))
        return log_in_on(profile, person, PASSWORD, complaints, width=width)

    yield log_in
    for profile, javascript in taken:
        profiles.give_back(profile, server.url, javascript=javascript)
    assert complaints == []
