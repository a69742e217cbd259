"""An app: the templates that are deployed together, and the links between them."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from hipaa_constructs.cloudformation.links import Links
from hipaa_constructs.cloudformation.model.assembly import Assembly
from hipaa_constructs.cloudformation.model.resource import Resource
from hipaa_constructs.cloudformation.model.template import Template
from hipaa_constructs.cloudformation.traces import TracedTypes
from hipaa_constructs.cloudformation.worlds import Memo, Worlds

T = TypeVar("T")


class App:
    """All templates that are deployed together, and the links between them."""

    def __init__(self, given: Mapping[str, Any] | None = None, *, traced: bool = False) -> None:
        """Make an app without templates; ``given`` are the values that parameters are deployed with, by name.

        :param traced: whether it is noted what of it is read; see ``Worlds.reading``.
        """
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
        # Files that nobody gave, and that were read since templates beside them deploy or include them.
        self.beside: list[str] = []
        # What came from no file, by the template's name.
        self.contents: Mapping[str, bytes] = {}
        # Files that were looked at and passed over, since they are no templates.
        self.skipped: Sequence[Path] = ()
        self.worlds = Worlds(traced=traced)
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
        stack_set: Resource | None = None,
    ) -> Template:
        """Add a template; ``name`` is how messages call it, ``given`` what its stack's parameters are deployed with.

        :param parent: the ``AWS::CloudFormation::Stack`` of the app that deploys it: in its own account and Region. A
            template that several nested stacks deploy is added once for each.
        :param stack_set: the ``AWS::CloudFormation::StackSet`` of the app that deploys it: to accounts and Regions that
            only deployment tells.
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
        deploying = parent or stack_set
        if deploying is not None:
            self._nested[deploying] = template
        # What was asked while the app was not complete, as by the URL of a nested stack's template, is asked again.
        self._links = Links(self)
        self._cache.clear()
        for index in ("resources", "sources", "_shared", "_by_path"):
            self.__dict__.pop(index, None)
        return template

    def nested(self, parent: Resource) -> Template | None:
        """Return the template that a nested stack or a stack set deploys, if it is part of the app."""
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
        return TracedTypes(by_type, self.worlds.note) if self.worlds.traced else by_type

    def at(self, construct_path: str) -> Resource | None:
        """Return the resource at a construct path, the first where several nested stacks deploy it; None if none is."""
        return self._by_path.get(construct_path)

    @cached_property
    def _by_path(self) -> Mapping[str, Resource]:
        by_path: dict[str, Resource] = {}
        for template in self.templates:
            for resource in template.resources.values():
                if resource.construct_path:
                    by_path.setdefault(resource.construct_path, resource)
        return by_path

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
            known = self._cache[key] = Memo()
        return self.worlds.memo(known, lambda: make(self))

    def exported(self, name: Any, importer: Template) -> tuple[Template, Any] | None:
        """Return what a stack of the app exports for another by a name: its template, and the value as written."""
        return self._links.exported(name, importer)

    def target(self, value: Any, *types: str, near: Template | None = None) -> Resource | None:
        """Return the app's resource of one of ``types`` that a value denotes: a reference, a name or an ARN.

        :param near: the template that names it, whose own resource is meant before others of the same name.
        """
        return self._links.target(value, *types, near=near)

    def called(self, name: str) -> Sequence[Resource]:
        """Return the resources that have a physical name in any world."""
        return self._links.called(name)

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
