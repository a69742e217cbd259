"""What the policy of a key has to say, so that a Cognito user pool can be under it.

Source: docs.aws.amazon.com/cognito/latest/developerguide/data-protection.html. The pool names the key, so that the key
cannot name the pool: where AWS's page names one pool, any of this account and Region is meant here.
"""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from hipaa_constructs._stacks import account_of, arn_in, region_of, stack_of
from hipaa_constructs.compliance.acknowledge import explain_to_scanners
from hipaa_constructs.primitives.key_policy import add_to_key_policy, in_reach
from hipaa_constructs.primitives.via_service import via_services

_CONTEXT = "kms:EncryptionContext:aws:cognito-idp:userpool-arn"
_COGNITO = "cognito-idp.amazonaws.com"
# User pools keep their users in the identity store.
_SERVICES = (_COGNITO, "identitystore.amazonaws.com")
_USE = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncrypt*")


def let_user_pools_use(key: kms.IKey) -> None:
    """Let Cognito encrypt user pools of this account and Region, whoever calls it, and the logs that they deliver."""
    stack = stack_of(key)
    pools = arn_in(stack, "cognito-idp", "userpool/*")
    logs = arn_in(stack, "logs", "*")
    here = {"StringEquals": {"aws:SourceAccount": account_of(stack)}, "ArnLike": {"aws:SourceArn": pools}}
    through = {"kms:CallerAccount": account_of(stack), "kms:ViaService": via_services(region_of(stack), "cognito-idp")}
    of_pools, of_logs = {_CONTEXT: pools}, {"StringLike": {"kms:EncryptionContext:SourceArn": logs}}
    services, callers = [iam.ServicePrincipal(name) for name in _SERVICES], [iam.AnyPrincipal()]
    delivery = iam.ServicePrincipal("delivery.logs.amazonaws.com")
    statements: tuple[tuple[str, list[Any], tuple[str, ...], dict[str, Any]], ...] = (
        ("UserPools", services, _USE, {**here, "StringLike": of_pools}),
        ("UserPoolsDescribe", services, ("kms:DescribeKey",), here),
        ("UserPoolCallers", callers, _USE, {"StringEquals": through, "StringLike": of_pools}),
        ("UserPoolCallersDescribe", callers, ("kms:DescribeKey",), {"StringEquals": through}),
        ("UserPoolLogs", [services[0]], ("kms:Encrypt", "kms:GenerateDataKey"), of_logs),
        ("UserPoolLogDelivery", [delivery], ("kms:Decrypt", "kms:GenerateDataKey"), of_logs),
    )
    for sid, principals, actions, conditions in statements:
        add_to_key_policy(
            key,
            iam.PolicyStatement(
                sid=sid, principals=principals, actions=list(actions), resources=["*"], conditions=conditions
            ),
        )
    if in_reach(key):
        explain_to_scanners(
            key,
            reason="The wildcard stands for principals of this account that come by Cognito, by the conditions "
            "kms:CallerAccount and kms:ViaService.",
            source="docs.aws.amazon.com/cognito/latest/developerguide/data-protection.html",
            checkov=["CKV_AWS_33"],
            cfn_nag=["F76"],
        )
