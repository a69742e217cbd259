"""YAML as CloudFormation writes it: short-form intrinsics, dates that stay text; and where its parts stand."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Sequence
from typing import Any, ClassVar

import yaml

from hipaa_constructs.cloudformation.load.marks import Mark
from hipaa_constructs.cloudformation.load.unusable import UnusableInput

# libyaml's bindings are ten times faster, where they are compiled in.
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_PLAIN = frozenset({"Ref", "Condition"})
_IF = "Fn::If"
_KINDS = {"null": "null", "bool": "boolean", "int": "whole number", "float": "number"}
_FUNCTIONS = frozenset(
    {"And", "Base64", "Cidr", "Contains", "EachMemberEquals", "EachMemberIn", "Equals", "FindInMap", "GetAtt", "GetAZs"}
    | {"GetStackOutput", "If", "ImportValue", "Join", "Length", "Not", "Or", "RefAll", "Select", "Split", "Sub"}
    | {"ToJsonString", "Transform", "ValueOf", "ValueOfAll"}
)


class _Loader(_Base):  # type: ignore[misc]
    """Reads what JSON can say, plus CloudFormation's tags; ``2012-10-17`` is text."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {
        first: [entry for entry in entries if entry[0] != "tag:yaml.org,2002:timestamp"]
        for first, entries in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    # Without what SafeLoader adds to them: sets, bytes and dates are nothing that a template can hold.
    yaml_constructors: ClassVar[dict[Any, Any]] = {
        "tag:yaml.org,2002:str": yaml.SafeLoader.yaml_constructors["tag:yaml.org,2002:str"],
        None: yaml.SafeLoader.yaml_constructors[None],
    }
    yaml_multi_constructors: ClassVar[dict[Any, Any]] = {}

    def __init__(self, stream: Any, max_depth: int = sys.maxsize) -> None:
        super().__init__(stream)
        self.repeated: list[tuple[str, Mark]] = []
        self._depth, self._max_depth = 0, max_depth

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Compose one node; only PyYAML's own Python asks for it, libyaml's bindings do it by themselves."""
        self._depth += 1
        if self._depth > self._max_depth:
            problem = f"nested deeper than {self._max_depth} levels"
            raise yaml.composer.ComposerError(None, None, problem, self.peek_event().start_mark)
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


def _mapping(loader: Any, node: Any) -> dict[str, Any]:
    if not isinstance(node, yaml.MappingNode):
        raise yaml.constructor.ConstructorError(None, None, "expected a mapping", node.start_mark)
    seen: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(None, None, "a key must be a single value", key.start_mark)
        if key.value in seen:
            loader.repeated.append((key.value, _mark(key)))
        seen.add(key.value)
    loader.flatten_mapping(node)
    # Keys are text to CloudFormation, also those that YAML takes for numbers or booleans: account ids, `on`.
    # What a mapping says itself stands after what it merges in.
    return {key.value: loader.construct_object(value, deep=True) for key, value in node.value}


def _sequence(loader: Any, node: Any) -> list[Any]:
    items: list[Any] = loader.construct_sequence(node, deep=True)
    return items


def _scalar(kind: str) -> Any:
    read = yaml.SafeLoader.yaml_constructors[f"tag:yaml.org,2002:{kind}"]

    def construct(loader: Any, node: Any) -> Any:
        try:
            value = read(loader, node)
            usable = not isinstance(value, float) or math.isfinite(value)
        except (ValueError, KeyError, IndexError, OverflowError):
            usable = False
        if not usable:
            problem = f"{_shown(node.value)} is no {_KINDS[kind]}"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
        return value

    return construct


def _shown(value: Any) -> str:
    return repr(value) if len(str(value)) <= 60 else f"{str(value)[:57]!r}…"


def _intrinsic(loader: Any, suffix: str, node: Any) -> dict[str, Any]:
    if suffix not in _PLAIN and suffix not in _FUNCTIONS:
        raise yaml.constructor.ConstructorError(
            None, None, f"!{suffix} is no intrinsic function of CloudFormation", node.start_mark
        )
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = _sequence(loader, node)
    else:
        value = _mapping(loader, node)
    return {suffix if suffix in _PLAIN else f"Fn::{suffix}": value}


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
_Loader.add_constructor("tag:yaml.org,2002:seq", _sequence)
for _kind in _KINDS:
    _Loader.add_constructor(f"tag:yaml.org,2002:{_kind}", _scalar(_kind))
_Loader.add_multi_constructor("!", _intrinsic)


def load(text: str, name: str, *, max_depth: int) -> tuple[Any, Sequence[tuple[str, Mark]]]:
    """Read one YAML document; return it, and each key that stands in its mapping once more.

    :raises UnusableInput: it is not valid, or holds what no template can.
    """
    try:
        if _Base is not yaml.SafeLoader:
            _refuse_depth(text, name, max_depth)
        loader = _Loader(text, max_depth)
        try:
            return loader.get_single_data(), loader.repeated
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error).splitlines()[0]
        line, column = (mark.line + 1, mark.column + 1) if mark else (_line_at(text, error), None)
        raise UnusableInput(name, f"not valid YAML: {problem}", line=line, column=column) from None
    except RecursionError:
        raise UnusableInput(name, f"nested deeper than {max_depth} levels") from None


class YamlMarks:
    """The places of one text; a text that is not valid has none."""

    def __init__(self, text: str) -> None:
        try:
            self._root = yaml.compose(text, _Loader)
        except (yaml.YAMLError, RecursionError):
            self._root = None

    def find(self, path: Sequence[str | int]) -> Mark | None:
        """Return where a path begins, or the nearest part above it; what an alias names stands at its anchor."""
        node, found = self._root, None
        for step in path:
            if step == _IF and isinstance(node, yaml.SequenceNode):
                continue  # the short form, !If, is the list itself
            part = _part(node, step)
            if part is None:
                break
            found, node = part
        return None if found is None else _mark(found)


def _part(node: Any, step: str | int) -> tuple[Any, Any] | None:
    """Return the node that a part begins with, and the part's own."""
    if isinstance(node, yaml.SequenceNode):
        item = node.value[step] if isinstance(step, int) and step < len(node.value) else None
        return None if item is None else (item, item)
    if not isinstance(node, yaml.MappingNode):
        return None
    own = [(key, value) for key, value in node.value if key.value == str(step)]
    if own:
        return own[-1]
    merged = [value for key, value in node.value if key.tag == "tag:yaml.org,2002:merge"]
    others = [one for value in merged for one in (value.value if isinstance(value, yaml.SequenceNode) else [value])]
    return next((part for part in (_part(one, step) for one in others) if part is not None), None)


def _mark(node: Any) -> Mark:
    return Mark(node.start_mark.line + 1, node.start_mark.column + 1)


def _refuse_depth(text: str, name: str, max_depth: int) -> None:
    """Refuse deep nesting before libyaml's bindings, which recurse without a limit of their own, meet it."""
    deep_flow = text.count("[") + text.count("{") > max_depth
    deep_block = re.search(rf"^[-?: \t]{{{max_depth},}}", text, re.MULTILINE)
    if not deep_flow and not deep_block:
        return
    depth = 0
    for event in yaml.parse(text, _Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > max_depth:
                line = event.start_mark.line + 1 if event.start_mark else None
                raise UnusableInput(name, f"nested deeper than {max_depth} levels", line=line)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _line_at(text: str, error: Exception) -> int | None:
    position = getattr(error, "position", None)
    return text.count("\n", 0, position) + 1 if isinstance(position, int) else None
