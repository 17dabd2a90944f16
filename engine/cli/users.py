"""`kefuflow user …`: the first accounts, before anybody can log in to make others, and second factors that are lost."""

from __future__ import annotations

import argparse
import getpass
import sys

from engine import access, accounts, second_factor
from engine.cli.parts import Commands, open_parts
from engine.errors import InvalidValue
from engine.model import SYSTEM


def add_commands(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add `user add` and `user remove-factor`."""
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
    remove = actions.add_parser(
        "remove-factor",
        parents=[shared],
        help="take somebody's second factor off",
        description="For who has lost phone and recovery codes, where no administrator can do it on the page.",
    )
    remove.add_argument("id", metavar="ID", help="whose")
    remove.set_defaults(run=run_remove_factor)


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


def run_remove_factor(options: argparse.Namespace) -> int:
    """Take the second factor off and record it."""
    with open_parts(options) as parts, parts.db.begin() as tx:
        second_factor.remove(tx, options.id, actor=SYSTEM, at=parts.clock.now())
    print(f"{options.id} logs in with the password alone (已取消二次验证)")
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
