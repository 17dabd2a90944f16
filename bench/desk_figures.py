"""What came of the desk: the figures as people read them, and which promises hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

BROWSERS: Final = 50
#: Milliseconds: the p95 of a page or a poll of the inbox, and of a completion, while 50 browsers work.
INBOX_MS: Final = 50.0
COMPLETION_MS: Final = 100.0
#: Completions a second over HTTP by clients that wait for nothing but the answer, and their p99 in ms.
ALONE: Final = {1: (430, 10.0), 8: (700, 50.0)}
#: Milliseconds: the p95 of everything that people wait for meanwhile.
ANY_MS: Final = 300.0


def report(found: Mapping[str, Any]) -> str:
    """The figures as people read them."""
    lines = [
        f"{found['open']} open and {found['closed']} closed tasks; prepared in "
        + ", ".join(f"{name} {value} s" for name, value in found["seconds_to_prepare"].items()),
    ]
    for count, measured in found["servers"].items():
        lines += _of_servers(f"{count} server{'' if count == '1' else 's'}", measured)
    return "\n".join([*lines, ""])


def _of_servers(title: str, measured: Mapping[str, Any]) -> list[str]:
    lines = [
        f"\n{title}: completions over HTTP{'per s':>9}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'max ms':>9}{'CPU':>7}"
    ]
    for clients, row in measured["completions"].items():
        lines.append(f"  {clients + ' clients':30}{row['per_s']:>9}{_row(row)}{row['server_cpu']:>7}")
    day = measured["day"]
    lines.append(f"\n{title}: {BROWSERS} browsers, {day['per_s']} requests a second, {day['server_cpu']} cores used:")
    lines.append(f"{'':28}{'count':>9}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'max ms':>9}")
    lines += [f"  {kind:26}{row['count']:>9}{_row(row)}" for kind, row in day["requests"].items()]
    return lines + [f"problem: {one}" for one in day["problems"][:5]]


def _row(row: Mapping[str, float]) -> str:
    return "".join(f"{row[name]:>9}" for name in ("p50", "p95", "p99", "max"))


def promises(found: Mapping[str, Any]) -> list[tuple[str, float, bool]]:
    """What was promised, what was measured, and whether it holds: of one server, then of two."""
    return [
        (f"{promise}, {count} server{'' if count == '1' else 's'}", figure, holds)
        for count, measured in found["servers"].items()
        for promise, figure, holds in _promises(measured)
    ]


def _promises(measured: Mapping[str, Any]) -> list[tuple[str, float, bool]]:
    requests, day = measured["day"]["requests"], measured["day"]
    inbox = max(row["p95"] for kind, row in requests.items() if kind.startswith("inbox"))
    completion = requests["complete"]["p95"]
    slowest = max(row["p95"] for row in requests.values())
    kept = [
        (f"p95 of the inbox < {INBOX_MS:g} ms", inbox, inbox < INBOX_MS),
        (f"p95 of a completion < {COMPLETION_MS:g} ms", completion, completion < COMPLETION_MS),
        (f"p95 of everything < {ANY_MS:g} ms", slowest, slowest < ANY_MS),
        ("nothing that was answered is lost", day["lost"], not day["lost"]),
        ("no request failed", len(day["problems"]), not day["problems"]),
    ]
    for clients, row in measured["completions"].items():
        rate, p99 = ALONE[int(clients)]
        kept.append((f"≥ {rate} completions/s of {clients}", row["per_s"], row["per_s"] >= rate))
        kept.append((f"their p99 ≤ {p99:g} ms", row["p99"], row["p99"] <= p99))
    return kept
