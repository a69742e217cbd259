"""A template as it is deployed: resources with resolved properties, linked across the stacks of an app.

Resolution is honest: what deployment alone can tell stays ``UNKNOWN``.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from hipaa_constructs.cloudformation import for_each, intrinsics, sam
from hipaa_constructs.cloudformation.choices import Choices
from hipaa_constructs.cloudformation.conditions import Conditions
from hipaa_constructs.cloudformation.links import Links
from hipaa_constructs.cloudformation.parameter_rules import accepts
from hipaa_constructs.cloudformation.partitions import partition_of, url_suffix_of
from hipaa_constructs.cloudformation.values import (
    NO_VALUE,
    UNKNOWN,
    Fields,
    Resolved,
    Unknown,
    as_mapping,
    dig,
    function_of,
    is_mapping,
)
from hipaa_constructs.cloudformation.worlds import Memo, World, Worlds

T = TypeVar("T")


class Properties(Fields):
    """The properties of a resource, each resolved when it is asked for, in the present world.

    So an answer depends on no choice but those behind the properties that were looked at.
    """

    __slots__ = ("_by_world", "_known", "template", "written")

    def __init__(self, template: Template, written: Mapping[str, Any]) -> None:
        self.template = template
        self.written = written
        # Those that are the same in every world, and all others.
        self._known: dict[str, Any] = {}
        self._by_world: dict[str, Memo] = {}

    def get(self, key: str, default: Any = None) -> Resolved:
        """Return a property, or ``default`` where it is absent in the present world."""
        value = self._resolved(key)
        found: Resolved = default if value is NO_VALUE else value
        return found

    def __getitem__(self, key: str) -> Resolved:
        value = self._resolved(key)
        if value is NO_VALUE:
            raise KeyError(key)
        found: Resolved = value
        return found

    def __iter__(self) -> Iterator[str]:
        return (key for key in self.written if self._resolved(key) is not NO_VALUE)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _resolved(self, key: str) -> Any:
        if key in self._known:
            return self._known[key]
        if key not in self.written:
            return NO_VALUE
        template = self.template
        memo = self._by_world.setdefault(key, [])
        value = template.app.worlds.memo(memo, lambda: template.resolve(self.written[key], 1))
        if not memo[0][0]:
            self._known[key] = value
            del self._by_world[key]
        return value


class Resource:
    """A resource of a template."""

    __slots__ = ("_cache", "_properties", "construct_path", "logical_id", "raw", "template", "type")

    def __init__(self, template: Template, logical_id: str, raw: Mapping[str, Any]) -> None:
        self.template = template
        self.logical_id = logical_id
        self.raw = raw
        self.type: str = raw["Type"]
        metadata = raw.get("Metadata")
        path = metadata.get("aws:cdk:path") if isinstance(metadata, Mapping) else None
        self.construct_path: str = path if isinstance(path, str) else ""
        self._properties: Any = None
        # None while whoever asks shall see what is read for the answer.
        self._cache: dict[str, Memo] | None = {}

    @property
    def exists(self) -> bool:
        """Whether the resource is deployed in the present world."""
        name = self.raw.get("Condition")
        if name is not None and self.template.condition(name) is False:
            return False
        parent = self.template.parent
        return parent is None or parent.exists

    @property
    def properties(self) -> Fields | Unknown:
        """All properties, resolved: a mapping, or ``UNKNOWN`` where a macro stands for them."""
        if self._properties is None:
            written = self.raw.get("Properties") or {}
            if isinstance(written, Mapping) and not any(str(key).startswith("Fn::") for key in written):
                self._properties = Properties(self.template, {str(key): item for key, item in written.items()})
            else:
                self._properties = []
        if isinstance(self._properties, Properties):
            return self._properties
        return self.template.app.worlds.memo(self._properties, self._resolved)

    def _resolved(self) -> Fields | Unknown:
        resolved = self.template.resolve(self.raw.get("Properties"))
        return resolved if is_mapping(resolved) else UNKNOWN

    def get(self, path: str, default: object = None) -> Resolved:
        """Return the resolved property at a dotted path, ``default`` where it is absent, or ``UNKNOWN``."""
        return dig(self.properties, path, default)

    def cached(self, key: str, make: Callable[[], T]) -> T:
        """Return what ``make`` derives from the resource, made once in each world; see ``App.cached``."""
        return make() if self._cache is None else self.template.app.worlds.memo(self._cache.setdefault(key, []), make)

    def written(self, path: str) -> Any:
        """Return the property at a dotted path as it is written; None where a function or a list is on the way."""
        value: Any = self.raw.get("Properties")
        for key in path.split("."):
            value = value.get(key) if isinstance(value, Mapping) else None
        return value

    @contextmanager
    def replaced(self, raw: Mapping[str, Any], properties: Any) -> Iterator[None]:
        """Let whoever looks at the resource meanwhile see these instead of its own."""
        own = self.raw, self._properties, self._cache
        self.raw, self._properties, self._cache = raw, properties, None
        try:
            yield
        finally:
            self.raw, self._properties, self._cache = own

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The resource's ``Metadata`` as written."""
        metadata = self.raw.get("Metadata")
        return metadata if isinstance(metadata, Mapping) else {}

    @property
    def deletion_policy(self) -> Resolved:
        """``DeletionPolicy``: a string, None, or ``UNKNOWN``."""
        found: Resolved = self.template.resolve(self.raw.get("DeletionPolicy"))
        return found

    @property
    def update_replace_policy(self) -> Resolved:
        """``UpdateReplacePolicy``: a string, None, or ``UNKNOWN``."""
        found: Resolved = self.template.resolve(self.raw.get("UpdateReplacePolicy"))
        return found

    def tags(self) -> Mapping[str, Resolved] | Unknown:
        """Return the resource's tags by key, its own and those of its stack; ``UNKNOWN`` where they cannot be told.

        CloudFormation puts a stack's tags on what it makes there, if that can have tags (docs.aws.amazon.com/
        AWSCloudFormation/latest/TemplateReference/aws-properties-resource-tags.html).
        """
        own, of_stack = self.own_tags(), self.template.tags()
        if isinstance(own, Unknown) or isinstance(of_stack, Unknown):
            return UNKNOWN
        return {**of_stack, **own} if of_stack else own

    def own_tags(self) -> Mapping[str, Resolved] | Unknown:
        """Return the tags that the resource itself is given; ``UNKNOWN`` where they cannot be told."""
        for name in ("Tags", "BackupVaultTags", "BackupPlanTags", "FileSystemTags", "HostedZoneTags", "TagList"):
            tags: Any = self.get(name)
            if isinstance(tags, Unknown):
                return UNKNOWN
            if isinstance(tags, dict):
                by_key: Mapping[str, Any] = tags
                return by_key
            if isinstance(tags, list):
                if any(item is UNKNOWN or not isinstance(item, dict) for item in tags):
                    return UNKNOWN
                return {str(item.get("Key")): item.get("Value") for item in tags}
        return {}

    def __repr__(self) -> str:
        return f"<{self.type} {self.template.name}/{self.logical_id}>"


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

    def is_accepted(self, world: World) -> bool:
        """Whether CloudFormation would take a world, as far as the template's ``Rules`` tell by its answers alone."""
        return all(accepts(self, rule, world) for rule in as_mapping(self.body.get("Rules")).values())

    def target(self, value: Any, *types: str) -> Resource | None:
        """Return the resource of one of ``types`` that a value denotes here: of several of one name the own one."""
        return self.app.target(value, *types, near=self)

    def resolve(self, value: Any, depth: int = 0) -> Any:
        """Resolve the functions in ``value`` as far as the app's templates tell."""
        return intrinsics.resolve(self, value, depth)

    def condition(self, name: Any, depth: int = 0) -> bool | Unknown:
        """Return what a named condition comes to in the present world."""
        return self._conditions.holds(name, depth)


