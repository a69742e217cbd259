"""What stacks leave behind in an account: a small model of creation, rollback and deletion.

moto neither rolls back nor knows ``RetainExceptOnCreate``. The model makes resources one by one, by the names that
their templates give them, and takes away what ``DeletionPolicy`` lets go; whoever makes a name twice is told. Which
properties are names, CloudFormation's own schemas say, as cfn-lint ships them.

Source: docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from cfnlint.schema import ResourceNotFoundError  # type: ignore[import-untyped]  # cfn-lint has no type information
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

Resource = Mapping[str, Any]
_PREFIX = "/properties/"
# One of each in an account and Region, which the schema does not say. Making it again sets it anew.
_SET_AGAIN = ("AWS::ApiGateway::Account",)
_TO_KEEP = ("Retain", "RetainExceptOnCreate")
# A bucket takes its policy with it.
_PARTS = {"AWS::S3::BucketPolicy": "Bucket"}
# Settings of a service that are gone with it; CloudFormation keeps no more than a note of them.
_GONE_WITH = {"Custom::MacieResults": "AWS::Macie::Session", "Custom::OrganizationMacie": "AWS::S3::Bucket"}
# Deleting these does not undo what making them did.
_NOT_UNDONE = ("Custom::EbsEncryption",)


class Name(NamedTuple):
    """What no second resource may be called while there is a first."""

    place: str
    kind: str
    text: str


class NameTakenError(Exception):
    """Something of that name is there already."""


@dataclass
class Made:
    """One resource, as it was made."""

    logical_id: str
    resource: Resource
    names: Collection[Name]
    reference: str

    @property
    def kind(self) -> str:
        return str(self.resource["Type"])

    @property
    def stays(self) -> bool:
        """Whether it outlives its stack."""
        return self.resource.get("DeletionPolicy") in _TO_KEEP

    @property
    def stays_after_failed_creation(self) -> bool:
        return self.resource.get("DeletionPolicy") == "Retain"

    @property
    def refuses_deletion(self) -> bool:
        """Whether somebody has to lift a protection before CloudFormation can delete it."""
        properties = self.resource.get("Properties", {})
        attributes = properties.get("LoadBalancerAttributes", ())
        replicas = properties.get("Replicas", ())
        return (
            properties.get("DeletionProtection") is True
            or properties.get("DeletionProtectionEnabled") is True
            or any(replica.get("DeletionProtectionEnabled") is True for replica in replicas)
            or {"Key": "deletion_protection.enabled", "Value": "true"} in attributes
        )


@dataclass
class Stack:
    """A stack of an account, whole or as far as its creation came."""

    account: Account
    template: Template
    stack_id: str
    made: dict[str, Made] = field(default_factory=dict)
    not_undone: set[str] = field(default_factory=set)

    def roll_back(self, *, filled: Collection[str] = ()) -> list[str]:
        """Undo a failed creation and, should that stop, delete the stack, as ``cdk deploy`` does before another try.

        :param filled: buckets that have got files, which CloudFormation cannot delete.
        :return: the logical ids at which the rollback stopped.
        """
        stopped = [
            one.logical_id
            for one in self.made.values()
            if not one.stays_after_failed_creation and (one.logical_id in filled or one.refuses_deletion)
        ]
        # What something depends on that is still there is left alone.
        waiting = self.template.needed_by(stopped)
        for one in reversed(list(self.made.values())):
            if not one.stays_after_failed_creation and one.logical_id not in waiting:
                self._remove(one)
        if stopped:
            self.delete()
        return stopped

    def delete(self) -> None:
        """Delete the stack; what refuses, is let go by a person first."""
        for one in reversed(list(self.made.values())):
            if not one.stays:
                self._remove(one)

    def keyless(self) -> list[str]:
        """Return what is still there, or still has its effect, and needs a key that is gone."""
        keys = {name for name, one in self.template.resources.items() if one["Type"] == "AWS::KMS::Key"}
        gone = keys - self.made.keys()
        there = {one.kind for one in self.made.values()}
        kinds = {name: one["Type"] for name, one in self.template.resources.items()}
        return sorted(
            name
            for name in {*self.made, *self.not_undone}
            if self.template.references[name] & gone
            and (kinds[name] not in _GONE_WITH or _GONE_WITH[kinds[name]] in there)
        )

    def _remove(self, one: Made) -> None:
        for name in one.names:
            del self.account.names[name]
        del self.made[one.logical_id]
        if one.kind in _NOT_UNDONE:
            self.not_undone.add(one.logical_id)
        for part in list(self.made.values()):
            holder = part.resource.get("Properties", {}).get(_PARTS.get(part.kind))
            if holder == {"Ref": one.logical_id}:
                self._remove(part)


@dataclass
class Account:
    """An account, with the names that are taken in it."""

    names: dict[Name, str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def create(self, template: Template, *, until: int | None = None) -> Stack:
        """Make a stack, or only the first ``until`` of its resources.

        :raises NameTakenError: something has a name that the stack needs.
        """
        stack = Stack(self, template, f"arn:aws:cloudformation:::stack/{template.name}/{next(self._numbers):08x}-0-0")
        for logical_id in template.order[:until]:
            made = template.make(logical_id, stack, next(self._numbers))
            for name in made.names:
                if name in self.names:
                    raise NameTakenError(f"{template.name}.{logical_id}: {name} belongs to {self.names[name]}")
                self.names[name] = f"{template.name}.{logical_id}"
            stack.made[logical_id] = made
        return stack

    def in_the_way(self, template: Template) -> set[str]:
        """Return what of a template cannot be made, since its name is taken."""
        stack = Account(_numbers=self._numbers).create(template)
        return {one.logical_id for one in stack.made.values() if any(name in self.names for name in one.names)}


class Template:
    """A template, and the order in which its resources are made."""

    def __init__(self, name: str, body: Mapping[str, Any], *, place: str = "") -> None:
        self.name = name
        self.place = place
        self.resources: Mapping[str, Resource] = body["Resources"]
        self.references = {
            name: _references(one.get("Properties", {})) & self.resources.keys() for name, one in self.resources.items()
        }
        self._needs = {
            name: self.references[name] | set(_listed(one.get("DependsOn", ()))) for name, one in self.resources.items()
        }
        self.order = self._ordered()

    @classmethod
    def all_of(cls, directory: Path) -> list[Template]:
        """Return the templates of a cloud assembly in the order in which they are deployed."""
        manifest = json.loads((directory / "manifest.json").read_text())["artifacts"]
        stacks = {name: one for name, one in manifest.items() if one["type"] == "aws:cloudformation:stack"}
        found = []
        while stacks:
            name = next(name for name, one in stacks.items() if not stacks.keys() & set(one.get("dependencies", ())))
            artifact = stacks.pop(name)
            body = json.loads((directory / artifact["properties"]["templateFile"]).read_text())
            found.append(cls(name, body, place=artifact["environment"]))
        return found

    def needed_by(self, names: Collection[str]) -> set[str]:
        """Return ``names``, and all that they depend on."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting.extend(self._needs[name])
        return found

    def make(self, logical_id: str, stack: Stack, number: int) -> Made:
        """Name one resource, in a stack that has made what it refers to."""
        resource = self.resources[logical_id]
        kind, properties = resource["Type"], resource.get("Properties", {})
        generated = f"{self.name}-{logical_id}-{number}"
        # docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
        place = "all of AWS" if kind == "AWS::S3::Bucket" else self.place
        primary, groups = _naming(kind)
        names, reference = set(), generated
        for group in groups:
            given = [properties.get(one) for one in group]
            if None not in given:
                text = " ".join(str(_evaluated(one, stack)) for one in given)
                names.add(Name(place, f"{kind} by {'+'.join(group) or 'account'}", text))
                reference = text if group == primary else reference
        return Made(logical_id, resource, names, reference)

    def _ordered(self) -> Sequence[str]:
        order: dict[str, None] = {}

        def visit(name: str) -> None:
            for needed in sorted(self._needs[name]):
                if needed not in order:
                    visit(needed)
            order[name] = None

        for name in self.resources:
            if name not in order:
                visit(name)
        return list(order)


