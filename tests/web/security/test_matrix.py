"""Every route, for everybody, on things of the own team and of another: matrix.txt is the specification."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from flask import Flask

from tests.sample import EVERY, some
from tests.web.security.estate import Estate
from tests.web.security.matrix import FORMS, GONE, LOGIN, NOBODY, OPEN, PEOPLE, SIGNS, Asker, Line, lines, names

#: Some ask every route in everybody's name; a busy machine needs its time.
pytestmark = pytest.mark.timeout(600)

#: Line → person → sign or signs.
TABLE: Final = {
    text[:76].strip(): dict(zip(PEOPLE, text[76:].split(), strict=True))
    for text in Path(__file__).with_name("matrix.txt").read_text(encoding="utf-8").splitlines()
    if text and not text.startswith("#")
}
#: The first word of addresses: so many tests the table is cut into.
SUBJECTS: Final = sorted({name.split("/")[1].split(" ")[0] for name in TABLE})
#: Answered to who has not logged in.
PUBLIC: Final = frozenset({
    "GET /login", "POST /login", "POST /login/again", "POST /preferences", "GET /static/<path:filename>",
    "GET /healthz", "GET /readyz", "GET /metrics",
})  # fmt: skip
#: Who sees the case is told why not its telephone number.
TOLD_WHY: Final = frozenset({"POST /cases/<case_id>/reveal"})
#: What somebody who only audits may set off: marks of his own, and the auditors' own desk.
AUDITORS_DEEDS: Final = (
    *("/audit/", "/login", "/logout", "/preferences", "/account/", "/notifications/", "/files", "/scripts/<code>/"),
    *("/cases/<case_id>/print", "/registers/<register>/file", "/kpi/file", "/studio/changes/<int:key>/"),
)


def of(estate: Estate, subject: str) -> Iterator[Line]:
    return (line for line in lines(estate.app) if line.name.split("/")[1].split(" ")[0] == subject)


def test_the_table_has_every_route_and_no_other(plain_app: Flask) -> None:
    assert sorted(TABLE) == sorted(line.name for line in lines(plain_app))
    assert set("".join(sign for cells in TABLE.values() for sign in cells.values())) <= set(SIGNS)


def test_forms_are_for_routes_that_there_are(plain_app: Flask) -> None:
    assert set(FORMS) <= names(plain_app)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_everybody_is_answered_as_the_table_says(estate: Estate, asker: Asker, subject: str) -> None:
    """Every line for every person; in the short run for some of them, others from line to line."""
    for number, line in enumerate(of(estate, subject)):
        people = PEOPLE if EVERY else PEOPLE[number % 7 :: 7]
        assert {person: asker.cell(person, line) for person in people} == {
            person: TABLE[line.name][person] for person in people
        }, line.name


# --- what the table itself must say ----------------------------------------------------------------


def test_who_has_not_logged_in_gets_nothing() -> None:
    assert {name for name, cells in TABLE.items() if set(cells[NOBODY]) != {LOGIN}} == PUBLIC


@pytest.mark.parametrize("person", ["zhou", "hao", "admin"])
def test_who_draws_processes_or_keeps_accounts_reaches_no_case(person: str) -> None:
    for name, cells in TABLE.items():
        if name.split()[1].startswith(("/cases", "/tasks", "/customers", "/calls", "/visits", "/inbox", "/start")):
            assert set(cells[person]) == {GONE}, name


@pytest.mark.parametrize(("person", "own"), [("chen", 0), ("luo", 1)])
def test_a_supervisor_reaches_no_case_of_the_other_team(person: str, own: int) -> None:
    for name, cells in TABLE.items():
        if "<case_id>" in name or "<int:task_id>" in name:
            assert len(cells[person]) == 2, name
            assert cells[person][1 - own] == GONE, name


@pytest.mark.parametrize(("person", "own"), [("kuai", 0), ("zhong", 1)])
def test_a_courier_has_the_own_tasks_and_nothing_else_of_a_case(person: str, own: int) -> None:
    for name, cells in TABLE.items():
        if "<case_id>" in name or ("<int:task_id>" in name and "courier" not in name):
            assert set(cells[person]) == {GONE}, name
        elif "(courier)" in name:
            assert cells[person][1 - own] == GONE, name


def test_the_other_group_of_agents_reaches_nothing_of_a_case_that_is_not_theirs() -> None:
    for name, cells in TABLE.items():
        if "<case_id>" in name or "<int:task_id>" in name:
            assert set(cells["lin"]) == {GONE}, name


def test_an_auditor_changes_nothing_of_what_is_audited() -> None:
    for name, cells in TABLE.items():
        verb, path = name.split()[:2]
        if verb != "GET" and OPEN in cells["zheng"]:
            assert path.startswith(AUDITORS_DEEDS), name


def test_administration_is_for_administrators() -> None:
    for name, cells in TABLE.items():
        if name.split()[1].startswith(("/admin", "/settings")):
            assert {person for person, signs in cells.items() if OPEN in signs} == {"admin"}, name


# --- no hint -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("subject", SUBJECTS)
def test_what_is_somebody_elses_looks_like_what_is_not_there(estate: Estate, asker: Asker, subject: str) -> None:
    """For whoever sees the things of one team only; in the short run for two of them a line."""
    for line in of(estate, subject):
        if not line.rule.arguments or line.name in TOLD_WHY:
            continue
        one_sided = [(person, signs) for person, signs in TABLE[line.name].items() if set(signs) == {GONE, OPEN}]
        for person, signs in some(one_sided, 2):
            foreign = estate.first if signs[0] == GONE else estate.second
            real, none = asker.ask(person, line, foreign), asker.ask(person, line, estate.none)
            assert none.status_code == real.status_code, (line.name, person)
            assert anonymous(real.text, foreign.words) == anonymous(none.text, estate.none.words), (line.name, person)


def anonymous(page: str, words: dict[str, str]) -> str:
    """The middle of a page, without the words that the address itself has said."""
    found = re.search("<main.*</main>", page, re.DOTALL)
    page = found[0] if found else page
    for word in sorted({*words.values()}, key=len, reverse=True):
        page = page.replace(f"/{word}", "/*")
    return page
