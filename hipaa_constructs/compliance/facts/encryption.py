"""What rules about encryption at rest share: whose key it is, and which volumes a resource defines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Reference, Text, spread
from hipaa_constructs.compliance.rule import Verdict, failed, judge, unknown, worst

_KEY_TYPES = ("AWS::KMS::Key", "AWS::KMS::ReplicaKey", "AWS::KMS::Alias")
_OF_AWS = re.compile(r"(.*[:/])?aws/[\w-]+|aws_(owned|managed)\w*", re.IGNORECASE)


def customer_key(value: Any) -> Any:
    """Tell whether a property names a customer key.

    True or False; None where it names no key; ``UNKNOWN`` where deployment alone can tell. A key that is named by
    its id or ARN counts as the customer's: the keys that AWS manages go by their aliases, ``alias/aws/…``.
    """
    if value is None or value == "":
        return None
    if isinstance(value, Reference):
        return True if value.resource.type in _KEY_TYPES else UNKNOWN
    if isinstance(value, Text):
        if any(reference.resource.type in _KEY_TYPES for reference in value.references):
            return True
        if not re.search(r"key/|alias/", value):
            return UNKNOWN
    if not isinstance(value, str) or "{{resolve:" in value:
        return UNKNOWN
    return not _OF_AWS.fullmatch(value)


def judge_keys(keys: Iterable[tuple[str, Any]]) -> Verdict:
    """Judge that each of the named properties holds a customer key."""
    return worst(_judge_key(path, value) for path, value in keys)


def _judge_key(path: str, value: Any) -> Verdict:
    own = customer_key(value)
    if own is None:
        return failed(f"{path} names no key, so an AWS key encrypts it.")
    return judge(own, f"{path} is {value}, an AWS key.", unknown_message=f"{path} is known only at deployment.")


# Where each type lists the volumes that it makes; None for the type that is a volume itself.
VOLUMES: Mapping[str, str | None] = {
    "AWS::AutoScaling::LaunchConfiguration": "BlockDeviceMappings[]",
    "AWS::EC2::Instance": "BlockDeviceMappings[]",
    "AWS::EC2::LaunchTemplate": "LaunchTemplateData.BlockDeviceMappings[]",
    "AWS::EC2::SpotFleet": "SpotFleetRequestConfigData.LaunchSpecifications[].BlockDeviceMappings[]",
    "AWS::EC2::Volume": None,
    "AWS::ECS::Service": "VolumeConfigurations[]",
}


def volumes(resource: Resource) -> Iterator[tuple[str, Any]]:
    """Yield the EBS volumes that a resource makes, each with how to call it; ``UNKNOWN`` where one is unknown."""
    path = VOLUMES[resource.type]
    if path is None:
        yield "The volume", resource.properties
        return
    for entry in spread(resource.properties, path):
        if not isinstance(entry, Mapping):
            yield "A volume", UNKNOWN
            continue
        settings = entry.get("Ebs", entry.get("ManagedEBSVolume"))
        # A mapping without either names an instance-store disk or takes a device away.
        if settings is not None:
            yield f"The volume {entry.get('DeviceName', entry.get('Name'))}", settings


def judge_volumes(resource: Resource, check: Any) -> Verdict:
    """Judge each volume that a resource makes with ``check(name, settings)``."""
    return worst(
        check(name, settings)
        if isinstance(settings, Mapping)
        else unknown("The volume's settings are known only at deployment.")
        for name, settings in volumes(resource)
    )
