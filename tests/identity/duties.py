"""What AWS documents that an operator's duty takes: the call itself, and what the service does in the caller's name."""

from __future__ import annotations

from collections.abc import Mapping

Call = tuple[str, str, Mapping[str, str]]

BACKUP_ROLE = "arn:<AWS::Partition>:iam::111122223333:role/service-role/AWSBackupDefaultServiceRole"
KEY = "arn:<AWS::Partition>:kms:us-east-1:111122223333:key/0a1b2c3d-1111-2222-3333-444455556666"
TO_BACKUP = {"iam:PassedToService": "backup.amazonaws.com"}
FOR_EC2 = {"kms:GrantIsForAWSResource": "true", "kms:ViaService": "ec2.us-east-1.amazonaws.com"}

# Beyond the call itself. Restarting and scaling take no more:
# docs.aws.amazon.com/service-authorization/latest/reference; new instances of a group are made by Auto Scaling's own
# role: docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html.
_MORE: Mapping[str, list[Call]] = {
    # docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupOperatorAccess.html
    "backup:StartBackupJob": [("iam:PassRole", BACKUP_ROLE, TO_BACKUP)],
    # repost.aws/knowledge-center/kms-iam-ec2-permission
    "ec2:StartInstances": [("kms:CreateGrant", KEY, FOR_EC2)],
}
OPERATING = (
    "autoscaling:SetDesiredCapacity",
    "autoscaling:StartInstanceRefresh",
    "backup:DescribeBackupJob",
    "backup:ListBackupJobs",
    "backup:StartBackupJob",
    "cloudwatch:SetAlarmState",
    "ec2:RebootInstances",
    "ec2:StartInstances",
    "ec2:StopInstances",
    "ecs:StopTask",
    "ecs:UpdateService",
    "rds:RebootDBCluster",
    "rds:RebootDBInstance",
    "rds:StartDBInstance",
    "rds:StopDBInstance",
)
OTHER_HANDS = [
    ("iam:PassRole", "arn:<AWS::Partition>:iam::111122223333:role/Admin", TO_BACKUP),
    ("iam:PassRole", BACKUP_ROLE, {"iam:PassedToService": "lambda.amazonaws.com"}),
    ("iam:PassRole", BACKUP_ROLE, {}),
    ("kms:CreateGrant", KEY, {}),
    ("kms:CreateGrant", KEY, {**FOR_EC2, "kms:GrantIsForAWSResource": "false"}),
    ("kms:CreateGrant", KEY, {**FOR_EC2, "kms:ViaService": "rds.us-east-1.amazonaws.com"}),
    ("kms:CreateGrant", KEY, {"kms:ViaService": "ec2.us-east-1.amazonaws.com"}),
]


def calls(duty: str) -> list[Call]:
    """Return the calls that a duty takes, the last one being what the service does in the caller's name."""
    return [(duty, "*", {}), *_MORE.get(duty, [])]
