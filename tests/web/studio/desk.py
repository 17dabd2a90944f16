"""Owners, a reviewer and agents at the studio: opens changes, saves drafts as the editors do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from engine import accounts, studio
from engine.model import Actor
from engine.queries.system_record import Asked, list_system
from engine.studio import Change, Draft, ScenarioRun, ScenarioRuns, StudioSettings
from tests.web.browser import PASSWORD, Browser
from web import parts_of

#: A second process owner beside zhou.
SECOND = "hao"


class Studio:
    """The studio of an application under test."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.parts = parts_of(app)
        with self.parts.db.begin() as tx:
            accounts.add(tx, SECOND, "郝流程", PASSWORD, ["process_owner"])

    def browser(self, user_id: str) -> Browser:
        return Browser(self.app, user_id)

    def actor(self, user_id: str) -> Actor:
        return accounts.get(self.parts.db, user_id).actor

    def open(self, *resources: tuple[str, str], by: str = "zhou", title: str = "改物流时限") -> int:
        """A change with these resources as drafts; gives its key."""
        now = self.parts.clock.now()
        with self.parts.db.begin() as tx:
            key = studio.open_change(tx, self.actor(by), title=title, why="快递变慢", now=now)
            for kind, resource_id in resources:
                studio.add_resource(tx, self.actor(by), key, kind, resource_id, now)
        return key

    def change(self, key: int) -> Change:
        with self.parts.db.read() as connection:
            return studio.read_change(connection, key)

    def draft(self, key: int, kind: str, resource_id: str) -> Draft:
        with self.parts.db.read() as connection:
            return studio.read_draft(connection, key, kind, resource_id)

    def save(
        self, user_id: str, key: int, kind: str, resource_id: str, content: str, revision: int | None = None
    ) -> TestResponse:
        """Save as an editor does."""
        if revision is None:
            revision = self.draft(key, kind, resource_id).revision
        sent = {"content": content, "revision": revision}
        return self.post_json(user_id, f"/studio/changes/{key}/edit/{kind}/{resource_id}", sent)

    def replace(self, user_id: str, key: int, kind: str, resource_id: str, old: str, new: str) -> None:
        """Change a word of a draft."""
        text = self.draft(key, kind, resource_id).content.decode()
        assert old in text
        answer = self.save(user_id, key, kind, resource_id, text.replace(old, new))
        assert answer.status_code == 200, answer.text

    def put(self, key: int, kind: str, resource_id: str, content: str, by: str = "zhou") -> None:
        """Write a draft, begun where it is not there yet."""
        with self.parts.db.begin() as tx:
            studio.put_draft(tx, self.actor(by), key, kind, resource_id, content.encode(), self.parts.clock.now())

    def post(self, user_id: str, key: int, verb: str, **fields: str) -> TestResponse:
        """Press a button of a change's pages."""
        return self.browser(user_id).post(f"/studio/changes/{key}/{verb}", fields)

    def approve(self, user_id: str, key: int, revision: int | None = None) -> TestResponse:
        """Approve of a change as it stands, or as it stood."""
        seen = self.change(key).revision if revision is None else revision
        return self.post(user_id, key, "review", decision="approve", revision=str(seen))

    def settings(self, *, four_eyes: bool = True, scenarios: bool = True) -> None:
        """Set what a change needs."""
        wanted = StudioSettings(four_eyes=four_eyes, scenarios=scenarios)
        with self.parts.db.begin() as tx:
            studio.save_settings(tx, self.actor("zhou"), wanted, self.parts.clock.now())

    def run_tests(self, key: int) -> ScenarioRun:
        """Run the scenarios on what the change says now."""
        assert self.post("zhou", key, "tests").status_code == 303
        with self.parts.db.read() as connection:
            candidate = studio.read_candidate(connection, self.parts.definitions, key)
        runs: ScenarioRuns = self.app.extensions["kefuflow-scenario-runs"]
        run = runs.wait(candidate.digest)
        assert run is not None
        return run

    def version(self, process_id: str = "p10_courier_query") -> int:
        """The version in force of a process."""
        self.parts.definitions.refresh()
        return self.parts.definitions.latest(process_id).version

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """What the database says."""
        with self.parts.db.read() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(query)]

    def system_values(self, kind: str) -> list[Mapping[str, Any]]:
        """Values of the system's events of a kind, the oldest first."""
        asked = Asked(kinds=frozenset({kind}))
        with self.parts.db.read() as connection:
            return [event.value for event in reversed(list_system(connection, asked).events)]

    def system_kinds(self) -> set[str]:
        """Kinds of all events of the system."""
        return {row[0] for row in self.rows("SELECT kind FROM history_event WHERE stream = 0")}

    def post_json(self, user_id: str, path: str, sent: Mapping[str, Any]) -> TestResponse:
        return self.browser(user_id).client.post(path, json=dict(sent))
