from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from hipaa_constructs._arguments import checked_arguments
from hipaa_constructs._constants import minutes
from hipaa_constructs._stacks import arn_in, stack_of
from hipaa_constructs.compliance.acknowledge import acknowledge_limitation
from hipaa_constructs.compliance.packs import wildcard_ids
from hipaa_constructs.compute.provider_function import ProviderFunction
from hipaa_constructs.primitives.kms_rotated_key import KmsRotatedKey

_SEEN = (
    "ec2:DescribeInternetGateways",
    "ec2:DescribeNetworkAcls",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeVpcPeeringConnections",
    "ec2:DescribeVpcs",
    "ec2:DescribeVpnGateways",
)
_DELETED = {
    "internet-gateway": ("ec2:DeleteInternetGateway", "ec2:DetachInternetGateway"),
    "subnet": ("ec2:DeleteSubnet",),
    "vpc": ("ec2:DeleteVpc", "ec2:DetachInternetGateway"),
}


class DefaultVpcRemoval(Construct):
    """Takes the default VPC out of the stack's Region, if nothing is in it.

    AWS gives each Region of an account a VPC whose subnets are public, whose default security group lets its members
    talk to each other, and which has no flow logs: what is launched without a word about networks lands there.

    - It goes with its subnets and internet gateway. One in which there is anything else stays as it is, and the
      function's log says what: a network interface, which whatever runs in a VPC has; an endpoint, peering or virtual
      private gateway; a subnet, route table, network ACL or security group that somebody made.
    - It is done once, when the construct is deployed. A second deployment finds nothing, and removing the construct
      brings nothing back; ``aws ec2 create-default-vpc`` does.

    Source: docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html.

    Supports 164.312(e)(1) transmission security and 164.308(a)(1)(ii)(B) risk management.

    :param encryption_key: for logs, environment and dead letters of the function. Default: a ``KmsRotatedKey`` of its
        own.
    :param reserve_concurrency: whether the function has executions of its own; see ``ProviderFunction``.
        Default: it has two.
    :raises ValueError: an argument of the wrong type.
    """

    @checked_arguments
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        encryption_key: kms.IKey | None = None,
        reserve_concurrency: bool = True,
    ) -> None:
        super().__init__(scope, construct_id)

        self._provider = ProviderFunction(
            self,
            "Provider",
            handler="handlers.default_vpc.handle",
            vpc=None,
            encryption_key=encryption_key or KmsRotatedKey(self, "Key").key,
            reserve_concurrency=reserve_concurrency,
        )
        self._provider.acknowledge_no_vpc(
            reason="The function looks at the default VPC and deletes it through EC2's API at deployment, handles no "
            "PHI, and reaches nothing inside a VPC."
        )
        policy = self._define_policy()
        self._removal = cdk.CustomResource(
            self,
            "Resource",
            resource_type="Custom::DefaultVpcRemoval",
            service_token=self._provider.function.function_arn,
            service_timeout=minutes(5),
            # A deletion changes nothing: CloudFormation need not ask for it.
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
        self._removal.node.add_dependency(policy)

    def _define_policy(self) -> iam.ManagedPolicy:
        stack = stack_of(self)
        arns = {kind: arn_in(stack, "ec2", f"{kind}/*") for kind in _DELETED}
        policy = iam.ManagedPolicy(
            self,
            "Deletion",
            roles=[self._provider.role],
            description=f"Lets {self._provider.node.path} delete the default VPC",
            statements=[
                iam.PolicyStatement(sid="See", actions=list(_SEEN), resources=["*"]),
                *(
                    iam.PolicyStatement(actions=list(actions), resources=[arns[kind]])
                    for kind, actions in _DELETED.items()
                ),
            ],
        )
        acknowledge_limitation(
            policy,
            "AwsSolutions-IAM5[Resource::*]",
            *wildcard_ids(self, *arns.values()),
            reason="Actions that describe have no resource types, and the default VPC's id is known at deployment "
            "alone; no condition key tells it from other VPCs, which the function does.",
            source="docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html",
        )
        return policy
