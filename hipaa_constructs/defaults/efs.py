"""Amazon EFS: the stack's key, for file systems that are new, TLS, backups."""

from __future__ import annotations

from aws_cdk import aws_efs as efs
from aws_cdk import aws_iam as iam

from hipaa_constructs._constants import anyone
from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.raw import Raw, RawSetting
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.defaults.setting import Plain, Setting

_TYPE = "AWS::EFS::FileSystem"
_WHY = "Files are under the stack's key."

_FILE_SYSTEM = Plain(
    construct=efs.FileSystem,
    props=efs.FileSystemProps,
    resource_type=_TYPE,
    migration="Make a second file system, and copy with AWS DataSync or restore a backup into it.",
    settings=[
        Setting(argument="encrypted", properties=["Encrypted"], value=lambda made: True, why="Files are encrypted."),
        Setting(
            argument="kms_key",
            properties=["KmsKeyId"],
            value=lambda made: made.key,
            when=lambda made: made.props.get("encrypted") is not False,
            why=_WHY,
        ),
    ],
)


def _finish(session: Session, found: Found) -> None:
    """Have the policies say TLS: docs.aws.amazon.com/efs/latest/ug/access-control-block-public-access.html.

    A file system without a policy lets in whoever reaches a mount target, which any policy ends
    (docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html#default-filesystempolicy), so one that only
    denied would lock out what mounts without IAM. ``allow_anonymous_access=False`` would too: CDK allows writing then,
    and not ``ClientMount``.
    """
    for resource in found.of(_TYPE):
        owner = session.owner(resource)
        given = session.seen.get(session.path(owner)) if owner else None
        if not isinstance(owner, efs.FileSystem) or given is None:
            continue
        policy = session.resolved(resource, "file_system_policy").get("file_system_policy")
        # Who says that everybody may come anonymously has no policy either, by choice.
        if _denies_clear_text(policy) or (policy is None and given.get("allowAnonymousAccess") is not None):
            continue
        if policy is None:
            owner.add_to_resource_policy(_clients())
        owner.add_to_resource_policy(
            iam.PolicyStatement(
                sid="TlsOnly",
                effect=iam.Effect.DENY,
                principals=[anyone()],
                actions=["*"],
                conditions={"Bool": {"aws:SecureTransport": "false"}},
            )
        )
        session.record(
            resource,
            session.path(owner),
            _TYPE,
            "file_system_policy",
            ["FileSystemPolicy"],
            "set",
            "Mounts without TLS are refused: clients need the mount helper's option tls, tasks transit encryption.",
        )


def _clients() -> iam.PolicyStatement:
    """Return what lets in as before whoever reaches a mount target."""
    return iam.PolicyStatement(
        sid="ClientsOfMountTargets",
        principals=[anyone()],
        actions=[f"elasticfilesystem:Client{action}" for action in ("Mount", "RootAccess", "Write")],
        conditions={"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}},
    )


def _denies_clear_text(policy: object) -> bool:
    return "aws:SecureTransport" in str(policy)


_RAW = Raw(
    construct=efs.CfnFileSystem,
    resource_type=_TYPE,
    migration=_FILE_SYSTEM.migration,
    settings=[
        RawSetting(
            attribute="encrypted", property="Encrypted", value=lambda session, files: True, why="Files are encrypted."
        ),
        RawSetting(
            attribute="kms_key_id",
            property="KmsKeyId",
            value=lambda session, files: session.key(files).key_arn,
            when=lambda files: files.encrypted is True,
            why=_WHY,
        ),
    ],
)

SERVICE = Service(
    plain=[_FILE_SYSTEM],
    raw=[_RAW],
    types=[_TYPE],
    finish=_finish,
    later=[
        "File systems refuse mounts without TLS, unless they say themselves that everybody may come anonymously.",
    ],
)
