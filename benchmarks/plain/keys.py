from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

USE = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
_ADMINISTER = [
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListAliases",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:ReplicateKey",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
    "kms:UpdatePrimaryRegion",
]


def key(scope: Construct, construct_id: str) -> kms.Key:
    root = iam.AccountRootPrincipal()
    return kms.Key(
        scope,
        construct_id,
        alias=f"alias/{construct_id}-{scope.node.id}",
        description=construct_id,
        enable_key_rotation=True,
        rotation_period=cdk.Duration.days(365),
        pending_window=cdk.Duration.days(30),
        multi_region=False,
        removal_policy=cdk.RemovalPolicy.RETAIN,
        policy=iam.PolicyDocument(
            statements=[
                iam.PolicyStatement(sid="Administer", principals=[root], actions=_ADMINISTER, resources=["*"]),
                iam.PolicyStatement(sid="Use", principals=[root], actions=USE, resources=["*"]),
                iam.PolicyStatement(
                    sid="GrantToAwsServices",
                    principals=[root],
                    actions=["kms:CreateGrant"],
                    resources=["*"],
                    conditions={"Bool": {"kms:GrantIsForAWSResource": "true"}},
                ),
            ]
        ),
    )


def allow_service(of: kms.Key, service: str, conditions: dict[str, dict[str, str]], actions: list[str] = USE) -> None:
    principal = iam.ServicePrincipal(service, conditions=conditions)
    of.add_to_resource_policy(iam.PolicyStatement(principals=[principal], actions=actions, resources=["*"]))


def allow_logs(of: kms.Key) -> None:
    stack = cdk.Stack.of(of)
    arn = f"arn:{stack.partition}:logs:{stack.region}:{stack.account}:log-group:*"
    allow_service(of, f"logs.{stack.region}.amazonaws.com", {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": arn}})
