"""Synthesized templates as rules see them: resources with resolved properties, linked across stacks.

Resolution is honest: what deployment alone can tell stays ``UNKNOWN``, and ``UNKNOWN`` refuses to be taken for true
or false, so that no rule passes a value by accident.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

from hipaa_constructs.compliance import serverless
from hipaa_constructs.compliance.availability import dns_suffix, partition_of
from hipaa_constructs.compliance.loops import LOOP, unrolled

if TYPE_CHECKING:
    from pathlib import Path

    from hipaa_constructs.compliance.classification import DataClassification
    from hipaa_constructs.compliance.governance.acknowledgement import Acknowledgement

T = TypeVar("T")

# Deeper nesting than any real template's; a cycle of references ends here as unknown.
_MAX_DEPTH = 60


class Unknown:
    """A value that only deployment can tell."""

    def __bool__(self) -> NoReturn:
        raise TypeError("an unknown value is neither true nor false: compare with `is UNKNOWN` first")

    def __repr__(self) -> str:
        return "UNKNOWN"


class _NoValue:
    """``AWS::NoValue``: the property or item is left out."""


UNKNOWN: Final = Unknown()
_NO_VALUE: Final = _NoValue()


@dataclass(frozen=True, slots=True)
class Reference:
    """What ``Ref`` (attribute None) or ``Fn::GetAtt`` of a resource in the app resolves to."""

    resource: Resource
    attribute: str | None = None

    def __str__(self) -> str:
        return "${" + self.resource.logical_id + (f".{self.attribute}" if self.attribute else "") + "}"


class Text(str):
    """A string joined from parts that deployment fills in, shown as ``${…}``; it keeps what it refers to."""

    references: tuple[Reference, ...]
    __slots__ = ("references",)

    def __new__(cls, text: str, references: Iterable[Reference] = ()) -> Text:
        """Make it from what can be shown, and the resources that are shown in it."""
        made = super().__new__(cls, text)
        made.references = tuple(references)
        return made


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
        self.unread: list[str] = []
        self._conditions: dict[str, bool | Unknown] = {}
        self.parent: Resource | None = None
        self._loops_left = False
        self.body, self._loops_left = unrolled(self.body, self.resolve)
        # A loop's collection may have asked for a condition that another loop makes.
        self._conditions.clear()
        for logical_id, raw in serverless.deployed(self.body).items():
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
        return _mapping(self.body.get("Parameters"))

    def resolve(self, value: Any, depth: int = 0) -> Any:
        """Resolve intrinsics in ``value`` as far as the app's templates tell."""
        if isinstance(value, (str, int, float, bool)) or value is None:
            return value
        if depth > _MAX_DEPTH:
            return UNKNOWN
        if isinstance(value, Mapping):
            if len(value) == 1:
                ((key, argument),) = value.items()
                if key == "Ref" or (isinstance(key, str) and (key.startswith("Fn::") or key == "Condition")):
                    intrinsic = _INTRINSICS.get(key)
                    if intrinsic is not None:
                        return intrinsic(self, argument, depth + 1)
                    if key.startswith("Fn::"):
                        return UNKNOWN
            if "Fn::Transform" in value or (self._loops_left and any(str(key).startswith(LOOP) for key in value)):
                return UNKNOWN
            resolved = ((str(key), self.resolve(item, depth + 1)) for key, item in value.items())
            return {key: item for key, item in resolved if item is not _NO_VALUE}
        if isinstance(value, Sequence):
            items = (self.resolve(item, depth + 1) for item in value)
            return [item for item in items if item is not _NO_VALUE]
        return UNKNOWN

    def condition(self, name: Any, depth: int = 0) -> bool | Unknown:
        """Return what a named condition comes to."""
        if not isinstance(name, str) or depth > _MAX_DEPTH:
            return UNKNOWN
        if name not in self._conditions:
            self._conditions[name] = UNKNOWN  # what a condition that refers to itself comes to
            conditions = _mapping(self.body.get("Conditions"))
            self._conditions[name] = as_bool(self.resolve(conditions.get(name, UNKNOWN), depth + 1))
        return self._conditions[name]

    # -- intrinsics -------------------------------------------------------------------------------------------

    def _ref(self, name: Any, depth: int) -> Any:
        if not isinstance(name, str):
            return UNKNOWN
        if name in self.resources:
            return Reference(self.resources[name])
        if name in self.parameters:
            return self._parameter(name, depth)
        return self._pseudo(name)

    def _pseudo(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return _NO_VALUE
        known = {
            "AWS::AccountId": self.account,
            "AWS::Region": self.region,
            "AWS::Partition": partition_of(self.region) or "aws",
            "AWS::URLSuffix": dns_suffix(self.region),
        }
        # A pseudo parameter is never empty nor a wildcard, so its name can stand for it in a string.
        return known.get(name) or (Text("${" + name + "}") if name.startswith("AWS::") else UNKNOWN)

    def _parameter(self, name: str, depth: int) -> Any:
        if self.parent is not None:
            given = _mapping(_mapping(self.parent.raw.get("Properties")).get("Parameters"))
            if name in given:
                return self.parent.template.resolve(given[name], depth)
        declared = _mapping(self.parameters[name])
        kind = str(declared.get("Type", "String"))
        if "Default" not in declared or kind.startswith("AWS::SSM::Parameter::Value"):
            allowed = declared.get("AllowedValues")
            return allowed[0] if isinstance(allowed, list) and len(allowed) == 1 else UNKNOWN
        default = declared["Default"]
        if "List" in kind and isinstance(default, str):
            return [item.strip() for item in default.split(",") if item.strip()]
        return default

    def _get_att(self, argument: Any, depth: int) -> Any:
        if isinstance(argument, str):
            argument = argument.split(".", 1)
        if not isinstance(argument, Sequence) or len(argument) < 2:
            return UNKNOWN
        resource = self.resources.get(argument[0]) if isinstance(argument[0], str) else None
        if resource is None:
            return UNKNOWN
        attribute = self.resolve(argument[1], depth) if len(argument) == 2 else ".".join(map(str, argument[1:]))
        if not isinstance(attribute, str):
            return UNKNOWN
        if resource.type == "AWS::CloudFormation::Stack" and attribute.startswith("Outputs."):
            nested = self.app.nested(resource)
            output = _mapping(_mapping(nested.body.get("Outputs")).get(attribute[8:])) if nested else {}
            return nested.resolve(output["Value"], depth) if nested and "Value" in output else UNKNOWN
        return Reference(resource, attribute)

    def _import_value(self, argument: Any, depth: int) -> Any:
        name = self.resolve(argument, depth)
        exporter = self.app.exports.get(name) if isinstance(name, str) else None
        return exporter[0].resolve(exporter[1], depth) if exporter else UNKNOWN

    def _get_stack_output(self, argument: Any, depth: int) -> Any:
        stack, region, output = (
            self.resolve(_mapping(argument).get(key), depth) for key in ("StackName", "Region", "OutputName")
        )
        for template in self.app.templates:
            if template.stack_name == stack and region in (None, template.region) and isinstance(output, str):
                found = _mapping(_mapping(template.body.get("Outputs")).get(output))
                return template.resolve(found["Value"], depth) if "Value" in found else UNKNOWN
        return UNKNOWN

    def _if(self, argument: Any, depth: int) -> Any:
        if not isinstance(argument, Sequence) or isinstance(argument, str) or len(argument) != 3:
            return UNKNOWN
        holds = self.condition(argument[0], depth)
        if holds is UNKNOWN:
            then, otherwise = self.resolve(argument[1], depth), self.resolve(argument[2], depth)
            return then if _same(then, otherwise) else UNKNOWN
        return self.resolve(argument[1 if holds else 2], depth)

    def _join(self, argument: Any, depth: int) -> Any:
        if not isinstance(argument, Sequence) or isinstance(argument, str) or len(argument) != 2:
            return UNKNOWN
        separator, items = argument[0], self.resolve(argument[1], depth)
        if not isinstance(separator, str) or not isinstance(items, list):
            return UNKNOWN
        return _concatenate(items, separator, [_parameter_named(item) for item in as_list(argument[1])])

    def _sub(self, argument: Any, depth: int) -> Any:
        text: Any = argument
        given: Mapping[str, Any] = {}
        if isinstance(argument, Sequence) and not isinstance(argument, str) and len(argument) == 2:
            text, given = argument[0], _mapping(argument[1])
        if not isinstance(text, str):
            return UNKNOWN
        parts: list[Any] = []
        names: list[str] = []
        for literal, name in _split_sub(text):
            parts.append(literal)
            names.append("")
            if name is None:
                continue
            names.append(name if name not in given else _parameter_named(given[name]))
            if name in given:
                parts.append(self.resolve(given[name], depth))
            elif "." in name and name not in self.parameters:
                parts.append(self._get_att(name, depth))
            else:
                parts.append(self._ref(name, depth))
        return _concatenate(parts, "", names)

    def _select(self, argument: Any, depth: int) -> Any:
        if not isinstance(argument, Sequence) or isinstance(argument, str) or len(argument) != 2:
            return UNKNOWN
        index, items = as_int(self.resolve(argument[0], depth)), self.resolve(argument[1], depth)
        if isinstance(index, int) and isinstance(items, list) and 0 <= index < len(items):
            return items[index]
        return UNKNOWN

    def _split(self, argument: Any, depth: int) -> Any:
        if not isinstance(argument, Sequence) or isinstance(argument, str) or len(argument) != 2:
            return UNKNOWN
        separator, text = argument[0], self.resolve(argument[1], depth)
        if not isinstance(separator, str) or not separator or not isinstance(text, str):
            return UNKNOWN
        return UNKNOWN if isinstance(text, Text) else text.split(separator)

    def _find_in_map(self, argument: Any, depth: int) -> Any:
        if not isinstance(argument, Sequence) or isinstance(argument, str) or len(argument) < 3:
            return UNKNOWN
        value: Any = self.body.get("Mappings")
        for key in argument[:3]:
            resolved = self.resolve(key, depth)
            if not isinstance(resolved, str) or isinstance(resolved, Text) or not isinstance(value, Mapping):
                return UNKNOWN
            if resolved not in value:
                # With AWS::LanguageExtensions, a fourth argument says what else is meant.
                given = _mapping(argument[3]) if len(argument) > 3 else {}
                return self.resolve(given["DefaultValue"], depth) if "DefaultValue" in given else UNKNOWN
            value = value[resolved]
        return self.resolve(value, depth)

    def _condition_function(self, argument: Any, depth: int) -> Any:
        return self.condition(argument, depth)

    def _equals(self, argument: Any, depth: int) -> Any:
        if not isinstance(argument, Sequence) or isinstance(argument, str) or len(argument) != 2:
            return UNKNOWN
        left, right = self.resolve(argument[0], depth), self.resolve(argument[1], depth)
        if any(side is UNKNOWN or isinstance(side, (Reference, Text)) for side in (left, right)):
            return True if _same(left, right) and left is not UNKNOWN else UNKNOWN
        return str(left) == str(right)

    def _not(self, argument: Any, depth: int) -> Any:
        if not isinstance(argument, Sequence) or len(argument) != 1:
            return UNKNOWN
        value = as_bool(self.resolve(argument[0], depth))
        return UNKNOWN if value is UNKNOWN else not value

    def _and(self, argument: Any, depth: int) -> Any:
        return self._any_or_all(argument, depth, decisive=False)

    def _or(self, argument: Any, depth: int) -> Any:
        return self._any_or_all(argument, depth, decisive=True)

    def _any_or_all(self, argument: Any, depth: int, *, decisive: bool) -> Any:
        if not isinstance(argument, Sequence) or isinstance(argument, str):
            return UNKNOWN
        values = [as_bool(self.resolve(item, depth)) for item in argument]
        if any(value is decisive for value in values):
            return decisive
        return UNKNOWN if any(value is UNKNOWN for value in values) else not decisive

    def _base64(self, argument: Any, depth: int) -> Any:
        # Rules look for what is written in user data, so the text is kept in clear.
        return self.resolve(argument, depth)

    def _to_json_string(self, argument: Any, depth: int) -> Any:
        value = self.resolve(argument, depth)
        try:
            return json.dumps(value)
        except (TypeError, ValueError):
            return UNKNOWN


_INTRINSICS = {
    "Ref": Template._ref,
    "Condition": Template._condition_function,
    "Fn::And": Template._and,
    "Fn::Base64": Template._base64,
    "Fn::Equals": Template._equals,
    "Fn::FindInMap": Template._find_in_map,
    "Fn::GetAtt": Template._get_att,
    "Fn::GetStackOutput": Template._get_stack_output,
    "Fn::If": Template._if,
    "Fn::ImportValue": Template._import_value,
    "Fn::Join": Template._join,
    "Fn::Not": Template._not,
    "Fn::Or": Template._or,
    "Fn::Select": Template._select,
    "Fn::Split": Template._split,
    "Fn::Sub": Template._sub,
    "Fn::ToJsonString": Template._to_json_string,
}


class App:
    """All templates that are deployed together, and the links between them."""

    def __init__(self) -> None:
        self.templates: list[Template] = []
        # Data classifications by construct path, as ``classify`` left them in a cloud assembly.
        self.classifications: Mapping[str, DataClassification] = {}
        # What was acknowledged in code, as ``acknowledge`` left it there.
        self.acknowledgements: Sequence[Acknowledgement] = ()
        # Where each template was read from, by its name.
        self.files: Mapping[str, Path] = {}
        # Files that were looked at and passed over, since they are no templates.
        self.skipped: Sequence[Path] = ()
        self._nested: dict[tuple[str, str], Template] = {}
        self._referring: dict[tuple[str, str], dict[int, list[Resource]]] = {}
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
        """Add a template; ``name`` is how findings call it."""
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
        """Return what ``make`` derives from the whole app, made once; a rule's own index goes here."""
        if key not in self._cache:
            self._cache[key] = make(self)
        made: T = self._cache[key]
        return made

    @cached_property
    def exports(self) -> Mapping[str, tuple[Template, Any]]:
        """What stacks of the app export, by export name."""
        exports: dict[str, tuple[Template, Any]] = {}
        for template in self.templates:
            for output in _mapping(template.body.get("Outputs")).values():
                export = _mapping(_mapping(output).get("Export"))
                name = template.resolve(export.get("Name"))
                if isinstance(name, str) and "Value" in output:
                    exports[str(name)] = (template, output["Value"])
        return exports

    @cached_property
    def _named(self) -> Mapping[tuple[str, str], list[Resource]]:
        named: dict[tuple[str, str], list[Resource]] = defaultdict(list)
        for kind, (_, property_name) in _NAMES.items():
            for resource in self.resources.get(kind, ()):
                name = resource.get(property_name)
                if isinstance(name, str):
                    named[kind, name].append(resource)
        return named

    def target(self, value: Any, *types: str) -> Resource | None:
        """Return the app's resource of one of ``types`` that a value denotes: a reference, a name or an ARN."""
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
            for resource in self.resources.get(kind, ()):
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


def dig(value: Any, path: str, default: Any = None) -> Any:
    """Return what stands at a dotted path of resolved data; ``UNKNOWN`` where the path leads into one."""
    for key in path.split("."):
        if value is UNKNOWN or isinstance(value, Reference):
            return UNKNOWN
        if isinstance(value, list) and key.isdigit():
            value = value[int(key)] if int(key) < len(value) else None
        elif isinstance(value, Mapping):
            value = value.get(key)
        else:
            return default
        if value is None:
            return default
    return value


def as_bool(value: Any) -> Any:
    """Read a CloudFormation boolean, which may be written as text: True, False, None if absent, or ``UNKNOWN``."""
    if value is None or isinstance(value, bool) or value is UNKNOWN:
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return UNKNOWN


def as_int(value: Any) -> Any:
    """Read a CloudFormation number, which may be written as text: int, None if absent, or ``UNKNOWN``."""
    if value is None or value is UNKNOWN:
        return value
    if isinstance(value, bool):
        return UNKNOWN
    if isinstance(value, (int, float)):
        return int(value)
    if isinstance(value, str) and re.fullmatch(r"\s*-?\d+(\.0+)?\s*", value):
        return int(float(value))
    return UNKNOWN


def as_text(value: Any) -> Any:
    """Read a value that rules compare as text: str, None if absent, or ``UNKNOWN`` if deployment fills it in."""
    if value is None or (isinstance(value, str) and not isinstance(value, Text) and "{{resolve:" not in value):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, (int, float)) else UNKNOWN


