"""Two servers of one database: the work is shared, and who ends takes nothing of the other's with it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from engine.store.database import Database
from tests.faults.served import ROOT, Client, Server, check_database, people_at
from tests.web.browser import INQUIRY, PASSWORD, STALLED

pytestmark = pytest.mark.timeout(120)
#: Nothing is wrong with the parcel: the customer is told so.
NORMAL = STALLED | {"hours_since_update": "3", "customer_urges": "false"}
#: The worker looks every second.
QUICK = {"KEFUFLOW_POLL_SECONDS": "1"}


def counted(server: Server, sql: str) -> int:
    db = Database.open(server.url)
    try:
        with db.read() as connection:
            return int(connection.exec_driver_sql(sql).scalar_one())
    finally:
        db.close()


def comes(found: Callable[[], int], seconds: float = 30) -> bool:
    """Whether it is more than none within so many seconds."""
    until, pause = monotonic() + seconds, Event()
    while not (there := found()) and monotonic() < until:
        pause.wait(0.2)
    return bool(there)


def start_inquiry(person: Client, key: str, found: dict[str, str]) -> str:
    """The address of a new case whose first task is done."""
    status, place = person.press("/start/p10_courier_query", INQUIRY | {"_submission_key": key})
    assert status == 303
    task = person.find(r'href="(/tasks/\d+)" data-test="case-task"', place)
    assert person.press(task, found | {"_submission_key": key})[0] == 303
    return place


@pytest.mark.faults
def test_the_second_may_be_killed_while_people_work_at_both(serve: Callable[..., Server]) -> None:
    first, second = serve(), serve("--secondary")
    with people_at(first, second) as (answers, over):
        for _ in range(5):
            if over.wait(0.7):
                break
            second.end(signal.SIGKILL)
            second.start()
        done = [pair for future in answers for pair in future.result()]
    assert (second.stop(), first.stop()) == (0, 0)
    check_database(first.url, done)


def test_what_is_done_at_one_counts_at_both(serve: Callable[..., Server]) -> None:
    first, second = serve(), serve("--secondary")
    desk, phone = Client(first, "wang"), Client(first, "wang")
    phone.server = second  # logged in at the other one
    place = start_inquiry(phone, "a" * 32, STALLED)
    for person in (desk, phone):
        assert person.press(f"{place}/comments", {"text": f"说给两边听 {person.server.port}"})[0] == 303
    for person in (desk, phone):
        assert person.ask("GET", f"{place}/comments")[1].count("说给两边听") == 2
    (session,) = re.findall(r'name="session" value="(\w+)"', desk.ask("GET", "/account")[1])
    assert desk.press("/account/sessions", {"session": session})[0] == 303
    for server in (second, first):
        phone.server = server
        answer, _ = phone.ask("GET", "/inbox")
        assert (answer.status, (answer.getheader("Location") or "")[:6]) == (303, "/login")
    assert desk.ask("GET", "/inbox")[0].status == 200


def test_the_second_does_the_jobs_of_its_pages_and_leaves_the_rest_to_the_first(
    serve: Callable[..., Server], tmp_path: Path
) -> None:
    second = serve("--secondary", **QUICK)
    person = Client(second, "wang")
    start_inquiry(person, "b" * 32, NORMAL)
    sent = tmp_path / "outbox"
    assert comes(lambda: sum(1 for file in sent.rglob("*") if file.is_file())), "a message to the customer leaves"
    Event().wait(2.5)  # two of its polls
    indexed, heads = "SELECT count(*) FROM search_case", "SELECT count(*) FROM tree_head"
    assert (counted(second, indexed), counted(second, heads)) == (0, 0)
    first = serve(**QUICK)
    assert comes(lambda: counted(first, indexed))
    assert comes(lambda: counted(first, heads))


@pytest.mark.parametrize(
    ("options", "said"),
    [(("--secondary",), "kefuflow db upgrade"), (("--secondary", "--demo"), "leave out --secondary")],
)
def test_the_second_makes_no_database_and_is_no_demonstration(
    tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    words = [sys.executable, "-m", "engine", "--database", f"sqlite:///{tmp_path / 'x.db'}", "serve", "--port", "0"]
    done = subprocess.run([*words, *options], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert said in done.stderr
    assert PASSWORD not in done.stderr + done.stdout
