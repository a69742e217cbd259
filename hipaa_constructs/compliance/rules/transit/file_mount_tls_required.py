"""Mounts of and transfers from file systems are encrypted in transit.

Compliant: every EFS volume of a task or job definition has ``TransitEncryption`` ENABLED; DataSync reads EFS over
TLS 1.2 and object storage over HTTPS. Non-compliant: it is disabled or absent, which means disabled (HTTPS is the
default for object storage). Not applicable: task and job definitions without EFS volumes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Resolved, dig, is_one_of, placed
from hipaa_constructs.compliance.facts.settings import Setting, one_of, to_set
from hipaa_constructs.compliance.fix import fixes_of_types
from hipaa_constructs.compliance.rule import Outcome, Rule, Verdict, judge, shown, worst

_VOLUMES: Mapping[str, tuple[str, ...]] = {
    "AWS::Batch::JobDefinition": (
        "ContainerProperties.Volumes[].EfsVolumeConfiguration",
        "EcsProperties.TaskProperties[].Volumes[].EfsVolumeConfiguration",
        "NodeProperties.NodeRangeProperties[].Container.Volumes[].EfsVolumeConfiguration",
        "NodeProperties.NodeRangeProperties[].EcsProperties.TaskProperties[].Volumes[].EfsVolumeConfiguration",
    ),
    "AWS::ECS::TaskDefinition": ("Volumes[].EFSVolumeConfiguration",),
}
# How a volume names its file system, of a task of ECS and of a job.
_NAMES = ("FilesystemId", "FileSystemId")
_EFS, _LOCATION = "AWS::EFS::FileSystem", "AWS::DataSync::LocationEFS"
_SETTINGS: Mapping[str, tuple[Setting, ...]] = {
    _LOCATION: (Setting("InTransitEncryption", one_of("TLS1_2"), "NONE", value="TLS1_2"),),
    "AWS::DataSync::LocationObjectStorage": (Setting("ServerProtocol", one_of("HTTPS"), "HTTPS", value="HTTPS"),),
}


def check(resource: Resource) -> Verdict:
    if resource.type in _SETTINGS:
        return worst(setting.judge(resource) for setting in _SETTINGS[resource.type])
    return worst(_judge(place, settings) for place, settings in _mounts(resource))


def _mounts(resource: Resource) -> Iterator[tuple[str, Resolved]]:
    for path in _VOLUMES[resource.type]:
        yield from ((place, found) for place, found in placed(resource.properties, path) if found is not None)


def file_systems_in_clear(client: Resource) -> Sequence[Resource | None]:
    """Return the file systems of the app that a client reads unencrypted; None for one that is not found there."""
    if client.type in _SETTINGS:
        return [client.template.target(client.get("EfsFilesystemArn"), _EFS)] if client.type == _LOCATION else [None]
    mounted = [settings for place, settings in _mounts(client) if _judge(place, settings).outcome is Outcome.FAILED]
    named = (next((name for key in _NAMES if (name := dig(one, key)) is not None), None) for one in mounted)
    return [client.template.target(name, _EFS) for name in named]


def _judge(place: str, settings: Resolved) -> Verdict:
    value = dig(settings, "TransitEncryption")
    return judge(
        is_one_of(value, "enabled", any_case=True),
        f"TransitEncryption of {place} is {shown(value)}, so files are sent unencrypted.",
        unknown_message=f"TransitEncryption of {place} is known only at deployment.",
    )


RULE = Rule(
    name="FileMountTlsRequired",
    severity="error",
    resource_types=(*_VOLUMES, *_SETTINGS),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Encrypt mounts and transfers in transit.",
    fixes=fixes_of_types(
        {
            **{kind: {f"?{path}.TransitEncryption": "ENABLED" for path in paths} for kind, paths in _VOLUMES.items()},
            **to_set(_SETTINGS),
        },
        cdk={
            "AWS::Batch::JobDefinition": "batch.EcsVolume.efs(enable_transit_encryption=True)",
            "AWS::ECS::TaskDefinition": 'ecs.EfsVolumeConfiguration(transit_encryption="ENABLED")',
        },
    ),
    check=check,
)