def spread(value: Any, path: str) -> Iterator[Any]:
    """Yield what stands at a path whose ``[]`` parts are lists: None where absent, ``UNKNOWN`` where unknown.

    An absent list has no items, so that nothing is yielded for it.
    """
    head, _, rest = path.partition(".")
    found = dig(value, head.removesuffix("[]"))
    if not head.endswith("[]"):
        if rest:
            yield from spread(found, rest)
        else:
            yield found
        return
    items = as_list(found)
    for item in [UNKNOWN] if items is UNKNOWN else items:
        if rest:
            yield from spread(item, rest)
        else:
            yield item


def as_list(value: Any) -> Any:
    """Read a value that may be one or several: a list, empty if absent, or ``UNKNOWN``."""
    if value is UNKNOWN:
        return UNKNOWN
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _concatenate(parts: Sequence[Any], separator: str, names: Sequence[str]) -> Any:
    """Join what can be shown; a part that is unknown stays visible as ``${?}`` within its text, with its name."""
    if len(parts) == 1:
        return parts[0]
    shown: list[str] = []
    references: list[Reference] = []
    dynamic = False
    # What was left out has no name either; then no name is certain.
    named = zip(parts, names if len(names) == len(parts) else [""] * len(parts), strict=True)
    meaningful = [(part, name) for part, name in named if separator or part != ""]
    if len(meaningful) == 1:
        return meaningful[0][0]
    for part, name in meaningful:
        if isinstance(part, (Mapping, list)):
            return UNKNOWN
        if part is UNKNOWN:
            shown.append(f"${{?{name}}}")
            dynamic = True
        elif isinstance(part, Reference):
            shown.append(str(part))
            references.append(part)
        else:
            if isinstance(part, Text):
                dynamic = True
                references.extend(part.references)
            shown.append("true" if part is True else "false" if part is False else str(part))
    text = separator.join(shown)
    return Text(text, references) if references or dynamic else text


def _parameter_named(written: Any) -> str:
    """Return what a ``Ref`` names, so that texts of two unknown parameters are not taken for the same."""
    name = written.get("Ref") if isinstance(written, Mapping) and len(written) == 1 else None
    return name if isinstance(name, str) else ""


def _split_sub(text: str) -> Iterator[tuple[str, str | None]]:
    position = 0
    for match in re.finditer(r"\$\{(!?)([^}]*)\}", text):
        literal = text[position : match.start()]
        position = match.end()
        if match.group(1):
            yield literal + "${" + match.group(2) + "}", None
        else:
            yield literal, match.group(2).strip()
    yield text[position:], None


def _same(left: Any, right: Any) -> bool:
    if left is UNKNOWN or right is UNKNOWN:
        return False
    try:
        return bool(left == right)
    except TypeError:
        return False


def _name_in_arn(value: str, kind: str) -> str:
    marker = _NAMES[kind][0] if kind in _NAMES else None
    if not marker or not value.startswith("arn:") or marker not in value:
        return ""
    name = value.rsplit(marker, 1)[1]
    return name.removesuffix(":*").removesuffix("/*") if kind != "AWS::KMS::Alias" else name
