"""How a resource comes to meet a rule: what to set in CloudFormation, and what to write in CDK; imports no aws_cdk."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from hipaa_constructs.cloudformation.values import is_mapping, spread

if TYPE_CHECKING:
    from hipaa_constructs.cloudformation.model import Resource


class Choose(str):
    """A value that only the author of a template can choose, said in words: ``Choose("the ARN of a customer key")``."""

    __slots__ = ()


_ODD = re.compile(r"true|false|on|off|yes|no|y|n|null|~|[\d.]+|\*", re.IGNORECASE)
CUSTOMER_KEY = Choose("the ARN of a customer key")
REGIONAL_KEY = Choose("the ARN of a customer key in that Region")
CERTIFICATE = Choose("the ARN of a certificate")
HTTPS_ADDRESS = Choose("an https:// address")
ACCESS_LOG_BUCKET = Choose("the name of a bucket for access logs")
GUARDRAIL = Choose("the id of a guardrail")
GUARDRAIL_VERSION = Choose("the version of the guardrail")
LOG_GROUP = Choose("the ARN of a log group")
MASTER_USER = Choose("the ARN of the role that administers it")
PRIVATE_SUBNETS = Choose("the ids of private subnets")
SECURITY_GROUPS = Choose("the ids of security groups")


@dataclass(frozen=True, slots=True)
class Fix:
    """What to do so that resources of some types meet a rule.

    ``resource_types`` are those it is for; empty stands for all of the rule. ``properties`` are what to set, by dotted
    paths within ``Properties`` in which ``[]`` is each item of a list, and ``[1]`` the second; a leading ``?`` says
    that it is set only where what the last name stands in is there. ``attributes`` are what stands beside
    ``Properties``, such as ``DeletionPolicy``. A value that only the author can choose is a ``Choose``. ``beside`` is a
    sentence for what has to stand elsewhere in the template, or cannot be said by a value. ``cdk`` is the call of
    aws-cdk-lib's L2 with the arguments that do it, as Python with the usual module names, such as
    ``rds.DatabaseInstance(storage_encrypted=True)``; values to choose are in angle brackets. It is empty where no L2
    has such an argument. ``constructs`` are those of this package that do it. ``template`` is as ``beside``, for a
    template alone, where the L2 does by itself what it says, and ``l2`` for a CDK app alone, where the L2's call is not
    all. ``when`` says of which resources of its types it speaks, where their type does not tell all: those of which it
    is certain. One without it stands behind, for the others. ``tailor`` makes of it what is to be done about one
    resource, where that hangs on which of several things the resource has or lacks; what stands here is then for
    whoever asks about the type. ``keeps`` says that a list keeps the items that it has, to which it adds those that it
    lacks.
    """

    resource_types: tuple[str, ...] = ()
    properties: Mapping[str, Any] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    beside: str = ""
    cdk: tuple[str, ...] = ()
    constructs: tuple[str, ...] = ()
    template: str = ""
    l2: str = ""
    when: Callable[[Resource], bool] | None = None
    tailor: Callable[[Fix, Resource], Fix] | None = None
    keeps: bool = False

    def covers(self, resource_type: str, resource: Resource | None = None) -> bool:
        """Whether it is for resources of a type that the rule looks at; without one, for all of the type."""
        of_type = not self.resource_types or resource_type in self.resource_types
        return of_type and (self.when is None or (resource is not None and self.when(resource)))

    def for_resource(self, resource: Resource) -> Fix:
        """Return it for a resource, without what it sets in something that is not there, such as other targets."""
        own = self if self.tailor is None else replace(self.tailor(self, resource), tailor=None)
        there = {
            path.removeprefix("?"): with_items(resource.written(path), value) if self.keeps else value
            for path, value in own.properties.items()
            if not path.startswith("?") or _is_there(resource, path[1:].rpartition(".")[0])
        }
        return replace(own, properties=there) if there else own

    @property
    def is_sure(self) -> bool:
        """Whether setting properties and attributes is all, and none is left to choose."""
        values = [*self.properties.values(), *self.attributes.values()]
        return bool(values) and not (self.template or self.beside) and not any(_chosen(value) for value in values)

    def in_cloudformation(self) -> str:
        """Return what to do in a template."""
        return self._said(self._to_set(), self.beside)

    def in_cdk(self) -> str:
        """Return what to do in a CDK app; where no L2 has an argument for it, what to set on the L1."""
        if not self.cdk:
            return self.in_cloudformation()
        return self._said(f"{' or '.join(self.cdk)}.", self.l2, self.beside)

    def _to_set(self) -> str:
        written: list[str] = []
        # What is set where something is there, and in which such things.
        inner: dict[str, list[str]] = {}
        for path, value in (*self.properties.items(), *self.attributes.items()):
            where, _, name = path.removeprefix("?").rpartition(".")
            if path.startswith("?"):
                inner.setdefault(where, []).append(f"{name}: {_shown(value)}")
            else:
                written.append(f"{path}: {_shown(value)}")
        alike: dict[str, list[str]] = {}
        for where, items in inner.items():
            alike.setdefault(_listed(items), []).append(where)
        return " ".join(
            [
                *([f"Set {_listed(written)}."] if written else []),
                *([self.template] if self.template else []),
                *(f"In {_listed(places, 'or')}, where there is that, set {items}." for items, places in alike.items()),
            ]
        )

    def _said(self, *parts: str) -> str:
        does = f"{' or '.join(self.constructs)} of hipaa_constructs does it." if self.constructs else ""
        return " ".join(part for part in (*parts, does) if part)

    def apply(self, resource: Mapping[str, Any]) -> dict[str, Any]:
        """Return a resource as a template writes it with the properties and attributes set.

        :raises ValueError: a value on the path is no mapping or list, such as an intrinsic function.
        """
        mended = copy.deepcopy(dict(resource))
        for path, value in self.properties.items():
            names = path.removeprefix("?").split(".")
            _set(mended.setdefault("Properties", {}), names, value, only_there=path.startswith("?"))
        for name, value in self.attributes.items():
            mended[name] = copy.deepcopy(value)
        return mended


def with_items(written: Any, value: Any) -> Any:
    """Return what is set in place of what is written: of a list, the items that it has, and those that it lacks.

    An item of the same ``Name`` has what is set, beside what else it has.
    """
    if not isinstance(written, list) or not isinstance(value, (list, tuple)):
        return value
    named = {item["Name"]: item for item in value if _is_named(item)}
    own = [
        {**item, **named.pop(item["Name"])} if _is_named(item) and item["Name"] in named else item for item in written
    ]
    there = set(map(_alike, own))
    return [
        *own,
        *(item for item in value if _alike(item) not in there and (not _is_named(item) or item["Name"] in named)),
    ]


def _is_named(item: Any) -> bool:
    return isinstance(item, Mapping) and isinstance(item.get("Name"), str)


def _alike(item: Any) -> str:
    """Return what tells an item of a list from others, of which the case is no part."""
    return json.dumps(item, sort_keys=True, default=str).lower()


def overridden(l2: str, properties: Mapping[str, Any]) -> str:
    """Return what sets properties in CDK that an L2 has no argument for: on its L1, which is its default child.

    docs.aws.amazon.com/cdk/v2/guide/cfn-layer.html
    """
    return " and ".join(
        f'{l2}.node.default_child.add_property_override("{path}", {_in_python(value)})'
        for path, value in properties.items()
    )


def _in_python(value: Any) -> str:
    return _spelt(value, lambda leaf: json.dumps(leaf) if isinstance(leaf, str) else repr(leaf), key=json.dumps)


def fixes_of_types(
    properties: Mapping[str, Mapping[str, Any]],
    *,
    cdk: Mapping[str, str] | None = None,
    constructs: Mapping[str, str] | None = None,
) -> tuple[Fix, ...]:
    """Return a fix for each type: what to set by type, and where there are such its L2's call and our construct."""
    cdk, constructs = cdk or {}, constructs or {}
    return tuple(
        Fix(
            (kind,),
            to_set,
            cdk=(cdk[kind],) if kind in cdk else (),
            constructs=(constructs[kind],) if kind in constructs else (),
        )
        for kind, to_set in properties.items()
    )


