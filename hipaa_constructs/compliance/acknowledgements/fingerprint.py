"""What identifies a finding when its construct is renamed: the rule, and what is written of the resource."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from hipaa_constructs.cloudformation.model import App, Resource, Template
from hipaa_constructs.compliance.rule import Finding

_LENGTH = 32
_ELSEWHERE = frozenset({"Fn::ImportValue", "Fn::GetStackOutput"})
_FILLED_IN = re.compile(r"\$\{([^!.}]+)")


class Fingerprints:
    """The fingerprints of one app's findings.

    Two resources of one type with the same properties have the same, wherever they stand and whatever they and what
    they refer to are called. Messages do not count, since their wording changes.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._contents: dict[Resource, str] = {}

    def of(self, finding: Finding) -> str:
        """Return the fingerprint of a finding; what is about no resource goes by its message."""
        resource = self._resource(finding)
        content = finding.message if resource is None else self._content(resource)
        identity = "\0".join((finding.rule_id, content))
        return hashlib.sha256(identity.encode("utf-8", "backslashreplace")).hexdigest()[:_LENGTH]

    def _resource(self, finding: Finding) -> Resource | None:
        template = self._templates.get(finding.template)
        by_id = template.resources.get(finding.resource_logical_id) if template is not None else None
        return by_id or self._app.at(finding.construct_path)

    @cached_property
    def _templates(self) -> Mapping[str, Template]:
        return {template.name: template for template in self._app.sources}

    def _content(self, resource: Resource) -> str:
        if resource not in self._contents:
            properties = _nameless(resource.raw.get("Properties"), resource)
            self._contents[resource] = resource.type + json.dumps(properties, sort_keys=True, default=str)
        return self._contents[resource]


def _nameless(value: Any, resource: Resource) -> Any:
    """Put the type of a resource where its logical id stands, and leave out the name of its construct."""
    if isinstance(value, list):
        return [_nameless(item, resource) for item in value]
    if isinstance(value, str):
        # CDK tags a VPC and its subnets with their construct paths.
        return "" if value and f"{resource.construct_path}/".startswith(f"{value}/") else value
    if not isinstance(value, Mapping):
        return value
    if len(value) == 1:
        ((function, argument),) = value.items()
        if function in _ELSEWHERE:
            return {function: ""}
        if function == "Ref" and isinstance(argument, str):
            return {function: _type(argument, resource)}
        if function == "Fn::GetAtt":
            named = argument.split(".", 1) if isinstance(argument, str) else argument
            if isinstance(named, list) and named and isinstance(named[0], str):
                return {function: [_type(named[0], resource), *(_nameless(part, resource) for part in named[1:])]}
        if function == "Fn::Sub" and isinstance(argument, str):
            return {function: _FILLED_IN.sub(lambda found: f"${{{_type(found.group(1), resource)}", argument)}
    return {str(key): _nameless(item, resource) for key, item in value.items()}


def _type(name: str, resource: Resource) -> str:
    target = resource.template.resources.get(name)
    return target.type if target is not None else name
