"""A template as it is deployed: resources with resolved properties, linked across the stacks of an app.

Resolution is honest: what deployment alone can tell stays ``UNKNOWN``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from hipaa_constructs.cloudformation import for_each, intrinsics, sam
from hipaa_constructs.cloudformation.conditions import Conditions
from hipaa_constructs.cloudformation.links import Links
from hipaa_constructs.cloudformation.values import UNKNOWN, Unknown, as_mapping, dig

T = TypeVar("T")


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
    def properties(self) -> Any:
        """All properties, resolved: a dict, or ``UNKNOWN`` where a macro stands for them."""
        if self._properties is None:
            resolved = self.template.resolve(self.raw.get("Properties") or {})
            self._properties = resolved if isinstance(resolved, dict) else UNKNOWN
        return self._properties

    def get(self, path: str, default: Any = None) -> Any:
        """Return the resolved property at a dotted path, ``default`` where it is absent, or ``UNKNOWN``."""
        return dig(self.properties, path, default)

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

    def __post_init__(self) -> None:
        self.resources: dict[str, Resource] = {}
        # Logical ids of entries that are no resources.
        self.unread: list[str] = []
        # The nested stack that deploys this template.
        self.parent: Resource | None = None
        # Whether loops are left that only deployment writes out.
        self.loops_left = False
        self._conditions = Conditions(self)
        self.body, self.loops_left = for_each.unrolled(self.body, self.resolve)
        # A loop's collection may have asked for a condition that another loop makes.
        self._conditions.forget()
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

    def resolve(self, value: Any, depth: int = 0) -> Any:
        """Resolve the functions in ``value`` as far as the app's templates tell."""
        return intrinsics.resolve(self, value, depth)

    def condition(self, name: Any, depth: int = 0) -> bool | Unknown:
        """Return what a named condition comes to."""
        return self._conditions.holds(name, depth)


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

    def __init__(self) -> None:
        self.templates: list[Template] = []
        # The cloud assemblies that templates were read from.
        self.assemblies: list[Assembly] = []
        # Where each template was read from, by its name.
        self.files: Mapping[str, Path] = {}
        # Files that were looked at and passed over, since they are no templates.
        self.skipped: Sequence[Path] = ()
        self._nested: dict[tuple[str, str], Template] = {}
        self._links = Links(self)
        self._cache: dict[str, Any] = {}

    def add(
        self,
        name: str,
        body: Mapping[str, Any],
        *,
        account: str | None = None,
        region: str | None = None,
        stack_path: str = "",
        construct_paths: Mapping[str, str] | None = None,
    ) -> Template:
        """Add a template; ``name`` is how messages call it."""
        template = Template(name, body, self, account, region, stack_path, construct_paths=construct_paths or {})
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
        """Iterate over the app's resources of the given types; ``*`` stands for every type."""
        for kind in types:
            if kind == "*":
                for resources in self.resources.values():
                    yield from resources
            else:
                yield from self.resources.get(kind, ())

    def cached(self, key: str, make: Callable[[App], T]) -> T:
        """Return what ``make`` derives from the whole app, made once; an index of one's own goes here."""
        if key not in self._cache:
            self._cache[key] = make(self)
        made: T = self._cache[key]
        return made

    @property
    def exports(self) -> Mapping[str, tuple[Template, Any]]:
        """What stacks of the app export, by export name: the template, and the value as written there."""
        return self._links.exports

    def target(self, value: Any, *types: str) -> Resource | None:
        """Return the app's resource of one of ``types`` that a value denotes: a reference, a name or an ARN."""
        return self._links.target(value, *types)

    def referring(self, target: Resource, kind: str, path: str) -> Sequence[Resource]:
        """Return the resources of type ``kind`` whose property at ``path`` denotes ``target`` (or lists it)."""
        return self._links.referring(target, kind, path)
