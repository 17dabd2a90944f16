"""Who may see a case: the condition in SQL and the answer of ``access`` are the same for everybody and every case."""

from __future__ import annotations

from sqlalchemy import select

from engine import access, ownership
from engine.queries.visibility import visible_case, visible_task
from engine.runtime.participants import case_facts
from engine.store.tables import process_instance, user_task
from tests.engine.ownership.hall import Hall
from tests.engine.roster.people import PEOPLE, team_up


def test_sql_and_access_agree_on_cases_and_tasks_with_and_without_teams(hall: Hall) -> None:
    cases = [hall.case(person) for person in ("li", "wang", "chen", "zhou")]
    cases.append(str(hall.engine.start("p")))
    hall.runtime.claim(hall.task(cases[0], "before"), hall.actor("chen"))
    hall.complete(cases[1], "after", "li")
    ownership.request(hall.runtime, cases[2], hall.actor("chen"), to_user="wang", reason="忙")
    ownership.reassign(hall.runtime, cases[3], "wang", "忙", hall.actor("wu"))
    seen_by_sun = []
    for teams in ([], [("一组", "li", "zhou")], [("二组", "wang", "sun")]):
        for name, *people in teams:
            team_up(hall.db, name, *people)
        with hall.db.read() as connection:
            for person in PEOPLE:
                actor = hall.actor(person)
                found = select(process_instance.c.case_id).where(visible_case(actor), process_instance.c.depth == 0)
                by_sql = set(connection.execute(found).scalars())
                by_tasks = set(connection.execute(select(user_task.c.case_id).where(visible_task(actor))).scalars())
                by_access = {case for case in cases if access.may_see_case(actor, case_facts(connection, case))}
                assert by_sql == by_tasks == by_access, (person, teams)
                if person == "sun":
                    seen_by_sun.append(by_sql)
    everything, one_team, two_teams = seen_by_sun
    assert everything == one_team == set(cases)
    # The first is the other team's alone; wang started the second, is offered the third and owns the fourth.
    assert two_teams == {*cases[1:]}
