"""Reads decision models: elements first, then what they require, then their expressions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from lxml import etree

from engine.dmn import xml
from engine.dmn.boxed import expression_in, function_of, node_of, typed
from engine.dmn.elements import Decision, Element, Group, InputData, Knowledge, Service
from engine.dmn.entries import entry_names
from engine.dmn.model import Model
from engine.dmn.places import Place
from engine.dmn.results import DecisionResult, TableTrace
from engine.dmn.table import compile_table, read_table
from engine.dmn.types import ItemTypes, type_name
from engine.dmn.vocabulary import Vocabulary
from engine.errors import DecisionError, DefinitionRefused
from engine.feel.compiler.core import Scope, Unit, compile_node
from engine.feel.limits import Env
from engine.feel.syntax.names import normal
from engine.feel.syntax.tree import Constant
from engine.feel.values.types import Type

_KINDS: Final[dict[str, type[Element]]] = {
    "inputData": InputData,
    "decision": Decision,
    "businessKnowledgeModel": Knowledge,
    "decisionService": Service,
}
_REQUIRED: Final = ("requiredInput", "requiredDecision", "requiredKnowledge")
_MAX_IMPORTS: Final = 16
#: Of FEEL in one file: each takes a few hundred bytes and some microseconds to load.
_MAX_CHARACTERS: Final = 1_000_000


def load(data: bytes, imports: Mapping[str, bytes] | None = None) -> Model:
    """Read a decision model.

    Args:
        data: XML of DMN 1.1 to 1.5.
        imports: XML of imported models by their namespace.

    Raises:
        DefinitionRefused: the XML is refused at the door, or is no decision model.

    A decision whose expressions don't parse is there, but refuses to be evaluated; ``check`` names what is wrong.
    """
    return Model(_Loader(imports or {}).load(data, ()).elements)


class _Part:
    """One file of a model while it is read."""

    def __init__(self, root: etree._Element) -> None:
        self.root = root
        self.namespace = root.get("namespace", "")
        self.types = ItemTypes()
        self.by_id: dict[str, Element] = {}
        self.sources: list[tuple[Element, etree._Element]] = []
        #: Imported parts in their order, with the name they are imported under; several may have none.
        self.imports: list[tuple[str, _Part]] = []

    @property
    def elements(self) -> list[Element]:
        return [element for element, _ in self.sources]


class _Loader:
    """Reads a file and, once each, the files it imports."""

    def __init__(self, imports: Mapping[str, bytes]) -> None:
        self._imports = imports
        self._parts: dict[str, _Part] = {}

    def load(self, data: bytes, above: tuple[str, ...]) -> _Part:
        root = xml.read(data)
        if xml.local(root) != "definitions":
            raise DefinitionRefused("the file is no DMN model", message_zh="文件不是 DMN 决策模型。")
        if sum(len(text.text or "") for text in root.iter("{*}text")) > _MAX_CHARACTERS:
            raise DefinitionRefused(
                f"the file has more than {_MAX_CHARACTERS} characters of expressions",
                message_zh=f"文件中的表达式超过 {_MAX_CHARACTERS} 个字符,请拆成几个文件。",
            )
        part = _Part(root)
        for imported in xml.children(root, "import"):
            self._import(part, imported, (*above, part.namespace))
        part.types.add(xml.children(root, "itemDefinition"))
        part.types.properties |= entry_names(root)
        for source in xml.children(root, *_KINDS):
            element = _element(source, part.types)
            part.by_id[source.get("id", "")] = element
            part.sources.append((element, source))
        for element, source in part.sources:
            _bind(part, element, source)
        for element, source in part.sources:
            _compile(part, element, source)
        return part

    def _import(self, part: _Part, element: etree._Element, above: tuple[str, ...]) -> None:
        namespace = element.get("namespace", "")
        if namespace not in self._imports:
            return  # a requirement that needs it is refused by name
        if namespace in above or len(above) > _MAX_IMPORTS:
            raise DefinitionRefused("models import each other in a circle", message_zh="决策模型循环引用。")
        if namespace not in self._parts:
            self._parts[namespace] = self.load(self._imports[namespace], above)
        imported = self._parts[namespace]
        name = normal(element.get("name", ""))
        part.imports.append((name, imported))
        part.types.take(name, imported.types)


def _element(source: etree._Element, types: ItemTypes) -> Element:
    variable = xml.child(source, "variable")
    name = normal((variable.get("name", "") if variable is not None else "") or source.get("name", ""))
    kind = type_name(variable.get("typeRef")) if variable is not None else None
    return _KINDS[xml.local(source)](source.get("id", ""), name, kind, types)


def _bind(part: _Part, element: Element, source: etree._Element) -> None:
    """What the element's names stand for."""
    for requirement in xml.children(source, "informationRequirement", "knowledgeRequirement"):
        for required in xml.children(requirement, *_REQUIRED):
            _bind_one(part, element, required.get("href", ""))
    if isinstance(element, Service):
        for name, found in (("inputData", element.parameters), ("inputDecision", element.parameters)):
            found += [_resolve(part, each.get("href", ""))[1] for each in xml.children(source, name)]
        element.outputs += [_resolve(part, each.get("href", ""))[1] for each in xml.children(source, "outputDecision")]


