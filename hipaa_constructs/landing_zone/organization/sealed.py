"""What seals an account of records: nobody there deletes, or changes what keeps the files."""

from __future__ import annotations

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from hipaa_constructs._constants import anyone, partition
from hipaa_constructs._stacks import account_of
from hipaa_constructs.storage.write_denials import keep_as_deployed

# Without its key, a locked file is there and cannot be read.
_KEY_SETTINGS = ("kms:DisableKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion")


def seal(stack: cdk.Stack) -> None:
    """Leave every bucket and key of a stack to the role by which the CDK deploys; call it once all are made.

    A deployment by another role is refused once the policies are there. Who lost that role has the organization's
    management account remove the bucket's policy, as root of the account for one task:
    docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user-privileged-task.html.
    """
    deployer = f"arn:{partition()}:iam::{account_of(stack)}:role/cdk-*-cfn-exec-role-{account_of(stack)}-*"
    for construct in stack.node.find_all():
        if isinstance(construct, s3.Bucket):
            policy = cast("s3.BucketPolicy", construct.policy)
            keep_as_deployed(policy.document, bucket_arn=construct.bucket_arn, deployer_arn=deployer)
        elif isinstance(construct, kms.Key):
            construct.add_to_resource_policy(
                iam.PolicyStatement(
                    sid="KeepAsDeployed",
                    effect=iam.Effect.DENY,
                    principals=[anyone()],
                    actions=list(_KEY_SETTINGS),
                    resources=["*"],
                    conditions={"ArnNotLike": {"aws:PrincipalArn": deployer}},
                )
            )
