"""Multi-instance activities of every sort, and the work of their items."""

from __future__ import annotations

from engine.model import (
    CallOpened,
    CompleteCall,
    CompleteJob,
    CompleteUserTask,
    CorrelateMessage,
    JobOpened,
    Opened,
    SubscriptionOpened,
)
from tests.unit.bpmn.drawing import Drawing, items
from tests.unit.bpmn.running import Running

KINDS = ["user", "job", "send", "receive", "call", "sub-process", "ad hoc"]
LIST = items("=list", "item", "=item + answer", "results")
ONE_BY_ONE = items("=list", "item", "=item + answer", "results", sequential=True)


def several(kind: str, marker: str, extension: str = "") -> Drawing:
    """One activity x of some sort with a multi-instance marker, before a user ``after``."""
    d = Drawing().start()
    if kind == "user":
        d.user("x", extension=extension)
    elif kind in ("job", "send"):
        d.service("x", extension=extension, tag="serviceTask" if kind == "job" else "sendTask")
    elif kind == "receive":
        d.receive("x", "msg_answer", '=case_id + "/" + string(item)')
    elif kind == "call":
        d.call("x", "q", extension)
    elif kind == "ad hoc":
        d.ad_hoc("x", Drawing().user("u"))
    else:
        d.sub("x", Drawing().start("in").user("u").end("out").flow("in", "u", "out"), extension)
    return d.having(marker).user("after").end().flow("start", "x", "after", "end")


def items_of(r: Running) -> list[Opened]:
    """What the items wait for, the oldest first."""
    return [r.rows[id_] for id_ in sorted(r.rows) if r.rows[id_].element in ("x", "u")]


def work(r: Running, row: Opened, answer: object) -> None:
    if isinstance(row, JobOpened):
        r.do(CompleteJob(id=row.id, variables={"answer": answer}))
    elif isinstance(row, SubscriptionOpened):
        r.do(CorrelateMessage(id=row.id, name=row.message_name, payload=answer))
    elif isinstance(row, CallOpened):
        r.do(CompleteCall(id=row.id, variables={"answer": answer}))
    else:
        r.do(CompleteUserTask(id=row.id, variables={"answer": answer}))
