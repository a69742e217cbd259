"""EFS file systems refuse clients without TLS.

NFS is not encrypted unless a client asks for TLS. Compliant: the file system's policy denies everyone to mount it where
``aws:SecureTransport`` is false, as "Enforce in-transit encryption for all clients" of the console does
(docs.aws.amazon.com/efs/latest/ug/create-file-system-policy.html); also where the statement is narrowed to access by
mount targets, since there is no other without TLS. Non-compliant: no policy, or none that says so. Unknown: a policy
that only deployment knows.
"""

from __future__ import annotations

from dataclasses import replace

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, Unknown, all_of, any_of
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import Rule, Verdict, failed, judge, unknown
from hipaa_constructs.iam.conditions import denies_plain_http
from hipaa_constructs.iam.document import Condition, Statement, policy_at

_BY_MOUNT_TARGET = "elasticfilesystem:accessedviamounttarget"
_ACTIONS = ("elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite")

# docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html#default-filesystempolicy
_ALLOWED = (
    "Any policy ends EFS's own, by which whoever reaches a mount target may mount, so a first one allows that too: to "
    "Principal {AWS: *} ClientMount, ClientWrite and, for those that write as root, such as containers without a user, "
    "ClientRootAccess of elasticfilesystem, by the Condition {Bool: "
    '{elasticfilesystem:AccessedViaMountTarget: "true"}}, or to the roles that mount by IAM.'
)


def check(resource: Resource) -> Verdict:
    if resource.get("FileSystemPolicy") is None:
        return failed("FileSystemPolicy is not set, so clients without TLS are accepted.")
    policy = policy_at(resource, "FileSystemPolicy")
    if isinstance(policy, Unknown):
        return unknown("FileSystemPolicy is known only at deployment.")
    return judge(
        any_of(map(_protects, policy)),
        "FileSystemPolicy has no statement that denies clients without TLS to everyone.",
        unknown_message="Whether FileSystemPolicy denies clients without TLS is known only at deployment.",
    )


def _protects(statement: Statement) -> Ternary:
    # A client comes by a mount target, as every NFS client does. A file system's policy is about that one alone, so
    # what Resource says makes no difference.
    asked = [condition for condition in statement.conditions if not _is_by_mount_target(condition)]
    covered = (statement.covers_action(action) for action in _ACTIONS)
    return all_of((denies_plain_http(replace(statement, conditions=asked)), *covered))


def _is_by_mount_target(condition: Condition | Unknown) -> bool:
    if isinstance(condition, Unknown) or condition.key != _BY_MOUNT_TARGET:
        return False
    return condition.is_flag(True) is Ternary.YES


RULE = Rule(
    name="FileSystemTlsRequired",
    severity="error",
    resource_types=("AWS::EFS::FileSystem",),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Deny clients without TLS to everyone, in the file system's policy.",
    fixes=(
        Fix(
            template="In FileSystemPolicy, deny Principal {AWS: *} the Action *, by the Condition {Bool: "
            '{aws:SecureTransport: "false"}}.',
            beside=_ALLOWED,
            cdk=(
                "efs.FileSystem.add_to_resource_policy(iam.PolicyStatement(effect=iam.Effect.DENY, "
                'principals=[iam.AnyPrincipal()], actions=["*"], '
                'conditions={"Bool": {"aws:SecureTransport": "false"}}))',
            ),
        ),
    ),
    check=check,
)
