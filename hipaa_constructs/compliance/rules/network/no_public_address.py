"""Compute resources get no public address.

Compliant: subnets, instances, launch templates, tasks and jobs assign none. Non-compliant: one assigns a public IPv4
address, or is tied to an Elastic IP; a subnet that assigns IPv6 addresses and routes to an internet gateway; a launch
configuration that leaves the choice to the subnet, which is a warning unless all subnets of its groups are here and
assign none; a subnet in which the app places nothing but load balancers and NAT gateways, a warning, since nothing of
the app takes an address from it. Not applicable: an Elastic IP that no instance holds, such as a NAT gateway's; a NAT
instance, which needs an address, and its Elastic IP.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, all_of, any_of, is_false, negate, spread
from hipaa_constructs.compliance.facts.beanstalk import Option, fix_of
from hipaa_constructs.compliance.facts.containers import JOB
from hipaa_constructs.compliance.facts.settings import Setting, Table, one_of
from hipaa_constructs.compliance.facts.subnets import holds_balancers_alone, is_nat_instance, is_public
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, judge, weaker, worst

_CONFIGURATION = "AWS::AutoScaling::LaunchConfiguration"
_GROUP = "AWS::AutoScaling::AutoScalingGroup"
_INTERFACE = "NetworkInterfaces[].AssociatePublicIpAddress"
_OF_JOB = "NetworkConfiguration.AssignPublicIp"
_TASKS = Setting(f"EcsProperties.TaskProperties[].{_OF_JOB}", one_of("DISABLED"), default="DISABLED")
_INSTANCES = Option("aws:ec2:vpc/AssociatePublicIpAddress", is_false, default=False)
_SETTINGS: Table = {
    _CONFIGURATION: Setting("AssociatePublicIpAddress", is_false),
    JOB: Setting(f"ContainerProperties.{_OF_JOB}", one_of("DISABLED"), default="DISABLED"),
    "AWS::EC2::Instance": Setting(_INTERFACE, is_false, default=False),
    "AWS::EC2::LaunchTemplate": Setting(f"LaunchTemplateData.{_INTERFACE}", is_false, default=False),
    "AWS::EC2::Subnet": Setting("MapPublicIpOnLaunch", is_false, default=False),
    "AWS::ECS::Service": Setting(
        "NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp", one_of("DISABLED"), default="DISABLED"
    ),
    "AWS::ECS::TaskSet": Setting(
        "NetworkConfiguration.AwsVpcConfiguration.AssignPublicIp", one_of("DISABLED"), default="DISABLED"
    ),
    "AWS::ElasticBeanstalk::ConfigurationTemplate": _INSTANCES,
    "AWS::ElasticBeanstalk::Environment": _INSTANCES,
    "AWS::Events::Rule": Setting(
        "Targets[].EcsParameters.NetworkConfiguration.AwsVpcConfiguration.AssignPublicIp",
        one_of("DISABLED"),
        default="DISABLED",
    ),
    "AWS::Scheduler::Schedule": Setting(
        "Target.EcsParameters.NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp",
        one_of("DISABLED"),
        default="DISABLED",
    ),
}
_ELASTIC = ("AWS::EC2::EIP", "AWS::EC2::EIPAssociation")


def _ipv6(subnet: Resource) -> Verdict:
    return judge(
        any_of((is_false(subnet.get("AssignIpv6AddressOnCreation", False)), negate(is_public(subnet)))),
        "AssignIpv6AddressOnCreation is true in a subnet with a route to an internet gateway.",
        unknown_message="It is known only at deployment whether the subnet gives out public IPv6 addresses.",
    )


def _subnets_assign_none(configuration: Resource) -> bool:
    """Whether a launch configuration that leaves the choice to the subnet is launched where none assigns an address.

    A subnet that a template makes is none of the default ones, so it assigns an address only where it says so
    (docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-autoscaling-launchconfiguration.html).
    """
    app = configuration.template.app
    groups = app.referring(configuration, _GROUP, "LaunchConfigurationName")
    placed = [list(spread(group.properties, "VPCZoneIdentifier[]")) for group in groups]
    subnets = [app.target(value, "AWS::EC2::Subnet") for values in placed for value in values]
    assigned = (
        Ternary.UNKNOWN if subnet is None else is_false(subnet.get("MapPublicIpOnLaunch", False)) for subnet in subnets
    )
    return bool(placed) and all(placed) and all_of(assigned) is Ternary.YES


def check(resource: Resource) -> Verdict:
    if resource.type in _ELASTIC:
        instance = resource.template.target(resource.get("InstanceId"), "AWS::EC2::Instance")
        held = resource.get("InstanceId") is not None and not (instance and is_nat_instance(instance))
        return failed("InstanceId ties an Elastic IP to an instance.") if held else NOT_APPLICABLE
    if is_nat_instance(resource):
        return NOT_APPLICABLE
    verdict = _SETTINGS[resource.type].judge(resource)
    if verdict is NOT_APPLICABLE and not isinstance(_SETTINGS[resource.type], Option):
        return PASSED  # no network interface is spelled out
    if resource.type == _CONFIGURATION and resource.get("AssociatePublicIpAddress") is None:
        return PASSED if _subnets_assign_none(resource) else weaker(verdict)
    if resource.type == JOB:
        return worst([verdict, _TASKS.judge(resource)])
    if resource.type == "AWS::EC2::Subnet":
        verdict = worst([verdict, _ipv6(resource)])
        return weaker(verdict) if holds_balancers_alone(resource) else verdict
    return verdict


_CDK = {
    "AWS::AutoScaling::LaunchConfiguration": ("autoscaling.AutoScalingGroup(associate_public_ip_address=False)",),
    "AWS::EC2::Instance": ("ec2.Instance(associate_public_ip_address=False)",),
    "AWS::EC2::LaunchTemplate": ("ec2.LaunchTemplate(associate_public_ip_address=False)",),
    "AWS::ECS::Service": ("ecs.FargateService(assign_public_ip=False)", "ecs.Ec2Service(assign_public_ip=False)"),
    "AWS::Events::Rule": ("events_targets.EcsTask(assign_public_ip=False)",),
    "AWS::Scheduler::Schedule": ("scheduler_targets.EcsRunFargateTask(assign_public_ip=False)",),
}

RULE = Rule(
    name="NoPublicAddress",
    severity="error",
    resource_types=(*_SETTINGS, *_ELASTIC),
    controls=("164.312(a)(1)", "164.312(e)(1)"),
    fix="Assign no public address; reach instances by Session Manager, and put a load balancer in front "
    "of what is served.",
    fixes=(
        *(
            Fix(
                (kind,),
                {setting.path: "DISABLED" if setting.default == "DISABLED" else False},
                cdk=_CDK.get(kind, ()),
            )
            for kind, setting in _SETTINGS.items()
            if kind not in (JOB, "AWS::EC2::Subnet") and not isinstance(setting, Option)
        ),
        Fix(
            (JOB,),
            {f"?{setting.path}": "DISABLED" for setting in (_SETTINGS[JOB], _TASKS)},
            constructs=("PrivateBatch",),
        ),
        fix_of(("aws:ec2:vpc", "AssociatePublicIpAddress", "false")),
        Fix(
            ("AWS::EC2::Subnet",),
            {_SETTINGS["AWS::EC2::Subnet"].path: False},
            beside="With a route to an internet gateway it does not set AssignIpv6AddressOnCreation either.",
            cdk=("ec2.Subnet(map_public_ip_on_launch=False)", "ec2.SubnetConfiguration(map_public_ip_on_launch=False)"),
            constructs=("PrivateVpc",),
        ),
        Fix(
            _ELASTIC,
            beside="Leave InstanceId out: a load balancer or NAT gateway holds the address, and the instance has a "
            "private one.",
        ),
    ),
    check=check,
)
