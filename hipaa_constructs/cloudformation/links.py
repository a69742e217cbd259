"""What resources of an app say of each other: by reference, by physical name, by ARN, by export."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from hipaa_constructs.cloudformation.gaps import gap
from hipaa_constructs.cloudformation.traces import CALLED
from hipaa_constructs.cloudformation.values import UNKNOWN, Gap, Part, Reference, Text, as_mapping, same, spread
from hipaa_constructs.cloudformation.worlds import Memo

if TYPE_CHECKING:
    from hipaa_constructs.cloudformation.model import App, Resource, Template

T = TypeVar("T")

# How each type's physical name is written, and how its ARN ends before the name.
_NAMES: Mapping[str, tuple[str, str]] = {
    "AWS::S3::Bucket": (":::", "BucketName"),
    "AWS::SNS::Topic": (":", "TopicName"),
    "AWS::SQS::Queue": (":", "QueueName"),
    "AWS::KMS::Alias": (":", "AliasName"),
    "AWS::Lambda::Function": (":function:", "FunctionName"),
    "AWS::IAM::Role": (":role/", "RoleName"),
    "AWS::DynamoDB::Table": (":table/", "TableName"),
    "AWS::Logs::LogGroup": (":log-group:", "LogGroupName"),
    "AWS::RDS::DBCluster": (":cluster:", "DBClusterIdentifier"),
    "AWS::RDS::DBInstance": (":db:", "DBInstanceIdentifier"),
    "AWS::RDS::DBParameterGroup": (":pg:", "DBParameterGroupName"),
    "AWS::RDS::DBClusterParameterGroup": (":cluster-pg:", "DBClusterParameterGroupName"),
    "AWS::RDS::GlobalCluster": ("::global-cluster:", "GlobalClusterIdentifier"),
    "AWS::RDS::OptionGroup": (":og:", "OptionGroupName"),
    "AWS::DocDB::DBCluster": (":cluster:", "DBClusterIdentifier"),
    "AWS::DocDB::DBClusterParameterGroup": (":cluster-pg:", "Name"),
    "AWS::Neptune::DBCluster": (":cluster:", "DBClusterIdentifier"),
    "AWS::Neptune::DBClusterParameterGroup": (":cluster-pg:", "Name"),
    "AWS::ElastiCache::ReplicationGroup": (":replicationgroup:", "ReplicationGroupId"),
    "AWS::ElastiCache::User": (":user:", "UserId"),
    "AWS::ElastiCache::UserGroup": (":usergroup:", "UserGroupId"),
    "AWS::Redshift::ClusterParameterGroup": (":parametergroup:", "ParameterGroupName"),
    "AWS::Backup::BackupVault": (":backup-vault:", "BackupVaultName"),
    "AWS::CloudTrail::Trail": (":trail/", "TrailName"),
}
_ALL = tuple(_NAMES)
_BUCKET = "AWS::S3::Bucket"
# What stands behind a bucket's name in its domain: docs.aws.amazon.com/general/latest/gr/s3.html.
_DOMAIN = re.compile(r"\.s3([.-][\w.${:}?-]+)?\.(amazonaws\.com(\.cn)?|\$\{AWS::URLSuffix\})$")


class Links:
    """The links of one app, worked out when they are first asked for.

    An index holds what may be linked in any world; who asks gets what is linked in the present one.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._known: dict[str, Memo] = {}

    def _kept(self, key: str, make: Callable[[], T]) -> T:
        """Return an index, made once; it holds what is linked in any world, so that it is the same in all of them."""
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = Memo()
        return self._app.worlds.memo(known, make)

    def exported(self, name: Any, importer: Template) -> tuple[Template, Any] | None:
        """Return what a stack of the app exports for another by a name: its template, and the value as written there.

        Exports hold within one account and Region. An export that is named after its own stack, as in
        ``${AWS::StackName}-Vpc``, is found where the stack's name is not known, if no other can be meant.
        """
        if not isinstance(name, str):
            return None
        # Those of another place only where nothing else is given, since they cannot be imported from there.
        exports = sorted(self._exports.get(name, ()), key=lambda one: not _same_place(one[0], importer))
        for template, output in exports:
            written = as_mapping(output.get("Export")).get("Name")
            if same(template.resolve(written), name) and _is_there(template, output):
                return template, output["Value"]
        named = [
            one for one in self._exports_by_stack(name) if one[0] is not importer and _same_place(one[0], importer)
        ]
        if len(named) != 1 or not _is_there(*named[0]):
            return None
        return named[0][0], named[0][1]["Value"]

    def _exports_by_stack(self, name: str) -> Sequence[tuple[Template, Mapping[str, Any]]]:
        if not self._of_stacks:
            return ()
        around = _around_gap(name, "${?")
        if around is not None:
            return self._of_stacks.get(around, ())
        if isinstance(name, Text):
            return ()
        return [
            one
            for (before, after), exports in self._of_stacks.items()
            if name.startswith(before) and name.endswith(after) and len(name) > len(before) + len(after)
            for one in exports
        ]

    @property
    def _of_stacks(self) -> Mapping[tuple[str, str], list[tuple[Template, Mapping[str, Any]]]]:
        return self._kept("of_stacks", self._find_of_stacks)

    def _find_of_stacks(self) -> Mapping[tuple[str, str], list[tuple[Template, Mapping[str, Any]]]]:
        """Exports whose name holds that of their stack, by the text before and behind it."""
        found: dict[tuple[str, str], list[tuple[Template, Mapping[str, Any]]]] = defaultdict(list)
        for name, exports in self._exports.items():
            around = _around_gap(name, "${AWS::StackName}")
            if around is not None:
                found[around] += exports
        return found

    @property
    def _exports(self) -> Mapping[str, list[tuple[Template, Mapping[str, Any]]]]:
        return self._kept("exports", self._find_exports)

    def _find_exports(self) -> Mapping[str, list[tuple[Template, Mapping[str, Any]]]]:
        exports: dict[str, list[tuple[Template, Mapping[str, Any]]]] = defaultdict(list)
        for template in self._app.templates:
            for output in map(as_mapping, as_mapping(template.body.get("Outputs")).values()):
                written = as_mapping(output.get("Export")).get("Name")
                if written is None or "Value" not in output:
                    continue
                for name in self._app.worlds.every(partial(template.resolve, written)):
                    if isinstance(name, str):
                        exports[name].append((template, output))
        return exports

    @property
    def _named(self) -> Mapping[str | Gap, list[Resource]]:
        return self._kept("named", self._find_named)

    def _find_named(self) -> Mapping[str | Gap, list[Resource]]:
        """Resources by their names in any world; those that only look alike are told apart when they are asked for."""
        named: dict[str | Gap, list[Resource]] = defaultdict(list)
        for kind, (_, property_name) in _NAMES.items():
            for resource in self._app.resources.get(kind, ()):
                for name in self._app.worlds.every(partial(_name_of, resource, property_name)):
                    if name is not None:
                        named[name].append(resource)
        return named

    def target(self, value: Any, *types: str, near: Template | None = None) -> Resource | None:
        """Return the resource of one of ``types`` that a value denotes: a reference, a name or an ARN.

        :param near: the template that names it. Of several resources of one name its own is meant, or one of its
            account and Region. Default: the first.
        """
        found = (resource for resource in self._targets(value, types, near) if self._app.is_there(resource))
        return next(found, None)

    def _targets(self, value: Any, types: Sequence[str], near: Template | None) -> Iterator[Resource]:
        if isinstance(value, Reference):
            if value.resource.type in types:
                yield value.resource
                return
            # What another resource gives may be the name of one.
            value = Text(value)
        if isinstance(value, str):
            yield from self._of_name(value, types, near)
            if _BUCKET in types and ".s3" in value:
                for name in _names_in_domain(value):
                    yield from self._of_name(name, (_BUCKET,), near)
            if value.startswith("arn:"):
                for kind in types:
                    yield from self._of_name(_name_in_arn(value, kind), (kind,), near)
        if isinstance(value, Text):
            for reference in _whole_references(value):
                if reference.resource.type in types:
                    yield reference.resource

    def _of_name(self, name: str | Gap, types: Sequence[str], near: Template | None) -> Sequence[Resource]:
        candidates = self._candidates(name)
        found = [one for one in candidates if one.type in types and same(_name_of(one, _NAMES[one.type][1]), name)]
        if near is None or len(found) < 2:
            return found
        own = [one for one in found if one.template is near]
        return own or [one for one in found if _same_place(one.template, near)] or found

    def _candidates(self, name: str | Gap) -> Sequence[Resource]:
        if not self._app.worlds.traced or isinstance(name, Gap):
            return self._named.get(name, ())
        # Who is called otherwise was not asked for.
        self._app.worlds.note((None, CALLED, str(name)))
        return self.called(name)

    def called(self, name: str) -> Sequence[Resource]:
        """Return the resources that have a physical name in any world."""
        return self._app.worlds.unnoted(lambda: self._named).get(name, ())

    def referring(self, target: Resource, kind: str, path: str) -> Sequence[Resource]:
        """Return the resources of type ``kind`` whose property at ``path`` denotes ``target`` (or lists it).

        :param path: dotted; a ``[]`` behind a part stands for each item of a list.
        """

        def tell(resource: Resource) -> Iterator[tuple[Resource, None]]:
            return ((denoted, None) for denoted in self._denoted_by(resource, path))

        told = self.told(target, f"{kind} {path}", (kind,), tell)
        return list(dict.fromkeys(resource for resource, _ in told))

    def told(
        self, target: Resource, key: str, types: Sequence[str], tell: Callable[[Resource], Iterable[tuple[Resource, T]]]
    ) -> Sequence[tuple[Resource, T]]:
        """Return what the resources of some types tell of ``target`` in the present world, each with who tells it.

        What they tell of others is not looked at, so that an answer does not depend on it.
        """
        index = self._kept(f"told {key}", lambda: self._index(types, tell))
        return [
            (resource, what)
            for resource in index.get(id(target), ())
            if self._app.is_there(resource)
            for one, what in tell(resource)
            if one is target
        ]

    def _index(
        self, types: Sequence[str], tell: Callable[[Resource], Iterable[tuple[Resource, T]]]
    ) -> Mapping[int, list[Resource]]:
        """Return who may tell of each resource, in any world."""
        index: dict[int, list[Resource]] = defaultdict(list)
        for kind in types:
            for resource in self._app.resources.get(kind, ()):
                in_worlds = self._app.worlds.every(partial(_ids, tell, resource))
                for denoted in {one: None for world in in_worlds for one in world}:
                    index[denoted].append(resource)
        return index

    def _denoted_by(self, resource: Resource, path: str) -> list[Resource]:
        found: Any = list(spread(resource.properties, path)) if "[]" in path else resource.get(path)
        if found is UNKNOWN:
            return self._of_unknown_name(resource, path)
        values = found if isinstance(found, list) else [found]
        return [one for value in values for one in self._denoted(value, resource.template)]

    def _of_unknown_name(self, resource: Resource, path: str) -> list[Resource]:
        """Return the resources whose name is not known, but is written just as the property at ``path`` is."""
        written = resource.written(path)
        if written is None:
            return []
        unknown, near = gap(resource.template, written), resource.template
        return [one for one in self._of_name(unknown, _ALL, near) if self._app.is_there(one)]

    def _denoted(self, value: Any, near: Template) -> Iterator[Resource]:
        """Yield all that a value may denote, of whatever type."""
        if isinstance(value, Reference):
            yield value.resource
        named = list(self._targets(value, _ALL, near))
        whole = next(_whole_references(value), None) if isinstance(value, Text) and not named else None
        yield from named if whole is None else [whole.resource]


