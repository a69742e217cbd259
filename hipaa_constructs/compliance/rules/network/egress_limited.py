"""Security groups of workloads and stores let out what these send, not everything to everywhere.

A warning, said once a template at the first such group, since a group without rules lets all out
(docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-securitygroup.html), and who breaks in
then sends records wherever he wants. Compliant: rules for some ports, such as 443, or to groups, prefix lists and
ranges that are not the Internet; the first rule of its own, also one that stands apart, replaces AWS's. Non-compliant:
no rule; one for all protocols, or a thousand ports and more, to 0.0.0.0/0, ::/0 or a range nearly as wide. Unknown:
rules that only deployment knows. Not applicable: groups that nothing of the app uses, those in a VPC without any way
out, those of NAT instances, and all such groups of a template but the first; those of what runs nobody's code and opens
no connection by itself: load balancers alone, mount targets, interface endpoints, caches, brokers of Kafka, and
databases, to which rules for what goes out apply where they are clients themselves, as by a link to another database
(docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.RDSSecurityGroups.html); the control plane of EKS, which
reaches nodes, name servers and what extends the API, and whose groups no node has
(docs.aws.amazon.com/eks/latest/userguide/sec-group-reqs.html); warehouses but for those that load
and unload through the VPC (docs.aws.amazon.com/redshift/latest/mgmt/enhanced-vpc-routing.html).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import (
    Fields,
    Resolved,
    Ternary,
    all_of,
    any_of,
    as_items,
    is_mapping,
    is_present,
    is_true,
)
from hipaa_constructs.compliance.facts.security_groups import EGRESS, GROUP, names_no_port, ranges
from hipaa_constructs.compliance.facts.subnets import is_nat_instance
from hipaa_constructs.compliance.facts.ways_out import leads_nowhere
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, named, said_of, unknown

_INSTANCE, _WAREHOUSE = "AWS::EC2::Instance", "AWS::Redshift::Cluster"
# Type: where what runs code or opens connections names its groups.
_USERS: Mapping[str, Sequence[str]] = {
    "AWS::AmazonMQ::Broker": ("SecurityGroups",),
    "AWS::AppRunner::VpcConnector": ("SecurityGroups",),
    "AWS::AutoScaling::LaunchConfiguration": ("SecurityGroups",),
    "AWS::Batch::ComputeEnvironment": ("ComputeResources.SecurityGroupIds",),
    "AWS::CodeBuild::Project": ("VpcConfig.SecurityGroupIds",),
    "AWS::DMS::ReplicationInstance": ("VpcSecurityGroupIds",),
    _INSTANCE: ("SecurityGroupIds", "SecurityGroups", "NetworkInterfaces[].GroupSet[]"),
    "AWS::EC2::LaunchTemplate": (
        "LaunchTemplateData.SecurityGroupIds",
        "LaunchTemplateData.SecurityGroups",
        "LaunchTemplateData.NetworkInterfaces[].Groups[]",
    ),
    "AWS::EC2::NetworkInterface": ("GroupSet",),
    "AWS::ECS::Service": ("NetworkConfiguration.AwsvpcConfiguration.SecurityGroups",),
    "AWS::ElasticBeanstalk::ConfigurationTemplate": ("OptionSettings[].Value",),
    "AWS::ElasticBeanstalk::Environment": ("OptionSettings[].Value",),
    "AWS::Elasticsearch::Domain": ("VPCOptions.SecurityGroupIds",),
    "AWS::FSx::FileSystem": ("SecurityGroupIds",),
    "AWS::Lambda::Function": ("VpcConfig.SecurityGroupIds",),
    "AWS::MWAA::Environment": ("NetworkConfiguration.SecurityGroupIds",),
    "AWS::OpenSearchService::Domain": ("VPCOptions.SecurityGroupIds",),
    "AWS::RDS::DBProxy": ("VpcSecurityGroupIds",),
    _WAREHOUSE: ("VpcSecurityGroupIds",),
    "AWS::SageMaker::Model": ("VpcConfig.SecurityGroupIds",),
    "AWS::SageMaker::NotebookInstance": ("SecurityGroupIds",),
}


def check(resource: Resource) -> Verdict:
    answer = _lets_all_out(resource)
    if answer is Ternary.NO:
        return PASSED
    if not _is_used(resource) or _keeps_all_in(resource):
        return NOT_APPLICABLE
    groups = resource.template.app.cached("groups that let all out", _open).get(id(resource.template), ())
    if groups and groups[0] is not resource:
        return said_of(groups[0]) if answer is Ternary.YES else NOT_APPLICABLE
    if not groups:
        return unknown("What SecurityGroupEgress lets out is known only at deployment.")
    what, let = ("Security group", "lets") if len(groups) == 1 else ("Security groups", "let")
    return failed(f"{what} {named(groups)} {let} out everything to everywhere.", at="")


def _open(app: App) -> Mapping[int, Sequence[Resource]]:
    """Return the groups of each template that certainly let all out and that something uses, by its identity."""
    found: dict[int, list[Resource]] = {}
    for group in app.of_type(GROUP):
        if _lets_all_out(group) is Ternary.YES and _is_used(group) and not _keeps_all_in(group):
            found.setdefault(id(group.template), []).append(group)
    return found


def _is_used(group: Resource) -> bool:
    """Whether anything has a group, and no NAT instance, which passes on what others send."""
    users = list(_users(group))
    return bool(users) and not any(map(is_nat_instance, users))


def _keeps_all_in(group: Resource) -> bool:
    """Whether a group is in a VPC of the app that nothing leaves."""
    vpc = group.template.target(group.get("VpcId"), "AWS::EC2::VPC")
    return vpc is not None and leads_nowhere(vpc)


def _users(group: Resource) -> Iterator[Resource]:
    app = group.template.app
    for kind, paths in _USERS.items():
        if app.resources.get(kind):
            for path in paths:
                yield from filter(_sends, app.referring(group, kind, path))


def _sends(user: Resource) -> bool:
    return user.type != _WAREHOUSE or is_true(user.get("EnhancedVpcRouting", False)) is not Ternary.NO


def _lets_all_out(group: Resource) -> Ternary:
    own = group.get("SecurityGroupEgress")
    rules = as_items(own)
    apart = group.template.app.referring(group, EGRESS, "GroupId")
    if is_present(own) is Ternary.NO and not apart:
        return Ternary.YES
    return any_of(_is_open(rule, group) for rule in (*rules, *(one.properties for one in apart)))


def _is_open(rule: Fields | Resolved, group: Resource) -> Ternary:
    if not is_mapping(rule):
        return Ternary.UNKNOWN
    told = ranges(rule, group.template.app, prefix_list="DestinationPrefixListId")
    return all_of((names_no_port(rule), any_of(is_wide for _, is_wide in told)))


RULE = Rule(
    name="EgressLimited",
    severity="warning",
    resource_types=(GROUP,),
    controls=("164.312(a)(1)", "164.312(e)(1)"),
    fix="Let out what is sent alone: HTTPS to AWS's endpoints, the port of the database to its group.",
    fixes=(
        Fix(
            template="SecurityGroupEgress has an entry for each port that is used, such as 443, with "
            "DestinationSecurityGroupId, DestinationPrefixListId or the VPC's range where that is enough; a group that "
            "sends nothing has one to 127.0.0.1/32.",
            cdk=("ec2.SecurityGroup(allow_all_outbound=False)",),
            l2="That alone lets nothing out: add_egress_rule of the group lets out each port that is used, such as "
            "ec2.Port.tcp(443), without which its members reach no API of AWS's.",
            constructs=("PrivateVpc",),
        ),
    ),
    check=check,
)
