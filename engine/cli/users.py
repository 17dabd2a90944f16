"""`kefuflow user add`: the first accounts, before anybody can log in to make others."""

from __future__ import annotations

import argparse
import getpass
import sys

from engine import access, accounts
from engine.cli.parts import Commands, open_parts
from engine.errors import InvalidValue
from engine.model import SYSTEM


def add_commands(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add `user add`."""
    user = commands.add_parser("user", help="accounts", description="Accounts of the people who log in.")
    actions = user.add_subparsers(title="actions", metavar="ACTION", required=True)
    add = actions.add_parser(
        "add",
        parents=[shared],
        help="make an account",
        description="Makes an account. The password is asked for, or read from standard input.",
        epilog="Groups: " + ", ".join(f"{group} ({name})" for group, name in access.GROUPS.items()),
    )
    add.add_argument("id", metavar="ID", help="what the person logs in with, e.g. li.na")
    add.add_argument("--name", required=True, help="the person's name, e.g. 李娜")
    add.add_argument("--group", dest="groups", metavar="GROUP", action="append", default=[], help="may be repeated")
    add.add_argument("--password-stdin", action="store_true", help="read the password from the first line of stdin")
    add.add_argument(
        "--own-password", action="store_true", help="its owner has typed it: it is not replaced at the first log-in"
    )
    add.set_defaults(run=run_add)


def run_add(options: argparse.Namespace) -> int:
    """Make the account and record it."""
    with open_parts(options) as parts:
        password = _read_password(from_stdin=options.password_stdin)
        with parts.db.begin() as tx:
            accounts.add(tx, options.id, options.name, password, options.groups, given=not options.own_password)
            value = {"user": options.id, "name": options.name, "groups": sorted(options.groups)}
            accounts.record(tx, "user.added", value, actor=SYSTEM, at=parts.clock.now())
    print(f"{options.id} ({options.name}) may log in (账号已创建)")
    return 0


def _read_password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise InvalidValue(
            "there is no terminal to ask for the password; use --password-stdin",
            message_zh="没有终端可输入密码,请使用 --password-stdin。",
        )
    password = getpass.getpass("Password (密码): ")
    if getpass.getpass("Again (再输一次): ") != password:
        raise InvalidValue("the two passwords differ", message_zh="两次输入的密码不一致。")
    return password
