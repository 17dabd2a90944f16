"""Types of function definitions, and of the types that an expression names itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from engine.feel.static import lattice as t
from engine.feel.static.inference import Inference, infers
from engine.feel.static.scope import Level
from engine.feel.syntax import tree
from engine.feel.syntax.tree import Span
from engine.feel.values.types import Type

#: Types that one may write, for suggestions.
TYPE_NAMES: Final = (*sorted(t.KINDS), "Any", "Null")
_NEVER_NULL: Final = (tree.ListLiteral, tree.ContextLiteral, tree.Function)


@infers(tree.Function)
def _function(walk: Inference, node: tree.Function, level: Level) -> Type:
    return function_type(walk, node, level, ())


def function_type(walk: Inference, node: tree.Function, level: Level, likely: Sequence[Type]) -> Type:
    """The type of a function definition.

    Args:
        likely: what its parameters will be, where they declare no type, since the function is only called so.
    """
    inner = Level(level)
    known = True
    for index, (name, written) in enumerate(node.parameters):
        if name in inner.names:
            walk.report("duplicate_parameter", node.span, parameter=name)
        known = known and (written is None or check_type(walk, written, node.span))
        unwritten = likely[index] if index < len(likely) else t.ANY
        inner.names[name] = unwritten if written is None else walk.resolve(written)
    written_types = tuple(written or t.ANY for _, written in node.parameters)
    if node.external:
        walk.report("external", node.span)
        return Type("function", (*written_types, t.NULL))
    result = walk.type_of(node.body, inner)
    return Type("function", (*written_types, result if known else t.NULL))


def check_type(walk: Inference, written: Type, span: Span) -> bool:
    """Whether a written type exists; reported when it does not."""
    if t.is_known(written, walk.named):
        return True
    wrong = next(each for each in _names_of(written) if not t.is_known(Type(each), walk.named))
    walk.report("unknown_type", span, name=wrong, **walk.suggest(wrong, lambda: (*TYPE_NAMES, *walk.named)))
    return False


def _names_of(written: Type) -> list[str]:
    return [written.name, *(name for each in written.arguments for name in _names_of(each))]


@infers(tree.InstanceOf)
def _instance_of(walk: Inference, node: tree.InstanceOf, level: Level) -> Type:
    kind = walk.type_of(node.value, level)
    if not check_type(walk, node.type, node.span):
        return t.NULL
    wanted = walk.resolve(node.type)
    have, want = t.kinds(kind), t.kinds(wanted)
    words = {"kind_zh": t.chinese(kind), "kind_en": t.english(kind), "wanted": t.text(node.type)}
    if have and want and not have & want:
        walk.report("never_instance", node.span, **words)
    elif have and have <= want and not wanted.arguments and _is_something(node.value):
        walk.report("always_instance", node.span, **words)
    return t.BOOLEAN


def _is_something(node: tree.Node) -> bool:
    """Whether a value is certainly not null."""
    return isinstance(node, _NEVER_NULL) or (isinstance(node, tree.Constant) and node.value is not None)
