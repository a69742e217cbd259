"""VPC endpoints are no way out to other people's buckets and tables.

A warning, since the principal's own policy decides too. Compliant: a policy whose every Allow names actions
and resources, principals, or a condition. Non-compliant: S3 and DynamoDB endpoints without a policy, which
allow everything, and any endpoint whose policy says so. Not applicable: endpoints of other services without a
policy, many of which take none.
"""

from __future__ import annotations

import re

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Unknown
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown
from hipaa_constructs.iam.document import Statement, parsed, statements
from hipaa_constructs.iam.exposure import admits_everyone
from hipaa_constructs.iam.grants import is_every_resource, is_whole_service

_DATA_SERVICE = re.compile(r"\.(s3|dynamodb)(-global\.accesspoint)?$")


def _allows_everything(statement: Statement) -> bool:
    return (
        statement.allows
        and statement.conditions in (None, {})
        and admits_everyone(statement) is True
        and (bool(statement.not_actions) or any(is_whole_service(action) for action in statement.actions))
        and any(is_every_resource(item) for item in statement.resources)
    )


def check(resource: Resource) -> Verdict:
    document = resource.get("PolicyDocument")
    if document is None:
        if _DATA_SERVICE.search(str(resource.get("ServiceName"))):
            return failed("PolicyDocument is not set, so the endpoint leads to every account's data.")
        return NOT_APPLICABLE
    found = statements(parsed(document))
    if isinstance(found, Unknown):
        return unknown("PolicyDocument is known only at deployment.")
    if any(_allows_everything(statement) for statement in found):
        return failed("PolicyDocument allows everyone everything.")
    return PASSED


RULE = Rule(
    name="EndpointPolicyScoped",
    severity="warning",
    resource_types=("AWS::EC2::VPCEndpoint",),
    controls=("164.312(a)(1)", "164.312(e)(1)"),
    fix="Add a policy with a condition on aws:ResourceAccount or aws:PrincipalAccount, or use PrivateVpc.",
    check=check,
)