class Oddity(NamedTuple):
    """What a template's file says otherwise than it may have been meant, and where; both count from 1."""

    message: str
    line: int
    column: int


def _entry(written: Any, name: str) -> Any:
    """Return what a written mapping holds under a name, in whichever branch; None if nothing."""
    function, argument = function_of(written)
    if not function:
        return as_mapping(written).get(name)
    if function != "Fn::If" or not isinstance(argument, list) or len(argument) != 3:
        return written
    branches = [_entry(branch, name) for branch in argument[1:]]
    return {"Fn::If": [argument[0], *({"Ref": "AWS::NoValue"} if one is None else one for one in branches)]}


class MetadataEntry(NamedTuple):
    """What CDK keeps of a construct beside its resources."""

    path: str
    type: str
    data: Any


@dataclass(frozen=True, slots=True)
class Stack:
    """What a cloud assembly says of a stack beside its template: its construct path, tags and constructs' metadata."""

    path: str
    tags: Mapping[str, Any]
    metadata: Sequence[MetadataEntry]


@dataclass(frozen=True, slots=True)
class Assembly:
    """A cdk.out folder, and what it says beside its templates."""

    folder: Path
    stacks: Sequence[Stack]


class App:
    """All templates that are deployed together, and the links between them."""

    def __init__(self, given: Mapping[str, Any] | None = None) -> None:
        """Make an app without templates; ``given`` are the values that parameters are deployed with, by name."""
        self.given = given or {}
        # The day on which it is looked at, by which what has an end has ended or not.
        self.today = datetime.date.today()
        self.templates: list[Template] = []
        # The cloud assemblies that templates were read from.
        self.assemblies: list[Assembly] = []
        # Where each template was read from, by its name.
        self.files: dict[str, Path] = {}
        # Nested stacks whose template was not followed, each with why; empty where it was not given.
        self.apart: dict[Resource, str] = {}
        # What came from no file, by the template's name.
        self.contents: Mapping[str, bytes] = {}
        # Files that were looked at and passed over, since they are no templates.
        self.skipped: Sequence[Path] = ()
        self.worlds = Worlds()
        self._nested: dict[Resource, Template] = {}
        self._links = Links(self)
        self._cache: dict[str, Memo] = {}

    def add(
        self,
        name: str,
        body: Mapping[str, Any],
        *,
        account: str | None = None,
        region: str | None = None,
        stack_path: str = "",
        stack_name: str = "",
        construct_paths: Mapping[str, str] | None = None,
        given: Mapping[str, Any] | None = None,
        stack_tags: Mapping[str, Any] | None = None,
        parent: Resource | None = None,
    ) -> Template:
        """Add a template; ``name`` is how messages call it, ``given`` what its stack's parameters are deployed with.

        :param parent: the ``AWS::CloudFormation::Stack`` of the app that deploys it: in its own account and Region. A
            template that several nested stacks deploy is added once for each.
        """
        template = Template(
            name,
            body,
            self,
            account,
            region,
            stack_path,
            stack_name,
            construct_paths=construct_paths or {},
            given={**(given or {}), **self.given},
            stack_tags=stack_tags or {},
            parent=parent,
        )
        self.templates.append(template)
        if parent is not None:
            self._nested[parent] = template
        # What was asked while the app was not complete, as by the URL of a nested stack's template, is asked again.
        self._links = Links(self)
        self._cache.clear()
        for index in ("resources", "sources", "_shared"):
            self.__dict__.pop(index, None)
        return template

    def nested(self, parent: Resource) -> Template | None:
        """Return the template that a nested stack deploys, if it is part of the app."""
        return self._nested.get(parent)

    def uses(self, resource: Resource) -> Sequence[Resource]:
        """Return what several nested stacks make of one resource of a template that they share; mostly itself alone."""
        if resource.template.parent is None:
            return (resource,)
        shared = self._shared[resource.template.name]
        found = (template.resources.get(resource.logical_id) for template in shared)
        return [one for one in found if one is not None] if len(shared) > 1 else (resource,)

    @cached_property
    def _shared(self) -> Mapping[str, Sequence[Template]]:
        shared: dict[str, list[Template]] = defaultdict(list)
        for template in self.templates:
            if template.parent is not None:
                shared[template.name].append(template)
        return shared

    @cached_property
    def sources(self) -> Sequence[Template]:
        """Each template once, however many nested stacks deploy it."""
        return list({template.name: template for template in reversed(self.templates)}.values())[::-1]

    @cached_property
    def resources(self) -> Mapping[str, Sequence[Resource]]:
        """All resources of the app by type."""
        by_type: dict[str, list[Resource]] = defaultdict(list)
        for template in self.templates:
            for resource in template.resources.values():
                by_type[resource.type].append(resource)
        return by_type

    def of_type(self, *types: str) -> Iterator[Resource]:
        """Iterate over the app's resources of the given types; ``*`` stands for every type.

        While one world is explored, what is not deployed in it is left out.
        """
        for kind in types:
            groups = self.resources.values() if kind == "*" else [self.resources.get(kind, ())]
            for resources in groups:
                yield from filter(self.is_there, resources) if self.worlds.exploring else resources

    def is_there(self, resource: Resource) -> bool:
        """Whether a resource is deployed in the world that is explored; outside of that, whatever can be is there."""
        return not self.worlds.exploring or resource.exists

    def cached(self, key: str, make: Callable[[App], T]) -> T:
        """Return what ``make`` derives from the whole app, made once; an index of one's own goes here."""
        known = self._cache.get(key)
        if known is None:
            known = self._cache[key] = []
        return self.worlds.memo(known, lambda: make(self))

    def exported(self, name: Any, importer: Template) -> tuple[Template, Any] | None:
        """Return what a stack of the app exports for another by a name: its template, and the value as written."""
        return self._links.exported(name, importer)

    def target(self, value: Any, *types: str, near: Template | None = None) -> Resource | None:
        """Return the app's resource of one of ``types`` that a value denotes: a reference, a name or an ARN.

        :param near: the template that names it, whose own resource is meant before others of the same name.
        """
        return self._links.target(value, *types, near=near)

    def referring(self, target: Resource, kind: str, path: str) -> Sequence[Resource]:
        """Return the resources of type ``kind`` whose property at ``path`` denotes ``target`` (or lists it)."""
        return self._links.referring(target, kind, path)

    def told(
        self, target: Resource, key: str, types: Sequence[str], tell: Callable[[Resource], Iterable[tuple[Resource, T]]]
    ) -> Sequence[tuple[Resource, T]]:
        """Return what the resources of some types tell of ``target`` in the present world, each with who tells it.

        :param key: under which the index of who tells of whom is kept.
        :param tell: yields of which resources one tells in the present world, each with what it tells.
        """
        return self._links.told(target, key, types, tell)
