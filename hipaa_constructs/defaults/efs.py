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
        # With it the file system has a policy, to which that for TLS is added; without one, TLS alone would lock out
        # whoever mounts without IAM.
        Setting(
            argument="allow_anonymous_access",
            properties=["FileSystemPolicy"],
            value=lambda made: False,
            unless=["file_system_policy"],
            why="Clients come through a mount target in the VPC.",
        ),
    ],
)


def _finish(session: Session, found: Found) -> None:
    """Have the policies say TLS: docs.aws.amazon.com/efs/latest/ug/access-control-block-public-access.html."""
    for resource in found.of(_TYPE):
        owner = resource.node.scope
        if not isinstance(owner, efs.FileSystem) or session.path(owner) not in session.seen:
            continue
        policy = session.resolved(resource, "file_system_policy").get("file_system_policy")
        # Whoever lets everybody in anonymously has no policy, and one that only denies would end that.
        if policy is None or _denies_clear_text(policy):
            continue
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
        "File systems refuse mounts without TLS, unless they let everybody in anonymously.",
    ],
)
