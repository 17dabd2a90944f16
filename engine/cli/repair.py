"""`kefuflow repair …`: what an operator does when cases are stuck, one or many, each with its result."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import Any, Final

from engine import accounts, canonical
from engine.cli.parts import Commands, Parts, open_parts
from engine.clock import SHANGHAI
from engine.errors import InvalidValue, NotAllowed
from engine.model import Actor, Value
from engine.queries import IncidentRow, Queries, TokenView
from engine.runtime import MAX_REPAIRS, Repair, RepairResult, repair_many, typed_value

_AGE: Final = re.compile(r"(\d{1,5})([mhd])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}
_SET: Final = re.compile(r"([^:=]+)(?::([a-z]+))?=(.*)", re.S)
_PAGE: Final = 200
#: Command → (what it does, help, what its ids are).
_MANY: Final = {
    "retry": (Repair.RETRY, "try again what has an incident", "INCIDENT"),
    "resolve": (Repair.RETRY, "set variables and try again what has an incident", "INCIDENT"),
    "skip": (Repair.SKIP, "let tokens go on as if their element were done", "TOKEN"),
    "cancel": (Repair.CANCEL, "end cases without reaching an end event", "CASE"),
    "suspend": (Repair.SUSPEND, "stop cases until they are resumed", "CASE"),
    "resume": (Repair.RESUME, "let suspended cases go on", "CASE"),
}


def add_commands(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add `repair` and its sub-commands."""
    repair = commands.add_parser(
        "repair",
        help="help on cases that are stuck",
        description="Helps on cases that are stuck. Whatever it does stands in the case's history, with who and why.",
    )
    actions = repair.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = actions.add_parser(
        "incidents", parents=[shared], help="list open incidents", description="Lists open incidents, the oldest first."
    )
    _add_filters(listing)
    listing.add_argument("--json", action="store_true", help="one JSON object a line")
    listing.set_defaults(run=run_incidents)
    tokens = actions.add_parser(
        "tokens",
        parents=[shared],
        help="say where a case stands, and where its tokens can go",
        description="Lists the running instances of a case with their tokens, and the elements that can be entered.",
    )
    tokens.add_argument("case", metavar="CASE", help="case id")
    _add_actor(tokens)
    tokens.set_defaults(run=run_tokens)
    for name, (_, purpose, ids) in _MANY.items():
        _add_many(actions, shared, name, purpose, ids)
    _add_modify(actions, shared)


def _add_many(actions: Commands, shared: argparse.ArgumentParser, name: str, purpose: str, ids: str) -> None:
    parser = actions.add_parser(
        name,
        parents=[shared],
        help=purpose,
        description=f"{purpose[0].upper()}{purpose[1:]}: those that are named, or those that the filters choose. "
        "Prints a line for each; exit status 1 when one failed, which stops none of the others.",
    )
    parser.add_argument("ids", metavar=ids, nargs="*", help=f"{ids.lower()} ids; none with filters")
    _add_filters(parser)
    parser.add_argument("--reason", default="", help="why; kept in the history")
    if name in ("resolve", "skip"):
        _add_set(parser)
    parser.set_defaults(run=run_many, repair=name, set=[])


def _add_modify(actions: Commands, shared: argparse.ArgumentParser) -> None:
    parser = actions.add_parser(
        "modify",
        parents=[shared],
        help="move tokens of an instance",
        description="Sets variables of the process, puts tokens before elements, then cancels others, in one step. "
        "`kefuflow repair tokens CASE` names instances, tokens and elements.",
    )
    parser.add_argument("instance", metavar="INSTANCE", type=int, help="key of the instance")
    parser.add_argument("--cancel", metavar="TOKEN", type=int, action="append", default=[], help="may be repeated")
    parser.add_argument("--enter", metavar="ELEMENT", action="append", default=[], help="may be repeated")
    parser.add_argument("--reason", required=True, help="why; kept in the history")
    _add_set(parser)
    _add_actor(parser)
    parser.set_defaults(run=run_modify)


def _add_actor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--as", dest="actor", metavar="USER", required=True, help="account of the person who does it")


def _add_filters(parser: argparse.ArgumentParser) -> None:
    _add_actor(parser)
    chosen = parser.add_argument_group("filters")
    chosen.add_argument("--process", metavar="ID", help="of this process")
    chosen.add_argument("--kind", help="with an incident of this kind, e.g. no_retries_left")
    chosen.add_argument("--element", metavar="ID", help="with an incident at this element")
    chosen.add_argument("--older-than", metavar="AGE", type=_age, help="with an incident so old: 30m, 24h, 7d")
    chosen.add_argument(
        "--limit", type=int, default=MAX_REPAIRS, help="so many at the most (default and most: %(default)s)"
    )


def _add_set(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--set",
        metavar="NAME[:TYPE]=VALUE",
        action="append",
        default=[],
        help="set a variable; TYPE is text (the default), number, boolean, date, datetime, json or null",
    )


