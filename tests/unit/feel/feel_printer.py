"""Prints syntax trees as FEEL again, and draws random ones: what the parser gives must be what was printed."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from engine.feel.syntax import tree as s
from engine.feel.values.numbers import text
from engine.feel.values.types import Type

NAMES = ("a", "b2", "订单金额", "x_y", "_z", "item", "é")


def show(node: Any) -> str:
    return _PRINTERS[type(node)](node)


def _constant(node: s.Constant) -> str:
    value = node.value
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Decimal):
        return text(value)
    if isinstance(value, date):
        return f'@"{value.isoformat()}"'
    return json.dumps(value, ensure_ascii=False)


def _arithmetic(node: s.Arithmetic) -> str:
    return f"({show(node.first)}" + "".join(f" {sign} ({show(part)})" for sign, part in node.rest) + ")"


def _test(node: s.Test) -> str:
    return f"{node.operator} {show(node.operand)}"


def _iterators(iterators: tuple[s.Iterator, ...]) -> str:
    return ", ".join(f"{i.name} in {show(i.domain)}" + (f"..{show(i.end)}" if i.end else "") for i in iterators)


def _range(node: s.RangeLiteral) -> str:
    low, high = "[" if node.low_closed else "(", "]" if node.high_closed else ")"
    return f"{low}{show(node.low)}..{show(node.high)}{high}"


def _call(node: s.Call) -> str:
    names = node.names or ("",) * len(node.arguments)
    arguments = [f"{n}: {show(a)}" if n else show(a) for n, a in zip(names, node.arguments, strict=True)]
    return f"{show(node.function)}({', '.join(arguments)})"


_PRINTERS = {
    s.Constant: _constant,
    s.Name: lambda n: n.name,
    s.Negation: lambda n: f"-({show(n.operand)})",
    s.Arithmetic: _arithmetic,
    s.Logic: lambda n: "(" + f" {n.operator} ".join(f"({show(p)})" for p in n.parts) + ")",
    s.Comparison: lambda n: f"(({show(n.left)}) {n.operator} ({show(n.right)}))",
    s.Between: lambda n: f"(({show(n.value)}) between ({show(n.low)}) and ({show(n.high)}))",
    s.In: lambda n: f"(({show(n.value)}) in ({', '.join(map(_test, n.tests))}))",
    s.InstanceOf: lambda n: f"({show(n.value)}) instance of {n.type.name}",
    s.Path: lambda n: f"({show(n.source)}).{n.name}",
    s.Filter: lambda n: f"({show(n.source)})[{show(n.condition)}]",
    s.Call: _call,
    s.RangeLiteral: _range,
    s.ListLiteral: lambda n: "[" + ", ".join(map(show, n.items)) + "]",
    s.ContextLiteral: lambda n: "{" + ", ".join(f"{k}: {show(v)}" for k, v in n.entries) + "}",
    s.If: lambda n: f"(if {show(n.condition)} then {show(n.then)} else {show(n.otherwise)})",
    s.For: lambda n: f"(for {_iterators(n.iterators)} return {show(n.body)})",
    s.Quantified: lambda n: f"({n.quantifier} {_iterators(n.iterators)} satisfies {show(n.condition)})",
    s.Function: lambda n: f"(function({', '.join(name for name, _ in n.parameters)}) {show(n.body)})",
}

_names = st.sampled_from(NAMES)
_numbers = st.decimals(min_value=0, max_value=10**9, places=3).map(lambda d: Decimal(text(d)))
_constants = st.one_of(
    _numbers,
    st.text("abc \"\\\n中文𠮷'", max_size=6),
    st.booleans(),
    st.none(),
    st.dates(date(1900, 1, 1), date(2100, 1, 1)),
)


def _bigger(node: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(node, min_size=2, max_size=3).map(tuple)
    tests = st.lists(
        st.builds(s.Test, st.sampled_from(["", "<", ">="]), _constants.map(s.Constant)), min_size=1, max_size=3
    )
    iterators = st.lists(st.builds(s.Iterator, _names, node), min_size=1, max_size=2).map(tuple)
    sums = st.lists(st.tuples(st.sampled_from("+-"), node), min_size=1, max_size=3).map(tuple)
    entries = st.dictionaries(_names, node, max_size=3).map(lambda d: tuple(d.items()))
    return st.one_of(
        st.builds(s.Negation, node),
        st.builds(s.Arithmetic, node, sums),
        st.builds(s.Logic, st.sampled_from(["and", "or"]), several),
        st.builds(s.Comparison, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), node, node),
        st.builds(s.Between, node, node, node),
        st.builds(s.In, node, tests.map(tuple)),
        st.builds(s.InstanceOf, node, st.builds(Type, st.sampled_from(["number", "date and time", "Any"]))),
        st.builds(s.Path, node, _names),
        st.builds(s.Filter, node, node),
        st.builds(s.Call, st.builds(s.Name, _names), st.lists(node, max_size=2).map(tuple)),
        st.builds(s.Call, st.builds(s.Name, _names), node.map(lambda n: (n,)), _names.map(lambda n: (n,))),
        st.builds(s.RangeLiteral, node, _constants.map(s.Constant), st.booleans(), st.booleans()),
        st.builds(s.ListLiteral, st.lists(node, max_size=3).map(tuple)),
        st.builds(s.ContextLiteral, entries),
        st.builds(s.If, node, node, node),
        st.builds(s.For, iterators, node),
        st.builds(s.Quantified, st.sampled_from(["some", "every"]), iterators, node),
        st.builds(
            s.Function, st.lists(_names, unique=True, max_size=2).map(lambda n: tuple((x, None) for x in n)), node
        ),
    )


trees = st.recursive(st.one_of(_constants.map(s.Constant), st.builds(s.Name, _names)), _bigger, max_leaves=12)
