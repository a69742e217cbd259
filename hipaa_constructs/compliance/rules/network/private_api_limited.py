"""Private APIs are reached from named endpoints or VPCs alone.

A private API can be called from any VPC that has an endpoint for API Gateway, whoever owns it, unless its policy says
from which (docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-apis.html). Compliant: the policy
denies everyone who comes from elsewhere, or all that it allows is tied to an endpoint or a VPC. Non-compliant: neither.
Unknown: a policy or an endpoint type that only deployment can tell. Not applicable: other APIs.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Unknown, as_list
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown
from hipaa_constructs.iam.document import Statement, parsed, statements

_INVOKE = "execute-api:Invoke"
_FROM = ("aws:SourceVpce", "aws:SourceVpc")
_IS_NOT = frozenset({"stringnotequals", "stringnotlike"})
_IS = frozenset({"stringequals", "stringlike"})


def _compares(statement: Statement, operators: frozenset[str]) -> bool:
    """Whether a statement compares where a request comes from with something in particular."""
    return any(
        operator.lower().removesuffix("ifexists") in operators and (values is UNKNOWN or "*" not in values)
        for key in _FROM
        for operator, values in statement.condition_values(key).items()
    )


def _denies_elsewhere(statement: Statement) -> bool:
    return (
        statement.denies
        and statement.names_everyone()
        and statement.covers_action(_INVOKE)
        and _compares(statement, _IS_NOT)
    )


def check(resource: Resource) -> Verdict:
    kinds = as_list(resource.get("EndpointConfiguration.Types"))
    if kinds is UNKNOWN or UNKNOWN in kinds:
        return unknown("The type of the API's endpoint is known only at deployment.")
    if "PRIVATE" not in kinds:
        return NOT_APPLICABLE
    policy = statements(parsed(resource.get("Policy")))
    if isinstance(policy, Unknown):
        return unknown("Policy is known only at deployment.")
    if any(map(_denies_elsewhere, policy)):
        return PASSED
    allowing = [statement for statement in policy if statement.allows and statement.covers_action(_INVOKE)]
    if allowing and all(_compares(statement, _IS) for statement in allowing):
        return PASSED
    return failed("Policy ties callers to no endpoint and no VPC.")


RULE = Rule(
    name="PrivateApiLimited",
    severity="warning",
    resource_types=("AWS::ApiGateway::RestApi",),
    controls=("164.312(a)(1)", "164.312(e)(1)"),
    fix="Deny execute-api:Invoke where aws:SourceVpce is not your endpoint's, in Policy, or use PrivateApi.",
    check=check,
)
