"""Item definitions: what conforms, what is converted, what is refused, and what it costs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from lxml import etree

from engine.dmn import load
from engine.dmn.types import ItemTypes
from engine.errors import DefinitionRefused, FeelLimitExceeded
from engine.feel import evaluate
from engine.feel.values.types import Type
from tests.each import each
from tests.unit.dmn.dmn_writing import HEAD, decision, literal, model

D = Decimal


def item(name: str, inner: str, collection: bool = False) -> str:
    more = ' isCollection="true"' if collection else ""
    return f'<itemDefinition name="{name}"{more}>{inner}</itemDefinition>'


def of(kind: str) -> str:
    return f"<typeRef>{kind}</typeRef>"


def component(name: str, kind: str, collection: bool = False) -> str:
    return item(name, of(kind), collection).replace("itemDefinition", "itemComponent")


def value(source: str, kind: str, *definitions: str):
    """What a decision of this type makes of an expression."""
    return load(model(*definitions, decision(literal(source), kind=kind))).evaluate("d", {})


LEVELS = item("tLevel", of("string") + '<allowedValues><text>"gold", "silver"</text></allowedValues>')
ORDER = item("tOrder", component("no", "string") + component("amount", "number"))


def test_a_single_value_becomes_a_list_where_a_collection_is_wanted_and_a_list_of_one_its_item():
    numbers = item("tNumbers", of("number"), collection=True)
    assert value("1", "tNumbers", numbers) == [1]
    assert value("[1, 2]", "tNumbers", numbers) == [1, 2]
    assert value('["a"]', "tNumbers", numbers) is None
    assert value("[1]", "tNumber", item("tNumber", of("number"))) == 1
    assert value("[1, 2]", "tNumber", item("tNumber", of("number"))) is None


def test_a_date_becomes_midnight_where_a_date_and_time_is_wanted_by_another_name_too():
    moment = item("tMoment", of("date and time"))
    assert value('@"2026-01-02"', "tMoment", moment) == datetime(2026, 1, 2, tzinfo=UTC)
    assert value('@"2026-01-02"', "date", moment) == date(2026, 1, 2)
    assert value('@"2026-01-02T10:00:00Z"', "date", moment) is None


@each(("source", "kind", "wanted"), [
    ('"gold"', "tLevel", "gold"), ('"iron"', "tLevel", None), ("null", "tLevel", None), ("1", "tLevel", None),
    ('{no: "1", amount: 2}', "tOrder", {"no": "1", "amount": 2}), ('{no: "1"}', "tOrder", None),
    ('{no: "1", amount: "2"}', "tOrder", None), ('{no: "1", amount: null}', "tOrder", {"no": "1", "amount": None}),
    ('{no: "1", amount: 2, more: 3}', "tOrder", {"no": "1", "amount": 2, "more": 3}),
])  # fmt: skip
def test_a_value_conforms_or_is_null(source, kind, wanted):
    assert value(source, kind, LEVELS, ORDER) == wanted


def test_allowed_values_hold_for_each_item_and_a_type_constraint_for_the_whole_list():
    small = item("tSmall", of("number") + "<allowedValues><text>[1..9]</text></allowedValues>", collection=True)
    pair = item("tPair", of("number") + "<typeConstraint><text>count(?) = 2</text></typeConstraint>", collection=True)
    assert value("[1, 9]", "tSmall", small) == [1, 9]
    assert value("[1, 10]", "tSmall", small) is None
    assert value("[1, 2]", "tPair", pair) == [1, 2]
    assert value("[1, 2, 3]", "tPair", pair) is None


def types_of(*definitions: str) -> ItemTypes:
    types = ItemTypes()
    types.add(list(etree.fromstring((HEAD + "".join(definitions) + "</definitions>").encode())))
    return types


def test_a_definition_has_a_structure_for_those_who_know_no_values():
    orders = item("tOrders", of("tOrder"), collection=True)
    function = item(
        "tRate", '<functionItem outputTypeRef="number"><parameters name="x" typeRef="tLevel"/></functionItem>'
    )
    types = types_of(orders, ORDER, function, LEVELS)
    order = Type("context", (Type("string"), Type("number")), ("no", "amount"))
    assert types.structure("tOrders") == Type("list", (order,))
    assert types.structure("tRate") == Type("function", (Type("string"), Type("number")))
    assert types.structure("nowhere") == Type("Any")
    assert types.allowed["tLevel"] == '"gold", "silver"'


def test_a_definition_that_holds_itself_ends():
    types = types_of(item("tTree", component("left", "tTree") + component("n", "number")))
    assert types.structure("tTree").arguments == (Type("Any"), Type("number"))


def test_definitions_that_double_are_read_in_no_time():
    doubling = [item("t0", of("number"))]
    doubling += [item(f"t{i}", component("a", f"t{i - 1}") + component("b", f"t{i - 1}")) for i in range(1, 60)]
    types = types_of(*reversed(doubling))
    assert types.structure("t3").keys == ("a", "b")
    assert max(len(repr(types.structure(f"t{i}"))) for i in range(60)) < 100_000


DOUBLING = "{v0: 1, " + ", ".join(f"v{i}: [v{i - 1}, v{i - 1}]" for i in range(1, 41)) + "}"


def test_a_value_that_holds_another_many_times_over_is_checked_on_the_budget():
    nested = "list<" * 40 + "number" + ">" * 40
    with pytest.raises(FeelLimitExceeded, match="steps"):
        evaluate(f"{DOUBLING}.v40 instance of {nested}", {})
    with pytest.raises(FeelLimitExceeded, match="steps"):
        evaluate(f"(function(x: {nested}) 1)({DOUBLING}.v40)", {})


def test_a_types_check_of_such_a_value_is_on_the_budget_too():
    definitions = [item("t0", of("number"))]
    definitions += [item(f"t{i}", of(f"t{i - 1}"), collection=True) for i in range(1, 41)]
    with pytest.raises(FeelLimitExceeded, match="steps"):
        value(f"{DOUBLING}.v40", "t40", *definitions)


@pytest.mark.parametrize("order", [1, -1])
def test_a_chain_of_types_may_be_sixty_four_long(order):
    def chain(length: int) -> list[str]:
        return [item(f"t{i}", of(f"t{i + 1}" if i + 1 < length else "number")) for i in range(length)][::order]

    assert types_of(*chain(64)).structure("t0") == Type("number")
    for length in (65, 600):
        with pytest.raises(DefinitionRefused, match="more than 64"):
            load(model(*chain(length), decision(literal("1"), kind="t0")))


def test_a_type_that_is_only_itself_is_refused():
    with pytest.raises(DefinitionRefused, match="is itself"):
        load(model(item("a", of("b")), item("b", of("a")), decision(literal("1"))))