def _ids(tell: Callable[[Resource], Iterable[tuple[Resource, Any]]], resource: Resource) -> list[int]:
    return [id(one) for one, _ in tell(resource)]


def _name_of(resource: Resource, path: str) -> str | Gap | None:
    """Return a resource's name, or what tells it from other names that are not known."""
    name: Any = resource.get(path)
    if name is UNKNOWN:
        written = resource.written(path)
        return None if written is None else gap(resource.template, written)
    if isinstance(name, Reference):
        return Text(name)
    return name if isinstance(name, str) else None


def _is_there(template: Template, output: Mapping[str, Any]) -> bool:
    condition = output.get("Condition")
    return condition is None or template.condition(condition) is not False


def _same_place(one: Template, other: Template) -> bool:
    """Whether two stacks are deployed to one account and Region; what is not known counts as the same."""
    return all(
        mine is None or theirs is None or mine == theirs
        for mine, theirs in ((one.account, other.account), (one.region, other.region))
    )


def _around_gap(name: str, shown: str) -> tuple[str, str] | None:
    """Return the literals before and behind a text's only gap, if that is shown in a certain way."""
    if not isinstance(name, Text):
        return None
    gaps = [number for number, part in enumerate(name.parts) if not isinstance(part, str)]
    if len(gaps) != 1 or not str(name.parts[gaps[0]]).startswith(shown):
        return None
    before, after = name.parts[: gaps[0]], name.parts[gaps[0] + 1 :]
    return "".join(map(str, before)), "".join(map(str, after))


