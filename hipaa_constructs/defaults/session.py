"""What one call of ``secure_defaults`` knows: what it was given, what it made, and what it changed."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from constructs import Construct, IConstruct, Node

from hipaa_constructs.cloudformation.sources import INJECTED, frame_of_the_app
from hipaa_constructs.compliance.changes import METADATA_KEY, Change, Outcome, as_metadata
from hipaa_constructs.primitives.backup_protocol import ProtectsData
from hipaa_constructs.primitives.caller_grants import let_account_use
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey

_HOME = "SecureDefaults"
_OURS = "hipaa_constructs."
# The setting of a stage that was written before it could be completed.
STAGE = "stage"
# Whose resources get the key, and are used by callers with policies of their own.
_SERVICES = (
    "dynamodb",
    "ecr",
    "elasticfilesystem",
    "kinesis",
    "lambda",
    "s3",
    "secretsmanager",
    "sns",
    "sqs",
    "states",
)


@dataclass(eq=False)
class Session:
    """One call of ``secure_defaults``.

    Every question to a construct is a call to Node, so answers are kept, and with them the constructs: jsii makes
    another object for one that Python has let go.
    """

    scope: Construct
    vpc: ec2.IVpc | None
    backup_plan: ProtectsData | None
    encryption_key: kms.IKey | None
    reserved_concurrent_executions: int | None
    new_stores: bool
    changes: list[Change] = field(default_factory=list)
    # What the app gave the constructs whose arguments passed through here, by path.
    seen: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    # The line of the app that makes each of them, and its stack; CDK loses the line while it asks.
    lines: dict[str, tuple[cdk.Stack, str]] = field(default_factory=dict)
    # The files of this folder that were asked for the arguments of a class.
    used: set[str] = field(default_factory=set)
    # The services that a key, by its identity, was told to let in.
    admitted: set[tuple[int, str]] = field(default_factory=set)
    _flags: dict[str, bool] = field(default_factory=dict)
    _nodes: dict[IConstruct, Node] = field(default_factory=dict)
    _places: dict[IConstruct, _Place] = field(default_factory=dict)
    _stack_of_change: dict[str, cdk.Stack] = field(default_factory=dict)
    _keys: dict[str, kms.IKey] = field(default_factory=dict)
    _open: list[kms.IKey] = field(default_factory=list)
    _stages: dict[cdk.Stack, cdk.Stage] = field(default_factory=dict)
    _tops: dict[cdk.Stack, cdk.Stack] = field(default_factory=dict)
    _paths: dict[IConstruct, str] = field(default_factory=dict)

    def stack(self, construct: IConstruct) -> cdk.Stack:
        """Return the stack of a construct."""
        stack = construct if isinstance(construct, cdk.Stack) else self._place(construct).stack
        # What is in no stack makes CDK say so.
        return cdk.Stack.of(construct) if stack is None else stack

    def _place(self, construct: IConstruct) -> _Place:
        if construct not in self._places:
            self._places[construct] = _Place.among(self._node(construct).scopes)
        return self._places[construct]

    def _node(self, construct: IConstruct) -> Node:
        if construct not in self._nodes:
            self._nodes[construct] = construct.node
        return self._nodes[construct]

    def stage(self, construct: IConstruct) -> cdk.Stage:
        """Return the stage, or app, that writes the template of a construct."""
        stack = self.stack(construct)
        if stack not in self._stages:
            stage = cdk.Stage.of(stack)
            assert stage is not None, "CDK makes an app for a stack that has none"
            self._stages[stack] = stage
        return self._stages[stack]

    def path(self, construct: IConstruct) -> str:
        """Return the construct's path."""
        if construct not in self._paths:
            self._paths[construct] = self._node(construct).path
        return self._paths[construct]

    def key(self, construct: IConstruct) -> kms.IKey:
        """Return the key of the construct's stack: the one given, if the stack can name it, or one that is made."""
        stack = self._top(self.stack(construct))
        path = self.path(stack)
        if path not in self._keys:
            given = self.encryption_key
            if given is not None and self.is_near(given, stack):
                self._keys[path] = given
            else:
                self._keys[path] = KmsRotatedKey(self.home(stack), "Key").key
            if self._keys[path] not in self._open:
                self._open.append(self._keys[path])
                let_account_use(self._keys[path], _SERVICES)
        return self._keys[path]

    def _top(self, stack: cdk.Stack) -> cdk.Stack:
        """Return the stack that a nested one is deployed with."""
        if stack not in self._tops:
            parent = stack.nested_stack_parent
            self._tops[stack] = stack if parent is None else self._top(parent)
        return self._tops[stack]

    def is_near(self, resource: IConstruct, stack: cdk.Stack) -> bool:
        """Return whether ``stack`` can refer to a resource: they are in one account, Region and stage.

        What was imported is named by what the app wrote, from any stage.
        """
        there = self.stack(resource)
        if there is stack:
            return True
        if (there.region, there.account) != (stack.region, stack.account):
            return False
        if self.stage(there) is self.stage(stack):
            return True
        return not self.is_ours(resource) and not cdk.Resource.is_owned_resource(resource)

    def near_vpc(self, construct: IConstruct) -> ec2.IVpc | None:
        """Return the network that was given, if it is in the account and Region of the construct."""
        return self.vpc if self.vpc is not None and self.is_near(self.vpc, self.stack(construct)) else None

    def home(self, scope: Construct, name: str = "") -> Construct:
        """Return where helpers are put: ``SecureDefaults`` in ``scope``, or beside the construct of that name."""
        construct_id = f"{name}{_HOME}"
        known = self._node(scope).try_find_child(construct_id)
        return known if isinstance(known, Construct) else Home(scope, construct_id)

    def flag(self, name: str) -> bool:
        """Return whether the app has one of CDK's feature flags on."""
        if name not in self._flags:
            self._flags[name] = bool(cdk.FeatureFlags.of(self.scope).is_enabled(name))
        return self._flags[name]

    def is_ours(self, scope: IConstruct) -> bool:
        """Whether ``scope`` is, or is in, a construct of this package, which has its settings already."""
        if isinstance(scope, cdk.Stack | cdk.Stage):
            return _is_class_of_ours(scope)
        return self._place(scope).is_ours

    def resolved(self, resource: Any, *attributes: str) -> dict[str, Any]:
        """Return attributes of a resource as the template will have them, without those that it lacks."""
        values: dict[str, Any] = {}
        for name in attributes:
            try:
                values[name] = getattr(resource, name)
            except RuntimeError:
                # jsii hands over no struct that lacks a required field, as those of CDK's own may.
                continue
        values = {name: value for name, value in values.items() if value is not None}
        written: dict[str, Any] = self.stack(resource).resolve(values) if values else {}
        return written

    def name(self, resource: cdk.CfnElement) -> str:
        """Return the logical id of a resource."""
        return self.stack(resource).get_logical_id(resource)

    def record(
        self,
        near: IConstruct,
        path: str,
        resource_type: str,
        setting: str,
        properties: Sequence[str],
        outcome: Outcome,
        why: str,
    ) -> None:
        """Note what became of a setting of the construct at ``path``, which is ``near`` or a child of it."""
        change = Change(path, resource_type, setting, tuple(properties), outcome, why)
        if change in self.changes:
            return
        self.changes.append(change)
        stack = self.stack(near)
        self._stack_of_change[path] = stack

    def note_line(self, scope: IConstruct, path: str) -> None:
        """Keep the line of the app that makes the construct at ``path`` in ``scope``, unless the app wants no lines."""
        if os.environ.get("JSII_HOST_STACK_TRACES", "").lower() in ("1", "true", "yes"):
            frame = frame_of_the_app()
            if frame is not None:
                self.lines[path] = (self.stack(scope), frame)

    def write(self, stage: cdk.Stage) -> None:
        """Leave the changes and lines of a stage in the metadata of its stacks, and print the changes."""
        self._write_lines(stage)
        by_stack: dict[cdk.Stack, list[Change]] = {}
        for change in self.changes:
            stack = self._stack_of_change[change.path]
            if self.stage(stack) is stage or change.setting == STAGE:
                by_stack.setdefault(stack, []).append(change)
        for stack, changes in by_stack.items():
            stack.node.add_metadata(METADATA_KEY, as_metadata(changes))
        written = [change for changes in by_stack.values() for change in changes]
        if written:
            sys.stderr.write("\n".join(_summary(written)) + "\n")

    def _write_lines(self, stage: cdk.Stage) -> None:
        by_stack: dict[cdk.Stack, dict[str, str]] = {}
        for path, (stack, frame) in self.lines.items():
            if self.stage(stack) is stage:
                by_stack.setdefault(stack, {})[path] = frame
        for stack, lines in by_stack.items():
            stack.node.add_metadata(INJECTED, lines)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a construct is, by what it stands in: one answer of Node tells all of it."""

    stack: cdk.Stack | None
    is_ours: bool

    @classmethod
    def among(cls, scopes: Sequence[IConstruct]) -> _Place:
        stacks = [one for one in scopes if isinstance(one, cdk.Stack)]
        return cls(stacks[-1] if stacks else None, any(map(_is_class_of_ours, scopes)))


def _is_class_of_ours(construct: IConstruct) -> bool:
    return type(construct).__module__.startswith(_OURS)


class Home(Construct):
    """What ``secure_defaults`` adds beside a construct."""


def _summary(changes: Sequence[Change]) -> list[str]:
    made = [change for change in changes if change.outcome == "set"]
    lines = [f"Secure defaults: {len(made)} settings of {len({change.path for change in made})} constructs"]
    for path in dict.fromkeys(change.path for change in made):
        names = Counter(change.setting for change in made if change.path == path)
        lines.append(f"  {path}: {', '.join(names)}")
    for outcome, title in (
        (
            "left",
            "Left as they are: CloudFormation would replace the resource (new_stores=True, if it is not deployed)",
        ),
        ("unreached", "For the app to see to"),
    ):
        found = [change for change in changes if change.outcome == outcome]
        if found:
            lines.append(title)
            lines.extend(f"  {change.path}: {change.setting}. {change.why}" for change in found)
    return lines
