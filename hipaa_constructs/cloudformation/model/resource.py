"""A resource of a template, with its properties as they are deployed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

from hipaa_constructs.cloudformation.traces import ATTRIBUTE, PROPERTIES, PROPERTY, WHOLE
from hipaa_constructs.cloudformation.values import NO_VALUE, UNKNOWN, Fields, Resolved, Unknown, dig, is_mapping
from hipaa_constructs.cloudformation.worlds import Memo

if TYPE_CHECKING:
    from hipaa_constructs.cloudformation.model.template import Template

T = TypeVar("T")

# A property that may come out in more ways is read part by part, so that an answer about one part does not depend on
# what the others come to.
_WAYS_AS_A_WHOLE: Final = 8


class Properties(Fields):
    """The properties of a resource, each resolved when it is asked for, in the present world.

    So an answer depends on no choice but those behind the properties that were looked at.
    """

    __slots__ = ("_by_world", "_known", "_parts", "_traced", "template", "written")

    def __init__(self, template: Template, written: Mapping[str, Any], of: Resource | None = None) -> None:
        """Make those that are written so; of a resource, or else within its properties."""
        # Of what it is noted which properties are read.
        self._traced = of if template.app.worlds.traced else None
        self.template = template
        self.written = written
        # Those that are the same in every world, and all others.
        self._known: dict[str, Any] = {}
        self._by_world: dict[str, Memo] = {}
        # What the items of its lists come to, by the ``id()`` of what is written.
        self._parts: dict[int, Memo] = {}

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
        if self._traced is not None:
            self.template.app.worlds.note((self._traced, PROPERTIES))
        return (key for key in self.written if self._resolved(key) is not NO_VALUE)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __bool__(self) -> bool:
        return any(True for _ in self)

    def _resolved(self, key: str) -> Any:
        if self._traced is not None:
            self.template.app.worlds.note((self._traced, PROPERTY, key))
        if key in self._known:
            return self._known[key]
        if key not in self.written:
            return NO_VALUE
        template = self.template
        memo = self._by_world.setdefault(key, Memo())
        value = template.app.worlds.memo(memo, lambda: self._made(self.written[key]))
        # Where that is traced, what was read for it counts each time.
        if memo.constant and not template.app.worlds.traced:
            self._known[key] = value
            del self._by_world[key]
        return value

    def _made(self, written: Any) -> Any:
        """Resolve what is written; where that may come out in many ways, each part when it is read."""
        template = self.template
        if not isinstance(written, (list, Mapping)) or template.choices.ways(written) <= _WAYS_AS_A_WHOLE:
            return template.resolve(written, 1)
        if isinstance(written, list):
            return [item for part in written if (item := self._part(part)) is not NO_VALUE]
        # A function, a loop or a macro has no parts of its own.
        if any(key in ("Ref", "Condition") or str(key).startswith("Fn::") for key in written):
            return template.resolve(written, 1)
        return Properties(template, {str(key): item for key, item in written.items()})

    def _part(self, written: Any) -> Any:
        """Return what an item comes to: made once for all worlds that it cannot tell apart, whatever others ask."""
        if not isinstance(written, (list, Mapping)):
            return self._made(written)
        return self.template.app.worlds.memo(self._parts.setdefault(id(written), Memo()), lambda: self._made(written))


class Tags(Fields):
    """Tags by key; a value is resolved when it is asked for, so that an answer depends on no tag but that one."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, Fields]) -> None:
        self._items = items

    def get(self, key: str, default: Any = None) -> Resolved:
        """Return a tag's value, or ``default`` where there is no tag of that key."""
        item = self._items.get(key)
        found: Resolved = default if item is None else item.get("Value")
        return found

    def __getitem__(self, key: str) -> Resolved:
        return self._items[key].get("Value")

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)


