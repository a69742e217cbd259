"""Tables do not show the keys of their items in CloudWatch.

Contributor Insights of DynamoDB shows the partition and sort keys that are asked for most, or throttled, in plain text,
outside the table's encryption, to whoever may see its graphs; AWS says not to enable it where keys are to be encrypted
(docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateContributorInsights.html). A key of PHI is often the
number of a record or a person. A warning, since keys may be random. Compliant: off, which is the default.
Non-compliant: on, in either mode, for the table, an index or a replica. Not applicable: nothing.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import is_false
from hipaa_constructs.compliance.facts.settings import Setting
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, worst

_ENABLED = "ContributorInsightsSpecification.Enabled"
_PLACES = {
    "AWS::DynamoDB::GlobalTable": (
        f"Replicas[].{_ENABLED}",
        f"Replicas[].GlobalSecondaryIndexes[].{_ENABLED}",
    ),
    "AWS::DynamoDB::Table": (_ENABLED, f"GlobalSecondaryIndexes[].{_ENABLED}"),
}


def check(resource: Resource) -> Verdict:
    settings = (Setting(path, is_false, default=False) for path in _PLACES[resource.type])
    return worst((PASSED, *(setting.judge(resource) for setting in settings)))


_CDK = {
    "AWS::DynamoDB::GlobalTable": "dynamodb.TableV2",
    "AWS::DynamoDB::Table": "dynamodb.Table",
}

RULE = Rule(
    name="TableKeysNotShown",
    severity="warning",
    resource_types=tuple(_PLACES),
    controls=("164.312(a)(1)", "164.312(a)(2)(iv)"),
    fix="Turn Contributor Insights off, or turn it on by hand for as long as a question takes.",
    fixes=tuple(
        Fix(
            (kind,),
            {f"?{path}": False for path in paths},
            cdk=(
                f"{_CDK[kind]}(contributor_insights_specification="
                "dynamodb.ContributorInsightsSpecification(enabled=False))",
            ),
            constructs=("EncryptedTable",),
        )
        for kind, paths in _PLACES.items()
    ),
    check=check,
    phi_only=True,
)
