"""Workloads and stores are in subnets without a route to an internet gateway.

Compliant: every subnet they name is private. Non-compliant: one of them is public, where only load balancers and NAT
belong, or given by a parameter that gives an internet-facing load balancer of the template its subnets, which are
public (docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetSubnets.html); an instance without a subnet,
or a group with zones alone, which the default VPC takes
(docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-autoscaling-autoscalinggroup.html). It is a
warning for what gets no public address from its subnet: file systems and caches; databases and tasks, which have a
setting that EndpointNotPublic and NoPublicAddress judge. A cluster of EKS
whose subnets are all public has none for nodes but those where they get public addresses, a warning
(docs.aws.amazon.com/eks/latest/userguide/network-reqs.html); with a private one among them, or one that is not part of
the app, it is as AWS proposes, and groups of nodes and profiles of Fargate of the app, which name their own, are judged
in its place. Unknown: subnets that are not part of the app, of what gets
its address from them; such subnets of anything, given under a name that calls them public, which a name does not prove.
Not applicable: what names no subnet; what gets no address from other subnets that are not part of the app, or by a
launch configuration that leaves it to them, which NoPublicAddress reports; NAT instances, which forward to the Internet
what comes from private subnets; functions, which no subnet gives a public address
(docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-internet.html).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, is_mapping, is_present, spread
from hipaa_constructs.compliance.facts.launch_templates import launchers_of
from hipaa_constructs.compliance.facts.public_names import publicly_named
from hipaa_constructs.compliance.facts.security_groups import GROUP, includes_port, ingress_of
from hipaa_constructs.compliance.facts.subnets import (
    is_nat_instance,
    is_public,
    judge_subnets,
    parameters_at,
    public_parameters,
    with_way_out,
)
from hipaa_constructs.compliance.fix import PRIVATE_SUBNETS, Choose, Fix
from hipaa_constructs.compliance.rule import (
    NOT_APPLICABLE,
    PASSED,
    Outcome,
    Rule,
    Verdict,
    failed,
    listed,
    unknown,
    weaker,
)

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
    "AWS::EKS::Cluster": ("ResourcesVpcConfig.SubnetIds[]",),
    "AWS::EKS::FargateProfile": ("Subnets[]",),
    "AWS::EKS::Nodegroup": ("Subnets[]",),
    "AWS::EMR::Cluster": ("Instances.Ec2SubnetIds[]", "Instances.Ec2SubnetId"),
    "AWS::ElastiCache::ServerlessCache": ("SubnetIds[]",),
    "AWS::ElastiCache::SubnetGroup": ("SubnetIds[]",),
    "AWS::Elasticsearch::Domain": ("VPCOptions.SubnetIds[]",),
    "AWS::FSx::FileSystem": ("SubnetIds[]",),
    "AWS::Glue::Connection": ("ConnectionInput.PhysicalConnectionRequirements.SubnetId",),
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

# What may get a public address from its subnet: at which path it says itself whether it gets one, which NoPublicAddress
# judges. An interface that is made apart gets none
# (docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-instance-addressing.html).
_ADDRESSED: Mapping[str, str] = {
    "AWS::AutoScaling::AutoScalingGroup": "",
    "AWS::AutoScaling::LaunchConfiguration": "AssociatePublicIpAddress",
    "AWS::Batch::ComputeEnvironment": "",
    "AWS::EC2::Instance": "NetworkInterfaces[].AssociatePublicIpAddress",
    "AWS::EC2::LaunchTemplate": "LaunchTemplateData.NetworkInterfaces[].AssociatePublicIpAddress",
    "AWS::EKS::Nodegroup": "",
    "AWS::EMR::Cluster": "",
}
# Where an instance names its groups, how these name whom they let in from outside, and by which ports: SSH, RDP.
_GROUPS = ("SecurityGroupIds[]", "NetworkInterfaces[].GroupSet[]")
_RANGES, _ADMINISTRATION = ("CidrIp", "CidrIpv6", "SourcePrefixListId"), (22, 3389)
_INSTANCE, _SCALED = "AWS::EC2::Instance", "AWS::AutoScaling::AutoScalingGroup"
_CLUSTER, _NODES = "AWS::EKS::Cluster", ("AWS::EKS::FargateProfile", "AWS::EKS::Nodegroup")
_INTERFACE = "NetworkInterfaces[].NetworkInterfaceId"


def _is_left_to_subnet(group: Resource, verdict: Verdict) -> bool:
    """Whether NoPublicAddress says already that only the subnets, of which nothing is known, tell about addresses."""
    configured = (launcher.type == "AWS::AutoScaling::LaunchConfiguration" for launcher in launchers_of(group))
    return verdict.outcome is Outcome.UNKNOWN and any(configured)


def _is_addressed_by_subnet(resource: Resource) -> bool:
    path = _ADDRESSED.get(resource.type)
    if path is None:
        return False
    if not all(map(_is_addressed_by_subnet, launchers_of(resource))):
        return False
    said = list(spread(resource.properties, path)) if path else []
    return not said or any(is_present(value) is not Ternary.YES for value in said)


def check(resource: Resource) -> Verdict:
    if is_nat_instance(resource):
        return NOT_APPLICABLE
    if resource.type == _CLUSTER:
        return _cluster(resource)
    values = [
        (value, path)
        for path in _PATHS[resource.type]
        for value in spread(resource.properties, path)
        if value is not None
    ]
    if values:
        # What else was read meanwhile, as of other places that name subnets, is not what it is about.
        at = values[0][1].removesuffix("[]")
        named = (value for value, _ in values)
        verdict = judge_subnets(named, resource.template.app, at=None if "[]" in at else at)
        if verdict.outcome is Outcome.UNKNOWN:
            shared = sorted(parameters_at(resource, _PATHS[resource.type]) & public_parameters(resource.template))
            if shared:
                verdict = failed(f"It is placed in {listed(shared)}, which an internet-facing load balancer has too.")
            elif called := publicly_named(resource, _PATHS[resource.type]):
                return unknown(
                    f"It is placed in {listed(called)}, public by that name, whose routes are not part of these "
                    "templates: see whether the route table of these subnets has a route to an internet gateway."
                )
        if _is_addressed_by_subnet(resource) and not _is_left_to_subnet(resource, verdict):
            return verdict
        return NOT_APPLICABLE if verdict.outcome is Outcome.UNKNOWN else weaker(verdict)
    # A launch template may name the subnet, and an interface that is made apart lies in one, which is judged there;
    # without either the instance lands in the default VPC, all of it public.
    elsewhere = (*spread(resource.properties, _INTERFACE), resource.get("LaunchTemplate"))
    if resource.type == _INSTANCE and all(value is None for value in elsewhere):
        return failed("The instance names no subnet, so it is placed in the default VPC.")
    if resource.type == _SCALED and resource.get("AvailabilityZones") is not None:
        return _in_default_subnets(resource)
    return NOT_APPLICABLE


def _cluster(cluster: Resource) -> Verdict:
    """Judge a cluster of EKS whose nodes the app does not show: it has a subnet for them that is not public."""
    app = cluster.template.app
    if any(app.referring(cluster, kind, "ClusterName") for kind in _NODES):
        return NOT_APPLICABLE
    subnets = [app.target(value, "AWS::EC2::Subnet") for value in spread(cluster.properties, _PATHS[_CLUSTER][0])]
    known = [(subnet, is_public(subnet)) for subnet in subnets if subnet is not None]
    if any(answer is Ternary.NO for _, answer in known):
        return PASSED
    if not known or len(known) < len(subnets) or any(answer is Ternary.UNKNOWN for _, answer in known):
        return NOT_APPLICABLE
    names = listed(dict.fromkeys(subnet.logical_id for subnet, _ in known))
    return failed(
        f"All its subnets, {names}, have a route to an internet gateway: its nodes have no private one.",
        severity="warning",
        at=_PATHS[_CLUSTER][0].removesuffix("[]"),
    )


def _in_default_subnets(group: Resource) -> Verdict:
    """Judge a group that names zones alone, which takes the subnet that each has by default, all of them public."""
    launchers = list(launchers_of(group))
    interfaces = "LaunchTemplateData.NetworkInterfaces[].SubnetId"
    if not launchers or any(value is not None for one in launchers for value in spread(one.properties, interfaces)):
        return NOT_APPLICABLE
    return failed("The group names zones and no subnets, so its instances are placed in the default VPC.")


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
    "AWS::EKS::Cluster": (
        "eks.Cluster(vpc_subnets=[<its private subnets>])",
        "eks_v2.Cluster(vpc_subnets=[<its private subnets>])",
    ),
    "AWS::EKS::FargateProfile": ("eks.FargateProfile(subnet_selection=<its private subnets>)",),
    "AWS::EKS::Nodegroup": ("eks.Nodegroup(subnets=<its private subnets>)",),
    "AWS::Elasticsearch::Domain": ("elasticsearch.Domain(vpc=<a VPC>, vpc_subnets=[<its private subnets>])",),
    "AWS::FSx::FileSystem": ("fsx.LustreFileSystem(vpc_subnet=<a private subnet>)",),
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


# docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-getting-started-instance-profile.html
_SESSIONS = (
    "Who administers it comes by Session Manager of AWS Systems Manager in place of SSH or a remote desktop: its role "
    "has AmazonSSMManagedInstanceCore, and it reaches Systems Manager by a NAT gateway or endpoints."
)


def _is_administered(instance: Resource) -> bool:
    """Whether a group of an instance lets people in from outside by SSH or remote desktop, as one of a bastion does."""
    groups = (instance.template.target(value, GROUP) for path in _GROUPS for value in spread(instance.properties, path))
    rules = (rule for group in groups if group is not None for rule in ingress_of(group) if is_mapping(rule))
    return any(
        includes_port(rule, port) is Ternary.YES
        and any(is_present(rule.get(name)) is not Ternary.NO for name in _RANGES)
        for rule in rules
        for port in _ADMINISTRATION
    )


_FIXES = [_fix(kind, path, *others) for kind, (path, *others) in _PATHS.items()]
# What runs programs that fetch something when they start; databases, caches and file systems do not.
_FETCHING = (*_ADDRESSED, "AWS::CodeBuild::Project", "AWS::ECS::Service", "AWS::EKS::FargateProfile")

RULE = Rule(
    name="WorkloadInPrivateSubnet",
    severity="error",
    resource_types=tuple(_PATHS),
    controls=("164.312(a)(1)", "164.312(e)(1)"),
    fix="Place it in private subnets, and a load balancer in front of what must be reached.",
    fixes=(
        *(
            replace(fix, beside=_SESSIONS, when=_is_administered)
            for fix in _FIXES
            if fix.resource_types == (_INSTANCE,)
        ),
        *(with_way_out(fix, outside="") if fix.resource_types[0] in _FETCHING else fix for fix in _FIXES),
    ),
    check=check,
)
