"""Permissions of functions, layers and event buses go to somebody in particular.

Compliant: the principal is an account, an organization or a service; S3, whose bucket ARNs name no account,
with a source. Non-compliant: any principal (``*``) without an organization, source account or source ARN; S3
without a source, which lets anybody's bucket call. Not applicable: what a function's URL needs beside the permission
to call it by that (docs.aws.amazon.com/lambda/latest/dg/urls-auth.html), which is told with that one. An event bus
policy with a ``Statement`` is judged by its statement, not by ``Principal``.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Resolved, Ternary, all_of, is_one_of, is_present, is_true
from hipaa_constructs.compliance.facts.exposure import judge_policy
from hipaa_constructs.compliance.facts.functions import FUNCTION
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown
from hipaa_constructs.iam.document import statement_at

# What narrows a wildcard, by type.
_LIMITS = {
    "AWS::Events::EventBusPolicy": ("Condition",),
    "AWS::Lambda::LayerVersionPermission": ("OrganizationId",),
    "AWS::Lambda::Permission": ("PrincipalOrgID", "SourceAccount", "SourceArn"),
}


def _is_said(value: Resolved) -> bool:
    return value is UNKNOWN or is_one_of("" if value is None else value, "", "*") is not Ternary.YES


def _is_told_with_url(permission: Resource) -> bool:
    """Whether it lets everybody call a function by its URL alone, and another one, which has to, is told already."""
    function = permission.template.target(permission.get("FunctionName"), FUNCTION)
    if function is None or is_true(permission.get("InvokedViaFunctionUrl")) is not Ternary.YES:
        return False
    others = permission.template.app.referring(function, permission.type, "FunctionName")
    return any(
        all_of((is_present(one.get("FunctionUrlAuthType")), is_one_of(one.get("Principal"), "*"))) is Ternary.YES
        for one in others
    )


def check(resource: Resource) -> Verdict:
    if resource.get("Statement") is not None:
        return judge_policy(statement_at(resource, "Statement"), "The event bus policy")
    if any(_is_said(resource.get(limit)) for limit in _LIMITS[resource.type]):
        return PASSED
    principal = resource.get("Principal")
    if principal is UNKNOWN:
        return unknown("Principal is known only at deployment.")
    if is_one_of(principal, "*") is Ternary.YES:
        if _is_told_with_url(resource):
            return NOT_APPLICABLE
        return failed(f"Principal is * and nothing narrows it ({', '.join(_LIMITS[resource.type])}).")
    of_s3 = is_one_of(principal, "s3.amazonaws.com", any_case=True)
    if of_s3 is Ternary.YES and resource.type == "AWS::Lambda::Permission":
        return failed("Principal is s3.amazonaws.com without SourceAccount, so any account's bucket may invoke.")
    return PASSED


RULE = Rule(
    name="PermissionNotPublic",
    severity="error",
    resource_types=tuple(_LIMITS),
    controls=("164.312(a)(1)",),
    fix="Name an account, an organization or a service; for a service, on behalf of which account or resource.",
    fixes=(
        Fix(
            ("AWS::Events::EventBusPolicy",),
            {"Principal": Choose("the id of an account")},
            template="Or a Condition of Type: StringEquals and Key: aws:PrincipalOrgID.",
            cdk=(
                "events.EventBus.add_to_resource_policy(iam.PolicyStatement(sid=<a name>, "
                'actions=["events:PutEvents"], principals=[<who>], resources=[<the bus>]))',
            ),
        ),
        Fix(
            ("AWS::Lambda::LayerVersionPermission",),
            {"Principal": Choose("the id of an account")},
            template="Or OrganizationId.",
            cdk=("lambda_.LayerVersion.add_permission(<an id>, account_id=<an account>)",),
        ),
        # Of a URL that asks for IAM, one that is for callers without it lets in nobody:
        # docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
        Fix(
            ("AWS::Lambda::Permission",),
            {"Principal": Choose("an account or a role's ARN"), "FunctionUrlAuthType": "AWS_IAM"},
            cdk=(
                "lambda_.Function.add_permission(<an id>, principal=<who>, "
                "function_url_auth_type=lambda_.FunctionUrlAuthType.AWS_IAM)",
            ),
            when=lambda permission: is_present(permission.get("FunctionUrlAuthType")) is Ternary.YES,
        ),
        Fix(
            ("AWS::Lambda::Permission",),
            {"Principal": Choose("an account, a role's ARN or a service")},
            template="For s3.amazonaws.com SourceAccount: <the account> says whose buckets may invoke.",
            cdk=(
                "lambda_.Function.add_permission(<an id>, principal=<who>)",
                "lambda_.Function.add_permission(<an id>, "
                'principal=iam.ServicePrincipal("s3.amazonaws.com"), source_account=<the account>)',
            ),
        ),
    ),
    check=check,
)
