from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_route53resolver as resolver
from constructs import Construct

from benchmarks.plain.keys import allow_logs, key
from hipaa_constructs.compute.provider_function import ProviderFunction

_SERVICES = {
    "Ec2": ec2.InterfaceVpcEndpointAwsService.EC2,
    "Ec2Messages": ec2.InterfaceVpcEndpointAwsService.EC2_MESSAGES,
    "Ecr": ec2.InterfaceVpcEndpointAwsService.ECR,
    "EcrDocker": ec2.InterfaceVpcEndpointAwsService.ECR_DOCKER,
    "Kms": ec2.InterfaceVpcEndpointAwsService.KMS,
    "Logs": ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
    "Monitoring": ec2.InterfaceVpcEndpointAwsService.CLOUDWATCH_MONITORING,
    "SecretsManager": ec2.InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
    "Ssm": ec2.InterfaceVpcEndpointAwsService.SSM,
    "SsmMessages": ec2.InterfaceVpcEndpointAwsService.SSM_MESSAGES,
    "Sts": ec2.InterfaceVpcEndpointAwsService.STS,
}
_READ = (
    "al2023-repos",
    "amazon-ssm",
    "amazon-ssm-packages",
    "aws-ssm",
    "aws-ssm-distributor-file",
    "aws-ssm-document-attachments",
    "patch-baseline-snapshot",
    "prod-starport-layer-bucket",
)
_ANSWER = ("cloudformation-custom-resource-response", "cloudformation-waitcondition")
_EXCEPTIONS = {
    "Ecr": ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
    "EcrDocker": ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
    "Ssm": ["ssm:DescribeDocument", "ssm:GetDocument", "ssm:GetParameter", "ssm:GetParameters"],
    "Sts": ["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"],
}


def network(scope: Construct, construct_id: str) -> ec2.Vpc:
    log_key = key(scope, f"{construct_id}Key")
    vpc = ec2.Vpc(
        scope,
        construct_id,
        ip_addresses=ec2.IpAddresses.cidr("10.0.0.0/16"),
        max_azs=3,
        restrict_default_security_group=False,
        subnet_configuration=[
            ec2.SubnetConfiguration(name=name, subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=19)
            for name in ("Private", "Isolated")
        ],
    )
    private = ec2.SubnetSelection(subnet_group_name="Private")
    _logs(scope, construct_id, vpc, log_key)
    _acls(scope, construct_id, vpc)
    _endpoints(scope, construct_id, vpc, private)
    _close_default_group(scope, construct_id, vpc, log_key)
    return vpc


def _logs(scope: Construct, construct_id: str, vpc: ec2.Vpc, of: kms.Key) -> None:
    stack = cdk.Stack.of(scope)
    flows, queries = (_log_group(scope, f"{construct_id}{name}", of) for name in ("FlowLogs", "DnsLogs"))
    source = f"arn:{stack.partition}:ec2:{stack.region}:{stack.account}:vpc-flow-log/*"
    role = iam.Role(
        scope,
        f"{construct_id}FlowLogRole",
        description="Delivers flow logs",
        assumed_by=iam.ServicePrincipal(
            "vpc-flow-logs.amazonaws.com",
            conditions={"StringEquals": {"aws:SourceAccount": stack.account}, "ArnLike": {"aws:SourceArn": source}},
        ),
    )
    actions = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    policy = iam.ManagedPolicy(
        scope,
        f"{construct_id}FlowLogPolicy",
        roles=[role],
        statements=[iam.PolicyStatement(actions=actions, resources=[flows.log_group_arn])],
    )
    # CDK's own FlowLog writes an inline policy.
    flow_log = ec2.CfnFlowLog(
        scope,
        f"{construct_id}FlowLog",
        resource_id=vpc.vpc_id,
        resource_type="VPC",
        traffic_type="ALL",
        log_destination_type="cloud-watch-logs",
        log_destination=flows.log_group_arn,
        deliver_logs_permission_arn=role.role_arn,
    )
    flow_log.node.add_dependency(policy)
    config = resolver.CfnResolverQueryLoggingConfig(scope, f"{construct_id}Dns", destination_arn=queries.log_group_arn)
    resolver.CfnResolverQueryLoggingConfigAssociation(
        scope, f"{construct_id}DnsVpc", resolver_query_log_config_id=config.attr_id, resource_id=vpc.vpc_id
    )


def _log_group(scope: Construct, construct_id: str, of: kms.Key) -> logs.LogGroup:
    allow_logs(of)
    return logs.LogGroup(
        scope,
        construct_id,
        encryption_key=of,
        retention=logs.RetentionDays.SEVEN_YEARS,
        removal_policy=cdk.RemovalPolicy.RETAIN,
    )


