"""Who may open a connection to the outside, and to where: two modules, to addresses that only the operator sets."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
#: What connects: modules of the standard library, and packages that people reach for.
CONNECTS = frozenset({
    "socket", "smtplib", "ftplib", "poplib", "imaplib", "telnetlib", "xmlrpc", "urllib.request", "http.client",
    "asyncio", "requests", "httpx", "aiohttp", "urllib3", "subprocess", "multiprocessing", "webbrowser",
})  # fmt: skip
#: Module → what it uses of them.
ALLOWED = {
    "engine/audit/publishing.py": {"urllib.request", "http.client"},
    "engine/cli/serve.py": {"socket"},  # listens
    "engine/notifications/mailing.py": {"smtplib"},
    "engine/studio/testing.py": {"multiprocessing"},  # scenarios run in a process of their own
}


#: What stands in a text that imports any of them.
WORDS = re.compile("|".join(sorted({name.partition(".")[0] for name in CONNECTS})))


def imported(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(text)) if WORDS.search(text) else ():
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{one.name}" for one in node.names)


def test_heads_and_mails_leave_the_house_and_nothing_else() -> None:
    found = {
        str(path.relative_to(ROOT)): used
        for package in ("engine", "web")
        for path in sorted((ROOT / package).rglob("*.py"))
        if (used := {one for name in imported(path) for one in CONNECTS if f"{name}.".startswith(f"{one}.")})
    }
    assert found == ALLOWED
