"""What resources of an app say of each other: by reference, by physical name, by ARN, by export."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hipaa_constructs.cloudformation.values import Reference, Text, as_mapping

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
    """The links of one app, worked out when they are first asked for."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._referring: dict[tuple[str, str], dict[int, list[Resource]]] = {}

    @cached_property
    def exports(self) -> Mapping[str, tuple[Template, Any]]:
        """What stacks of the app export, by export name: the template, and the value as written there."""
        exports: dict[str, tuple[Template, Any]] = {}
        for template in self._app.templates:
            for output in as_mapping(template.body.get("Outputs")).values():
                export = as_mapping(as_mapping(output).get("Export"))
                name = template.resolve(export.get("Name"))
                if isinstance(name, str) and "Value" in output:
                    exports[str(name)] = (template, output["Value"])
        return exports

    @cached_property
    def _named(self) -> Mapping[tuple[str, str], list[Resource]]:
        named: dict[tuple[str, str], list[Resource]] = defaultdict(list)
        for kind, (_, property_name) in _NAMES.items():
            for resource in self._app.resources.get(kind, ()):
                name = resource.get(property_name)
                if isinstance(name, str):
                    named[kind, name].append(resource)
        return named

    def target(self, value: Any, *types: str) -> Resource | None:
        """Return the resource of one of ``types`` that a value denotes: a reference, a name or an ARN."""
        if isinstance(value, Reference):
            return value.resource if value.resource.type in types else None
        if isinstance(value, Text):
            for reference in value.references:
                if reference.resource.type in types:
                    return reference.resource
        if isinstance(value, str):
            for kind in types:
                names = self._named.get((kind, value)) or self._named.get((kind, _name_in_arn(value, kind)))
                if names:
                    return names[0]
        return None

    def referring(self, target: Resource, kind: str, path: str) -> Sequence[Resource]:
        """Return the resources of type ``kind`` whose property at ``path`` denotes ``target`` (or lists it)."""
        index = self._referring.get((kind, path))
        if index is None:
            index = defaultdict(list)
            for resource in self._app.resources.get(kind, ()):
                found = resource.get(path)
                for value in found if isinstance(found, list) else [found]:
                    denoted = self._denoted(value)
                    if denoted is not None:
                        index[id(denoted)].append(resource)
            self._referring[kind, path] = index
        return index.get(id(target), ())

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
