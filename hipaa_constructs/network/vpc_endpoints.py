from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from hipaa_constructs._arguments import is_token, refuse
from hipaa_constructs._stacks import region_of, settle, stack_of
from hipaa_constructs.compliance.availability import Kind, is_absent, source_of
from hipaa_constructs.network.endpoint_policies import EndpointPolicies

# Services that are known to refuse an endpoint policy:
# docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
_WITHOUT_POLICY = frozenset(
    {
        "appmesh-envoy-management",
        "apprunner.requests",
        "appstream.api",
        "appstream.streaming",
        "awsconnector",
        "transfer.server",
    }
)


_KIND: Kind = "endpoint_services"


def name_services(
    extra: Sequence[ec2.IInterfaceVpcEndpointService], *, region: str
) -> dict[str, ec2.IInterfaceVpcEndpointService]:
    """Return what a private workload needs of AWS, and ``extra``, by AWS's short names; refuse a second of a kind.

    ``EC2`` is there for the function that closes the default security group, and for the Systems Manager agent. Of the
    rest, what ``region`` lacks is left out: ``EC2_MESSAGES`` in newer ones, where the agent does without.
    """
    services = {name: service for name, service in _services().items() if not is_absent(name, region, kind=_KIND)}
    for service in extra:
        name = name_of(service)
        _require_there(name, region)
        if name in services:
            refuse(
                "interface_endpoints",
                name,
                allowed="each service has one endpoint",
                fix=f"Leave it out; {name} is there already.",
            )
        services[name] = service
    return services


@functools.cache
def _services() -> Mapping[str, ec2.IInterfaceVpcEndpointService]:
    aws = ec2.InterfaceVpcEndpointAwsService
    return {
        "ec2": aws.EC2,
        "ec2messages": aws.EC2_MESSAGES,
        "ecr.api": aws.ECR,
        "ecr.dkr": aws.ECR_DOCKER,
        "kms": aws.KMS,
        "logs": aws.CLOUDWATCH_LOGS,
        "monitoring": aws.CLOUDWATCH_MONITORING,
        "secretsmanager": aws.SECRETS_MANAGER,
        "ssm": aws.SSM,
        "ssmmessages": aws.SSM_MESSAGES,
        "sts": aws.STS,
    }


class VpcEndpoints(Construct):
    """The endpoints of one VPC, in its private subnets; the interface endpoints share one security group."""

    def __init__(self, scope: Construct, construct_id: str, *, vpc: ec2.IVpc, cidr: str) -> None:
        super().__init__(scope, construct_id)
        settle(self, scope, construct_id)
        self._vpc = vpc
        self._policies = EndpointPolicies(stack_of(self))
        self._private = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)
        self.interfaces: dict[str, ec2.InterfaceVpcEndpoint] = {}
        self.security_group = ec2.SecurityGroup(
            self,
            "SecurityGroup",
            vpc=vpc,
            description="HTTPS from the VPC to AWS endpoints",
            allow_all_outbound=False,
        )
        self.security_group.add_ingress_rule(ec2.Peer.ipv4(cidr), ec2.Port.tcp(443), "HTTPS from the VPC")
        self.s3 = self._define_gateway("S3", ec2.GatewayVpcEndpointAwsService.S3)
        for statement in self._policies.s3():
            self.s3.add_to_policy(statement)
        self.dynamodb = self._define_gateway("DynamoDb", ec2.GatewayVpcEndpointAwsService.DYNAMODB)
        for statement in self._policies.dynamodb():
            self.dynamodb.add_to_policy(statement)

    def add_interface(self, name: str, service: ec2.IInterfaceVpcEndpointService) -> ec2.InterfaceVpcEndpoint:
        """Add the interface endpoint of a service that has none here yet."""
        _require_there(name, region_of(self))
        if name in self.interfaces:
            refuse(
                "service",
                name,
                allowed="each service has one endpoint",
                fix=f"Use interface_endpoints[{name!r}].",
            )
        endpoint = self.interfaces[name] = define_interface(
            self,
            name,
            service,
            vpc=self._vpc,
            subnets=self._private,
            security_group=self.security_group,
            policies=self._policies,
        )
        return endpoint

    def _define_gateway(self, construct_id: str, service: ec2.GatewayVpcEndpointAwsService) -> ec2.GatewayVpcEndpoint:
        return ec2.GatewayVpcEndpoint(self, construct_id, vpc=self._vpc, service=service, subnets=[self._private])


def define_interface(
    scope: Construct,
    name: str,
    service: ec2.IInterfaceVpcEndpointService,
    *,
    vpc: ec2.IVpc,
    subnets: ec2.SubnetSelection,
    security_group: ec2.ISecurityGroup,
    policies: EndpointPolicies,
) -> ec2.InterfaceVpcEndpoint:
    """Define the interface endpoint of a service, under a policy where the service takes one."""
    endpoint = ec2.InterfaceVpcEndpoint(
        scope,
        re.sub(r"[^A-Za-z0-9]", "", name.title()),
        vpc=vpc,
        service=service,
        subnets=subnets,
        security_groups=[security_group],
        # CDK would add a rule of its own to the group for every endpoint.
        open=False,
    )
    if isinstance(service, ec2.InterfaceVpcEndpointAwsService) and name not in _WITHOUT_POLICY:
        for statement in policies.interface(name):
            endpoint.add_to_policy(statement)
    return endpoint


def _require_there(name: str, region: str) -> None:
    if is_absent(name, region, kind=_KIND):
        refuse(
            "interface_endpoints",
            name,
            allowed=f"{region} has no such endpoint ({source_of(name, region, kind=_KIND)})",
            fix="Leave it out.",
        )


def name_of(service: ec2.IInterfaceVpcEndpointService) -> str:
    """Return AWS's short name of a service, such as ``ecr.api``, or the full name of another one."""
    if isinstance(service, ec2.InterfaceVpcEndpointAwsService):
        return service.short_name
    name = service.name
    if is_token(name):
        refuse(
            "interface_endpoints",
            "a service whose name is an unresolved token",
            allowed="it takes a literal service name",
            fix="Write it out, such as 'com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0'.",
        )
    return name