def primary_identifier(kind: str) -> tuple[str, ...] | None:
    """Return the properties by which CloudFormation finds a resource, or None for a kind that it does not know."""
    return _naming(kind)[0]


def names_in(body: Mapping[str, Any], kind: str, *, deployments: int = 2) -> list[list[str]]:
    """Return what resources of a kind are called in each of some deployments of one template."""
    template, account = Template("Clinic", body), Account()
    found = []
    for _ in range(deployments):
        stack = account.create(template)
        found.append([name.text for one in stack.made.values() if one.kind == kind for name in one.names])
        account.names.clear()
    return found


def fixed_and_kept(template: Template, *, after_failed_creation: bool) -> set[str]:
    """Return what another creation of the same template calls the same, though the first is still there."""
    account, again = Account(), Account(_numbers=count(1_000_000))
    first, second = account.create(template), again.create(template)
    return {
        one.logical_id
        for one in first.made.values()
        if (one.stays_after_failed_creation if after_failed_creation else one.stays)
        and (set(one.names) & set(second.made[one.logical_id].names) or one.kind in _SET_AGAIN)
        and not (after_failed_creation and one.kind in _PARTS)
    }


@functools.cache
def _naming(kind: str) -> tuple[tuple[str, ...] | None, Collection[tuple[str, ...]]]:
    """Return the primary identifier, and all properties, alone or together, that tell a resource from its like.

    These are identifiers, as far as they can be given, and what is called a name. The empty tuple stands for a kind of
    which an account has one.
    """
    try:
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(region="us-east-1", resource_type=kind).schema
    except ResourceNotFoundError:
        return None, ()
    read_only = set(schema.get("readOnlyProperties", ()))
    identifiers = [schema["primaryIdentifier"], *schema.get("additionalIdentifiers", ())]
    named = [tuple(one.removeprefix(_PREFIX) for one in group) for group in identifiers if not read_only & set(group)]
    noun = kind.rpartition("::")[2]
    # Part of a longer identifier, it need not be unique by itself.
    parts = {one.removeprefix(_PREFIX) for group in identifiers for one in group}
    named += [(one,) for one in ("Name", f"{noun}Name") if one in schema["properties"] and one not in parts]
    if all(one.endswith("AccountId") for one in identifiers[0]):
        named.append(())
    primary = tuple(one.removeprefix(_PREFIX) for one in identifiers[0])
    return primary, dict.fromkeys(named).keys()


