"""Tables of DynamoDB and Keyspaces can be restored to any second.

Compliant: point-in-time recovery on the table, and on each replica of a global table. Non-compliant: off or absent; a
warning of a table whose items expire and are called by what passes, such as sessions or locks. Not applicable: a table
classified NO_PHI, since the contingency plan is about systems that hold ePHI (45 CFR 164.308(a)(7)).
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import is_true
from hipaa_constructs.compliance.facts.passing_tables import passes_by
from hipaa_constructs.compliance.facts.settings import Setting, Table, judge_by, to_set
from hipaa_constructs.compliance.fix import fixes_of_types
from hipaa_constructs.compliance.rule import Outcome, Rule, Verdict, weaker

_SETTINGS: Table = {
    # docs.aws.amazon.com/keyspaces/latest/devguide/PointInTimeRecovery.html
    "AWS::Cassandra::Table": Setting("PointInTimeRecoveryEnabled", is_true, default=False),
    "AWS::DynamoDB::GlobalTable": Setting(
        "Replicas[].PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled", is_true, default=False
    ),
    "AWS::DynamoDB::Table": Setting(
        "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled", is_true, default=False
    ),
}

_judge = judge_by(_SETTINGS)


def check(resource: Resource) -> Verdict:
    verdict = _judge(resource)
    return weaker(verdict) if verdict.outcome is Outcome.FAILED and passes_by(resource) else verdict


RULE = Rule(
    name="PointInTimeRecovery",
    severity="error",
    resource_types=tuple(_SETTINGS),
    controls=("164.308(a)(7)(i)", "164.308(a)(7)(ii)(A)", "164.308(a)(7)(ii)(B)"),
    fix="Turn point-in-time recovery on, for every replica.",
    fixes=fixes_of_types(
        to_set(_SETTINGS),
        cdk={
            kind: f"dynamodb.{name}(point_in_time_recovery_specification="
            "dynamodb.PointInTimeRecoverySpecification(point_in_time_recovery_enabled=True))"
            for kind, name in (("AWS::DynamoDB::GlobalTable", "TableV2"), ("AWS::DynamoDB::Table", "Table"))
        },
    ),
    check=check,
    phi_only=True,
)
