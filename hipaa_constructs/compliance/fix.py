"""How a resource comes to meet a rule: what to set in CloudFormation, and what to write in CDK; imports no aws_cdk."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


class Choose(str):
    """A value that only the author of a template can choose, said in words: ``Choose("the ARN of a customer key")``."""

    __slots__ = ()


CUSTOMER_KEY = Choose("the ARN of a customer key")
ACCESS_LOG_BUCKET = Choose("the name of a bucket for access logs")
LOG_GROUP = Choose("the ARN of a log group")
PRIVATE_SUBNETS = Choose("the ids of private subnets")
SECURITY_GROUPS = Choose("the ids of security groups")


@dataclass(frozen=True, slots=True)
class Fix:
    """What to do so that resources of some types meet a rule.

    ``resource_types`` are those it is for; empty stands for all of the rule. ``properties`` are what to set, by dotted
    paths within ``Properties`` in which ``[]`` is each item of a list; ``attributes`` are what stands beside
    ``Properties``, such as ``DeletionPolicy``. A value that only the author can choose is a ``Choose``. ``beside`` is
    a sentence for what has to stand elsewhere in the template, or cannot be said by a value. ``cdk`` is the call of
    aws-cdk-lib's L2 with the arguments that do it, as Python with the usual module names, such as
    ``rds.DatabaseInstance(storage_encrypted=True)``; values to choose are in angle brackets. It is empty where no L2
    has such an argument. ``constructs`` are those of this package that do it. ``in_words`` is as ``beside``, for a
    template alone, where the L2 does by itself what it says.
    """

    resource_types: tuple[str, ...] = ()
    properties: Mapping[str, Any] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    beside: str = ""
    cdk: tuple[str, ...] = ()
    constructs: tuple[str, ...] = ()
    in_words: str = ""

    def covers(self, resource_type: str) -> bool:
        """Whether it is for resources of a type that the rule looks at."""
        return not self.resource_types or resource_type in self.resource_types

    @property
    def is_sure(self) -> bool:
        """Whether setting properties and attributes is all, and none is left to choose."""
        values = [*self.properties.values(), *self.attributes.values()]
        return bool(values) and not (self.in_words or self.beside) and not any(_chosen(value) for value in values)

    def in_cloudformation(self) -> str:
        """Return what to do in a template."""
        return self._said(self._to_set())

    def in_cdk(self) -> str:
        """Return what to do in a CDK app; where no L2 has an argument for it, what to set on the L1."""
        if not self.cdk:
            return self._said(self._to_set())
        return self._said(f"{' or '.join(self.cdk)}.")

    def _to_set(self) -> str:
        written = [f"{path}: {_shown(value)}" for path, value in (*self.properties.items(), *self.attributes.items())]
        return " ".join(part for part in (f"Set {_listed(written)}." if written else "", self.in_words) if part)

    def _said(self, first: str) -> str:
        does = ""
        if self.constructs:
            does = f"{' or '.join(self.constructs)} of hipaa_constructs does it."
        return " ".join(part for part in (first, self.beside, does) if part)

    def apply(self, resource: Mapping[str, Any]) -> dict[str, Any]:
        """Return a resource as a template writes it with the properties and attributes set.

        :raises ValueError: a value on the path is no mapping or list, such as an intrinsic function.
        """
        mended = copy.deepcopy(dict(resource))
        for path, value in self.properties.items():
            _set(mended.setdefault("Properties", {}), path.split("."), value)
        for name, value in self.attributes.items():
            mended[name] = copy.deepcopy(value)
        return mended


def _set(holder: Any, path: Sequence[str], value: Any) -> None:
    head, rest = path[0], path[1:]
    name = head.removesuffix("[]")
    if not isinstance(holder, dict) or any(key == "Ref" or key.startswith("Fn::") for key in holder):
        raise ValueError(f"{name} stands in what only deployment fills in")
    if not rest:
        holder[name] = copy.deepcopy(value)
    elif name == head:
        _set(holder.setdefault(name, {}), rest, value)
    else:
        items = holder.get(name)
        if not isinstance(items, list):
            raise ValueError(f"{name} is no list")
        for item in items:
            _set(item, rest, value)


def _chosen(value: Any) -> bool:
    return isinstance(value, Choose) or any(map(_chosen, _inner(value)))


def _inner(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        yield from value.values()
    elif isinstance(value, (list, tuple)):
        yield from value


def _shown(value: Any) -> str:
    if isinstance(value, Choose):
        return f"<{value}>"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_shown(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_shown, value)) + "]"
    return value if isinstance(value, str) else json.dumps(value)


def _listed(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
