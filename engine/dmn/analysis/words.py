"""Sets of values as FEEL that an owner can read, and copy into a cell."""

from __future__ import annotations

from engine.dmn.analysis.columns import Column
from engine.dmn.analysis.kinds import Atom, literal


def cell_text(column: Column, mask: int) -> str:
    """Unary tests that pass the values of a set, and no other value that is to be expected."""
    inside = column.listed(mask & column.shown)
    outside = column.listed(column.shown & ~mask)
    nullable = any(atom.kind == "null" for atom in outside)
    texts = [text for run in _runs(inside) for text in _run_texts(run, nullable)]
    # What is left out is named where that is shorter, or where nothing else can tell the rest.
    # (Not beside values of another kind: whether they differ from a constant is null, and so is their ``not``.)
    single = all((atom.point or atom.kind == "null") and atom.example is not True for atom in outside)
    one_kind = len({atom.kind for atom in (*inside, *outside)} - {"null"}) <= 1
    if single and one_kind and (len(outside) < len(texts) or any(atom.other for atom in inside) or "-" in texts):
        return f"not({', '.join(literal(atom.example) for atom in outside)})"
    return ", ".join(texts)


def relation(label: str, cell: str) -> str:
    """A column's label and what its value is, as a condition."""
    if cell.startswith("? "):
        return f"{label}{cell[1:]}"
    if cell.startswith("not("):
        return f"{label} not in {cell[3:]}" if ", " in cell else f"{label} != {cell[4:-1]}"
    if cell.startswith(("<", ">")) and "," not in cell:
        return f"{label} {cell}"
    if cell[:1] in "[](" and ".." in cell and cell.count("..") == 1 and ", " not in cell:
        return f"{label} in {cell}"
    return f"{label} in ({cell})" if ", " in cell else f"{label} = {cell}"


def _runs(atoms: list[Atom]) -> list[list[Atom]]:
    """Neighbours together."""
    runs: list[list[Atom]] = []
    for atom in atoms:
        last = runs[-1][-1] if runs else None
        if last is not None and last.kind == atom.kind != "boolean" and last.place + 1 == atom.place:
            runs[-1].append(atom)
        else:
            runs.append([atom])
    return runs


def _run_texts(run: list[Atom], nullable: bool) -> list[str]:
    first, last = run[0], run[-1]
    if first.example is True and nullable:
        return ["? = true"]  # the cell ``true`` passes null too
    if first.kind == "null" or (first is last and first.point):
        return [literal(first.example)]
    if first.low is None and last.high is None:
        return _halves(run)
    if first.low is None:
        return [f"{'<=' if last.point else '<'} {literal(last.high)}"]
    if last.high is None:
        return [f"{'>=' if first.point else '>'} {literal(first.low)}"]
    opening, closing = "[" if first.point else "]", "]" if last.point else "["
    return [f"{opening}{literal(first.low)}..{literal(last.high)}{closing}"]


def _halves(run: list[Atom]) -> list[str]:
    """A whole kind beside values of another one."""
    cut = next((atom.low for atom in run if atom.point), None)
    return [f"<= {literal(cut)}", f"> {literal(cut)}"] if cut is not None else ["-"]
