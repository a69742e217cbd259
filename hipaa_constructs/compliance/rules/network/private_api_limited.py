"""Private APIs can be reached from named endpoints or VPCs only.

A private API can be called from any VPC that has an endpoint for API Gateway, whoever owns it, unless its policy says
from which (docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-private-apis.html). Compliant: the policy
denies everyone who comes from elsewhere, or all that it allows is tied to an endpoint or a VPC. Non-compliant: neither.
The policy stands in Policy, or in the definition that the API is imported from. Unknown: a policy or an endpoint type
that only deployment can tell, a definition in S3, and two policies of which one does not limit callers. Not applicable:
other APIs.
"""

from __future__ import annotations

from collections.abc import Sequence

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, Unknown, all_of, any_of, as_items, is_one_of, negate
from hipaa_constructs.compliance.facts.api_policies import policies_of
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, judge, unknown, worst
from hipaa_constructs.iam.document import Condition, Statement

_INVOKE = "execute-api:Invoke"
_FROM = ("aws:sourcevpce", "aws:sourcevpc")
_IS_NOT = frozenset({"stringnotequals", "stringnotlike"})
_IS = frozenset({"stringequals", "stringlike"})


def _compares(statement: Statement, operators: frozenset[str]) -> Ternary:
    """Whether a statement compares where a request comes from with something in particular."""
    return any_of(
        Ternary.UNKNOWN if isinstance(condition, Unknown) else Ternary.of(_names_place(condition, operators))
        for condition in statement.conditions
    )


def _names_place(condition: Condition, operators: frozenset[str]) -> bool:
    plain = condition.key in _FROM and condition.operator in operators and not condition.quantifier
    return plain and not any(isinstance(value, str) and value == "*" for value in condition.values)


def _denies_elsewhere(statement: Statement) -> Ternary:
    who = (statement.denies, statement.names_everyone(), statement.covers_action(_INVOKE))
    return all_of((*who, _compares(statement, _IS_NOT)))


def _lets_call(statement: Statement) -> Ternary:
    return all_of((statement.allows, statement.covers_action(_INVOKE)))


def check(resource: Resource) -> Verdict:
    private = any_of(is_one_of(kind, "PRIVATE") for kind in as_items(resource.get("EndpointConfiguration.Types")))
    if private is Ternary.UNKNOWN:
        return unknown("The type of the API's endpoint is known only at deployment.")
    if private is Ternary.NO:
        return NOT_APPLICABLE
    policies = list(policies_of(resource))
    found = [_limits(policy) for policy in policies or [()]]
    if len({verdict.outcome for verdict in found}) > 1:
        return unknown("Policy and the definition have a policy each, of which one does not limit callers.")
    return found[0]


def _limits(policy: Sequence[Statement] | Unknown) -> Verdict:
    if isinstance(policy, Unknown):
        return unknown("Policy is known only at deployment.")
    elsewhere = any_of(map(_denies_elsewhere, policy))
    if elsewhere is Ternary.YES:
        return PASSED
    if all(_lets_call(statement) is Ternary.NO for statement in policy):
        return failed("Policy does not limit callers to an endpoint or a VPC.")
    return worst(_judge(statement, elsewhere) for statement in policy)


def _judge(statement: Statement, elsewhere: Ternary) -> Verdict:
    return judge(
        any_of((elsewhere, negate(_lets_call(statement)), _compares(statement, _IS))),
        f"Policy does not limit callers to an endpoint or a VPC (statement {statement.name}).",
        unknown_message=f"From where statement {statement.name} of Policy lets call is known only at deployment.",
    )


RULE = Rule(
    name="PrivateApiLimited",
    severity="warning",
    resource_types=("AWS::ApiGateway::RestApi",),
    controls=("164.312(a)(1)", "164.312(e)(1)"),
    fix="Deny calls that do not come from your endpoints or VPC.",
    fixes=(
        Fix(
            template=f"Policy denies {_INVOKE} on execute-api:/* to everyone with a Condition "
            "{StringNotEquals: {aws:SourceVpce: <the endpoint's id>}}.",
            cdk=("apigateway.RestApi.grant_invoke_from_vpc_endpoints_only([<an endpoint>])",),
            constructs=("PrivateApi",),
        ),
    ),
    check=check,
)
