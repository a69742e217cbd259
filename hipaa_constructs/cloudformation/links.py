"""What resources of an app say of each other: by reference, by physical name, by ARN, by export."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from hipaa_constructs.cloudformation.values import Reference, Text, as_mapping, same

if TYPE_CHECKING:
    from hipaa_constructs.cloudformation.model import App, Resource, Template

# How each type's physical name is written, and how its ARN ends before the name.
_NAMES: Mapping[str, tuple[str, str]] = {
    "AWS::S3::Bucket": (":::", "BucketName"),
    "AWS::SNS::Topic": (":", "TopicName"),
    "AWS::SQS::Queue": (":", "QueueName"),
    "AWS::KMS::Alias": (":", "AliasName"),
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
    "AWS::Redshift::ClusterParameterGroup": (":parametergroup:", "ParameterGroupName"),
    "AWS::Backup::BackupVault": (":backup-vault:", "BackupVaultName"),
    "AWS::CloudTrail::Trail": (":trail/", "TrailName"),
}


class Links:
    """The links of one app, worked out when they are first asked for.

    An index holds what may be linked in any world; who asks gets what is linked in the present one.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._referring: dict[tuple[str, str], dict[int, list[Resource]]] = {}

    def exported(self, name: str) -> tuple[Template, Any] | None:
        """Return what a stack of the app exports by a name: the template, and the value as written there."""
        for template, output in self._exports.get(name, ()):
            condition = output.get("Condition")
            written = as_mapping(output.get("Export")).get("Name")
            named = same(template.resolve(written), name)
            if named and (condition is None or template.condition(condition) is not False):
                return template, output["Value"]
        return None

    @cached_property
    def _exports(self) -> Mapping[str, list[tuple[Template, Mapping[str, Any]]]]:
        exports: dict[str, list[tuple[Template, Mapping[str, Any]]]] = defaultdict(list)
        for template in self._app.templates:
            for output in map(as_mapping, as_mapping(template.body.get("Outputs")).values()):
                written = as_mapping(output.get("Export")).get("Name")
                if written is None or "Value" not in output:
                    continue
                for name in self._app.worlds.every(partial(template.resolve, written)):
                    if isinstance(name, str):
                        exports[str(name)].append((template, output))
        return exports

    @cached_property
    def _named(self) -> Mapping[tuple[str, str], list[Resource]]:
        named: dict[tuple[str, str], list[Resource]] = defaultdict(list)
        for kind, (_, property_name) in _NAMES.items():
            for resource in self._app.resources.get(kind, ()):
                for name in self._app.worlds.every(partial(resource.get, property_name)):
                    if isinstance(name, str):
                        named[kind, name].append(resource)
        return named

    def target(self, value: Any, *types: str) -> Resource | None:
        """Return the resource of one of ``types`` that a value denotes: a reference, a name or an ARN."""
        return next((resource for resource in self._targets(value, types) if self._there(resource)), None)

    def _targets(self, value: Any, types: Sequence[str]) -> Iterator[Resource]:
        if isinstance(value, Reference):
            if value.resource.type in types:
                yield value.resource
            return
        if isinstance(value, Text):
            for reference in value.references:
                if reference.resource.type in types:
                    yield reference.resource
        if isinstance(value, str):
            for kind in types:
                for name in (value, _name_in_arn(value, kind)):
                    for resource in self._named.get((kind, name), ()):
                        if same(resource.get(_NAMES[kind][1]), name):
                            yield resource

    def _there(self, resource: Resource) -> bool:
        return not self._app.worlds.exploring or resource.exists

    def referring(self, target: Resource, kind: str, path: str) -> Sequence[Resource]:
        """Return the resources of type ``kind`` whose property at ``path`` denotes ``target`` (or lists it)."""
        index = self._referring.get((kind, path))
        if index is None:
            index = self._referring[kind, path] = self._index(kind, path)
        return [
            resource
            for resource in index.get(id(target), ())
            if self._there(resource) and any(one is target for one in self._denoted_by(resource, path))
        ]

    def _index(self, kind: str, path: str) -> dict[int, list[Resource]]:
        index: dict[int, list[Resource]] = defaultdict(list)
        for resource in self._app.resources.get(kind, ()):
            in_worlds = self._app.worlds.every(partial(self._denoted_by, resource, path))
            for denoted in {id(one): one for world in in_worlds for one in world}:
                index[denoted].append(resource)
        return index

    def _denoted_by(self, resource: Resource, path: str) -> list[Resource]:
        found = resource.get(path)
        denoted = (self._denoted(value) for value in (found if isinstance(found, list) else [found]))
        return [one for one in denoted if one is not None]

    def _denoted(self, value: Any) -> Resource | None:
        if isinstance(value, Reference):
            return value.resource
        if isinstance(value, Text) and value.references:
            return value.references[0].resource
        return self.target(value, *_NAMES) if isinstance(value, str) else None


def _name_in_arn(value: str, kind: str) -> str:
    marker = _NAMES[kind][0] if kind in _NAMES else None
    if not marker or not value.startswith("arn:") or marker not in value:
        return ""
    name = value.rsplit(marker, 1)[1]
    return name.removesuffix(":*").removesuffix("/*") if kind != "AWS::KMS::Alias" else name