def _age(text: str) -> timedelta:
    found = _AGE.fullmatch(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no age; write 30m, 24h or 7d")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


# --- what they do --------------------------------------------------------------------------------


def run_incidents(options: argparse.Namespace) -> int:
    """List them."""
    with open_parts(options) as parts:
        actor = _actor(parts, options.actor)
        found = list(islice(_incidents(parts, options, actor), options.limit))
    for row in found:
        print(_as_json(row) if options.json else _as_line(row))
    if not options.json:
        print(f"{len(found)} open incidents (待处理异常 {len(found)} 个)")
    return 0


def run_tokens(options: argparse.Namespace) -> int:
    """Say where a case stands."""
    with open_parts(options) as parts:
        for view in _queries(parts).repairs(options.case, _actor(parts, options.actor)):
            print(f"instance {view.instance}  {view.name} version {view.version}  {view.status}")
            for token in view.tokens:
                print(_token_line(token))
            for element, name in view.elements:
                print(f"  can enter {element}  {name}")
    return 0


def run_many(options: argparse.Namespace) -> int:
    """Repair each; 1 when one of them failed."""
    what, _, _ = _MANY[options.repair]
    variables = _variables(options.set)
    with open_parts(options) as parts:
        actor = _actor(parts, options.actor)
        results = repair_many(
            parts.runtime, what, _chosen(parts, options, actor, what), actor, reason=options.reason, variables=variables
        )
    for result in results:
        print(_result_line(result))
    failed = sum(not result.ok for result in results)
    print(f"{len(results) - failed} repaired, {failed} failed (成功 {len(results) - failed} 个,失败 {failed} 个)")
    return 1 if failed else 0


def run_modify(options: argparse.Namespace) -> int:
    """Move tokens of one instance."""
    variables = _variables(options.set)
    with open_parts(options) as parts:
        parts.runtime.modify(
            options.instance,
            _actor(parts, options.actor),
            reason=options.reason,
            cancel=options.cancel,
            activate=options.enter,
            variables=variables,
        )
    print(f"ok  {options.instance}  the tokens were moved (已移动)")
    return 0


# --- whom they choose ----------------------------------------------------------------------------


def _chosen(parts: Parts, options: argparse.Namespace, actor: Actor, what: Repair) -> list[int | str]:
    """The ids that are named, else those that the filters choose.

    Raises:
        InvalidValue: there are neither, or both, or one is no number.
    """
    by_incident = any((options.kind, options.element, options.older_than))
    if bool(options.ids) == bool(options.process or by_incident):
        raise InvalidValue("name ids, or choose by filters", message_zh="请写明编号,或用筛选条件选择(二选一)。")
    if options.ids:
        return [one if what.concerns_cases else _number(one) for one in options.ids]
    limit = max(0, min(options.limit, MAX_REPAIRS))
    if not what.concerns_cases:
        return [row.id for row in islice(_incidents(parts, options, actor), limit)]
    cases = _cases_of(_incidents(parts, options, actor)) if by_incident else _cases(parts, options, actor, what)
    return list(islice(dict.fromkeys(cases), limit))


def _number(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,18}", text):
        raise InvalidValue(f"{text[:40]!r} is no id", message_zh=f"「{text[:40]}」不是编号。")
    return int(text)


def _incidents(parts: Parts, options: argparse.Namespace, actor: Actor) -> Iterator[IncidentRow]:
    after, queries = None, _queries(parts)
    while True:
        page = queries.incidents(
            actor,
            process_id=options.process,
            kind=options.kind,
            element=options.element,
            older_than=options.older_than,
            after=after,
            limit=_PAGE,
        )
        yield from page.rows
        after = page.next_after
        if after is None:
            return


def _cases_of(rows: Iterable[IncidentRow]) -> Iterator[str]:
    return (row.case_id for row in rows if row.case_id is not None)


def _cases(parts: Parts, options: argparse.Namespace, actor: Actor, what: Repair) -> Iterator[str]:
    """Cases of a process that the repair can be done to."""
    statuses = {Repair.SUSPEND: ("active",), Repair.RESUME: ("suspended",)}.get(what, ("active", "suspended"))
    for status in statuses:
        after: str | None = None
        while True:
            page = _queries(parts).cases(actor, status=status, process_id=options.process, after=after, limit=_PAGE)
            yield from (row.case_id for row in page.rows)
            after = page.next_after
            if after is None:
                break


def _queries(parts: Parts) -> Queries:
    return Queries(parts.db, parts.definitions, parts.clock)


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


def _variables(given: Sequence[str]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for text in given:
        parts = _SET.fullmatch(text)
        if parts is None:
            raise InvalidValue(f"{text[:80]!r} is not NAME[:TYPE]=VALUE", message_zh="请按 名称[:类型]=值 的写法填写。")
        name, kind, value = parts[1], parts[2] or "text", parts[3]
        found[name] = typed_value(name, kind, value)
    return found


# --- how they look -------------------------------------------------------------------------------


def _as_line(row: IncidentRow) -> str:
    since = row.created_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    suspended = "  suspended" if row.status == "suspended" else ""
    place = f"{row.process_name or '-'} · {row.element_name or '-'}"
    return f"{row.id}  {since}  case {row.case_id}{suspended}  {place}  {row.kind}: {_one_line(row.message)}"


def _as_json(row: IncidentRow) -> str:
    fields: dict[str, Any] = {name: getattr(row, name) for name in IncidentRow.__slots__}
    return canonical.encode(fields | {"created_at": row.created_at.isoformat()}).decode()


def _token_line(token: TokenView) -> str:
    more = f"  INCIDENT {_one_line(token.incident)}" if token.incident else ""
    more += "  goes with its step" if token.watches else "" if token.can_skip else "  can only be moved"
    more += f"  calls instance {token.called_instance}" if token.called_instance else ""
    return f"  {token.id}  {token.element}  {token.name}  {token.waits_as}{more}"


def _result_line(result: RepairResult) -> str:
    return f"{'ok' if result.ok else 'FAILED'}  {result.id}  {_one_line(result.sentence)} ({result.sentence_zh})"


def _one_line(text: str) -> str:
    return " ".join(text.split())
