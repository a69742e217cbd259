"""Roles that people take ask for a second factor.

Compliant: the trust of an IAM user, of a whole account, or of an identity provider for people asks for MFA:
``aws:MultiFactorAuthPresent`` or ``aws:MultiFactorAuthAge``, an ``amr`` claim, a session tag that says so, or a denial
of everyone without it. Non-compliant: it does not, or asks with an operator ``…IfExists``, which lets a request without
the key through, such as one with an access key. A warning for whole accounts, where workloads may be meant, and for
SAML, where the provider may ask without telling AWS. Not applicable: services, roles, third parties with an external
id, and providers for workloads.
"""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Unknown, as_list
from hipaa_constructs.compliance.facts.people import TAKING, asks_for_factor, people
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, unknown, worst
from hipaa_constructs.iam.conditions import by_operator
from hipaa_constructs.iam.document import Statement, statements
from hipaa_constructs.iam.locations import TRUST_POLICY


def check(resource: Resource) -> Verdict:
    found = statements(resource.get(TRUST_POLICY))
    if isinstance(found, Unknown):
        return unknown("The trust policy cannot be read before deployment.")
    if any(_denies_without_factor(statement) for statement in found):
        return PASSED
    return worst(verdict for statement in found for verdict in _judge(statement))


def _judge(statement: Statement) -> Iterator[Verdict]:
    if not statement.allows or not any(statement.covers_action(action) for action in TAKING):
        return
    for kind, value in statement.principals:
        who, severity = people(kind, value, statement)
        if not who:
            continue
        asks = asks_for_factor(statement)
        if asks is UNKNOWN:
            yield unknown(f"Whether {who} need a second factor is known only at deployment.")
        elif asks:
            yield PASSED
        else:
            yield failed(f"{who} take the role without a second factor.", severity=severity)


def _denies_without_factor(statement: Statement) -> bool:
    """Whether a statement turns away everyone without a second factor, whose key is false or absent."""
    if not (statement.denies and statement.names_everyone() and statement.covers_action("sts:AssumeRole")):
        return False
    compared = [
        (operator, key, value) for operator, entries in by_operator(statement) for key, value in entries.items()
    ]
    return len(compared) == 1 and all(
        operator.lower() == "boolifexists"
        and key.lower() == "aws:multifactorauthpresent"
        and str(as_list(value)).lower().strip("[]'") == "false"
        for operator, key, value in compared
    )


RULE = Rule(
    name="HumanRoleRequiresMfa",
    severity="error",
    resource_types=("AWS::IAM::Role",),
    controls=("164.308(a)(3)(i)", "164.308(a)(3)(ii)(A)", "164.312(a)(1)", "164.312(d)"),
    fix="Use WorkforceRoles or BreakGlassRole, or add the condition Bool aws:MultiFactorAuthPresent 'true' to the "
    "trust policy (for a provider, its amr claim or a session tag); name roles, not accounts, for workloads.",
    check=check,
)
