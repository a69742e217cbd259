"""Let EBS use a customer key for whoever may make volumes, so that the key can be a Region's default."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from hipaa_constructs.compliance.acknowledge import explain_to_scanners
from hipaa_constructs.iam.key_actions import USE
from hipaa_constructs.primitives.key_policy import add_to_key_policy, in_reach
from hipaa_constructs.primitives.via_service import via_service


def let_volumes_use(key: kms.IKey) -> None:
    """Write what AWS's own key for EBS says: principals of this account, through EC2 of this Region.

    Without it Auto Scaling, whose service-linked role has no rights of its own to a customer key, could launch nothing:
    docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html.
    """
    stack = cdk.Stack.of(key)
    conditions = {
        "StringEquals": {"kms:CallerAccount": stack.account, "kms:ViaService": via_service(stack.region, "ec2")}
    }
    add_to_key_policy(
        key,
        iam.PolicyStatement(
            sid="VolumesOfThisAccount",
            principals=[iam.AnyPrincipal()],
            actions=[*USE, "kms:CreateGrant"],
            resources=["*"],
            conditions=conditions,
        ),
    )
    if not in_reach(key):
        return
    # After a failed creation it still is the Region's default: if it went, nobody could make a volume any more.
    key.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
    explain_to_scanners(
        key,
        reason="The wildcard stands for principals of this account alone, by the condition kms:CallerAccount.",
        source="docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html",
        checkov=["CKV_AWS_33"],
        cfn_nag=["F76"],
    )
