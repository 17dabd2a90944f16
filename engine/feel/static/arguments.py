"""Which way of calling a built-in function an expression means, and which argument does not fit."""

from __future__ import annotations

from engine.feel.static import lattice as t
from engine.feel.static.catalogue import CATALOGUE, Parameter, Signature
from engine.feel.static.inference import Inference
from engine.feel.static.operators import is_null
from engine.feel.syntax import tree
from engine.feel.values.types import Type

Nodes = tuple[tree.Node | None, ...]


def fitting(walk: Inference, name: str, node: tree.Call, types: list[Type]) -> tuple[Signature, Nodes] | None:
    """The signature that takes the arguments, and the arguments in its order; None when the call is always null.

    What does not fit is reported. It may still be null where a parameter may be, and then the call goes on.
    """
    nodes = _named(walk, name, node) if node.names else tuple(node.arguments)
    if nodes is None:
        return None
    signatures = [each for each in CATALOGUE[name].signatures if each.takes(len(nodes))]
    if not signatures:
        walk.report("argument_count", node.span, name=name, count=len(types), wanted=_wanted(name))
        return None
    problems: list[tuple[int, Parameter]] = []
    for signature in signatures:
        problem = _first_problem(walk, signature, nodes)
        if problem is None:
            return signature, nodes
        problems.append(problem)
    _report(walk, name, node, nodes, problems)
    return next(((each, nodes) for each, (_, wrong) in zip(signatures, problems, strict=True) if wrong.nullable), None)


def _wanted(name: str) -> str:
    shown = dict.fromkeys(each.shown(name) for each in CATALOGUE[name].signatures)
    return " / ".join(list(shown)[:2])


def _named(walk: Inference, name: str, node: tree.Call) -> Nodes | None:
    """The arguments of a call by name in the order of the first signature that has all names."""
    given = dict(zip(node.names, node.arguments, strict=True))
    if len(given) != len(node.names):
        twice = next(each for each in node.names if node.names.count(each) > 1)
        walk.report("duplicate_argument", node.span, parameter=twice)
        return None
    signatures = CATALOGUE[name].signatures
    for signature in signatures:
        names = [each.name for each in signature.parameters]
        if given.keys() <= set(names):
            while names and names[-1] not in given:
                names.pop()
            return tuple(given.get(each) for each in names)
    known = {each.name for signature in signatures for each in signature.parameters}
    wrong = next((each for each in given if each not in known), next(iter(given)))
    walk.report("unknown_parameter", node.span, name=name, parameter=wrong, wanted=_wanted(name))
    return None


def _first_problem(walk: Inference, signature: Signature, nodes: Nodes) -> tuple[int, Parameter] | None:
    last = len(signature.parameters) - 1
    for index, node in enumerate(nodes):
        parameter = signature.parameters[min(index, last)]
        if node is None:
            if not parameter.nullable:
                return index, parameter
            continue
        kind = walk.known[id(node)]
        single = signature.variadic and index >= last and len(nodes) > len(signature.parameters)
        wanted = tuple(map(t.argument, parameter.types)) if single else parameter.types
        null = is_null(node) and not parameter.nullable and not (signature.variadic and index >= last)
        if null or not any(_accepts_node(node, kind, each) for each in wanted):
            return index, parameter
    return None


def _accepts_node(node: tree.Node, kind: Type, wanted: Type) -> bool:
    """A list that is certainly not empty must have the right items, too."""
    if isinstance(node, tree.ListLiteral) and node.items and wanted.name == "list":
        return accepts(t.argument(kind), t.argument(wanted))
    return accepts(kind, wanted)


def accepts(kind: Type, wanted: Type) -> bool:
    """Whether a value of a type may be an argument where another is wanted, alone or as a list of one."""
    if t.ANY in (kind, wanted) or t.NULL in (kind, wanted):
        return True
    if t.kinds(kind) & t.kinds(wanted):
        return True
    if kind.name == "list":
        return accepts(t.argument(kind), wanted)
    return wanted.name == "list" and accepts(kind, t.argument(wanted))


def _report(walk: Inference, name: str, node: tree.Call, nodes: Nodes, problems: list[tuple[int, Parameter]]) -> None:
    """Name the argument that went furthest, with all types that it may have there."""
    index = max(each for each, _ in problems)
    parameter = next(each for at, each in problems if at == index)
    argument = nodes[index]
    if argument is None:
        walk.report("argument_missing", node.span, name=name, parameter=parameter.name, wanted=_wanted(name))
        return
    wanted = list(dict.fromkeys(kind for at, each in problems if at == index for kind in each.types))
    kind = walk.known[id(argument)]
    walk.report(
        "argument_type",
        argument.span,
        name=name,
        parameter=parameter.name,
        wanted_zh="或".join(map(t.chinese, wanted)),
        wanted_en=" or ".join(map(t.english, wanted)),
        kind_zh=t.chinese(kind),
        kind_en=t.english(kind),
    )
