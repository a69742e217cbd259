"""What of a template only its deployment settles: its open parameters, the Region and account, open conditions."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any

from hipaa_constructs.cloudformation.partitions import PARTITIONS
from hipaa_constructs.cloudformation.plain import in_words
from hipaa_constructs.cloudformation.traces import VALUES
from hipaa_constructs.cloudformation.values import as_mapping, literal_text
from hipaa_constructs.cloudformation.worlds import OTHER, Choice, Memo, World

if TYPE_CHECKING:
    from hipaa_constructs.cloudformation.model import Template

_LISTS = ("CommaDelimitedList", "List<Number>", "List<String>")
_VARIABLE = re.compile(r"\$\{\s*([^!}]+?)\s*\}")
_LITERAL = (str, bool, int, float)
_COMPARING = ("Fn::Equals", "Fn::Contains", "Fn::EachMemberEquals", "Fn::EachMemberIn")


class Choices:
    """The choices of one template, each found when it is first asked for."""

    def __init__(self, template: Template) -> None:
        self._template = template
        self._parameters: dict[str, Choice | None] = {}
        # By the ``id()`` of what is written, which is kept, so that nothing else gets that.
        self._ways: dict[int, tuple[Any, Memo]] = {}

    def forget(self) -> None:
        """Drop what was found before the template's body was complete."""
        self._parameters.clear()
        self._ways.clear()
        self.__dict__.pop("_compared", None)
        self.__dict__.pop("_keys", None)
        self.__dict__.pop("mapped_regions", None)

    def parameter(self, name: str) -> Choice | None:
        """Return the choice that a parameter is; None where nothing in the templates tells values apart."""
        if self._template.app.worlds.traced:
            self._template.app.worlds.note((self._template, VALUES, name))
        if name not in self._parameters:
            self._parameters[name] = self._of(name)
        return self._parameters[name]

    def _of(self, name: str) -> Choice | None:
        declared = as_mapping(self._template.parameters[name])
        kind = str(declared.get("Type", "String"))
        if kind not in ("String", "Number", *_LISTS):
            return None
        # CloudFormation takes texts and numbers alone, and refuses a template with anything else there.
        default: list[Any] = [one for one in [declared.get("Default")] if isinstance(one, _LITERAL)]
        listed = declared.get("AllowedValues")
        allowed: list[Any] = [one for one in listed if isinstance(one, _LITERAL)] if isinstance(listed, list) else []
        if kind in _LISTS:
            # Whether it is what a condition compares it with, is all that is told apart.
            compared, _ = self.literals(name)
            values = [*default, OTHER] if compared and default else []
        elif allowed:
            values = _distinct([*default, *allowed])
        else:
            compared, keys = self.literals(name)
            if not compared and not keys:
                return None
            values = _distinct([*default, *sorted(compared | keys)])
            known = {literal_text(value) for value in values[: len(default)]}
            # A default that no condition names stands for whatever else there is; a mapping holds no other keys.
            if not keys and known <= compared:
                values.append(OTHER)
        if len(values) < 2:
            return None
        return self._template.app.worlds.choice(name, values, narrowed=bool(default))

    def ways(self, written: Any) -> int:
        """Return in how many ways a written value may come out, at the most."""
        _, known = self._ways.setdefault(id(written), (written, Memo()))
        return self._template.app.worlds.memo(known, lambda: self._counted(written))

    def _counted(self, written: Any) -> int:
        parameters = self._template.parameters
        # How many there are is no part of an answer, unless it is one.
        declared = self._template.app.worlds.unnoted(lambda: len(parameters))
        if declared + len(as_mapping(self._template.body.get("Conditions"))) <= 1:
            return 1
        conditions = {str(arguments[0]) for _, arguments in _calls(written, ("Fn::If",)) if isinstance(arguments, list)}
        named = (self.parameter(name) for name in sorted(set(_names(written))) if name in parameters)
        return prod((2 ** len(conditions), *(len(choice.values) for choice in named if choice is not None)))

    def pseudo(self, name: str) -> Choice:
        """Return the choice that the Region, the partition or the account is, where nothing says which."""
        if name == "AWS::Partition":
            return self._template.app.worlds.choice("the partition", PARTITIONS, narrowed=True)
        subject = {"AWS::Region": "the Region", "AWS::AccountId": "the account"}.get(name, name)
        # A nested stack is deployed where its parent is, so that all of them have one choice.
        outermost = self._template
        while outermost.parent is not None:
            outermost = outermost.parent.template
        literals = self._template.app.cached(
            f"what {name} may be in {id(outermost)}", lambda _: outermost.choices.literals_everywhere(name)
        )
        return self._template.app.worlds.choice(subject, [OTHER, *sorted(literals)], narrowed=True)

    def refuses(self, world: World) -> bool:
        """Whether CloudFormation refuses a world, since a mapping that is always looked into has no such Region."""
        if self.mapped_regions is None:
            return False
        choice = self.pseudo("AWS::Region")
        return choice in world and (world[choice] is OTHER or str(world[choice]) not in self.mapped_regions)

    @cached_property
    def mapped_regions(self) -> frozenset[str] | None:
        """The Regions that all mappings have in which something that is always deployed looks up its Region."""
        mappings = as_mapping(self._template.body.get("Mappings"))
        always = [one for one in self._template.resources.values() if "Condition" not in one.raw] if mappings else []
        tables = [
            frozenset(map(str, as_mapping(mappings.get(arguments[0]))))
            for resource in always
            for arguments in _lookups(resource.raw.get("Properties"))
            if isinstance(arguments[0], str) and arguments[1] == {"Ref": "AWS::Region"}
        ]
        # Where no Region is in all of them nothing is refused, so that a template that never deploys is judged too.
        return (frozenset.intersection(*tables) or None) if tables else None

    def literals_everywhere(self, name: str) -> set[str]:
        """Return what a pseudo parameter is compared with or selects, here and in all nested stacks."""
        found = {*self._compared.get(name, ()), *self._keys.get(name, ())}
        for resource in self._template.stacks:
            nested = self._template.app.nested(resource)
            if nested is not None:
                found |= nested.choices.literals_everywhere(name)
        return found

    def condition(self, written: Any) -> Choice:
        """Return the choice that a comparison is, where nothing tells its two sides; their order does not matter."""
        sides = _sides(written)
        name = self._named(sides)
        if name is not None:
            return self.named_condition(name)
        # What is compared with comes last: a text, or else what is written last.
        left, right = sorted(written, key=lambda side: isinstance(side, str))
        return self._condition(" = ".join(sides), f"the condition that {in_words(left)} equals {in_words(right)}")

    def named_condition(self, name: str) -> Choice:
        """Return the choice that a condition is that cannot be worked out at all."""
        return self._condition(name, f"the condition {name}")

    def _condition(self, key: str, shown: str) -> Choice:
        scope = self._template.use or self._template.name
        return self._template.app.worlds.choice(
            f"the condition {key}", (True, False), narrowed=False, scope=scope, shown=shown
        )

    def _named(self, sides: Sequence[str]) -> str | None:
        """Return the condition that makes the same comparison, if one does."""
        for name, written in as_mapping(self._template.body.get("Conditions")).items():
            arguments = as_mapping(written).get("Fn::Equals")
            if isinstance(arguments, list) and sides == _sides(arguments):
                return str(name)
        return None

    def literals(self, name: str) -> tuple[set[str], set[str]]:
        """Return what a parameter is compared with, and what it selects in mappings, here and in nested stacks."""
        compared, keys = set(self._compared.get(name, ())), set(self._keys.get(name, ()))
        for resource in self._template.stacks:
            nested = self._template.app.nested(resource)
            if nested is None:
                continue
            given = as_mapping(as_mapping(resource.raw.get("Properties")).get("Parameters"))
            for inner, value in given.items():
                if value == {"Ref": name}:
                    more, others = nested.choices.literals(inner)
                    compared |= more
                    keys |= others
        return compared, keys

    @cached_property
    def _compared(self) -> Mapping[str, set[str]]:
        compared: dict[str, set[str]] = defaultdict(set)
        for section in ("Conditions", "Rules"):
            for function, arguments in _calls(self._template.body.get(section), _COMPARING):
                sides = arguments if isinstance(arguments, list) else []
                literals = [item for side in sides for item in (side if isinstance(side, list) else [side])]
                texts = {literal_text(item) for item in literals if isinstance(item, (str, int, float))}
                for side in sides:
                    parameter = _parameter_in(side, only=function != "Fn::Equals")
                    if parameter is not None:
                        compared[parameter] |= texts
        return compared

    @cached_property
    def _keys(self) -> Mapping[str, set[str]]:
        mappings = as_mapping(self._template.body.get("Mappings"))
        keys: dict[str, set[str]] = defaultdict(set)
        if not mappings:
            return keys
        for section in ("Conditions", "Resources", "Outputs"):
            for _, arguments in _calls(self._template.body.get(section), ("Fn::FindInMap",)):
                if not isinstance(arguments, list) or len(arguments) < 3 or not isinstance(arguments[0], str):
                    continue
                table = as_mapping(mappings.get(arguments[0]))
                first, second = _parameter_in(arguments[1]), _parameter_in(arguments[2])
                if first is not None:
                    keys[first] |= set(map(str, table))
                if second is not None:
                    keys[second] |= {str(key) for row in table.values() for key in as_mapping(row)}
        return keys


