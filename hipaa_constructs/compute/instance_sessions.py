"""How people get onto instances: by sessions of Systems Manager alone, which are encrypted and leave a record."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from hipaa_constructs._stacks import arn_in, path_of, stack_of
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.primitives.arns import key_arn
from hipaa_constructs.primitives.granting import to_principal
from hipaa_constructs.primitives.key_policy import grant_on_key
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole
from hipaa_constructs.primitives.wildcards import acknowledge_wildcards

OF_AGENT = (
    "ec2messages:AcknowledgeMessage",
    "ec2messages:DeleteMessage",
    "ec2messages:FailMessage",
    "ec2messages:GetEndpoint",
    "ec2messages:GetMessages",
    "ec2messages:SendReply",
    "ssm:DescribeAssociation",
    "ssm:DescribeDocument",
    "ssm:GetDeployablePatchSnapshotForInstance",
    "ssm:GetDocument",
    "ssm:GetManifest",
    "ssm:ListAssociations",
    "ssm:ListInstanceAssociations",
    "ssm:PutComplianceItems",
    "ssm:PutConfigurePackageResult",
    "ssm:PutInventory",
    "ssm:UpdateAssociationStatus",
    "ssm:UpdateInstanceAssociationStatus",
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)


def let_agent_work(role: LeastPrivilegeRole, *, log_group: logs.ILogGroup, key: kms.IKey) -> iam.ManagedPolicy:
    """Let the agent of Systems Manager take sessions and patches, encrypt sessions, and log them.

    These are the rights of AWS's own AmazonSSMManagedInstanceCore without ``ssm:GetParameter`` and
    ``ssm:GetParameters``, by which software on an instance could read every parameter of the account
    (docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonSSMManagedInstanceCore.html), and with what logs
    take (docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-create-iam-instance-profile.html).
    """
    # A policy of its own, so that what is acknowledged stands alone; the role's child, so that who waits for it waits.
    policy = iam.ManagedPolicy(
        role,
        "SystemsManager",
        roles=[role],
        description=f"Lets the agent of Systems Manager work for {path_of(role)}",
        statements=[
            iam.PolicyStatement(actions=[*OF_AGENT, "logs:DescribeLogGroups"], resources=["*"]),
        ],
    )
    acknowledge_limitation(
        policy,
        "AwsSolutions-IAM5[Resource::*]",
        reason="Channels and messages take no resource; associations, compliance and inventory belong to instances "
        "whose ids Auto Scaling makes, and documents are those of AWS that patch and take stock. The agent signs with "
        "the instance's own credentials. Parameters and data are not among them.",
        source="docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html",
    )
    role.allow(["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"], [log_group.log_group_arn])
    grant_on_key(key, role, "kms:Decrypt")
    return policy


def define_document(scope: Construct, *, log_group: logs.ILogGroup, key: kms.IKey) -> ssm.CfnDocument:
    """Make the document by which sessions are started: it says where they are logged, and under which key they are.

    ``SSM-SessionManagerRunShell``, which counts where nobody names a document, is one in an account and Region: a
    stack that made it could stand there once, and would decide for all others. So this is a document of its own.
    Source: docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-schema.html.
    """
    return ssm.CfnDocument(
        scope,
        "SessionDocument",
        document_type="Session",
        document_format="JSON",
        # With a new name whoever was granted the old document would be shut out.
        update_method="NewVersion",
        content={
            "schemaVersion": "1.0",
            "description": f"Sessions on {path_of(scope)}: encrypted and logged",
            "sessionType": "Standard_Stream",
            "inputs": {
                "cloudWatchLogGroupName": log_group.log_group_name,
                "cloudWatchEncryptionEnabled": True,
                # As it happens, so that what somebody did is known even if the instance is gone at the end.
                "cloudWatchStreamingEnabled": True,
                "kmsKeyId": key_arn(key),
                "idleSessionTimeout": "15",
                "maxSessionDuration": "60",
                "runAsEnabled": False,
            },
        },
    )


def grant_session(grantee: iam.IGrantable, *, document: ssm.CfnDocument, group_name: str, key: kms.IKey) -> iam.Grant:
    """Let a principal open sessions on the instances of a group by one document, and end what it opened.

    Without the check of documents whoever may open a session may name any document, or none. Tags that begin with
    ``aws:`` nobody can set but AWS, so no other instance can be passed off as one of the group. Source:
    docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-specify-session-document.html.
    """
    stack = stack_of(document)
    instances = arn_in(stack, "ec2", "instance/*")
    own = arn_in(stack, "ssm", "session/${aws:userid}-*")
    named = arn_in(stack, "ssm", f"document/{document.ref}")
    checked = {"BoolIfExists": {"ssm:SessionDocumentAccessCheck": "true"}}
    opening = to_principal(
        grantee,
        ["ssm:StartSession"],
        [instances],
        conditions={**checked, "StringEquals": {"ssm:resourceTag/aws:autoscaling:groupName": group_name}},
    )
    by_document = to_principal(grantee, ["ssm:StartSession"], [named], conditions=checked)
    using = to_principal(grantee, ["ssm:ResumeSession", "ssm:TerminateSession", "ssmmessages:OpenDataChannel"], [own])
    if isinstance(grantee.grant_principal, LeastPrivilegeRole):
        acknowledge_wildcards(
            grantee.grant_principal,
            instances,
            own,
            reason="Auto Scaling names instances when it starts them, and the condition holds sessions to those of one "
            "group; a session is named when it is opened, after whoever opens it.",
            source="docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-restrict-access-examples.html",
        )
    encrypting = grant_on_key(key, grantee, "kms:GenerateDataKey")
    return opening.combine(by_document).combine(using).combine(encrypting)