def _evaluated(value: Any, stack: Stack) -> Any:
    if isinstance(value, list):
        return [_evaluated(one, stack) for one in value]
    if not isinstance(value, dict) or len(value) != 1:
        return value
    ((function, argument),) = value.items()
    match function:
        case "Ref" if argument in stack.made:
            return stack.made[argument].reference
        case "Ref":
            return {"AWS::StackId": stack.stack_id, "AWS::StackName": stack.template.name}.get(argument, argument)
        case "Fn::GetAtt":
            logical_id, _, attribute = (argument if isinstance(argument, str) else ".".join(argument)).partition(".")
            return f"{stack.made[logical_id].reference}.{attribute}"
        case "Fn::Join":
            separator, parts = argument
            return separator.join(str(one) for one in _evaluated(parts, stack))
        case "Fn::Select":
            index, parts = argument
            parts = _evaluated(parts, stack)
            return parts[int(index)] if isinstance(parts, list) else f"{parts}[{index}]"
        case "Fn::Split":
            separator, text = argument
            return str(_evaluated(text, stack)).split(separator)
        case "Fn::Sub" if isinstance(argument, str):
            return re.sub(r"\$\{([\w:]+)\}", lambda found: str(_evaluated({"Ref": found[1]}, stack)), argument)
    # What another stack gives out, or an account has, stays the same.
    return json.dumps(value, sort_keys=True)


def _references(value: Any) -> set[str]:
    if isinstance(value, list):
        return {name for one in value for name in _references(one)}
    if not isinstance(value, dict):
        return set()
    if len(value) == 1:
        ((function, argument),) = value.items()
        if function == "Ref":
            return {argument}
        if function == "Fn::GetAtt":
            return {argument.partition(".")[0] if isinstance(argument, str) else argument[0]}
        if function == "Fn::Sub" and isinstance(argument, str):
            return {name.partition(".")[0] for name in re.findall(r"\$\{([\w.]+)\}", argument)}
    return {name for one in value.values() for name in _references(one)}


def _listed(value: Any) -> Sequence[str]:
    return [value] if isinstance(value, str) else list(value)