def _sides(written: Sequence[Any]) -> list[str]:
    return sorted(json.dumps(side, sort_keys=True, default=str) for side in written)


def _distinct(values: Sequence[Any]) -> list[Any]:
    distinct: dict[str, Any] = {}
    for value in values:
        distinct.setdefault(literal_text(value), value)
    return list(distinct.values())


def _parameter_in(value: Any, *, only: bool = False) -> str | None:
    """Return what a value refers to, if it is a ``Ref`` and nothing else, or the items of one."""
    if not isinstance(value, Mapping):
        return None
    found = value.get("Ref", value.get("Fn::RefAll") if only else None)
    items = value.get("Fn::Join", value.get("Fn::Select"))
    if found is None and isinstance(items, list) and len(items) == 2 and isinstance(items[1], Mapping):
        found = items[1].get("Ref")
    return found if isinstance(found, str) else None


def _lookups(written: Any) -> Iterator[Sequence[Any]]:
    """Yield the arguments of each look into a mapping that no condition may leave out and that names no default."""
    if isinstance(written, Mapping):
        for key, value in written.items():
            if key == "Fn::FindInMap" and isinstance(value, list) and len(value) == 3:
                yield value
            if key != "Fn::If":
                yield from _lookups(value)
    elif isinstance(written, list):
        for item in written:
            yield from _lookups(item)


def _names(written: Any) -> Iterator[str]:
    """Yield what the references in a written value name, also those within texts."""
    for function, argument in _calls(written, ("Ref", "Fn::Sub")):
        text = argument[0] if isinstance(argument, list) and argument else argument
        if isinstance(text, str):
            yield from [text] if function == "Ref" else _VARIABLE.findall(text)


def _calls(value: Any, functions: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """Yield each call of ``functions`` in written data, with its arguments."""
    pending = [value]
    while pending:
        here = pending.pop()
        if isinstance(here, Mapping):
            for key, item in here.items():
                if key in functions:
                    yield str(key), item
                pending.append(item)
        elif isinstance(here, list):
            pending.extend(here)
