"""Who mounts a file system of EFS shows who he is, and comes to a folder of his own.

NFS believes any number that a client says it is: without IAM or an access point, whoever runs the task's image as root
is root on the file system. Compliant: a volume with ``Iam`` ENABLED, so that the file system's policy says which role
may write, or with an access point, whichever it is
(docs.aws.amazon.com/AmazonECS/latest/developerguide/efs-best-practices.html); an access point that gives clients a user
and a folder. Non-compliant, as a warning: neither, since security groups still say who comes; an access point without
``PosixUser``, by which clients stay whoever they say, or whose folder is the whole file system (Security Hub's EFS.3
and EFS.4: docs.aws.amazon.com/securityhub/latest/userguide/efs-controls.html). Non-compliant too: a mount without IAM
of a file system of the app whose policy allows ``ClientMount`` to nobody who comes so, such as one that only denies,
since any policy ends the default that lets all in
(docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html#default-filesystempolicy). Not applicable: task and
job definitions without volumes of EFS.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Resolved,
    Ternary,
    Unknown,
    all_of,
    any_of,
    dig,
    is_one_of,
    is_present,
    negate,
    placed,
)
from hipaa_constructs.compliance.facts.containers import JOB, TASK
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, judge, shown, worst
from hipaa_constructs.iam.document import Statement, policy_at

_POINT, _FILES = "AWS::EFS::AccessPoint", "AWS::EFS::FileSystem"
_MOUNT = "elasticfilesystem:ClientMount"
# Where each type mounts file systems, and how it calls what asks for IAM.
_VOLUMES: Mapping[str, tuple[str, ...]] = {
    JOB: (
        "ContainerProperties.Volumes[].EfsVolumeConfiguration",
        "EcsProperties.TaskProperties[].Volumes[].EfsVolumeConfiguration",
        "NodeProperties.NodeRangeProperties[].Container.Volumes[].EfsVolumeConfiguration",
        "NodeProperties.NodeRangeProperties[].EcsProperties.TaskProperties[].Volumes[].EfsVolumeConfiguration",
    ),
    TASK: ("Volumes[].EFSVolumeConfiguration",),
}
_ASKS: Mapping[str, str] = {JOB: "Iam", TASK: "IAM"}
_ENABLED: Mapping[str, object] = {
    "TransitEncryption": "ENABLED",
    "AuthorizationConfig.AccessPointId": Choose("the id of an access point"),
}


def check(resource: Resource) -> Verdict:
    return worst(_point(resource) if resource.type == _POINT else _mounts(resource))


def _mounts(resource: Resource) -> Iterator[Verdict]:
    asks = f"AuthorizationConfig.{_ASKS[resource.type]}"
    for path in _VOLUMES[resource.type]:
        for place, volume in placed(resource.properties, path):
            if volume is not None:
                yield _volume(place, volume, asks)
                yield _let_in(place, volume, asks, resource)


def _let_in(place: str, volume: Resolved, asks: str, holder: Resource) -> Verdict:
    """Judge whether the policy of a file system of the app lets in who mounts it without IAM."""
    named = dig(volume, "FilesystemId" if holder.type == TASK else "FileSystemId")
    files = holder.template.target(named, _FILES)
    asked = is_one_of(dig(volume, asks), "enabled", any_case=True)
    if asked is not Ternary.NO or files is None or files.get("FileSystemPolicy") is None:
        return PASSED
    policy = policy_at(files, "FileSystemPolicy", UNKNOWN)
    if isinstance(policy, Unknown) or any_of(map(_lets_anybody_mount, policy)) is not Ternary.NO:
        return PASSED
    return failed(
        f"{place} mounts {files.logical_id} without IAM, and its policy allows {_MOUNT} to nobody who comes so, which "
        "EFS refuses.",
        at=place,
    )


def _lets_anybody_mount(statement: Statement) -> Ternary:
    return all_of((statement.allows, statement.covers_action(_MOUNT), statement.names_everyone()))


def _volume(place: str, volume: Resolved, asks: str) -> Verdict:
    by_role = is_one_of(dig(volume, asks), "enabled", any_case=True)
    return judge(
        any_of((by_role, _names_point(volume))),
        f"AuthorizationConfig of {place} names no access point and asks for no IAM, so the container is whoever it "
        "says it is.",
        unknown_message=f"AuthorizationConfig of {place} is known only at deployment.",
    )


def _names_point(volume: Resolved) -> Ternary:
    """Whether a volume names an access point: which one, as of a parameter or another stack, makes no difference."""
    config = dig(volume, "AuthorizationConfig")
    if isinstance(config, Unknown):
        return Ternary.UNKNOWN
    point = dig(config, "AccessPointId")
    return Ternary.YES if isinstance(point, Unknown) else is_present(point)


def _point(point: Resource) -> Iterator[Verdict]:
    yield judge(
        is_present(point.get("PosixUser")), "PosixUser is not set, so clients are whichever users they say they are."
    )
    folder = point.get("RootDirectory.Path")
    yield judge(
        negate(is_one_of("/" if folder is None else folder, "/")),
        f"RootDirectory.Path is {shown(folder)}, so clients reach the whole file system.",
        unknown_message="RootDirectory.Path is known only at deployment.",
    )


RULE = Rule(
    name="FileAccessConfined",
    severity="warning",
    resource_types=(JOB, TASK, _POINT),
    controls=("164.308(a)(4)(ii)(B)", "164.312(a)(1)", "164.312(d)"),
    fix="Mount file systems through an access point that gives clients a user and a folder, or by IAM.",
    fixes=(
        *(
            Fix(
                (kind,),
                {f"?{path}.{name}": value for path in paths for name, value in _ENABLED.items()},
                template=f"Name an access point, which wants TransitEncryption: ENABLED, or set AuthorizationConfig."
                f"{_ASKS[kind]}: ENABLED and let the file system's policy let the role in; with either, RootDirectory "
                "stays out. Where the policy lets nobody mount without IAM, an access point alone does not do.",
                cdk=(
                    "ecs.EfsVolumeConfiguration(authorization_config=ecs.AuthorizationConfig(access_point_id=<its id>, "
                    'iam="ENABLED"), transit_encryption="ENABLED")'
                    if kind == TASK
                    else "batch.EcsVolume.efs(access_point_id=<its id>, enable_transit_encryption=True, "
                    "use_job_role=True)",
                ),
            )
            for kind, paths in _VOLUMES.items()
        ),
        Fix(
            (_POINT,),
            {
                "PosixUser": {"Gid": "1000", "Uid": "1000"},
                "RootDirectory": {
                    "Path": Choose("a folder of its own"),
                    "CreationInfo": {"OwnerGid": "1000", "OwnerUid": "1000", "Permissions": "750"},
                },
            },
            cdk=(
                'efs.FileSystem.add_access_point(<an id>, path=<a folder>, posix_user=efs.PosixUser(gid="1000", '
                'uid="1000"), create_acl=efs.Acl(owner_gid="1000", owner_uid="1000", permissions="750"))',
            ),
        ),
    ),
    check=check,
)
