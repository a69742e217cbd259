"""Who talked to whom: flow logs and DNS query logs of one network, encrypted and kept seven years."""

from __future__ import annotations

from typing import Any

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_route53resolver as resolver
from constructs import Construct, IDependable

from hipaa_constructs._stacks import account_of, arn_in, settle, stack_of
from hipaa_constructs.primitives.encrypted_log_group import EncryptedLogGroup
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole


class _LoggedFlows(Construct):
    """Flow logs into a log group; ``recorded`` says of what. They hold addresses and ports, no payload."""

    def __init__(self, scope: Construct, construct_id: str, *, encryption_key: kms.IKey, **recorded: Any) -> None:
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)
        self.log_group: logs.LogGroup = EncryptedLogGroup(
            self, "Logs", encryption_key=encryption_key, masked_identifiers=()
        ).log_group
        role, policy = self._define_role()
        flow_log = ec2.CfnFlowLog(
            self,
            "Resource",
            log_destination_type="cloud-watch-logs",
            log_destination=self.log_group.log_group_arn,
            deliver_logs_permission_arn=role.role_arn,
            **recorded,
        )
        # A role without its policy is accepted too, and the flow log ends in an access error.
        if policy is not None:
            flow_log.node.add_dependency(policy)

    def _define_role(self) -> tuple[LeastPrivilegeRole, IDependable | None]:
        """Source: docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html."""
        stack = stack_of(self)
        flow_logs = arn_in(stack, "ec2", "vpc-flow-log/*")
        role = LeastPrivilegeRole(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "vpc-flow-logs.amazonaws.com",
                conditions={
                    "StringEquals": {"aws:SourceAccount": account_of(stack)},
                    "ArnLike": {"aws:SourceArn": flow_logs},
                },
            ),
            description=f"Delivers {self.node.path}",
        )
        granted = role.add_to_principal_policy(
            iam.PolicyStatement(
                actions=["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                resources=[self.log_group.log_group_arn],
            )
        )
        return role, granted.policy_dependable


class FlowLogs(_LoggedFlows):
    """Flow logs of all traffic of a VPC, accepted and rejected."""

    def __init__(self, scope: Construct, construct_id: str, *, vpc: ec2.CfnVPC, encryption_key: kms.IKey) -> None:
        super().__init__(
            scope,
            construct_id,
            encryption_key=encryption_key,
            resource_id=vpc.ref,
            resource_type="VPC",
            traffic_type="ALL",
        )


class TransitFlowLogs(_LoggedFlows):
    """Flow logs of all traffic of a transit gateway, in a bucket of another account too if ``bucket_arn`` is given.

    They have no kind of traffic, and are made each minute:
    docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFlowLogs.html.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        transit_gateway: ec2.CfnTransitGateway,
        encryption_key: kms.IKey,
        bucket_arn: str | None,
    ) -> None:
        recorded: dict[str, Any] = {
            "resource_id": transit_gateway.ref,
            "resource_type": "TransitGateway",
            "max_aggregation_interval": 60,
        }
        super().__init__(scope, construct_id, encryption_key=encryption_key, **recorded)
        if bucket_arn is not None:
            ec2.CfnFlowLog(self, "Archived", log_destination_type="s3", log_destination=bucket_arn, **recorded)


class ArchivedFlowLogs(Construct):
    """The same flow logs once more, in a bucket of another account, such as an organization's log archive.

    A log group cannot be in another account, and is where the account itself looks; AWS describes the two together:
    docs.aws.amazon.com/prescriptive-guidance/latest/patterns/
    configure-vpc-flow-logs-for-centralization-across-aws-accounts.html.
    """

    def __init__(self, scope: Construct, construct_id: str, *, vpc_id: str, bucket_arn: str) -> None:
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)
        ec2.CfnFlowLog(
            self,
            "Resource",
            resource_id=vpc_id,
            resource_type="VPC",
            traffic_type="ALL",
            log_destination_type="s3",
            log_destination=bucket_arn,
        )


class DnsQueryLogs(Construct):
    """Logs of every DNS query that the VPC's resolver does not answer from its cache.

    AWS writes the permission to deliver into the log group's own resource policy when the configuration is made, so
    the ten account-wide policies of a Region stay free:
    docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-CWL.html.
    """

    def __init__(self, scope: Construct, construct_id: str, *, vpc: ec2.CfnVPC, encryption_key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)
        self.log_group: logs.LogGroup = EncryptedLogGroup(
            self, "Logs", encryption_key=encryption_key, masked_identifiers=()
        ).log_group
        config = resolver.CfnResolverQueryLoggingConfig(self, "Resource", destination_arn=self.log_group.log_group_arn)
        resolver.CfnResolverQueryLoggingConfigAssociation(
            self, "Association", resolver_query_log_config_id=config.attr_id, resource_id=vpc.ref
        )
