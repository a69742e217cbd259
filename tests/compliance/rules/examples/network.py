from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tests.compliance.rules.examples.example import (
    SUBJECT,
    THIS,
    Example,
    Never,
    Properties,
    Resources,
    allow,
    beanstalk,
    deny,
    entry,
    identity,
    policy,
    trust,
)

ACL_ARN = "arn:aws:wafv2:us-east-1:111122223333:regional/webacl/edge/12345678-1234-1234-1234-123456789012"
PRIVATE: Resources = {
    "Vpc": entry("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"}),
    "Subnet": entry("AWS::EC2::Subnet", {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.0.0/24"}),
}
ROUTES: Resources = {
    "Gateway": entry("AWS::EC2::InternetGateway"),
    "Table": entry("AWS::EC2::RouteTable", {"VpcId": {"Ref": "Vpc"}}),
    "Route": entry(
        "AWS::EC2::Route",
        {
            "RouteTableId": {"Ref": "Table"},
            "DestinationCidrBlock": "0.0.0.0/0",
            "GatewayId": {"Ref": "Gateway"},
        },
    ),
    "Association": entry(
        "AWS::EC2::SubnetRouteTableAssociation",
        {"SubnetId": {"Ref": "Subnet"}, "RouteTableId": {"Ref": "Table"}},
    ),
}
# The rights that AWSLambdaVPCAccessExecutionRole gives.
INTERFACES = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
]
_HTTPS: Properties = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
GROUP_ID = {"Fn::GetAtt": [SUBJECT, "GroupId"]}


def _placed(kind: str, properties: Properties) -> Example:
    """The same resource, in a subnet without and with a route to the Internet."""
    return Example(kind, properties, properties, beside=PRIVATE, fails_beside=ROUTES)


def _rights(kind: str) -> Example:
    """Rights on network interfaces, of which the function's code is denied the use, and is not."""
    role = {"Role": entry("AWS::IAM::Role", {"AssumeRolePolicyDocument": trust({"Service": "lambda.amazonaws.com"})})}
    function = {
        "Function": entry(
            "AWS::Lambda::Function",
            {"Role": {"Fn::GetAtt": [SUBJECT if kind == "AWS::IAM::Role" else "Role", "Arn"]}},
        )
    }
    closed = deny(
        INTERFACES, Condition={"ArnEquals": {"lambda:SourceFunctionArn": [{"Fn::GetAtt": ["Function", "Arn"]}]}}
    )
    holder = {
        "AWS::IAM::ManagedPolicy": {"Roles": [{"Ref": "Role"}]},
        "AWS::IAM::Policy": {"Roles": [{"Ref": "Role"}]},
        "AWS::IAM::Role": {},
        "AWS::IAM::RolePolicy": {"RoleName": {"Ref": "Role"}},
    }[kind]
    return Example(
        kind,
        {**identity(kind, policy(allow(INTERFACES), closed)), **holder},
        {**identity(kind, policy(allow(INTERFACES))), **holder},
        beside=function | ({} if kind == "AWS::IAM::Role" else role),
    )


def _interfaces(public: bool) -> dict[str, Any]:
    return {"NetworkInterfaces": [{"DeviceIndex": "0", "AssociatePublicIpAddress": public}]}


def _awsvpc(name: str, assigned: str) -> dict[str, Any]:
    return {"NetworkConfiguration": {name: {"Subnets": ["subnet-12345678"], "AssignPublicIp": assigned}}}


def _ecs_target(name: str, assigned: str) -> dict[str, Any]:
    task = "arn:aws:ecs:us-east-1:111122223333:task-definition/nightly"
    return {
        "Arn": "arn:aws:ecs:us-east-1:111122223333:cluster/jobs",
        "EcsParameters": {"TaskDefinitionArn": task, **_awsvpc(name, assigned)},
    }


def _starting_task(assigned: str) -> dict[str, Any]:
    call = {"TaskDefinition": "nightly", **_awsvpc("AwsvpcConfiguration", assigned)}
    run = {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "Parameters": call, "End": True}
    return {
        "RoleArn": "arn:aws:iam::111122223333:role/flow",
        "Definition": {"StartAt": "Run", "States": {"Run": run}},
    }


def _ssh(**source: str) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, **source}


def _image(name: str) -> Resources:
    return {"Task": entry("AWS::ECS::TaskDefinition", {"ContainerDefinitions": [{"Name": "app", "Image": name}]})}


