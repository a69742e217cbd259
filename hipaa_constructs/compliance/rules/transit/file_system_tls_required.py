"""EFS file systems refuse clients without TLS.

NFS crosses the network in clear unless a client asks for TLS. Compliant: the file system's policy denies everyone to
mount it where ``aws:SecureTransport`` is false, as "Enforce in-transit encryption for all clients" of the console
does (docs.aws.amazon.com/efs/latest/ug/create-file-system-policy.html); also where the statement is narrowed to
access by mount targets, since there is no other in clear. Non-compliant: no policy, or none that says so. Unknown: a
policy that only deployment knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Unknown
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, unknown
from hipaa_constructs.iam.conditions import denies_plain_http
from hipaa_constructs.iam.document import Statement, statements

_BY_MOUNT_TARGET = "elasticfilesystem:accessedviamounttarget"
_ACTIONS = ("elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite")


def check(resource: Resource) -> Verdict:
    document = resource.get("FileSystemPolicy")
    if document is None:
        return failed("FileSystemPolicy is not set, so that clients without TLS are answered.")
    policy = statements(document)
    if isinstance(policy, Unknown):
        return unknown("FileSystemPolicy is known only at deployment.")
    if any(_protects(statement) for statement in policy):
        return PASSED
    return failed("FileSystemPolicy has no statement that denies clients without TLS to everyone.")


def _protects(statement: Statement) -> bool:
    # A file system's policy is about that one alone, so what Resource says makes no difference.
    return denies_plain_http(_unnarrowed(statement)) and all(statement.covers_action(action) for action in _ACTIONS)


def _unnarrowed(statement: Statement) -> Statement:
    """Leave the condition out that a client comes by a mount target, as every NFS client does."""
    if not isinstance(statement.conditions, Mapping):
        return statement
    conditions = {
        operator: {
            key: value
            for key, value in entries.items()
            if not (key.lower() == _BY_MOUNT_TARGET and operator.lower() == "bool" and str(value).lower() == "true")
        }
        for operator, entries in statement.conditions.items()
        if isinstance(entries, Mapping)
    }
    return replace(statement, conditions=conditions)


RULE = Rule(
    name="FileSystemTlsRequired",
    severity="error",
    resource_types=("AWS::EFS::FileSystem",),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Deny everyone all actions where aws:SecureTransport is false, in FileSystemPolicy (file_system_policy of "
    "efs.FileSystem).",
    check=check,
)
