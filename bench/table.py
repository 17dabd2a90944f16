"""What was measured, when and on what, as one table: ``python -m bench --table``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bench import backtest, desk, inbox, proof, search, w1, w2, w3
from bench.expressions import run as feel

Facts = Mapping[str, Any]
_HEADS: Final = ("section", "when", "cores", "load", "Python", "measured", "budget", "")
_UNKNOWN: Final = "–"


@dataclass(frozen=True, slots=True)
class Figure:
    """A key figure of a section, and what was promised of it; where nothing was, no word of keeping it."""

    measured: str
    budget: str = ""
    kept: bool | None = None


def _w1(facts: Facts) -> list[Figure]:
    place = list(facts["places"].values())[-1]
    found = [
        Figure(f"{place['ratios'][name]:.2f} × {name}", f"≥ {floor:g}", place["ratios"][name] >= floor)
        for name, floor in w1.PROMISES
    ]
    found += [Figure(f"{ratio:.1f} × {name}") for name, ratio in place["ratios"].items() if name.startswith("bpmn")]
    return [*found, Figure(f"a completion {place['rows']['ours']['median_us']:,.0f} µs in memory")]


def _w2(facts: Facts) -> list[Figure]:
    ratio = facts["ours"]["ratio"]
    return [Figure(f"a step of 10 000 rounds {ratio:.2f} × one of 10", f"≤ {w2.PROMISE}", ratio <= w2.PROMISE)]


def _w3(facts: Facts) -> list[Figure]:
    fired, idle = facts["ours"]["fired_per_s"], facts["asleep"][str(w3.SLEEPING[-1])]["cpu_s"]
    return [
        Figure(f"{fired:,} timers fired/s", f"≥ {w3.FIRED:,}", fired >= w3.FIRED),
        Figure(f"{idle:.2f} s CPU a minute beside 1 000 000", f"< {w3.IDLE_SECONDS}", idle < w3.IDLE_SECONDS),
    ]


def _feel(facts: Facts) -> list[Figure]:
    found = {work: facts["evaluation"][work]["ours"]["median_us"] for work in feel.PROMISES}
    return [
        Figure(f"{work.removeprefix('table:')} {us:g} µs", f"≤ {feel.PROMISES[work]:g}", us <= feel.PROMISES[work])
        for work, us in found.items()
    ]


def _search(facts: Facts) -> list[Figure]:
    worst = max(one["p95"] for kinds in facts["ms"].values() for one in kinds.values())
    return [Figure(f"p95 of the slowest kind {worst:.0f} ms", f"≤ {search.P95_MS:.0f}", worst <= search.P95_MS)]


def _inbox(facts: Facts) -> list[Figure]:
    worst = max(facts["http"][name]["p95"] for name in ("page 1", "page 500", "poll"))
    return [Figure(f"p95 {worst:g} ms", f"< {inbox.BUDGET_MS:g}", worst < inbox.BUDGET_MS)]


def _desk(facts: Facts) -> list[Figure]:
    return [Figure(f"{measured:g}", promise, kept) for promise, measured, kept in desk.promises(facts)]


def _proof(facts: Facts) -> list[Figure]:
    seconds = facts["seconds_to_verify"]
    kept = seconds <= proof.VERIFY_SECONDS
    return [Figure(f"{facts['events']:,} events verified in {seconds:g} s", f"≤ {proof.VERIFY_SECONDS:g}", kept)]


def _backtest(facts: Facts) -> list[Figure]:
    kept = facts["seconds"] <= backtest.SECONDS
    said = f"{facts['cases']:,} cases in {facts['seconds']:g} s ({facts['seconds_of_cpu']:g} of CPU)"
    return [Figure(said, f"≤ {backtest.SECONDS:g}", kept)]


def _memory(facts: Facts) -> list[Figure]:
    few, many = facts["instances"]
    full = list(facts["serving"].values())[-1]
    return [
        Figure(
            f"{_more_mb(few):.0f} MB for the first {facts['count']:,} instances, {_more_mb(many):.0f} for later ones"
        ),
        Figure(f"{few['bytes_asleep']:,} bytes of database each"),
        Figure(f"serves after {full['s_ready']:g} s, with {full['mb_ready']:.0f} MB"),
    ]


def _more_mb(instances: Facts) -> float:
    return float(instances["mb_after"] - instances["mb_before"])


ROWS: Final[Mapping[str, Callable[[Facts], list[Figure]]]] = {
    "w1": _w1, "w2": _w2, "w3": _w3, "feel": _feel, "search": _search, "inbox": _inbox, "desk": _desk, "proof": _proof,
    "backtest": _backtest, "memory": _memory,
}  # fmt: skip


def table(results: Mapping[str, Facts]) -> str:
    """A row for each section that was measured, in Markdown."""
    lines = [f"| {' | '.join(_HEADS)} |", f"|{'---|' * len(_HEADS)}"]
    lines += [_line(name, results[name], row(results[name])) for name, row in ROWS.items() if name in results]
    return "\n".join(lines)


def _line(name: str, facts: Facts, figures: list[Figure]) -> str:
    where = facts.get("where", {})
    words = {True: "kept", False: "**missed**", None: ""}
    cells = (
        name,
        facts["at"][:10],
        str(where.get("cores", _UNKNOWN)),
        str(where.get("load", _UNKNOWN)),
        facts.get("python") or where.get("python", _UNKNOWN),
        "<br>".join(one.measured for one in figures),
        "<br>".join(one.budget for one in figures),
        "<br>".join(words[one.kept] for one in figures),
    )
    return f"| {' | '.join(cells)} |"