def _bind_one(part: _Part, element: Element, href: str) -> None:
    prefix, target = _resolve(part, href)
    if not prefix:
        known = element.bindings.get(target.name)
        if known is None or _precedence(part, target) < _precedence(part, known):
            element.bindings[target.name] = target
        return
    group = element.bindings.setdefault(prefix, Group(prefix, prefix, None, part.types))
    group.bindings[target.name] = target


def _precedence(part: _Part, target: Element) -> int:
    """Own elements come before those imported without a name, and these in the imports' order (DMN 1.5 §6.3.3)."""
    parts = [part, *(imported for _, imported in part.imports)]
    return next(rank for rank, each in enumerate(parts) if target in each.elements)


def _resolve(part: _Part, href: str) -> tuple[str, Element]:
    """The element that a reference means, and the name its model is imported under.

    Raises:
        DefinitionRefused: there is none.
    """
    namespace, _, element_id = href.rpartition("#")
    if namespace in ("", part.namespace) and element_id in part.by_id:
        return "", part.by_id[element_id]
    for name, imported in part.imports:
        if namespace == imported.namespace and element_id in imported.by_id:
            return name, imported.by_id[element_id]
    raise DefinitionRefused(f"nothing has the id {element_id!r}", message_zh=f"引用的元素 {element_id} 不存在。")


def _vocabulary(part: _Part, element: Element) -> Vocabulary:
    properties = set(part.types.properties)
    for bound in element.bindings.values():
        properties |= bound.bindings.keys() if isinstance(bound, Group) else set()
        if isinstance(bound, Service):
            properties |= {output.name for output in bound.outputs}
    place = Place(element=element.id, of_knowledge=isinstance(element, Knowledge))
    names = {name: _type_of(bound) for name, bound in element.bindings.items()}
    return Vocabulary(
        names, frozenset(properties | part.types.named.keys()), part.types, place, element.inner_tables, element.texts
    )


def _type_of(bound: Element) -> Type:
    """The type of what a name stands for."""
    if isinstance(bound, Group):
        return Type("context", tuple(map(_type_of, bound.bindings.values())), tuple(bound.bindings))
    if isinstance(bound, Knowledge | Service):
        return Type("function")
    return bound.types.structure(bound.type)


def _compile(part: _Part, element: Element, source: etree._Element) -> None:
    if not isinstance(element, Decision | Knowledge):
        return
    vocabulary = _vocabulary(part, element)
    try:
        if isinstance(element, Decision):
            _compile_decision(element, source, vocabulary)
        else:
            _compile_knowledge(element, source, vocabulary)
    except DecisionError as error:
        element.problem = error


def _unit(vocabulary: Vocabulary) -> Unit:
    return Unit(vocabulary.types.kinds, frozenset(vocabulary.names))


def _compile_decision(decision: Decision, source: etree._Element, vocabulary: Vocabulary) -> None:
    box = expression_in(source)
    unit = _unit(vocabulary)
    if box is not None and xml.local(box) == "decisionTable":
        decision.table = read_table(box, decision.name)
        decision.compute = _of_table(compile_table(decision.table, vocabulary, Scope(unit)))
    else:
        decision.compute = _plain(compile_node(node_of(box, vocabulary), Scope(unit)))
    decision.reads = frozenset(unit.free)


def _of_table(evaluate: Callable[[Env], TableTrace]) -> Callable[[Env], DecisionResult]:
    def compute(env: Env) -> DecisionResult:
        trace = evaluate(env)
        return DecisionResult(output=trace.output, rules=trace.rules, inputs=trace.inputs)

    return compute


def _plain(closure: Callable[[Env], Any]) -> Callable[[Env], DecisionResult]:
    return lambda env: DecisionResult(output=closure(env))


def _compile_knowledge(knowledge: Knowledge, source: etree._Element, vocabulary: Vocabulary) -> None:
    logic = xml.child(source, "encapsulatedLogic")
    vocabulary = vocabulary.and_names(knowledge.name)
    node = Constant(None) if logic is None else function_of(logic, vocabulary, knowledge.type)
    if knowledge.is_typed_as_function:
        node = typed(node, knowledge.type, vocabulary.types)
    knowledge.bindings.setdefault(knowledge.name, knowledge)
    knowledge.define = compile_node(node, Scope(_unit(vocabulary)))
