"""Parses FEEL into its syntax tree, resolving names with spaces by scope as the grammar demands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from engine.feel.syntax.brackets import COMPARATORS, Brackets
from engine.feel.syntax.stream import FORMS, PRECEDENCE, RESERVED, as_decimal
from engine.feel.syntax.tree import (
    Arithmetic,
    Between,
    Comparison,
    Constant,
    In,
    InstanceOf,
    Logic,
    Name,
    Negation,
    Node,
    Test,
    Tests,
)
from engine.feel.values.temporal import parse_temporal

_CONSTANTS: Final = {"true": True, "false": False, "null": None}


def parse_expression(source: str, names: Iterable[str] = (), properties: Iterable[str] = ()) -> Node:
    """The tree of one expression (textual expression of the grammar).

    Args:
        source: without a leading ``=``.
        names: free names of several words that the surroundings know.
        properties: names of context entries of several words.

    Raises:
        FeelSyntaxError: it does not parse, or is nested deeper than 64 levels.

    Source: DMN 1.5 §10.3.1.2.
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


class _Parser(Brackets):
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
        start = self.token.start
        if self.token.kind == "sign" and self.token.source in COMPARATORS:
            operator = self.advance().source
            operand = self.binary(PRECEDENCE["+"])
            return Test(operator, operand, span=self.since(start))
        operand = self.expression()
        return Test("", operand, span=self.since(start))

    def binary(self, minimum: int) -> Node:
        start = self.token.start
        left = self.unary()
        links = 0
        while (level := PRECEDENCE.get(self.token.source, 0)) >= minimum and self.token.kind != "text" and level:
            operator = self.token.source
            links += 1
            self.check_links(links)
            left = self._operation(left, operator, level, start)
        return left

    def _operation(self, left: Node, operator: str, level: int, start: int) -> Node:
        if operator == "between":
            return self._between(left, level, start)
        if operator == "in":
            self.advance()
            tests = self._in_tests()
            return In(left, tests, span=self.since(start))
        if operator in COMPARATORS:
            self.advance()
            right = self.binary(level + 1)
            return Comparison(operator, left, right, span=self.since(start))
        if operator in ("and", "or"):
            parts = [left]
            while self.accept(operator):
                parts.append(self.binary(level + 1))
            return Logic(operator, tuple(parts), span=self.since(start))
        rest: list[tuple[str, Node]] = []
        while self.token.kind == "sign" and PRECEDENCE.get(self.token.source, 0) == level:
            sign = self.advance().source
            rest.append((sign, self.binary(level + 1)))
        return Arithmetic(left, tuple(rest), span=self.since(start))

    def _between(self, value: Node, level: int, start: int) -> Node:
        self.advance()
        low = self.binary(level + 1)
        self.expect("and")
        high = self.binary(level + 1)
        return Between(value, low, high, span=self.since(start))

    def _in_tests(self) -> tuple[Test, ...]:
        if not self.peek("("):
            return (self._single_test(),)
        start = self.position
        self.advance()
        first = self.test()
        if self.peek(".."):  # ``in (1..5]`` is one range, not a list of tests
            self.position = start
            return (self._single_test(),)
        found = [first]
        while self.accept(","):
            found.append(self.test())
        self.expect(")")
        return tuple(found)

    def _single_test(self) -> Test:
        if self.token.kind == "sign" and self.token.source in COMPARATORS:
            return self.test()
        start = self.token.start
        operand = self.binary(PRECEDENCE["+"])
        return Test("", operand, span=self.since(start))

    def unary(self) -> Node:
        start = self.token.start
        if not self.accept("-"):
            return self._instances(self.postfix(self.primary(), start), start)
        if self.stream[self.position].kind == "number":  # the sign is part of the literal (grammar rule 35)
            number = self.postfix(self.primary(), self.token.start)
            return self._instances(Negation(number, span=self.since(start)), start)
        self.enter()
        operand = self.unary()
        self.leave()
        return Negation(operand, span=self.since(start))

    def _instances(self, node: Node, start: int) -> Node:
        links = 0
        while self.peek("instance") and self.stream[self.position + 1].source == "of":
            self.position += 2
            links += 1
            self.check_links(links)
            kind = self.type()
            node = InstanceOf(node, kind, span=self.since(start))
        return node

    def primary(self) -> Node:
        token = self.token
        if token.kind == "number":
            value = as_decimal(self, token.source)
            self.advance()
            return Constant(value, span=self.since(token.start))
        if token.kind == "text":
            self.advance()
            return Constant(token.value, span=self.since(token.start))
        if token.kind == "sign":
            return self._sign(token.source)
        if token.kind == "end":
            raise self.error("value")
        if (name := self.known_name()) is not None:
            return name
        return self._word(token.source)

    def _sign(self, sign: str) -> Node:
        if sign == "{":
            return self.context()
        if sign in ("(", "[", "]"):
            return self.bracketed(sign)
        if sign != "@":
            raise self.error("value")
        start = self.advance().start
        if self.token.kind != "text":
            raise self.error("at")
        text = self.advance().value
        return Constant(parse_temporal(text), text, span=self.since(start))

    def _word(self, word: str) -> Node:
        start = self.token.start
        if word in _CONSTANTS:
            self.advance()
            return Constant(_CONSTANTS[word], span=self.since(start))
        if word in FORMS and (form := self.special(word)) is not None:
            return form
        if word in RESERVED:
            raise self.error("value")
        self.advance()
        return Name(word, span=self.since(start))
