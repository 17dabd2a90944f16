"""Parses FEEL into its syntax tree, resolving names with spaces by scope as the grammar demands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from engine.feel.syntax.forms import SpecialForms
from engine.feel.syntax.stream import FORMS, PRECEDENCE, RESERVED, as_decimal
from engine.feel.syntax.tree import (
    Arithmetic,
    Between,
    Call,
    Comparison,
    Constant,
    Filter,
    In,
    InstanceOf,
    ListLiteral,
    Logic,
    Name,
    Negation,
    Node,
    Path,
    RangeLiteral,
    Test,
    Tests,
)
from engine.feel.values.temporal import parse_temporal

_COMPARATORS: Final = ("<", "<=", ">", ">=", "=", "!=")
_CLOSERS: Final = ("]", ")", "[")
_CONSTANTS: Final = {"true": True, "false": False, "null": None}


def parse_expression(source: str, names: Iterable[str] = (), properties: Iterable[str] = ()) -> Node:
    """The tree of one expression (textual expression of the grammar).

    Args:
        source: without a leading ``=``.
        names: free names of several words that the surroundings know.
        properties: names of context entries of several words.

    Raises:
        FeelSyntaxError: it does not parse, or is nested deeper than 64 levels.
    """
    parser = _Parser(source, names, properties)
    node = parser.expression()
    parser.expect_end()
    return node


def parse_unary_tests(source: str, names: Iterable[str] = (), properties: Iterable[str] = ()) -> Tests:
    """The tests of a decision table's cell.

    Raises:
        FeelSyntaxError: it does not parse, or is nested deeper than 64 levels.
    """
    parser = _Parser(source, names, properties)
    tests = parser.cell()
    parser.expect_end()
    return tests


class _Parser(SpecialForms):
    """Precedence climbing for operators, recursive descent for the rest."""

    def cell(self) -> Tests:
        if self.peek("-") and self.stream[self.position + 1].kind == "end":
            self.advance()
            return Tests(())
        if self.peek("not") and self.stream[self.position + 1].source == "(":
            start = self.position
            self.position += 2
            tests = self.tests()
            self.expect(")")
            if self.token.kind == "end":
                return Tests(tests, negated=True)
            self.position = start  # ``not(x) and …`` is an expression
        return Tests(self.tests())

    def tests(self) -> tuple[Test, ...]:
        found = [self.test()]
        while self.accept(","):
            found.append(self.test())
        return tuple(found)

    def test(self) -> Test:
        if self.token.kind == "sign" and self.token.source in _COMPARATORS:
            operator = self.advance().source
            return Test(operator, self.binary(PRECEDENCE["+"]))
        return Test("", self.expression())

    def binary(self, minimum: int) -> Node:
        left = self.unary()
        links = 0
        while (level := PRECEDENCE.get(self.token.source, 0)) >= minimum and self.token.kind != "text" and level:
            operator = self.token.source
            links += 1
            self.check_links(links)
            left = self._operation(left, operator, level)
        return left

    def _operation(self, left: Node, operator: str, level: int) -> Node:
        if operator == "between":
            return self._between(left, level)
        if operator == "in":
            self.advance()
            return In(left, self._in_tests())
        if operator in _COMPARATORS:
            self.advance()
            return Comparison(operator, left, self.binary(level + 1))
        if operator in ("and", "or"):
            parts = [left]
            while self.accept(operator):
                parts.append(self.binary(level + 1))
            return Logic(operator, tuple(parts))
        rest: list[tuple[str, Node]] = []
        while self.token.kind == "sign" and PRECEDENCE.get(self.token.source, 0) == level:
            sign = self.advance().source
            rest.append((sign, self.binary(level + 1)))
        return Arithmetic(left, tuple(rest))

    def _between(self, value: Node, level: int) -> Node:
        self.advance()
        low = self.binary(level + 1)
        self.expect("and")
        return Between(value, low, self.binary(level + 1))

    def _in_tests(self) -> tuple[Test, ...]:
        if not self.peek("("):
            if self.token.kind == "sign" and self.token.source in _COMPARATORS:
                return (self.test(),)
            return (Test("", self.binary(PRECEDENCE["+"])),)
        start = self.position
        self.advance()
        first = self.test()
        if self.peek(".."):  # ``in (1..5]`` is one range, not a list of tests
            self.position = start
            return (Test("", self.binary(PRECEDENCE["+"])),)
        found = [first]
        while self.accept(","):
            found.append(self.test())
        self.expect(")")
        return tuple(found)

    def unary(self) -> Node:
        if self.token.kind == "sign" and self.token.source == "-":
            self.enter()
            self.advance()
            operand = self.unary()
            self.leave()
            return Negation(operand)
        node = self.postfix(self.primary())
        links = 0
        while self.peek("instance") and self.stream[self.position + 1].source == "of":
            self.position += 2
            links += 1
            self.check_links(links)
            node = InstanceOf(node, self.type())
        return node

    def postfix(self, node: Node) -> Node:
        links = 0
        while self.token.kind == "sign":
            sign = self.token.source
            if sign == ".":
                self.advance()
                node = Path(node, self.property_name())
            elif sign == "[" and not self._closes_range(node):
                self.advance()
                node = self._filter(node)
            elif sign == "(":
                self.advance()
                node = self._call(node)
            else:
                break
            links += 1
            self.check_links(links)
        return node

    def _filter(self, node: Node) -> Node:
        self.filters += 1
        condition = self.expression()
        self.filters -= 1
        self.expect("]")
        return Filter(node, condition)

    def _closes_range(self, node: Node) -> bool:
        """Whether ``[`` is the open end of a range: ``]1..5[`` against ``]1..list[2]]``."""
        if not self.in_range:
            return False
        if isinstance(node, Constant):
            return True
        depth, index = 0, self.position
        for index in range(self.position, len(self.stream)):
            sign = self.stream[index].source
            depth += (sign == "[") - (sign == "]")
            if depth == 0:
                break
        return depth != 0 or self.stream[min(index + 1, len(self.stream) - 1)].source not in _CLOSERS

    def _call(self, function: Node) -> Node:
        if self.accept(")"):
            return Call(function, ())
        arguments: list[Node] = []
        names: list[str] = []
        saved, self.in_range = self.in_range, False
        while True:
            if (name := self.argument_name()) is not None:
                names.append(name)
            arguments.append(self.expression())
            if not self.accept(","):
                break
        self.in_range = saved
        self.expect(")")
        if names and len(names) != len(arguments):
            raise self.error("names for all arguments or for none")
        return Call(function, tuple(arguments), tuple(names))

    def primary(self) -> Node:
        token = self.token
        if token.kind == "number":
            self.advance()
            return Constant(as_decimal(self, token.source))
        if token.kind == "text":
            self.advance()
            return Constant(token.value)
        if token.kind == "sign":
            return self._bracketed(token.source)
        if token.kind == "end":
            raise self.error("a value, but the expression ends")
        if (name := self.known_name()) is not None:
            return name
        return self._word(token.source)

    def _word(self, word: str) -> Node:
        if word in _CONSTANTS:
            self.advance()
            return Constant(_CONSTANTS[word])
        if word in FORMS and (form := self.special(word)) is not None:
            return form
        if word in RESERVED:
            raise self.error("a value")
        position = self.advance().start
        return Name(word, position)

    def _bracketed(self, sign: str) -> Node:
        if sign == "{":
            return self.context()
        if sign == "@":
            self.advance()
            if self.token.kind != "text":
                raise self.error("a text after @")
            return Constant(parse_temporal(self.advance().value))
        if sign not in ("(", "[", "]"):
            raise self.error("a value")
        self.advance()
        saved, self.in_range = self.in_range, False
        node = self._brackets(sign)
        self.in_range = saved
        return node

    def _brackets(self, sign: str) -> Node:
        if sign == "[" and self.accept("]"):
            return ListLiteral(())
        if self.token.kind == "sign" and self.token.source in _COMPARATORS and sign != "]":
            return self._one_sided("]" if sign == "[" else ")")
        first = self.expression()
        if self.accept(".."):
            return self._range(first, sign)
        if sign == "]":
            raise self.error("'..' of a range")
        if sign == "(":
            self.expect(")")
            return first
        items = [first]
        while self.accept(","):
            items.append(self.expression())
        self.expect("]")
        return ListLiteral(tuple(items))

    def _one_sided(self, closer: str) -> Node:
        operator = self.advance().source
        end = self.binary(PRECEDENCE["+"])
        self.expect(closer)
        if operator in ("<", "<="):
            return RangeLiteral(None, end, low_closed=False, high_closed=operator == "<=")
        if operator in (">", ">="):
            return RangeLiteral(end, None, low_closed=operator == ">=", high_closed=False)
        if operator == "=":
            return RangeLiteral(end, end, low_closed=True, high_closed=True)
        raise self.error("a range of one side")

    def _range(self, low: Node, opener: str) -> Node:
        self.in_range = True
        high = self.binary(PRECEDENCE["+"])
        self.in_range = False
        closer = self.token.source
        if closer not in _CLOSERS or self.token.kind != "sign":
            raise self.error("the end of a range")
        self.advance()
        return RangeLiteral(low, high, low_closed=opener == "[", high_closed=closer == "]")