def _acls(scope: Construct, construct_id: str, vpc: ec2.Vpc) -> None:
    inside, anywhere, https = ec2.AclCidr.ipv4("10.0.0.0/16"), ec2.AclCidr.any_ipv4(), ec2.AclTraffic.tcp_port(443)
    everything, answers = ec2.AclTraffic.all_traffic(), ec2.AclTraffic.tcp_port_range
    tiers = {
        "Private": [
            (False, inside, everything),
            (False, anywhere, answers(1024, 3388)),
            (False, anywhere, answers(3390, 65535)),
            (True, inside, everything),
            (True, anywhere, https),
        ],
        "Isolated": [
            (False, ec2.AclCidr.ipv4("10.0.0.0/17"), everything),
            (False, ec2.AclCidr.ipv4("10.0.128.0/18"), everything),
            (True, ec2.AclCidr.ipv4("10.0.0.0/17"), everything),
            (True, ec2.AclCidr.ipv4("10.0.128.0/18"), everything),
        ],
    }
    for name, rules in tiers.items():
        acl = ec2.NetworkAcl(
            scope, f"{construct_id}{name}Acl", vpc=vpc, subnet_selection=ec2.SubnetSelection(subnet_group_name=name)
        )
        for number, (outward, cidr, traffic) in enumerate(rules, start=1):
            acl.add_entry(
                f"Rule{number}",
                cidr=cidr,
                rule_number=number * 100,
                traffic=traffic,
                direction=ec2.TrafficDirection.EGRESS if outward else ec2.TrafficDirection.INGRESS,
            )


def _endpoints(scope: Construct, construct_id: str, vpc: ec2.Vpc, private: ec2.SubnetSelection) -> None:
    account = cdk.Stack.of(scope).account
    group = ec2.SecurityGroup(
        scope, f"{construct_id}Endpoints", vpc=vpc, description="HTTPS to AWS endpoints", allow_all_outbound=False
    )
    group.add_ingress_rule(ec2.Peer.ipv4("10.0.0.0/16"), ec2.Port.tcp(443), "HTTPS from the VPC")
    within = {"aws:PrincipalAccount": account, "aws:ResourceAccount": account}
    s3 = vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3, subnets=[private])
    s3.add_to_policy(_statement("WithinAccount", ["*"], within))
    readable, writable = ([f"arn:aws:s3:::{name}-us-east-1/*" for name in names] for names in (_READ, _ANSWER))
    s3.add_to_policy(_statement("ReadFromAws", ["s3:GetObject"], resources=readable))
    s3.add_to_policy(_statement("AnswerCloudFormation", ["s3:PutObject"], resources=writable))
    dynamodb = vpc.add_gateway_endpoint(
        "DynamoDb", service=ec2.GatewayVpcEndpointAwsService.DYNAMODB, subnets=[private]
    )
    dynamodb.add_to_policy(_statement("WithinAccount", ["*"], within))
    for name, service in _SERVICES.items():
        endpoint = vpc.add_interface_endpoint(
            name, service=service, subnets=private, security_groups=[group], open=False
        )
        endpoint.add_to_policy(_statement("WithinAccount", ["*"], within))
        if name in _EXCEPTIONS:
            endpoint.add_to_policy(_statement("Exception", _EXCEPTIONS[name], {"aws:PrincipalAccount": account}))


def _statement(
    sid: str, actions: list[str], equals: dict[str, str] | None = None, resources: list[str] | None = None
) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid=sid,
        principals=[iam.StarPrincipal()],
        actions=actions,
        resources=resources or ["*"],
        conditions={"StringEquals": equals} if equals else None,
    )


def _close_default_group(scope: Construct, construct_id: str, vpc: ec2.Vpc, of: kms.Key) -> None:
    stack = cdk.Stack.of(scope)
    provider = stack.node.try_find_child("Provider")
    if not isinstance(provider, ProviderFunction):
        # The one function of the stack is the library's here too: its singleton in CDK makes other resources.
        provider = ProviderFunction(
            stack, "Provider", handler="handlers.default_security_group.handle", vpc=None, encryption_key=of
        )
        # What it would have in a VPC.
        ec2.SecurityGroup(scope, "ProviderGroup", vpc=vpc, allow_all_outbound=False)
        interfaces = iam.PolicyStatement(actions=["ec2:CreateNetworkInterface"], resources=["*"])
        iam.ManagedPolicy(scope, "ProviderInterfaces", roles=[provider.role], statements=[interfaces])
    group = vpc.vpc_default_security_group
    policy = iam.ManagedPolicy(
        scope,
        f"{construct_id}CloseDefaultGroup",
        roles=[provider.role],
        statements=[
            iam.PolicyStatement(
                actions=["ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress"],
                resources=[f"arn:{stack.partition}:ec2:{stack.region}:{stack.account}:security-group/{group}"],
            )
        ],
    )
    closed = cdk.CustomResource(
        scope,
        f"{construct_id}DefaultGroup",
        resource_type="Custom::VpcRestrictDefaultSG",
        service_token=provider.function.function_arn,
        properties={"DefaultSecurityGroupId": group},
    )
    closed.node.add_dependency(policy)
