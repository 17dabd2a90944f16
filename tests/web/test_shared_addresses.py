"""What a web server in front gives to a second server: the desk, and nothing that one process counts or remembers."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_limiter.util import get_qualified_name

from web.security import limiter

DEPLOY = Path(__file__).parents[2] / "deploy"
#: What one process alone knows: log-ins by address, how far scenarios and checks of the record have come.
AT_FIRST = {"login", "account", "second_factor", "admin", "studio", "proofs", "audit", "files", "reveal", "clock"}
DESK = {"inbox", "desk", "cases", "search", "start", "board", "notifications", "calls", "customers", "comments"}


def shared(name: str) -> str:
    """The expression of the addresses that an example gives to both servers."""
    text = (DEPLOY / name).read_text(encoding="utf-8")
    if name == "nginx.conf":
        (found,) = re.findall(r"location ~ (\S+) \{\n\s+proxy_pass http://kefuflow_desk;", text)
    else:
        (found,) = re.findall(r"^\t\tpath_regexp (\S+)$", text, re.M)
    return str(found)


@pytest.mark.parametrize("name", ["nginx.conf", "Caddyfile"])
def test_a_second_server_shares_the_desk_alone(app: Flask, name: str) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if not rule.rule.endswith("/reveal")]
    at_both = {rule.endpoint for rule in rules if re.search(shared(name), rule.rule)}
    subjects = {endpoint.partition(".")[0] for endpoint in at_both}
    assert subjects >= DESK
    assert subjects.isdisjoint(AT_FIRST)
    counted = {endpoint for endpoint, view in app.view_functions.items() if is_counted(view)}
    assert counted >= {"login.submit", "files.upload", "reveal.show"}
    assert at_both & counted == set()
    kept = r"location ~ /reveal\$ \{" if name == "nginx.conf" else r"not path_regexp /reveal\$"
    assert re.search(kept, (DEPLOY / name).read_text(encoding="utf-8"))


def is_counted(view: Callable[..., Any]) -> bool:
    """Whether a view has a rate of its own."""
    return bool(limiter.limit_manager.decorated_limits(get_qualified_name(view)))
