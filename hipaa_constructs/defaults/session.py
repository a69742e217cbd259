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
from constructs import Construct, IConstruct

from hipaa_constructs._stacks import settle, stack_of
from hipaa_constructs.cloudformation.sources import INJECTED, frame_of_the_app
from hipaa_constructs.compliance.changes import METADATA_KEY, Change, Outcome, as_metadata
from hipaa_constructs.defaults.places import Places, identity_of, is_class_of_ours
from hipaa_constructs.primitives.backup_protocol import ProtectsData
from hipaa_constructs.primitives.caller_grants import let_account_use
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey

_HOME = "SecureDefaults"
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

    Every question to a construct is a call to Node, so answers are kept.
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
    places: Places = field(default_factory=Places)
    _stack_of_change: dict[str, cdk.Stack] = field(default_factory=dict)
    _keys: dict[str, kms.IKey] = field(default_factory=dict)
    _open: list[kms.IKey] = field(default_factory=list)
    _stages: dict[cdk.Stack, cdk.Stage] = field(default_factory=dict)
    _tops: dict[cdk.Stack, cdk.Stack] = field(default_factory=dict)
    _homes: dict[tuple[str, str], Construct] = field(default_factory=dict)

    def stack(self, construct: IConstruct) -> cdk.Stack:
        """Return the stack of a construct."""
        stack = construct if isinstance(construct, cdk.Stack) else self.places.of(construct).stack
        # What is in no stack makes CDK say so.
        return stack_of(construct) if stack is None else stack

    def owner(self, construct: IConstruct) -> Any:
        """Return what a construct stands in; None for the root."""
        return self.places.of(construct).owner

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
        return self.places.path(construct)

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
        place = (identity_of(scope), construct_id)
        if place not in self._homes:
            known = scope.node.try_find_child(construct_id)
            if not isinstance(known, Construct):
                known = Home(scope, construct_id)
                stack_of.note(scope, self.stack(scope))
                settle(known, scope, construct_id)
            self._homes[place] = known
        return self._homes[place]

    def flag(self, name: str) -> bool:
        """Return whether the app has one of CDK's feature flags on."""
        if name not in self._flags:
            self._flags[name] = bool(cdk.FeatureFlags.of(self.scope).is_enabled(name))
        return self._flags[name]

    def is_ours(self, scope: IConstruct) -> bool:
        """Whether ``scope`` is, or is in, a construct of this package, which has its settings already."""
        if isinstance(scope, cdk.Stack | cdk.Stage):
            return is_class_of_ours(scope)
        return self.places.of(scope).is_ours

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