def _whole_references(text: Text) -> Iterator[Reference]:
    """Yield the references that are a whole name within a text: ``${Records}-logs`` names another bucket."""
    for number, part in enumerate(text.parts):
        if isinstance(part, Reference):
            before = str(text.parts[number - 1])[-1:] if number else ""
            behind = str(text.parts[number + 1])[:1] if number + 1 < len(text.parts) else ""
            if not (_BEFORE.fullmatch(before) or _BEHIND.fullmatch(behind)):
                yield part


# What a name goes on with; a gap may be a part of it too, and is taken for none.
_BEHIND = re.compile(r"[\w-]")
_BEFORE = re.compile(r"[\w.-]")


def _names_in_domain(value: str) -> Iterator[str | Gap]:
    """Yield how the bucket may be called that a domain of S3's is for, with the gaps of its name."""
    found = _DOMAIN.search(value)
    if found is None:
        return
    if not isinstance(value, Text):
        yield value[: found.start()]
        return
    parts: list[Part] = []
    left = found.start()
    for part in value.parts:
        if left <= 0:
            break
        parts.append(part[:left] if isinstance(part, str) else part)
        left -= len(str(part))
    yield Text(*parts)
    # A name of which nothing is known is told apart by its gap alone.
    if len(parts) == 1 and isinstance(parts[0], Gap):
        yield parts[0]


def _name_in_arn(value: str, kind: str) -> str:
    marker = _NAMES[kind][0] if kind in _NAMES else None
    if not marker or not value.startswith("arn:") or marker not in value:
        return ""
    name = value.rsplit(marker, 1)[1]
    return name.removesuffix(":*").removesuffix("/*") if kind != "AWS::KMS::Alias" else name


def name_property(kind: str) -> str | None:
    """Return the property that holds the physical name of a type's resources, by which others may name them."""
    return _NAMES[kind][1] if kind in _NAMES else None
