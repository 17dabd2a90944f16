"""`kefuflow settings show|set`: what texts to customers say of the shop."""

from __future__ import annotations

import argparse

from engine import shop
from engine.cli.parts import Commands, open_parts
from engine.clock import SHANGHAI
from engine.errors import InvalidValue
from engine.model import SYSTEM
from engine.shop import SettingsVersion


def add_commands(commands: Commands, shared: argparse.ArgumentParser) -> None:
    """Add `settings show` and `settings set`."""
    parser = commands.add_parser(
        "settings",
        help="where customers send goods back to",
        description="What texts to customers say of the shop: " + ", ".join(shop.ALL_SETTINGS) + ".",
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    show = actions.add_parser("show", parents=[shared], help="say what holds, and which versions there are")
    show.set_defaults(run=run_show)
    change = actions.add_parser(
        "set",
        parents=[shared],
        help="make a new version",
        description="Makes a new version in which some settings are changed. An empty text unsets one: it is then what "
        "every shop says. Saying what holds already changes nothing.",
    )
    change.add_argument("values", metavar="NAME=TEXT", nargs="+", help="e.g. warehouse_contact='售后仓 0571-1234567'")
    change.add_argument("--note", default="", help="why")
    change.set_defaults(run=run_set)
    for action in (show, change):
        action.add_argument("--shop", default=shop.ANY_SHOP, help="whose (default: every shop without its own)")


def run_show(options: argparse.Namespace) -> int:
    """Print what holds, then the versions, the newest first."""
    with open_parts(options) as parts, parts.db.read() as connection:
        held = shop.read_settings(connection, options.shop)
        versions = shop.list_settings(connection, options.shop)
        others = shop.list_shops_with_settings(connection)
    for name in shop.ALL_SETTINGS:
        print(f"{name}: {held.get(name, '(not set)')}")
    for version in versions:
        print(_line(version))
    if others and not options.shop:
        print("shops with settings of their own: " + ", ".join(others))
    return 0


def run_set(options: argparse.Namespace) -> int:
    """Make a version on top of the newest."""
    with open_parts(options) as parts, parts.db.begin() as tx:
        newest = next(iter(shop.list_settings(tx.connection, options.shop)), None)
        values = {**(newest.values if newest else {}), **dict(map(_pair, options.values))}
        made = shop.save_settings(tx, values, SYSTEM, now=parts.clock.now(), shop=options.shop, note=options.note)
    print("nothing new" if made is None else f"version {made.version} holds from the next message on")
    return 0


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise InvalidValue(f"{text!r} is not NAME=TEXT", message_zh=f"“{text[:40]}”须写成 名称=内容。")
    return name.strip(), value


def _line(version: SettingsVersion) -> str:
    at = f"{version.made_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    said = "; ".join(f"{name}={text}" for name, text in version.values.items())
    return f"version {version.version}, {at}, {version.made_by}: {said or '(nothing)'} {version.note}".rstrip()
