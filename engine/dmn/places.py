"""Where in a decision model something is or went wrong: the decision, and within its table the rule and the column."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.errors import DecisionError, FeelLimitExceeded, FeelSyntaxError


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A decision or knowledge model, and a part of it."""

    #: Id of the decision or knowledge model.
    element: str = ""
    of_knowledge: bool = False
    #: Parts of a boxed expression from outside in, e.g. the entry of a context: (Chinese, English).
    parts: tuple[tuple[str, str], ...] = ()
    #: Id of the table.
    table: str = ""
    #: Row of the table, from 1.
    rule: int | None = None
    #: Label of a column, and whether it is an input.
    column: str | None = None
    of_inputs: bool = True

    def within(self, zh: str, en: str) -> Place:
        """A part of it."""
        return replace(self, parts=(*self.parts, (zh, en)))

    def of_table(self, table: str) -> Place:
        """A table in it."""
        return replace(self, table=table)

    def cell(self, rule: int | None, column: str | None, *, of_inputs: bool) -> Place:
        """A cell of the table; without a rule the whole column, without a column the whole rule."""
        return replace(self, rule=rule, column=column, of_inputs=of_inputs)

    @property
    def en(self) -> str:
        """``decision d, table t, rule 3, input 'hours'``."""
        kind = "knowledge model" if self.of_knowledge else "decision"
        words = [f"{kind} {self.element}"] if self.element else []
        words += [en for _, en in self.parts]
        words += [f"table {self.table}"] if self.table else []
        words += [f"rule {self.rule}"] if self.rule is not None else []
        if self.column is not None:
            words.append(f"{'input' if self.of_inputs else 'output'} {self.column!r}")
        return ", ".join(words)

    @property
    def zh(self) -> str:
        """``决策 d 的表 t 第 3 行「hours」列``."""
        kind = "知识模型" if self.of_knowledge else "决策"
        words = f"{kind} {self.element} " if self.element else ""
        words += "".join(f"的{zh}" for zh, _ in self.parts)
        words += f"的决策表 {self.table}" if self.table else ""
        words += f"第 {self.rule} 行" if self.rule is not None else ""
        if self.column is not None:
            words += f"「{self.column}」{'输入' if self.of_inputs else '输出'}列"
        return words

    def refuse(self, en: str, zh: str, syntax: FeelSyntaxError | None = None) -> DecisionError:
        """What to raise at this place."""
        return DecisionError(
            f"{self.en}: {en}", message_zh=f"{self.zh}:{zh}。", decision=self.element or None,
            table=self.table or None, rule=self.rule, column=self.column, syntax=syntax,
        )  # fmt: skip

    def no_feel(self, error: FeelSyntaxError) -> DecisionError:
        """What to raise when the text at this place does not parse."""
        zh = f"表达式 {error.source[:80]} 第 {error.position + 1} 个字符处{error.problem_zh}"
        return self.refuse(f"{error.problem} at position {error.position} of {error.source[:80]!r}", zh, error)

    def limited(self, error: FeelLimitExceeded) -> FeelLimitExceeded:
        """The limit that was hit at this place."""
        return FeelLimitExceeded(f"{self.en}: {error}", message_zh=f"{self.zh}的运算量过大,已停止。")
