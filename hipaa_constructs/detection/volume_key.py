"""Let EBS use a customer key for whoever may make volumes, so that the key can be a Region's default."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from hipaa_constructs.compliance.acknowledge import explain_to_scanners
from hipaa_constructs.compliance.availability import via_service
from hipaa_constructs.encryption.service_grants import USE


def let_volumes_use(key: kms.IKey) -> None:
    """Write what AWS's own key for EBS says: principals of this account, through EC2 of this Region.

    Without it Auto Scaling, whose service-linked role has no rights of its own to a customer key, could launch nothing:
    docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html.
    """
    stack = cdk.Stack.of(key)
    conditions = {
        "StringEquals": {"kms:CallerAccount": stack.account, "kms:ViaService": via_service(stack.region, "ec2")}
    }
    if not cdk.Resource.is_owned_resource(key):
        # CDK would write nothing.
        cdk.Annotations.of(key).add_warning_v2(
            "hipaa-constructs:imported-key-policy",
            "The policy of an imported key cannot be changed from here: see that it lets everyone who calls through "
            f"EC2 use the key and create grants under {conditions}.",
        )
        return
    key.add_to_resource_policy(
        iam.PolicyStatement(
            sid="VolumesOfThisAccount",
            principals=[iam.AnyPrincipal()],
            actions=[*USE, "kms:CreateGrant"],
            resources=["*"],
            conditions=conditions,
        )
    )
    explain_to_scanners(
        key,
        reason="The wildcard stands for principals of this account alone, by the condition kms:CallerAccount.",
        source="docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html",
        checkov=["CKV_AWS_33"],
        cfn_nag=["F76"],
    )
