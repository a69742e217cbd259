"""KMS key policies are not open to everyone.

Compliant: each Allow names principals, or a condition ties a wildcard to an account, an organization or a source.
Non-compliant: an Allow for ``*``, or for all but some (``NotPrincipal``), that any AWS account can use. Unknown: a
principal or policy that only deployment fills in.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Unknown
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, unknown, worst
from hipaa_constructs.iam.document import Statement, statements
from hipaa_constructs.iam.exposure import open_to_everyone


def check(resource: Resource) -> Verdict:
    found = statements(resource.get("KeyPolicy"))
    if isinstance(found, Unknown):
        return unknown("The key policy cannot be read before deployment.")
    # No policy means KMS's default, which names the account alone.
    return worst((PASSED, *(_judge(statement) for statement in found)))


def _judge(statement: Statement) -> Verdict:
    public = open_to_everyone(statement)
    name = f"Statement {statement.sid}" if statement.sid else "A statement"
    if public is UNKNOWN:
        return unknown(f"{name} of the key policy allows a principal that is known only at deployment.")
    return failed(f"{name} of the key policy allows every AWS account.") if public else PASSED


RULE = Rule(
    name="KeyPolicyNotPublic",
    severity="error",
    resource_types=("AWS::KMS::Key", "AWS::KMS::ReplicaKey"),
    controls=("164.312(a)(1)", "164.312(a)(2)(iv)"),
    fix="Name the principals, or add a condition on kms:CallerAccount or aws:PrincipalOrgID; KmsRotatedKey's grant "
    "methods do this.",
    check=check,
)