def _postgres(group: str) -> dict[str, Any]:
    source = {"Fn::GetAtt": [group, "GroupId"]}
    return {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "SourceSecurityGroupId": source}


# Instances that the Internet reaches, and those that it does not.
TIERS: Resources = {
    "App": entry(
        "AWS::EC2::SecurityGroup", {"GroupDescription": "App", "SecurityGroupIngress": [_ssh(CidrIp="10.0.0.0/16")]}
    ),
    "Web": entry(
        "AWS::EC2::SecurityGroup", {"GroupDescription": "Web", "SecurityGroupIngress": [_ssh(CidrIp="0.0.0.0/0")]}
    ),
}


_ALL_FROM_APP = {**_postgres("App"), "FromPort": 0, "ToPort": 65535}
SAMPLED = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "edge"}


def _group(override: str) -> Properties:
    return {
        "Name": "common",
        "Priority": 0,
        "Statement": {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": "AWSManagedRulesCommonRuleSet"}},
        "OverrideAction": {override: {}},
        "VisibilityConfig": SAMPLED,
    }


def _firewall_policy(stateful: str, **variables: Any) -> Properties:
    forward = ["aws:forward_to_sfe"]
    group = "arn:aws:network-firewall:us-east-1:111122223333:stateful-rulegroup/domains"
    return {
        "FirewallPolicyName": "inspection",
        "FirewallPolicy": {
            "StatelessDefaultActions": forward,
            "StatelessFragmentDefaultActions": forward,
            "StatefulDefaultActions": [stateful],
            "StatefulEngineOptions": {"RuleOrder": "STRICT_ORDER"},
            "StatefulRuleGroupReferences": [{"ResourceArn": group, "Priority": 1}],
            **variables,
        },
    }


def _attached(mode: str) -> Properties:
    return entry(
        "AWS::EC2::TransitGatewayAttachment",
        {
            "TransitGatewayId": "tgw-0123456789abcdef0",
            "VpcId": {"Ref": "Vpc"},
            "SubnetIds": [{"Ref": "Subnet"}],
            "Options": {"ApplianceModeSupport": mode},
        },
    )


HOME = {"PolicyVariables": {"RuleVariables": {"HOME_NET": {"Definition": ["10.0.0.0/8"]}}}}
INSPECTED = {"FirewallName": "inspection", "FirewallPolicyArn": {"Ref": "Policy"}, "VpcId": {"Ref": "Vpc"}}


EXAMPLES: Mapping[str, Sequence[Example]] = {
    "ApiDefaultAddressClosed": [
        Example(
            "AWS::ApiGateway::RestApi",
            {"Name": "records", "DisableExecuteApiEndpoint": True},
            {"Name": "records", "DisableExecuteApiEndpoint": False},
            beside={
                "Mapping": entry(
                    "AWS::ApiGateway::BasePathMapping", {"DomainName": "api.clinic.example", "RestApiId": THIS}
                )
            },
        ),
        Example(
            "AWS::ApiGatewayV2::Api",
            {"Name": "records", "ProtocolType": "HTTP", "DisableExecuteApiEndpoint": True},
            {"Name": "records", "ProtocolType": "HTTP", "DisableExecuteApiEndpoint": False},
            beside={
                "Mapping": entry(
                    "AWS::ApiGatewayV2::ApiMapping",
                    {"DomainName": "api.clinic.example", "ApiId": THIS, "Stage": "live"},
                )
            },
        ),
    ],
    "DefaultSecurityGroupClosed": [
        Example(
            "AWS::EC2::VPC",
            {"CidrBlock": "10.0.0.0/16"},
            {"CidrBlock": "10.0.0.0/16"},
            passes_beside={
                "Closed": entry(
                    "Custom::VpcRestrictDefaultSG",
                    {
                        "ServiceToken": "arn:aws:lambda:us-east-1:111122223333:function:close",
                        "DefaultSecurityGroupId": {"Fn::GetAtt": [SUBJECT, "DefaultSecurityGroup"]},
                    },
                )
            },
        ),
    ],
    "EdgeWafAttached": [
        *(
            Example(
                kind,
                {"RestApiId": {"Ref": "Api"}, "StageName": "live"},
                {"RestApiId": {"Ref": "Api"}, "StageName": "live"},
                beside={"Api": entry("AWS::ApiGateway::RestApi", {"Name": "records"})},
                passes_beside={
                    "Association": entry(
                        "AWS::WAFv2::WebACLAssociation",
                        {
                            "ResourceArn": {"Fn::Sub": "arn:aws:apigateway:us-east-1::/restapis/${Api}/stages/live"},
                            "WebACLArn": ACL_ARN,
                        },
                    )
                },
            )
            for kind in ("AWS::ApiGateway::Deployment", "AWS::ApiGateway::Stage")
        ),
        Example(
            "AWS::AppSync::GraphQLApi",
            {"Name": "records", "AuthenticationType": "AWS_IAM"},
            {"Name": "records", "AuthenticationType": "AWS_IAM"},
            passes_beside={
                "Association": entry(
                    "AWS::WAFv2::WebACLAssociation",
                    {"ResourceArn": {"Fn::GetAtt": [SUBJECT, "Arn"]}, "WebACLArn": ACL_ARN},
                )
            },
        ),
        Example(
            "AWS::CloudFront::Distribution",
            {"DistributionConfig": {"Enabled": True, "WebACLId": ACL_ARN}},
            {"DistributionConfig": {"Enabled": True}},
        ),
    ],
    "EgressLimited": [
        Example(
            "AWS::EC2::SecurityGroup",
            {"GroupDescription": "Records", "SecurityGroupEgress": [{**_HTTPS, "CidrIp": "0.0.0.0/0"}]},
            {"GroupDescription": "Records", "SecurityGroupEgress": [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}]},
            beside={"Function": entry("AWS::Lambda::Function", {"VpcConfig": {"SecurityGroupIds": [GROUP_ID]}})},
        ),
    ],
    "EndpointNotPublic": [
        Example("AWS::CodeBuild::Project", {"Visibility": "PRIVATE"}, {"Visibility": "PUBLIC_READ"}),
        Example("AWS::AmazonMQ::Broker", {"PubliclyAccessible": False}, {"PubliclyAccessible": True}),
        Example(
            "AWS::Backup::RestoreTestingSelection",
            {"RestoreMetadataOverrides": {"publiclyAccessible": "false"}},
            {"RestoreMetadataOverrides": {"publiclyAccessible": "true"}},
        ),
        Example("AWS::DMS::ReplicationInstance", {"PubliclyAccessible": False}, {"PubliclyAccessible": True}),
        Example(
            "AWS::EKS::Cluster",
            {"ResourcesVpcConfig": {"SubnetIds": ["subnet-12345678"], "EndpointPublicAccess": False}},
            {"ResourcesVpcConfig": {"SubnetIds": ["subnet-12345678"], "EndpointPublicAccess": True}},
        ),
        Example(
            "AWS::Elasticsearch::Domain",
            {"VPCOptions": {"SubnetIds": ["subnet-12345678"]}},
            {"ElasticsearchVersion": "7.10"},
        ),
        Example("AWS::Lightsail::Database", {"PubliclyAccessible": False}, {"PubliclyAccessible": True}),
        Example(
            "AWS::MSK::Cluster",
            {"BrokerNodeGroupInfo": {"ConnectivityInfo": {"PublicAccess": {"Type": "DISABLED"}}}},
            {"BrokerNodeGroupInfo": {"ConnectivityInfo": {"PublicAccess": {"Type": "SERVICE_PROVIDED_EIPS"}}}},
        ),
        Example(
            "AWS::MWAA::Environment", {"WebserverAccessMode": "PRIVATE_ONLY"}, {"WebserverAccessMode": "PUBLIC_ONLY"}
        ),
        Example("AWS::Neptune::DBInstance", {"PubliclyAccessible": False}, {"PubliclyAccessible": True}),
        Example("AWS::NeptuneGraph::Graph", {"PublicConnectivity": False}, {"PublicConnectivity": True}),
        Example(
            "AWS::OpenSearchServerless::SecurityPolicy",
            {"Type": "network", "Policy": '[{"AllowFromPublic": false, "SourceVPCEs": ["vpce-050f79086ee71ac05"]}]'},
            {"Type": "network", "Policy": '[{"AllowFromPublic": true}]'},
        ),
        Example(
            "AWS::OpenSearchService::Domain",
            {"VPCOptions": {"SubnetIds": ["subnet-12345678"]}},
            {"EngineVersion": "OpenSearch_2.19"},
        ),
        Example(
            "AWS::RDS::DBCluster",
            {"Engine": "postgres", "PubliclyAccessible": False},
            {"Engine": "postgres", "PubliclyAccessible": True},
        ),
        Example(
            "AWS::RDS::DBInstance",
            {"Engine": "postgres", "PubliclyAccessible": False},
            {"Engine": "postgres", "PubliclyAccessible": True},
        ),
        Example("AWS::Redshift::Cluster", {"PubliclyAccessible": False}, {"PubliclyAccessible": True}),
        Example("AWS::RedshiftServerless::Workgroup", {"PubliclyAccessible": False}, {"PubliclyAccessible": True}),
        Example(
            "AWS::SageMaker::Domain",
            {"AppNetworkAccessType": "VpcOnly"},
            {"AppNetworkAccessType": "PublicInternetOnly"},
        ),
        Example(
            "AWS::SageMaker::NotebookInstance",
            {"DirectInternetAccess": "Disabled"},
            {"DirectInternetAccess": "Enabled"},
        ),
        Example("AWS::Timestream::InfluxDBInstance", {"PubliclyAccessible": False}, {"PubliclyAccessible": True}),
        Example("AWS::Transfer::Server", {"EndpointType": "VPC"}, {"EndpointType": "PUBLIC"}),
    ],
    "EndpointPolicyScoped": [
        Example(
            "AWS::EC2::VPCEndpoint",
            {
                "ServiceName": "com.amazonaws.us-east-1.s3",
                "PolicyDocument": policy(
                    allow("*", Principal="*", Condition={"StringEquals": {"aws:ResourceAccount": "111122223333"}})
                ),
            },
            {"ServiceName": "com.amazonaws.us-east-1.s3", "PolicyDocument": policy(allow("*", Principal="*"))},
        ),
    ],
    "EndpointServiceAccepts": [
        Example("AWS::EC2::VPCEndpointService", {"AcceptanceRequired": True}, {"AcceptanceRequired": False}),
    ],
    "FunctionInVpc": [
        Example(
            "AWS::Lambda::Function",
            {"VpcConfig": {"SubnetIds": ["subnet-12345678"], "SecurityGroupIds": ["sg-12345678"]}},
            {"Runtime": "python3.13"},
        ),
    ],
    "FunctionNetworkRightsClosed": [
        _rights("AWS::IAM::ManagedPolicy"),
        _rights("AWS::IAM::Policy"),
        _rights("AWS::IAM::Role"),
        _rights("AWS::IAM::RolePolicy"),
    ],
    "ImagesReachable": [
        Example(
            "AWS::ECS::Service",
            {
                "TaskDefinition": {"Ref": "Task"},
                "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": [{"Ref": "Subnet"}]}},
            },
            {
                "TaskDefinition": {"Ref": "Task"},
                "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": [{"Ref": "Subnet"}]}},
            },
            beside=PRIVATE,
            passes_beside=_image("111122223333.dkr.ecr.us-east-1.amazonaws.com/app:1.4"),
            fails_beside=_image("nginx:1.27"),
        ),
    ],
    "LoadBalancerWafAttached": [
        Example(
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            {"Type": "application"},
            {"Type": "application"},
            passes_beside={
                "Association": entry(
                    "AWS::WAFv2::WebACLAssociation",
                    {"ResourceArn": THIS, "WebACLArn": ACL_ARN},
                )
            },
        ),
    ],
    "NetworkAclAssociated": [
        Example(
            "AWS::EC2::Subnet",
            {"VpcId": {"Ref": "Vpc"}},
            {"VpcId": {"Ref": "Vpc"}},
            beside={
                "Vpc": entry("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"}),
                "Acl": entry("AWS::EC2::NetworkAcl", {"VpcId": {"Ref": "Vpc"}}),
            },
            passes_beside={
                "Association": entry(
                    "AWS::EC2::SubnetNetworkAclAssociation", {"SubnetId": THIS, "NetworkAclId": {"Ref": "Acl"}}
                )
            },
        ),
    ],
    "NetworkAclNotOpen": [
        Example(
            "AWS::EC2::NetworkAclEntry",
            {
                "NetworkAclId": {"Ref": "Acl"},
                "RuleNumber": 100,
                "RuleAction": "allow",
                "Protocol": -1,
                "CidrBlock": "10.0.0.0/16",
            },
            {
                "NetworkAclId": {"Ref": "Acl"},
                "RuleNumber": 100,
                "RuleAction": "allow",
                "Protocol": -1,
                "CidrBlock": "0.0.0.0/0",
            },
            beside={"Acl": entry("AWS::EC2::NetworkAcl", {"VpcId": "vpc-12345678"})},
        ),
    ],
    "NoPublicAddress": [
        *beanstalk(
            [("aws:ec2:vpc", "AssociatePublicIpAddress", "false")],
            [("aws:ec2:vpc", "AssociatePublicIpAddress", "true")],
        ),
        Example(
            "AWS::AutoScaling::LaunchConfiguration",
            {"AssociatePublicIpAddress": False},
            {"AssociatePublicIpAddress": True},
        ),
        Example(
            "AWS::Batch::JobDefinition",
            {
                "Type": "container",
                "ContainerProperties": {"Image": "etl:1", "NetworkConfiguration": {"AssignPublicIp": "DISABLED"}},
            },
            {
                "Type": "container",
                "ContainerProperties": {"Image": "etl:1", "NetworkConfiguration": {"AssignPublicIp": "ENABLED"}},
            },
        ),
        Example("AWS::EC2::EIP", Never("An Elastic IP that no instance holds is not judged."), {"InstanceId": "i-1"}),
        Example(
            "AWS::EC2::EIPAssociation",
            Never("An Elastic IP that no instance holds is not judged."),
            {"AllocationId": "eipalloc-12345678", "InstanceId": "i-1234567890abcdef0"},
        ),
        Example("AWS::EC2::Instance", _interfaces(False), _interfaces(True)),
        Example(
            "AWS::EC2::LaunchTemplate",
            {"LaunchTemplateData": {"NetworkInterfaces": [{"DeviceIndex": 0, "AssociatePublicIpAddress": False}]}},
            {"LaunchTemplateData": {"NetworkInterfaces": [{"DeviceIndex": 0, "AssociatePublicIpAddress": True}]}},
        ),
        Example("AWS::EC2::Subnet", {"MapPublicIpOnLaunch": False}, {"MapPublicIpOnLaunch": True}),
        Example(
            "AWS::ECS::Service", _awsvpc("AwsvpcConfiguration", "DISABLED"), _awsvpc("AwsvpcConfiguration", "ENABLED")
        ),
        Example(
            "AWS::ECS::TaskSet", _awsvpc("AwsVpcConfiguration", "DISABLED"), _awsvpc("AwsVpcConfiguration", "ENABLED")
        ),
        Example(
            "AWS::Events::Rule",
            {"Targets": [{"Id": "job", **_ecs_target("AwsVpcConfiguration", "DISABLED")}]},
            {"Targets": [{"Id": "job", **_ecs_target("AwsVpcConfiguration", "ENABLED")}]},
        ),
        Example(
            "AWS::Pipes::Pipe",
            {
                "TargetParameters": {
                    "EcsTaskParameters": {
                        "TaskDefinitionArn": "arn:aws:ecs:us-east-1:111122223333:task-definition/nightly",
                        **_awsvpc("AwsvpcConfiguration", "DISABLED"),
                    }
                }
            },
            {
                "TargetParameters": {
                    "EcsTaskParameters": {
                        "TaskDefinitionArn": "arn:aws:ecs:us-east-1:111122223333:task-definition/nightly",
                        **_awsvpc("AwsvpcConfiguration", "ENABLED"),
                    }
                }
            },
        ),
        Example(
            "AWS::Scheduler::Schedule",
            {"Target": _ecs_target("AwsvpcConfiguration", "DISABLED")},
            {"Target": _ecs_target("AwsvpcConfiguration", "ENABLED")},
        ),
        Example("AWS::StepFunctions::StateMachine", _starting_task("DISABLED"), _starting_task("ENABLED")),
    ],
    "PrivateApiLimited": [
        Example(
            "AWS::ApiGateway::RestApi",
            {
                "EndpointConfiguration": {"Types": ["PRIVATE"]},
                "Policy": policy(
                    allow(
                        "execute-api:Invoke",
                        "execute-api:/*",
                        Principal="*",
                        Condition={"StringEquals": {"aws:SourceVpc": "vpc-12345678"}},
                    )
                ),
            },
            {
                "EndpointConfiguration": {"Types": ["PRIVATE"]},
                "Policy": policy(allow("execute-api:Invoke", "execute-api:/*", Principal="*")),
            },
        ),
    ],
    "SecurityGroupChainClosed": [
        Example(
            "AWS::EC2::SecurityGroup",
            {"GroupDescription": "Records", "SecurityGroupIngress": [_postgres("App")]},
            {"GroupDescription": "Records", "SecurityGroupIngress": [_postgres("Web")]},
            beside=TIERS,
        ),
        Example(
            "AWS::EC2::SecurityGroupIngress",
            {"GroupId": "sg-12345678", **_postgres("App")},
            {"GroupId": "sg-12345678", **_postgres("Web")},
            beside=TIERS,
        ),
    ],
    "SecurityGroupPortsNamed": [
        # The control plane of EKS may call any port.
        Example(
            "AWS::EC2::SecurityGroup",
            {"GroupDescription": "Nodes", "SecurityGroupIngress": [_ALL_FROM_APP]},
            {"GroupDescription": "Nodes", "SecurityGroupIngress": [_ALL_FROM_APP]},
            beside=TIERS,
            passes_beside={
                "Cluster": entry(
                    "AWS::EKS::Cluster",
                    {"ResourcesVpcConfig": {"SecurityGroupIds": [{"Fn::GetAtt": ["App", "GroupId"]}]}},
                )
            },
        ),
        Example(
            "AWS::EC2::SecurityGroupIngress",
            {"GroupId": "sg-12345678", **_ssh(CidrIp="10.0.0.0/16")},
            {"GroupId": "sg-12345678", "IpProtocol": "-1", "CidrIp": "10.0.0.0/16"},
        ),
    ],
    "SecurityGroupNotOpen": [
        Example(
            "AWS::EKS::Nodegroup",
            {"RemoteAccess": {"Ec2SshKey": "ops", "SourceSecurityGroups": ["sg-12345678"]}},
            {"RemoteAccess": {"Ec2SshKey": "ops"}},
        ),
        Example(
            "AWS::EC2::SecurityGroup",
            {"SecurityGroupIngress": [_ssh(CidrIp="10.0.0.0/16")]},
            {"SecurityGroupIngress": [_ssh(CidrIpv6="::/0")]},
        ),
        Example(
            "AWS::EC2::SecurityGroupIngress",
            {"GroupId": "sg-12345678", **_ssh(CidrIp="10.0.0.0/16")},
            {"GroupId": "sg-12345678", **_ssh(CidrIp="0.0.0.0/0")},
        ),
        Example(
            "AWS::RDS::DBSecurityGroup",
            {"DBSecurityGroupIngress": [{"CIDRIP": "10.0.0.0/16"}]},
            {"DBSecurityGroupIngress": [{"CIDRIP": "0.0.0.0/0"}]},
        ),
        Example(
            "AWS::RDS::DBSecurityGroupIngress",
            {"DBSecurityGroupName": "records", "CIDRIP": "10.0.0.0/16"},
            {"DBSecurityGroupName": "records", "CIDRIP": "0.0.0.0/0"},
        ),
        Example(
            "AWS::Redshift::ClusterSecurityGroupIngress",
            {"ClusterSecurityGroupName": "records", "CIDRIP": "10.0.0.0/16"},
            {"ClusterSecurityGroupName": "records", "CIDRIP": "0.0.0.0/0"},
        ),
    ],
    "SharedWithinOrganization": [
        Example(
            "AWS::RAM::ResourceShare",
            {"Name": "transit", "Principals": ["111122223333"], "AllowExternalPrincipals": False},
            {"Name": "transit", "Principals": ["111122223333"], "AllowExternalPrincipals": True},
        ),
    ],
    "TransitGatewayAccepts": [
        Example(
            "AWS::EC2::TransitGateway",
            {"AutoAcceptSharedAttachments": "disable"},
            {"AutoAcceptSharedAttachments": "enable"},
        ),
    ],
    "WarehouseTrafficInVpc": [
        Example(kind, {"EnhancedVpcRouting": True}, {"EnhancedVpcRouting": False})
        for kind in ("AWS::Redshift::Cluster", "AWS::RedshiftServerless::Workgroup")
    ],
    "WorkloadInPrivateSubnet": [
        _placed(kind, properties)
        for kind, properties in {
            "AWS::AmazonMQ::Broker": {"SubnetIds": [{"Ref": "Subnet"}]},
            "AWS::AutoScaling::AutoScalingGroup": {"VPCZoneIdentifier": [{"Ref": "Subnet"}]},
            "AWS::Batch::ComputeEnvironment": {"ComputeResources": {"Subnets": [{"Ref": "Subnet"}]}},
            "AWS::CodeBuild::Project": {"VpcConfig": {"Subnets": [{"Ref": "Subnet"}]}},
            "AWS::DAX::SubnetGroup": {"SubnetIds": [{"Ref": "Subnet"}]},
            "AWS::DMS::ReplicationSubnetGroup": {"SubnetIds": [{"Ref": "Subnet"}]},
            "AWS::DocDB::DBSubnetGroup": {"SubnetIds": [{"Ref": "Subnet"}]},
            "AWS::DocDBElastic::Cluster": {"SubnetIds": [{"Ref": "Subnet"}]},
            "AWS::EC2::Instance": {"SubnetId": {"Ref": "Subnet"}},
            "AWS::EC2::LaunchTemplate": {
                "LaunchTemplateData": {"NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": {"Ref": "Subnet"}}]}
            },
            "AWS::EC2::NetworkInterface": {"SubnetId": {"Ref": "Subnet"}},
            "AWS::ECS::Service": {"NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": [{"Ref": "Subnet"}]}}},
            "AWS::EFS::MountTarget": {"FileSystemId": "fs-12345678", "SubnetId": {"Ref": "Subnet"}},
            "AWS::EKS::Cluster": {"ResourcesVpcConfig": {"SubnetIds": [{"Ref": "Subnet"}]}},
            "AWS::EKS::FargateProfile": {"Subnets": [{"Ref": "Subnet"}]},
            "AWS::EKS::Nodegroup": {"Subnets": [{"Ref": "Subnet"}]},
            "AWS::EMR::Cluster": {"Instances": {"Ec2SubnetIds": [{"Ref": "Subnet"}]}},
            "AWS::ElastiCache::ServerlessCache": {"SubnetIds": [{"Ref": "Subnet"}]},
            "AWS::ElastiCache::SubnetGroup": {"SubnetIds": [{"Ref": "Subnet"}]},
            "AWS::Elasticsearch::Domain": {"VPCOptions": {"SubnetIds": [{"Ref": "Subnet"}]}},
            "AWS::FSx::FileSystem": {"SubnetIds": [{"Ref": "Subnet"}]},
            "AWS::Glue::Connection": {
                "ConnectionInput": {
                    "ConnectionType": "NETWORK",
                    "PhysicalConnectionRequirements": {"SubnetId": {"Ref": "Subnet"}},
                }
            },
            "AWS::MSK::Cluster": {"BrokerNodeGroupInfo": {"ClientSubnets": [{"Ref": "Subnet"}]}},
            "AWS::MSK::ServerlessCluster": {"VpcConfigs": [{"SubnetIds": [{"Ref": "Subnet"}]}]},
            "AWS::MWAA::Environment": {"NetworkConfiguration": {"SubnetIds": [{"Ref": "Subnet"}]}},
            "AWS::MemoryDB::SubnetGroup": {"SubnetIds": [{"Ref": "Subnet"}]},
            "AWS::Neptune::DBSubnetGroup": {"SubnetIds": [{"Ref": "Subnet"}]},
            "AWS::OpenSearchService::Domain": {"VPCOptions": {"SubnetIds": [{"Ref": "Subnet"}]}},
            "AWS::RDS::DBProxy": {"VpcSubnetIds": [{"Ref": "Subnet"}]},
            "AWS::RDS::DBSubnetGroup": {"SubnetIds": [{"Ref": "Subnet"}]},
            "AWS::Redshift::ClusterSubnetGroup": {"SubnetIds": [{"Ref": "Subnet"}]},
            "AWS::RedshiftServerless::Workgroup": {"SubnetIds": [{"Ref": "Subnet"}]},
            "AWS::SageMaker::Domain": {"SubnetIds": [{"Ref": "Subnet"}]},
            "AWS::SageMaker::Model": {
                "VpcConfig": {"Subnets": [{"Ref": "Subnet"}], "SecurityGroupIds": ["sg-12345678"]}
            },
            "AWS::SageMaker::NotebookInstance": {"SubnetId": {"Ref": "Subnet"}},
        }.items()
    ],
    "InvalidHeadersDropped": [
        Example(
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            {"LoadBalancerAttributes": [{"Key": "routing.http.drop_invalid_header_fields.enabled", "Value": "true"}]},
            {"LoadBalancerAttributes": [{"Key": "routing.http.drop_invalid_header_fields.enabled", "Value": "false"}]},
        ),
    ],
    "NetworkFirewallDrops": [
        Example(
            "AWS::NetworkFirewall::FirewallPolicy",
            _firewall_policy("aws:drop_established"),
            _firewall_policy("aws:alert_established"),
        ),
    ],
    "NetworkFirewallSeesTraffic": [
        Example(
            "AWS::NetworkFirewall::Firewall",
            INSPECTED,
            INSPECTED,
            beside={
                **PRIVATE,
                "Policy": entry("AWS::NetworkFirewall::FirewallPolicy", _firewall_policy("aws:drop_strict", **HOME)),
            },
            passes_beside={"Attachment": _attached("enable")},
            fails_beside={"Attachment": _attached("disable")},
        ),
    ],
    "WebAclBlocks": [
        Example(
            "AWS::WAFv2::WebACL",
            {
                "Scope": "REGIONAL",
                "DefaultAction": {"Allow": {}},
                "Rules": [_group("None")],
                "VisibilityConfig": SAMPLED,
            },
            {
                "Scope": "REGIONAL",
                "DefaultAction": {"Allow": {}},
                "Rules": [_group("Count")],
                "VisibilityConfig": SAMPLED,
            },
        ),
    ],
    "ApiThrottled": [
        Example(
            "AWS::Lambda::Url",
            {"AuthType": "NONE", "TargetFunctionArn": {"Ref": "Function"}},
            {"AuthType": "NONE", "TargetFunctionArn": {"Ref": "Function"}},
            passes_beside={"Function": entry("AWS::Lambda::Function", {"ReservedConcurrentExecutions": 10})},
            fails_beside={"Function": entry("AWS::Lambda::Function", {"Timeout": 10})},
        ),
        Example(
            "AWS::ApiGateway::Deployment",
            {"StageName": "live", "StageDescription": {"ThrottlingRateLimit": 100}},
            {"StageName": "live"},
        ),
        Example(
            "AWS::ApiGateway::Stage",
            {"MethodSettings": [{"HttpMethod": "*", "ResourcePath": "/*", "ThrottlingRateLimit": 100}]},
            {"MethodSettings": [{"HttpMethod": "*", "ResourcePath": "/*"}]},
        ),
        Example(
            "AWS::ApiGatewayV2::Api",
            {"Name": "records", "ProtocolType": "HTTP"},
            {"Name": "records", "ProtocolType": "HTTP", "Target": "https://backend.example"},
            beside={"Stage": entry("AWS::ApiGatewayV2::Stage", {"ApiId": {"Ref": SUBJECT}, "StageName": "live"})},
        ),
        Example(
            "AWS::ApiGatewayV2::Stage",
            {"DefaultRouteSettings": {"ThrottlingRateLimit": 100}},
            {"StageName": "live"},
        ),
    ],
    "VpnAccessByGroup": [
        Example(
            "AWS::EC2::ClientVpnAuthorizationRule",
            {"ClientVpnEndpointId": {"Ref": "Vpn"}, "TargetNetworkCidr": "10.0.0.0/16", "AccessGroupId": "clinicians"},
            {"ClientVpnEndpointId": {"Ref": "Vpn"}, "TargetNetworkCidr": "10.0.0.0/16", "AuthorizeAllGroups": True},
            beside={
                "Vpn": entry(
                    "AWS::EC2::ClientVpnEndpoint",
                    {
                        "ClientCidrBlock": "10.9.0.0/20",
                        "ServerCertificateArn": "arn:aws:acm:us-east-1:111122223333:certificate/vpn",
                        "ConnectionLogOptions": {"Enabled": True, "CloudwatchLogGroup": "vpn"},
                        "AuthenticationOptions": [
                            {
                                "Type": "directory-service-authentication",
                                "ActiveDirectory": {"DirectoryId": "d-1234567890"},
                            }
                        ],
                    },
                )
            },
        ),
    ],
}
