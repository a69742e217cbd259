"""A template as it is deployed: resources with resolved properties, linked across the stacks of an app.

Resolution is honest: what deployment alone can tell stays ``UNKNOWN``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from hipaa_constructs.cloudformation.values import NO_VALUE, UNKNOWN, Unknown, as_mapping, dig
from hipaa_constructs.cloudformation.worlds import Memo, World, Worlds

T = TypeVar("T")


class Properties(Mapping[str, Any]):
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

    def get(self, key: str, default: Any = None) -> Any:
        """Return a property, or ``default`` where it is absent in the present world."""
        value = self._resolved(key)
        return default if value is NO_VALUE else value

    def __getitem__(self, key: str) -> Any:
        value = self._resolved(key)
        if value is NO_VALUE:
            raise KeyError(key)
        return value

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

    __slots__ = ("_properties", "construct_path", "logical_id", "raw", "template", "type")

    def __init__(self, template: Template, logical_id: str, raw: Mapping[str, Any]) -> None:
        self.template = template
        self.logical_id = logical_id
        self.raw = raw
        self.type: str = raw["Type"]
        metadata = raw.get("Metadata")
        path = metadata.get("aws:cdk:path") if isinstance(metadata, Mapping) else None
        self.construct_path: str = path if isinstance(path, str) else ""
        self._properties: Any = None

    @property
    def exists(self) -> bool:
        """Whether the resource is deployed in the present world."""
        name = self.raw.get("Condition")
        if name is not None and self.template.condition(name) is False:
            return False
        parent = self.template.parent
        return parent is None or parent.exists

    @property
    def properties(self) -> Any:
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

    def _resolved(self) -> Any:
        resolved = self.template.resolve(self.raw.get("Properties"))
        return resolved if isinstance(resolved, dict) else UNKNOWN

    def get(self, path: str, default: Any = None) -> Any:
        """Return the resolved property at a dotted path, ``default`` where it is absent, or ``UNKNOWN``."""
        return dig(self.properties, path, default)

    @contextmanager
    def replaced(self, raw: Mapping[str, Any], properties: Any) -> Iterator[None]:
        """Let whoever looks at the resource meanwhile see these instead of its own."""
        own = self.raw, self._properties
        self.raw, self._properties = raw, properties
        try:
            yield
        finally:
            self.raw, self._properties = own

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The resource's ``Metadata`` as written."""
        metadata = self.raw.get("Metadata")
        return metadata if isinstance(metadata, Mapping) else {}

    @property
    def deletion_policy(self) -> Any:
        """``DeletionPolicy``: a string, None, or ``UNKNOWN``."""
        return self.template.resolve(self.raw.get("DeletionPolicy"))

    @property
    def update_replace_policy(self) -> Any:
        """``UpdateReplacePolicy``: a string, None, or ``UNKNOWN``."""
        return self.template.resolve(self.raw.get("UpdateReplacePolicy"))

    def tags(self) -> Mapping[str, Any] | Unknown:
        """Return the resource's tags by key; ``UNKNOWN`` where they cannot be told."""
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

    def __post_init__(self) -> None:
        self.resources: dict[str, Resource] = {}
        # Logical ids of entries that are no resources.
        self.unread: list[str] = []
        # What is odd about the file that it was read from.
        self.odd: Sequence[Oddity] = ()
        # The nested stack that deploys this template.
        self.parent: Resource | None = None
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
        return {"AWS::AccountId": self.account, "AWS::Partition": partition, "AWS::Region": self.region}.get(name)

    def is_accepted(self, world: World) -> bool:
        """Whether CloudFormation would take a world, as far as the template's ``Rules`` tell by its answers alone."""
        return all(accepts(self, rule, world) for rule in as_mapping(self.body.get("Rules")).values())

    def resolve(self, value: Any, depth: int = 0) -> Any:
        """Resolve the functions in ``value`` as far as the app's templates tell."""
        return intrinsics.resolve(self, value, depth)

    def condition(self, name: Any, depth: int = 0) -> bool | Unknown:
        """Return what a named condition comes to in the present world."""
        return self._conditions.holds(name, depth)


class Oddity(NamedTuple):
    """What a template's file says otherwise than it may have been meant, and where; both count from 1."""

    message: str
    fix: str
    line: int
    column: int


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
        self.templates: list[Template] = []
        # The cloud assemblies that templates were read from.
        self.assemblies: list[Assembly] = []
        # Where each template was read from, by its name; what came from no file is kept.
        self.files: Mapping[str, Path] = {}
        self.contents: Mapping[str, bytes] = {}
        # Files that were looked at and passed over, since they are no templates.
        self.skipped: Sequence[Path] = ()
        self.worlds = Worlds()
        self._nested: dict[tuple[str, str], Template] = {}
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
        construct_paths: Mapping[str, str] | None = None,
        given: Mapping[str, Any] | None = None,
    ) -> Template:
        """Add a template; ``name`` is how messages call it, ``given`` what its stack's parameters are deployed with."""
        template = Template(
            name,
            body,
            self,
            account,
            region,
            stack_path,
            construct_paths=construct_paths or {},
            given={**(given or {}), **self.given},
        )
        self.templates.append(template)
        return template

    def nest(self, parent: Resource, nested: Template) -> None:
        """Say that ``parent``, an ``AWS::CloudFormation::Stack``, deploys ``nested``."""
        nested.parent = parent
        nested.account, nested.region = parent.template.account, parent.template.region
        self._nested[parent.template.name, parent.logical_id] = nested

    def nested(self, parent: Resource) -> Template | None:
        """Return the template that a nested stack deploys, if it is part of the app."""
        return self._nested.get((parent.template.name, parent.logical_id))

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
                if self.worlds.exploring:
                    yield from (resource for resource in resources if resource.exists)
                else:
                    yield from resources

    def cached(self, key: str, make: Callable[[App], T]) -> T:
        """Return what ``make`` derives from the whole app, made once; an index of one's own goes here."""
        known = self._cache.get(key)
        if known is None:
            known = self._cache[key] = []
        return self.worlds.memo(known, lambda: make(self))

    def exported(self, name: str) -> tuple[Template, Any] | None:
        """Return what a stack of the app exports by a name: the template, and the value as written there."""
        return self._links.exported(name)

    def target(self, value: Any, *types: str) -> Resource | None:
        """Return the app's resource of one of ``types`` that a value denotes: a reference, a name or an ARN."""
        return self._links.target(value, *types)

    def referring(self, target: Resource, kind: str, path: str) -> Sequence[Resource]:
        """Return the resources of type ``kind`` whose property at ``path`` denotes ``target`` (or lists it)."""
        return self._links.referring(target, kind, path)
