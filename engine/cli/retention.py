"""`kefuflow retention …`: what is redacted and when, by hand; what is held."""

from __future__ import annotations

import argparse

from engine import accounts, retention
from engine.cli.parts import Commands, Parts, open_parts
from engine.clock import SHANGHAI
from engine.errors import NotAllowed
from engine.model import SYSTEM, Actor

#: What keeps a case, in both languages.
KEPT = {
    retention.Kept.RUNNING: "part of it ended too recently (有部分结束不久)",
    retention.Kept.LINKED: "a linked case is open (关联工单未结)",
    retention.Kept.HELD: "held (已冻结)",
    retention.Kept.FINDING: "an audit finding is open (审计发现未关闭)",
    retention.Kept.PENDING: "a message or an incident is open (有未送达的消息或未处理的异常)",
}
_KINDS = {
    "case": "cases redacted (工单去标识)",
    "late": "cases redacted again (工单补充去标识)",
    "order": "orders redacted (订单去标识)",
    "parcel": "parcels of no order redacted (没有订单的包裹去标识)",
    "contact": "calls and visits redacted (来电和回访去标识)",
    "customer": "customers forgotten (客户档案删除)",
    "register": "rows of registers deleted (登记表到期删除,行)",
    "failed": "cases that could not be redacted, see the log (未能去标识,见日志)",
}


def add_commands(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add `retention` and its sub-commands."""
    parser = commands.add_parser(
        "retention",
        help="redact cases whose time is over, and hold what must stay",
        description="Redacts what cases know of people when their time is over. The server does so by itself, once an "
        "hour; hashes and commitments stay, so the history can still be verified.",
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    run = actions.add_parser(
        "run", parents=[shared], help="redact what is due", description="Redacts what is due, or says what would be."
    )
    which = run.add_mutually_exclusive_group(required=True)
    which.add_argument("--dry-run", action="store_true", help="say which cases are due and what keeps one")
    which.add_argument("--now", action="store_true", help="redact them; this cannot be undone")
    run.set_defaults(run=run_retention)
    compact = actions.add_parser(
        "compact",
        parents=[shared],
        help="write the database's file anew, without leftovers",
        description="Writes the database's file anew, so that nothing of earlier work is left between its rows, where "
        "a program that reads the raw file could find it. Nobody can write meanwhile; do it at night.",
    )
    compact.set_defaults(run=run_compact)
    _add_holds(actions, shared)


def _add_holds(actions: Commands, shared: argparse.ArgumentParser) -> None:
    hold = actions.add_parser(
        "hold",
        parents=[shared],
        help="hold a case, buyer or order",
        description="Holds a case, or everything of a buyer or an order: nothing of it is redacted until it is lifted.",
    )
    hold.add_argument("kind", choices=[kind.value for kind in retention.HoldKind])
    hold.add_argument("subject", metavar="ID", help="case id, customer id or order id")
    hold.set_defaults(run=run_hold)
    lift = actions.add_parser(
        "lift", parents=[shared], help="lift a hold", description="Lifts a hold; somebody else than who has set it."
    )
    lift.add_argument("hold", metavar="HOLD", type=int, help="number of the hold, as `list` shows it")
    lift.set_defaults(run=run_lift)
    for one in (hold, lift):
        one.add_argument("--reason", required=True, help="why; kept in the history")
        one.add_argument("--as", dest="actor", metavar="USER", required=True, help="account of the person who does it")
    listing = actions.add_parser("list", parents=[shared], help="list holds", description="Lists the holds in force.")
    listing.set_defaults(run=run_list)


def run_retention(options: argparse.Namespace) -> int:
    """Redact what is due, or say it; 1 when a case could not be redacted."""
    with open_parts(options) as parts:
        if options.dry_run:
            return _dry_run(parts)
        taken = retention.run(parts.db, parts.definitions, now=parts.clock.now(), actor=SYSTEM)
    for kind, said in _KINDS.items():
        print(f"{taken.counts.get(kind, 0):>6}  {said}")
    return 1 if taken.counts.get("failed") else 0


def _dry_run(parts: Parts) -> int:
    due = kept = 0
    for one in retention.list_due(parts.db, now=parts.clock.now()):
        due, kept = due + (one.kept is None), kept + (one.kept is not None)
        ended = one.ended_at.astimezone(SHANGHAI).strftime("%Y-%m-%d")
        why = "due (到期)" if one.kept is None else f"kept: {KEPT[one.kept]}"
        print(f"case {one.case_id}  {one.process_id}  ended {ended}  {why}")
    print(f"{due} due, {kept} kept, nothing was changed (到期 {due} 个,保留 {kept} 个,没有改动)")
    return 0


def run_compact(options: argparse.Namespace) -> int:
    """Write the file anew."""
    with open_parts(options) as parts:
        before = parts.db.file.stat().st_size
        retention.compact(parts.db)
        after = parts.db.file.stat().st_size
    print(f"ok  {before} bytes before, {after} now (已整理)")
    return 0


def run_hold(options: argparse.Namespace) -> int:
    """Hold something."""
    with open_parts(options) as parts, parts.db.begin() as tx:
        made = retention.hold(
            tx,
            options.kind,
            options.subject,
            reason=options.reason,
            actor=_actor(parts, options.actor),
            now=parts.clock.now(),
        )
    print(f"ok  hold {made} is in force (冻结 {made} 已生效)")
    return 0


def run_lift(options: argparse.Namespace) -> int:
    """Lift a hold."""
    with open_parts(options) as parts, parts.db.begin() as tx:
        actor = _actor(parts, options.actor)
        retention.lift(tx, options.hold, reason=options.reason, actor=actor, now=parts.clock.now())
    print(f"ok  hold {options.hold} is lifted (冻结 {options.hold} 已解除)")
    return 0


def run_list(options: argparse.Namespace) -> int:
    """List the holds in force."""
    with open_parts(options) as parts, parts.db.read() as connection:
        found = retention.list_holds(connection)
    for one in found:
        since = one.set_at.astimezone(SHANGHAI).strftime("%Y-%m-%d")
        print(f"{one.id}  {one.kind.value} {one.subject}  since {since} by {one.set_by}: {one.reason}")
    print(f"{len(found)} holds in force (冻结中 {len(found)} 条)")
    return 0


def _actor(parts: Parts, user_id: str) -> Actor:
    """The person as whom the command acts.

    Raises:
        NotFound: there is no such account.
        NotAllowed: it may not log in any more.
    """
    account = accounts.get(parts.db, user_id)
    if not account.active:
        raise NotAllowed(f"the account {user_id} is not active", message_zh="该账号已停用。")
    return account.actor
