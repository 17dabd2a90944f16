"""What stands in or begins with a bracket: lists, ranges of every kind, filters, calls."""

from __future__ import annotations

from typing import Final

from engine.feel.syntax.forms import SpecialForms
from engine.feel.syntax.stream import PRECEDENCE
from engine.feel.syntax.tree import Call, Constant, Filter, ListLiteral, Node, Path, RangeLiteral

COMPARATORS: Final = ("<", "<=", ">", ">=", "=", "!=")
_CLOSERS: Final = ("]", ")", "[")


class Brackets(SpecialForms):
    """Brackets of all kinds; operators are the subclass's work."""

    def comparison_range(self) -> Node | None:
        """``< 5`` as a value: a range of one side; None when no comparison stands here."""
        if self.token.kind != "sign" or self.token.source not in COMPARATORS:
            return None
        start = self.token.start
        operator = self.token.source
        if operator == "!=":
            raise self.error("range sign")
        self.advance()
        end = self.binary(PRECEDENCE["+"])
        span = self.since(start)
        if operator in ("<", "<="):
            return RangeLiteral(None, end, low_closed=False, high_closed=operator == "<=", span=span)
        if operator == "=":
            return RangeLiteral(end, end, low_closed=True, high_closed=True, span=span)
        return RangeLiteral(end, None, low_closed=operator == ">=", high_closed=False, span=span)

    def bracketed(self, sign: str) -> Node:
        """What begins with ``(``, ``[`` or ``]``."""
        start = self.advance().start
        saved, self.in_range = self.in_range, False
        node = self._inside(sign, start)
        self.in_range = saved
        return node

    def _inside(self, sign: str, start: int) -> Node:
        if sign == "[" and self.accept("]"):
            return ListLiteral((), span=self.since(start))
        first = self.expression()
        if self.accept(".."):
            return self._range(first, sign, start)
        if sign == "]":
            raise self.error("..")
        if sign == "(":
            self.expect(")")
            return first
        one_sided = isinstance(first, RangeLiteral) and (first.low is None or first.high is None)
        if one_sided and self.accept("]"):
            return first  # ``[< 5]`` is the range itself, as ``(< 5)`` is
        items = [first]
        while self.accept(","):
            items.append(self.expression())
        self._expect_after_item("]")
        return ListLiteral(tuple(items), span=self.since(start))

    def _expect_after_item(self, closer: str) -> None:
        if not self.accept(closer):
            raise self.error(closer, ",")

    def _range(self, low: Node, opener: str, start: int) -> Node:
        self.in_range = True
        high = self.binary(PRECEDENCE["+"])
        self.in_range = False
        closer = self.token.source
        if closer not in _CLOSERS or self.token.kind != "sign":
            raise self.error("range end")
        self.advance()
        return RangeLiteral(low, high, low_closed=opener == "[", high_closed=closer == "]", span=self.since(start))

    def postfix(self, node: Node, start: int) -> Node:
        """Paths, filters and calls behind a value."""
        links = 0
        while self.token.kind == "sign":
            sign = self.token.source
            if sign == ".":
                self.advance()
                name = self.property_name()
                node = Path(node, name, span=self.since(start))
            elif sign == "[" and not self._closes_range(node):
                self.advance()
                node = self._filter(node, start)
            elif sign == "(":
                self.advance()
                node = self._call(node, start)
            else:
                break
            links += 1
            self.check_links(links)
        return node

    def _filter(self, node: Node, start: int) -> Node:
        self.filters += 1
        condition = self.expression()
        self.filters -= 1
        self.expect("]")
        return Filter(node, condition, span=self.since(start))

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

    def _call(self, function: Node, start: int) -> Node:
        if self.accept(")"):
            return Call(function, (), span=self.since(start))
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
        self._expect_after_item(")")
        if names and len(names) != len(arguments):
            raise self.error("argument name")
        return Call(function, tuple(arguments), tuple(names), span=self.since(start))