class Resource:
    """A resource of a template."""

    __slots__ = ("_cache", "_properties", "_raw", "_traced", "construct_path", "logical_id", "template", "type")

    def __init__(self, template: Template, logical_id: str, raw: Mapping[str, Any]) -> None:
        self.template = template
        self.logical_id = logical_id
        self._raw = raw
        # Where it is noted what is read of it; None where that is not traced.
        self._traced = template.app.worlds if template.app.worlds.traced else None
        self.type: str = raw["Type"]
        metadata = raw.get("Metadata")
        path = metadata.get("aws:cdk:path") if isinstance(metadata, Mapping) else None
        self.construct_path: str = path if isinstance(path, str) else ""
        self._properties: Any = None
        # None while whoever asks shall see what is read for the answer.
        self._cache: dict[str, Memo] | None = {}

    @property
    def raw(self) -> Mapping[str, Any]:
        """The resource as it is written."""
        if self._traced is not None:
            self._traced.note((self, WHOLE))
        return self._raw

    def _attribute(self, name: str) -> Any:
        if self._traced is not None:
            self._traced.note((self, ATTRIBUTE, name))
        return self._raw.get(name)

    @property
    def is_l1(self) -> bool:
        """Whether an app has its L1 in a stack itself, where nothing else stands that could make it.

        Only there the logical id is the construct's id, without a digest of the path
        (docs.aws.amazon.com/cdk/v2/guide/identifiers.html). Deeper in the tree nothing tells.
        """
        own = self.construct_path.rpartition("/")[2]
        return own != "" and re.sub("[^A-Za-z0-9]", "", own) == self.logical_id

    @property
    def exists(self) -> bool:
        """Whether the resource is deployed in the present world."""
        # As ``_attribute`` does; nothing is asked oftener.
        if self._traced is not None:
            self._traced.note((self, ATTRIBUTE, "Condition"))
        name = self._raw.get("Condition")
        if name is not None and self.template.condition(name) is False:
            return False
        parent = self.template.parent
        return parent is None or parent.exists

    @property
    def properties(self) -> Fields | Unknown:
        """All properties, resolved: a mapping, or ``UNKNOWN`` where a macro stands for them."""
        if self._properties is None:
            written = self._raw.get("Properties") or {}
            if isinstance(written, Mapping) and not any(str(key).startswith("Fn::") for key in written):
                self._properties = Properties(self.template, {str(key): item for key, item in written.items()}, self)
            else:
                self._properties = Memo()
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
        if self._cache is None:
            return make()
        return self.template.app.worlds.memo(self._cache.setdefault(key, Memo()), make)

    def written(self, path: str) -> Any:
        """Return the property at a dotted path as it is written; None where a function or a list is on the way."""
        keys = path.split(".")
        if self._traced is not None:
            self._traced.note((self, PROPERTY, keys[0]))
        value: Any = self._raw.get("Properties")
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        return value

    @contextmanager
    def replaced(self, raw: Mapping[str, Any], properties: Any) -> Iterator[None]:
        """Let whoever looks at the resource meanwhile see these instead of its own."""
        own = self._raw, self._properties, self._cache
        self._raw, self._properties, self._cache = raw, properties, None
        try:
            yield
        finally:
            self._raw, self._properties, self._cache = own

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The resource's ``Metadata`` as written."""
        metadata = self._attribute("Metadata")
        return metadata if isinstance(metadata, Mapping) else {}

    @property
    def deletion_policy(self) -> Resolved:
        """``DeletionPolicy``: a string, None, or ``UNKNOWN``."""
        found: Resolved = self.template.resolve(self._attribute("DeletionPolicy"))
        return found

    @property
    def update_replace_policy(self) -> Resolved:
        """``UpdateReplacePolicy``: a string, None, or ``UNKNOWN``."""
        found: Resolved = self.template.resolve(self._attribute("UpdateReplacePolicy"))
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
            if is_mapping(tags):
                return tags
            if isinstance(tags, list):
                if not all(map(is_mapping, tags)):
                    return UNKNOWN
                return Tags({str(item.get("Key")): item for item in tags})
        return {}

    def __repr__(self) -> str:
        return f"<{self.type} {self.template.name}/{self.logical_id}>"
