"""Somebody who clicks whatever can be clicked in a sandbox, by chance, until the case has ended."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from engine import formcheck
from engine.model import SYSTEM, Value
from engine.sandbox import NotPossible, Sandbox
from engine.sandbox.filling import entered, judge, payload, sample_file
from engine.scenarios import Action, ActionKind, OpenTask, WaitingEvent
from engine.scenarios.forms import COMMON
from tests.processes.walks.answers import Answers, Memory, Occasion

#: What a caller of the processes that are only called passes in.
CALLER: dict[str, dict[str, Value]] = {
    "s01_three_guarantees": {"order_amount": Decimal(199), "tg_reason": "quality_issue"},
    "s02_payout": {"payout_kind": "refund", "payout_amount": Decimal(20)},
    "s03_amount_approval": {"approval_amount": Decimal(50), "order_amount": Decimal(199)},
    "s04_price_difference": {"price_difference": Decimal(30)},
}
#: Turns, those in which a form was refused as often as it was filled in included.
LONGEST = 200


class Clicker:
    """One person with a sandbox before them."""

    def __init__(self, sandbox: Sandbox, seed: int) -> None:
        self.sandbox = sandbox
        self.chance = random.Random(seed)
        self.answers = Answers(self.chance)
        self.memory = Memory()
        self.done: Counter[str] = Counter()

    def run(self) -> bool:
        """Click until the case has ended; False: it did not, or got stuck."""
        self._start()
        for _ in range(LONGEST):
            if self.sandbox.trouble() is not None:
                self.sandbox.undo()
                self.done["undo trouble"] += 1
                if not self.sandbox.steps:
                    return False
            if not self.sandbox.is_active:
                return True
            self._click()
        return False

    def _start(self) -> None:
        performer, process = self.sandbox.performer, self.sandbox.kept.process_id
        more = CALLER.get(process, {})
        schema = performer.deployed.start_schema
        values: dict[str, Value] = {}
        if schema is not None:
            context = performer.start_context({**COMMON, **more})
            filled = self._filled("start", schema, context, {**COMMON, **more})
            if filled is not None:
                values = entered(schema, filled, context, now=self._now(), known=COMMON)
        self.sandbox.act(Action(kind=ActionKind.START, values={**more, **values}))

    def _click(self) -> None:
        tasks, events = self.sandbox.tasks(), self.sandbox.events()
        if self.chance.random() < 0.04:
            self._pass_time()
            return
        if self.sandbox.kept.process_id == "p05_order_tracking" and self.chance.random() < 0.3:
            self._answer_ahead()
            return
        if self.chance.random() < 0.05 and self.sandbox.steps[-1].visits:
            self._say_otherwise()
            return
        if self.chance.random() < 0.03 and len(self.sandbox.steps) > 1:
            self.sandbox.undo()
            self.done["undo"] += 1
            return
        if tasks and (not events or self.chance.random() < 0.75):
            self._complete(self.chance.choice(tasks))
        elif events:
            self._occur(self.chance.choice(events))

    def _complete(self, task: OpenTask) -> None:
        view = self.sandbox.performer.view(task)
        n = 1 + [one.id for one in self.sandbox.tasks() if one.key == task.key].index(task.id)
        values: dict[str, Value] = {}
        if view.schema is not None:
            filled = self._filled(task.element, view.schema, view.context, {})
            if filled is None:
                return
            values = entered(view.schema, filled, view.context, now=self._now())
        self._act(Action(kind=ActionKind.COMPLETE, key=task.key, n=n, values=values))

    def _occur(self, event: WaitingEvent) -> None:
        values: dict[str, Value] = {}
        performer = self.sandbox.performer
        if event.due_at is None and not event.signal and performer.definitions.message_form(event.message_name):
            asked = performer.queries.event_form(event.case_id, event.id, SYSTEM)
            filled = self._filled(event.element, asked.schema, asked.context, {})
            if filled is None:
                return
            values = payload(filled)
        n = 1 + [one.id for one in self.sandbox.events() if one.key == event.key].index(event.id)
        self._act(Action(kind=ActionKind.OCCUR, key=event.key, n=n, values=values))

    def _say_otherwise(self) -> None:
        """A call that was run, or a job that its connector did, gives something at hand instead."""
        number = len(self.sandbox.steps) - 1
        visit = self.chance.randrange(len(self.sandbox.steps[number].visits))
        found = self.sandbox.steps[number].visits[visit]
        definitions = self.sandbox.performer.definitions
        values: dict[str, Value] = dict(found.result or {})
        if found.kind is ActionKind.CALL:
            called = definitions.latest(self.sandbox.kept.process_id).definition.elements.get(found.element)
            outcomes = definitions.latest(called.called_process).definition.outcomes if called else {}
            values = {name: self.chance.choice(sorted(ends)) for name, ends in outcomes.items() if ends}
        try:
            self.sandbox.instead(number, visit, values)
            self.done["instead"] += 1
        except NotPossible:
            self.done["refused"] += 1

    def _answer_ahead(self) -> None:
        """What the next look at the parcel finds: in a sandbox the shop knows of none."""
        stage = self.chance.choice(("awaiting_pickup", "in_transit", "delivering", "rejected", "signed", "signed"))
        hours = Decimal(self.chance.choice((0, 24, 25, 48, 49, 80)))
        found = {"tracking_stage": stage, "hours_in_stage": hours, "hours_since_update": hours, "last_location": "杭州"}
        self._act(Action(kind=ActionKind.ANSWER, key="poll_logistics", values=found))

    def _pass_time(self) -> None:
        duration = timedelta(minutes=self.chance.choice((1, 30, 61, 60 * 24)))
        self._act(Action(kind=ActionKind.PASS, duration=duration))

    def _act(self, action: Action) -> None:
        try:
            self.sandbox.act(action)
            self.done[action.kind] += 1
        except NotPossible:
            self.done["refused"] += 1

    def _filled(
        self, element: str, schema: Any, context: dict[str, Value], given: dict[str, Value]
    ) -> formcheck.Submission | None:
        """What a page would have posted, judged as the page is."""
        taken = self.sandbox.performer.queries.taken
        keys = {field.key for field in formcheck.fields(schema)}
        occasion = Occasion(
            element=element,
            schema=schema,
            context=context,
            now=self._now(),
            taken=taken,
            files=sample_file,
            upload=sample_file,
            given={key: value for key, value in given.items() if key in keys},
        )
        values = self.answers.fill(occasion, self.memory)
        if values is None:
            return None
        self.memory.keep(element, values)
        raw = formcheck.to_entries(formcheck.fields(schema), values)
        found = judge(schema, raw, context, now=self._now(), taken=taken)
        return None if found.errors else found

    def _now(self) -> datetime:
        return self.sandbox.performer.clock.now()
