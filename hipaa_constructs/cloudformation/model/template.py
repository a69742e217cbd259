"""A template: its resources, parameters and conditions, and where it is deployed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from hipaa_constructs.cloudformation import for_each, intrinsics, sam
from hipaa_constructs.cloudformation.choices import Choices
from hipaa_constructs.cloudformation.conditions import Conditions
from hipaa_constructs.cloudformation.model.resource import Resource
from hipaa_constructs.cloudformation.parameter_rules import allows, guards
from hipaa_constructs.cloudformation.partitions import partition_of, url_suffix_of
from hipaa_constructs.cloudformation.traces import TracedBody, TracedParameters, TracedResources
from hipaa_constructs.cloudformation.values import Resolved, Unknown, as_mapping, function_of
from hipaa_constructs.cloudformation.worlds import World

if TYPE_CHECKING:
    from hipaa_constructs.cloudformation.model.app import App


@dataclass(eq=False)
class Template:
    """One CloudFormation template, and the app that it belongs to."""

    name: str
    body: Mapping[str, Any]
    app: App = field(repr=False)
    account: str | None = None
    region: str | None = None
    stack_path: str = ""
    stack_name: str = ""
    construct_paths: Mapping[str, str] = field(default_factory=dict, repr=False)
    # Values that parameters are deployed with, as far as they were given.
    given: Mapping[str, Any] = field(default_factory=dict, repr=False)
    # Tags that the stack is deployed with.
    stack_tags: Mapping[str, Any] = field(default_factory=dict, repr=False)
    # The nested stack that deploys this template.
    parent: Resource | None = None

    def __post_init__(self) -> None:
        if self.parent is not None:
            self.account, self.region = self.parent.template.account, self.parent.template.region
        self.resources: dict[str, Resource] = {}
        # The nested stacks: what they are given tells which values of parameters are told apart.
        self.stacks: list[Resource] = []
        # Logical ids of entries that are no resources.
        self.unread: list[str] = []
        # What is odd about the file that it was read from.
        self.odd: Sequence[Oddity] = ()
        # Whether loops are left that only deployment writes out.
        self.loops_left = False
        self.choices = Choices(self)
        self._conditions = Conditions(self)
        # The body as its file has it, with its loops.
        self.written = self.body
        self.body, self.loops_left = for_each.unrolled(self.body, self.resolve)
        # A loop's collection may have asked for a condition that another loop makes.
        self._conditions.forget()
        self.choices.forget()
        for logical_id, raw in sam.deployed(self.body).items():
            if isinstance(raw, Mapping) and isinstance(raw.get("Type"), str):
                resource = Resource(self, str(logical_id), raw)
                if not resource.construct_path:
                    resource.construct_path = self.construct_paths.get(resource.logical_id, "")
                self.resources[resource.logical_id] = resource
            else:
                self.unread.append(str(logical_id))
        self.stacks = [one for one in self.resources.values() if one.type == "AWS::CloudFormation::Stack"]
        worlds = self.app.worlds
        if worlds.traced:
            self.resources = TracedResources(self.resources, self, worlds.note)
            self.parameters = TracedParameters(as_mapping(self.body.get("Parameters")), self, worlds.note)
            self.body = TracedBody(self.body, self, worlds.note)

    @cached_property
    def parameters(self) -> Mapping[str, Any]:
        """The template's parameters as written."""
        return as_mapping(self.body.get("Parameters"))

    def pseudo_parameter(self, name: str, *, assumed: bool = False) -> str | None:
        """Return what CloudFormation fills in for a pseudo parameter; None where only deployment tells.

        :param assumed: whether to take the standard partition where nothing says which, as texts do.
        """
        partition = partition_of(self.region) if self.region else "aws" if assumed else None
        if name == "AWS::URLSuffix":
            return url_suffix_of(partition) if partition else None
        return {
            "AWS::AccountId": self.account,
            "AWS::Partition": partition,
            "AWS::Region": self.region,
            "AWS::StackName": self.stack_name or None,
        }.get(name)

    def given_by_parent(self, name: str) -> Any:
        """Return what the nested stack that deploys this template gives a parameter, as written; None if nothing."""
        return None if self.parent is None else _entry(self.parent.written("Parameters"), name)

    def tags(self) -> Mapping[str, Resolved] | Unknown:
        """Return the tags that the stack is deployed with; a nested one has its parent's, and what it is given."""
        return self.stack_tags if self.parent is None else self.parent.tags()

    def nested_output(self, attribute: Any) -> tuple[Template, Any] | None:
        """Return the output of a nested stack that ``Fn::GetAtt`` names: its template, and the value as written."""
        parts = attribute.split(".") if isinstance(attribute, str) else attribute
        if not isinstance(parts, Sequence) or len(parts) < 2:
            return None
        name, output = str(parts[0]), ".".join(map(str, parts[1:]))
        stack = self.resources.get(name) if output.startswith("Outputs.") else None
        nested = self.app.nested(stack) if stack is not None else None
        found = (
            as_mapping(as_mapping(nested.body.get("Outputs")).get(output.removeprefix("Outputs."))) if nested else {}
        )
        return (nested, found["Value"]) if nested is not None and "Value" in found else None

    @property
    def use(self) -> str:
        """How the nested stack is called that deploys this template, such as ``Store of parent.yaml``; or empty."""
        if self.parent is None:
            return ""
        outer = self.parent.template
        return f"{self.parent.logical_id} of {outer.use or outer.name}"

    def allows(self, world: World) -> bool:
        """Whether CloudFormation would take a world, as far as ``Rules`` and mappings tell by its answers alone."""
        return not self.choices.refuses(world) and all(
            allows(self, rule, world) for rule in as_mapping(self.body.get("Rules")).values()
        )

    def guards(self, world: World) -> bool:
        """Whether ``Rules`` speak against a world by its answers alone, though perhaps not in every deployment."""
        return any(guards(self, rule, world) for rule in as_mapping(self.body.get("Rules")).values())

    def target(self, value: Any, *types: str) -> Resource | None:
        """Return the resource of one of ``types`` that a value denotes here: of several of one name the own one."""
        return self.app.target(value, *types, near=self)

    def resolve(self, value: Any, depth: int = 0) -> Any:
        """Resolve the functions in ``value`` as far as the app's templates tell."""
        return intrinsics.resolve(self, value, depth)

    def condition(self, name: Any, depth: int = 0) -> bool | Unknown:
        """Return what a named condition comes to in the present world."""
        return self._conditions.holds(name, depth)


def _entry(written: Any, name: str) -> Any:
    """Return what a written mapping holds under a name, in whichever branch; None if nothing."""
    function, argument = function_of(written)
    if not function:
        return as_mapping(written).get(name)
    if function != "Fn::If" or not isinstance(argument, list) or len(argument) != 3:
        return written
    branches = [_entry(branch, name) for branch in argument[1:]]
    return {"Fn::If": [argument[0], *({"Ref": "AWS::NoValue"} if one is None else one for one in branches)]}


class Oddity(NamedTuple):
    """What a template's file says otherwise than it may have been meant, and where; both count from 1."""

    message: str
    fix: str
    line: int
    column: int