def _is_there(resource: Resource, path: str) -> bool:
    """Whether something certainly stands at a path, at which a value of its own is set."""
    return any(is_mapping(value) for value in spread(resource.properties, path))


def _set(holder: Any, path: Sequence[str], value: Any, *, only_there: bool) -> None:
    head, rest = path[0], path[1:]
    name, _, index = head.removesuffix("]").partition("[")
    if not isinstance(holder, dict) or any(key == "Ref" or key.startswith("Fn::") for key in holder):
        raise ValueError(f"{name} stands in what only deployment fills in")
    if not rest:
        holder[name] = copy.deepcopy(value)
    elif name == head:
        if not only_there or name in holder:
            _set(holder.setdefault(name, {}), rest, value, only_there=only_there)
    else:
        items = holder.get(name, [])
        if not isinstance(items, list):
            raise ValueError(f"{name} is no list")
        for item in items[int(index) :][:1] if index else items:
            _set(item, rest, value, only_there=only_there)


def _chosen(value: Any) -> bool:
    return isinstance(value, Choose) or any(map(_chosen, _inner(value)))


def _inner(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        yield from value.values()
    elif isinstance(value, (list, tuple)):
        yield from value


def _shown(value: Any) -> str:
    # A string that YAML would take for something else is in quotation marks.
    return _spelt(
        value, lambda leaf: leaf if isinstance(leaf, str) and not _ODD.fullmatch(leaf) else json.dumps(leaf), key=str
    )


def _spelt(value: Any, leaf: Callable[[Any], str], key: Callable[[Any], str]) -> str:
    """Write a value in a language that spells its keys, and what is neither mapping nor list, in its own way."""
    if isinstance(value, Choose):
        return f"<{value}>"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key(name)}: {_spelt(item, leaf, key)}" for name, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_spelt(item, leaf, key) for item in value) + "]"
    return leaf(value)


def _listed(items: Sequence[str], word: str = "and") -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {word} {items[-1]}"
