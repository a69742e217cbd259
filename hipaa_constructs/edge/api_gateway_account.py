"""What API Gateway needs once per account and Region before any API of it can log."""

from __future__ import annotations

from typing import cast
from weakref import WeakKeyDictionary

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from constructs import Construct, IDependable

from hipaa_constructs._stacks import account_of, arn_in, stack_of
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.compliance.packs import wildcard_ids
from hipaa_constructs.primitives.least_privilege_role import LeastPrivilegeRole

_ID = "ApiGatewayAccount"
# As in AWS's own policy for it, AmazonAPIGatewayPushToCloudWatchLogs:
# docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonAPIGatewayPushToCloudWatchLogs.html
_ACTIONS = (
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "logs:PutLogEvents",
)


class ApiGatewayAccount(Construct):
    """The role by which API Gateway writes execution logs, and the account's setting that names it.

    The setting exists once per account and Region. Each stack with an API sets it to a role of its own, and leaves
    role and setting behind when it goes: whichever stack came last, the role that counts exists.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        stack = stack_of(self)
        logs_of_all_apis = arn_in(stack, "logs", "log-group:*")
        role = LeastPrivilegeRole(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal(
                "apigateway.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": account_of(stack)}}
            ),
            description="Writes the execution logs of API Gateway's APIs",
        )
        granted = role.add_to_principal_policy(
            iam.PolicyStatement(
                actions=list(_ACTIONS),
                resources=[logs_of_all_apis],
            )
        )
        policy = cast("iam.ManagedPolicy", granted.policy_dependable)
        self._setting = apigateway.CfnAccount(self, "Resource", cloud_watch_role_arn=role.role_arn)
        # API Gateway tries the role before it accepts it.
        self._setting.node.add_dependency(policy)
        for kept in (role, policy, self._setting):
            kept.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
        acknowledge_limitation(
            policy,
            *wildcard_ids(stack, logs_of_all_apis),
            reason="API Gateway has one role for the logs of all APIs of the account and Region, and names their log "
            "groups itself; it refuses a role that cannot do this for any of them.",
            source="docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html",
        )

    @classmethod
    def of(cls, scope: Construct) -> ApiGatewayAccount:
        """Return the setting that the stack of ``scope`` makes; the first call makes it."""
        stack = stack_of(scope)
        known = _OF_STACK.get(stack)
        if known is None:
            known = _OF_STACK[stack] = cls(stack, _ID)
        return known

    @property
    def setting(self) -> IDependable:
        """What has to be there before a stage can log."""
        return self._setting


_OF_STACK: WeakKeyDictionary[cdk.Stack, ApiGatewayAccount] = WeakKeyDictionary()
