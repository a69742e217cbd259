"""Workloads and stores are in subnets without a route to an internet gateway.

Compliant: every subnet they name is private. Non-compliant: one of them is public, where only load balancers
and NAT belong; an instance without a subnet, which the default VPC takes. Unknown: subnets that are not part
of the app. Not applicable: what names no subnet.
"""

from __future__ import annotations

from collections.abc import Mapping

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import spread
from hipaa_constructs.compliance.facts.subnets import judge_subnets
from hipaa_constructs.compliance.fix import PRIVATE_SUBNETS, Choose, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, Rule, Verdict, failed

# Where each type names its subnets, the usual place first.
_PATHS: Mapping[str, tuple[str, ...]] = {
    "AWS::AmazonMQ::Broker": ("SubnetIds[]",),
    "AWS::AutoScaling::AutoScalingGroup": ("VPCZoneIdentifier[]",),
    "AWS::Batch::ComputeEnvironment": ("ComputeResources.Subnets[]",),
    "AWS::CodeBuild::Project": ("VpcConfig.Subnets[]",),
    "AWS::DAX::SubnetGroup": ("SubnetIds[]",),
    "AWS::DMS::ReplicationSubnetGroup": ("SubnetIds[]",),
    "AWS::DocDB::DBSubnetGroup": ("SubnetIds[]",),
    "AWS::DocDBElastic::Cluster": ("SubnetIds[]",),
    "AWS::EC2::Instance": ("SubnetId", "NetworkInterfaces[].SubnetId"),
    "AWS::EC2::LaunchTemplate": ("LaunchTemplateData.NetworkInterfaces[].SubnetId",),
    "AWS::EC2::NetworkInterface": ("SubnetId",),
    "AWS::ECS::Service": ("NetworkConfiguration.AwsvpcConfiguration.Subnets[]",),
    "AWS::EFS::MountTarget": ("SubnetId",),
    "AWS::EKS::FargateProfile": ("Subnets[]",),
    "AWS::EKS::Nodegroup": ("Subnets[]",),
    "AWS::EMR::Cluster": ("Instances.Ec2SubnetIds[]", "Instances.Ec2SubnetId"),
    "AWS::ElastiCache::ServerlessCache": ("SubnetIds[]",),
    "AWS::ElastiCache::SubnetGroup": ("SubnetIds[]",),
    "AWS::Elasticsearch::Domain": ("VPCOptions.SubnetIds[]",),
    "AWS::FSx::FileSystem": ("SubnetIds[]",),
    "AWS::Glue::Connection": ("ConnectionInput.PhysicalConnectionRequirements.SubnetId",),
    "AWS::Lambda::Function": ("VpcConfig.SubnetIds[]",),
    "AWS::MSK::Cluster": ("BrokerNodeGroupInfo.ClientSubnets[]",),
    "AWS::MSK::ServerlessCluster": ("VpcConfigs[].SubnetIds[]",),
    "AWS::MWAA::Environment": ("NetworkConfiguration.SubnetIds[]",),
    "AWS::MemoryDB::SubnetGroup": ("SubnetIds[]",),
    "AWS::Neptune::DBSubnetGroup": ("SubnetIds[]",),
    "AWS::OpenSearchService::Domain": ("VPCOptions.SubnetIds[]",),
    "AWS::RDS::DBProxy": ("VpcSubnetIds[]",),
    "AWS::RDS::DBSubnetGroup": ("SubnetIds[]",),
    "AWS::Redshift::ClusterSubnetGroup": ("SubnetIds[]",),
    "AWS::RedshiftServerless::Workgroup": ("SubnetIds[]",),
    "AWS::SageMaker::Domain": ("SubnetIds[]",),
    "AWS::SageMaker::Model": ("VpcConfig.Subnets[]",),
    "AWS::SageMaker::NotebookInstance": ("SubnetId",),
}


def check(resource: Resource) -> Verdict:
    values = [
        value for path in _PATHS[resource.type] for value in spread(resource.properties, path) if value is not None
    ]
    if values:
        return judge_subnets(values, resource.template.app)
    # A launch template may name the subnet; without one the instance lands in the default VPC, all of it public.
    if resource.type == "AWS::EC2::Instance" and resource.get("LaunchTemplate") is None:
        return failed("The instance names no subnet, so it is placed in the default VPC.")
    return NOT_APPLICABLE


# The argument of the L2 that takes the subnets, or makes what does.
_CDK: Mapping[str, tuple[str, ...]] = {
    "AWS::AutoScaling::AutoScalingGroup": ("autoscaling.AutoScalingGroup(vpc_subnets=<its private subnets>)",),
    "AWS::Batch::ComputeEnvironment": (
        "batch.FargateComputeEnvironment(vpc_subnets=<its private subnets>)",
        "batch.ManagedEc2EcsComputeEnvironment(vpc_subnets=<its private subnets>)",
    ),
    "AWS::CodeBuild::Project": ("codebuild.Project(vpc=<a VPC>, subnet_selection=<its private subnets>)",),
    "AWS::DocDB::DBSubnetGroup": ("docdb.DatabaseCluster(vpc_subnets=<its private subnets>)",),
    "AWS::EC2::Instance": ("ec2.Instance(vpc_subnets=<its private subnets>)",),
    "AWS::ECS::Service": (
        "ecs.FargateService(vpc_subnets=<its private subnets>)",
        "ecs.Ec2Service(vpc_subnets=<its private subnets>)",
    ),
    "AWS::EFS::MountTarget": ("efs.FileSystem(vpc_subnets=<its private subnets>)",),
    "AWS::EKS::FargateProfile": ("eks.FargateProfile(subnet_selection=<its private subnets>)",),
    "AWS::EKS::Nodegroup": ("eks.Nodegroup(subnets=<its private subnets>)",),
    "AWS::Elasticsearch::Domain": ("elasticsearch.Domain(vpc=<a VPC>, vpc_subnets=[<its private subnets>])",),
    "AWS::FSx::FileSystem": ("fsx.LustreFileSystem(vpc_subnet=<a private subnet>)",),
    "AWS::Lambda::Function": ("lambda_.Function(vpc=<a VPC>, vpc_subnets=<its private subnets>)",),
    "AWS::OpenSearchService::Domain": ("opensearchservice.Domain(vpc=<a VPC>, vpc_subnets=[<its private subnets>])",),
    "AWS::RDS::DBProxy": ("rds.DatabaseProxy(vpc_subnets=<its private subnets>)",),
    "AWS::RDS::DBSubnetGroup": ("rds.SubnetGroup(vpc_subnets=<its private subnets>)",),
}


def _fix(kind: str, path: str, *others: str) -> Fix:
    one = Choose("the id of a private subnet")
    return Fix(
        (kind,),
        {path.removesuffix("[]"): PRIVATE_SUBNETS if path.endswith("[]") else one},
        template=" ".join(f"Where {other} is written, set that." for other in others),
        cdk=_CDK.get(kind, ()),
        constructs=("PrivateVpc",),
    )


RULE = Rule(
    name="WorkloadInPrivateSubnet",
    severity="error",
    resource_types=tuple(_PATHS),
    controls=("164.312(a)(1)", "164.312(e)(1)"),
    fix="Place it in private subnets, and a load balancer in front of what must be reached.",
    fixes=tuple(_fix(kind, path, *others) for kind, (path, *others) in _PATHS.items()),
    check=check,
)
