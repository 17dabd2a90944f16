"""A form offers the people of a group by name on the start page, at a task and in a preview; the case says the name."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import BytecodeCache

from engine import accounts
from engine.clock import VirtualClock
from engine.model import SYSTEM
from tests.engine.queries.test_people_in_forms import FORM
from tests.engine.support import UncheckedDefinitions
from tests.unit.bpmn.drawing import Drawing, properties
from tests.web.browser import PASSWORD, Browser
from web import create_app, parts_of

PEOPLE = {
    "wang": ("王立新", "aftersales"), "chen": ("陈静", "supervisor"),
    "he": ("何师傅", "technician"), "ma": ("马师傅", "technician"),
}  # fmt: skip


@pytest.fixture
def app(empty_database: Path, tmp_path: Path, clock: VirtualClock, templates: BytecodeCache) -> Iterator[Flask]:
    shutil.copy(empty_database, tmp_path / "people.db")
    url = f"sqlite:///{tmp_path / 'people.db'}"
    app = create_app(database_url=url, clock=clock, TESTING=True, WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
    app.jinja_env.bytecode_cache = templates
    found = parts_of(app)
    drawing = Drawing("p").start(extension='<zeebe:formDefinition formId="p.start"/>').user("choose").end()
    drawing.extension = properties(start_permission="P01")
    forms = {name: json.dumps({**FORM, "id": name}).encode() for name in ("p.start", "p.choose")}
    files = {"p.bpmn": drawing.flow("start", "choose", "end").xml()} | {f"{n}.form": f for n, f in forms.items()}
    UncheckedDefinitions(found.db, clock).deploy(files, SYSTEM)
    with found.db.begin() as tx:
        for user_id, (name, group) in PEOPLE.items():
            accounts.add(tx, user_id, name, PASSWORD, [group])
    yield app
    found.db.close()


@pytest.fixture
def wang(app: Flask) -> Browser:
    return Browser(app, "wang")


def test_the_start_form_offers_them_and_takes_nobody_else(app: Flask, wang: Browser) -> None:
    page = wang.get("/start/p").text
    assert "何师傅" in page
    assert "马师傅" in page
    assert "王立新</option>" not in page
    refused = wang.post("/start/p", {"technician": "wang", "note": "急"})
    assert refused.status_code == 422
    assert "“维修师傅”的选择无效,请从列出的选项中选择" in refused.text
    assert wang.post("/start/p", {"technician": "he", "note": "急"}).status_code == 303


def test_a_task_s_form_offers_them_and_the_case_says_the_name(app: Flask, wang: Browser) -> None:
    case_id = wang.post("/start/p", {"technician": "he", "note": "急"}).location.rpartition("/")[2]
    task = wang.open_task(case_id)
    wang.post(f"/tasks/{task}/claim")
    assert "马师傅" in wang.get(f"/tasks/{task}").text
    assert wang.post(f"/tasks/{task}", {"technician": "wang"}).status_code == 422
    assert wang.post(f"/tasks/{task}", {"technician": "ma"}).status_code == 303
    page = wang.get(f"/cases/{case_id}").text
    assert "马师傅" in page
    told = wang.get(f"/cases/{case_id}?tab=history").text
    assert "何师傅" in told, "the history says who it was before"


def test_who_is_gone_is_offered_no_more(app: Flask, wang: Browser) -> None:
    with parts_of(app).db.begin() as tx:
        accounts.set_active(tx, "ma", active=False)
    assert "马师傅" not in wang.get("/start/p").text
    assert wang.post("/start/p", {"technician": "ma", "note": ""}).status_code == 422
