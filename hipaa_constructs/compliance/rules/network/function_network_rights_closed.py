"""The code of a function cannot use the network permissions that Lambda needs.

Lambda makes a function's network interfaces in a VPC by the function's own role. What the role may do the code may do
too, unless it is denied; a denial on ``lambda:SourceFunctionArn`` meets the code alone, as AWS recommends
(docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html).

Compliant: a policy of the role denies the code what another allows on every resource; or the grant itself has a
condition that can fail. Non-compliant: the code may make, delete or readdress network interfaces. Unknown: roles, trust
or policies that only deployment can tell. Not applicable: roles that Lambda does not take; roles that have these rights
by AWS's policy AWSLambdaVPCAccessExecutionRole alone, or by all of EC2, which GrantsBounded refuses.
"""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Resolved, Ternary, Unknown, all_of, any_of, is_false
from hipaa_constructs.compliance.facts.policy_fixes import identity_fixes
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown, worst
from hipaa_constructs.iam.arn_services import may_be_about
from hipaa_constructs.iam.arns import parse_arn
from hipaa_constructs.iam.conditions import is_conditioned
from hipaa_constructs.iam.document import FOR_ALL, Condition, Statement
from hipaa_constructs.iam.grants import documents, is_every_resource, is_whole_service, only_bounds
from hipaa_constructs.iam.roles import documents_of, roles_of, trusted_principals

_CONNECT = "ec2:CreateNetworkInterface"
# Of what AWS denies, what changes something.
_RIGHTS = (
    "ec2:AssignPrivateIpAddresses",
    _CONNECT,
    "ec2:DeleteNetworkInterface",
    "ec2:UnassignPrivateIpAddresses",
)
_SOURCE = "lambda:sourcefunctionarn"
_OPERATORS = frozenset({"arnequals", "arnlike", "stringequals", "stringlike"})


def _opened(statement: Statement) -> Iterator[str]:
    """Yield the rights that a statement gives on every resource, to whoever has the role."""
    if statement.allows is not Ternary.YES or statement.not_actions or any(map(is_whole_service, statement.actions)):
        return
    if any(map(_is_all, statement.resources)) and is_conditioned(statement) is Ternary.NO:
        yield from (right for right in _RIGHTS if statement.covers_action(right) is Ternary.YES)


def _closes(statement: Statement, right: str) -> Ternary:
    """Whether a statement denies a function's code a right, whatever else holds."""
    everywhere = any_of(map(_is_everywhere, statement.resources))
    return all_of(
        (statement.denies, statement.covers_action(right), everywhere, *map(_meets_code, statement.conditions))
    )


def _meets_code(condition: Condition | Unknown) -> Ternary:
    """Whether a condition holds for calls of a function's code."""
    if isinstance(condition, Unknown):
        return Ternary.UNKNOWN
    if condition.key != _SOURCE or condition.quantifier == FOR_ALL:
        return Ternary.NO
    if condition.operator == "null":
        return all_of(is_false(value) for value in condition.values)
    return Ternary.of(condition.operator in _OPERATORS)


def _is_everywhere(item: Resolved) -> Ternary:
    if item is UNKNOWN:
        return Ternary.UNKNOWN
    arn = parse_arn(item) if isinstance(item, str) else None
    return Ternary.of(_is_all(item) or (arn is not None and arn.name == "network-interface/*"))


def _is_all(item: object) -> bool:
    return is_every_resource(item) and may_be_about(_CONNECT, item)


def _judge(role: Resource | Unknown, opened: frozenset[str]) -> Verdict:
    if isinstance(role, Unknown):
        return unknown("Which role has the network rights is known only at deployment.")
    principals = trusted_principals(role)
    if isinstance(principals, Unknown):
        return unknown("Whether Lambda takes the role is known only at deployment.")
    if not any(kind == "Service" and str(value) == "lambda.amazonaws.com" for kind, value in principals):
        if any(value is UNKNOWN for _, value in principals):
            return unknown("Whether Lambda takes the role is known only at deployment.")
        return NOT_APPLICABLE
    policies = list(documents_of(role))
    readable = [statement for policy in policies if not isinstance(policy, Unknown) for statement in policy]
    closed = {right: any_of(_closes(statement, right) for statement in readable) for right in sorted(opened)}
    left = [right for right, answer in closed.items() if answer is not Ternary.YES]
    if not left:
        return PASSED
    unclear = any(closed[right] is Ternary.UNKNOWN for right in left)
    if unclear or any(isinstance(policy, Unknown) for policy in policies):
        return unknown(f"Whether a policy of {role.logical_id} denies its code {left[0]} is known only at deployment.")
    said = f"Nothing denies the code of functions with the role {role.logical_id} to call {', '.join(left)}."
    return failed(said, inner=(f"with the role {role.logical_id}",))


def check(resource: Resource) -> Verdict:
    policies = () if only_bounds(resource) else documents(resource)
    opened = frozenset(
        right
        for policy in policies
        if not isinstance(policy, Unknown)
        for statement in policy
        for right in _opened(statement)
    )
    if _CONNECT not in opened:
        return NOT_APPLICABLE
    return worst(_judge(role, opened) for role in roles_of(resource))


_TYPES = ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::Role", "AWS::IAM::RolePolicy")

RULE = Rule(
    name="FunctionNetworkRightsClosed",
    severity="warning",
    resource_types=_TYPES,
    controls=("164.308(a)(4)(ii)(B)", "164.312(a)(1)"),
    fix="Deny the function's code the rights on network interfaces that only Lambda needs.",
    fixes=identity_fixes(
        f"besides what allows it, deny {', '.join(_RIGHTS)} on Resource * with a Condition "
        "{ArnEquals: {lambda:SourceFunctionArn: <the function's ARN>}}",
        f'effect=iam.Effect.DENY, actions={[*_RIGHTS]}, resources=["*"], '
        'conditions={"ArnEquals": {"lambda:SourceFunctionArn": <the function\'s ARN>}}',
        _TYPES,
        dict.fromkeys(_TYPES, ("ProviderFunction",)),
    ),
    check=check,
)
