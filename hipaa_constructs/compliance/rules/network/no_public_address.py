"""Compute resources get no public address.

Compliant: subnets, instances, launch templates, tasks, jobs and what starts tasks assign none. Non-compliant: one
assigns a public IPv4 address, also a state machine whose definition starts a task of ECS with one, or is tied to an
Elastic IP; a subnet that assigns IPv6 addresses and routes to an internet gateway; a launch configuration that leaves
the choice to the subnet, which is a warning unless all subnets of its groups are here and assign none; a subnet in
which the app places nothing that takes an address from it, such as load balancers, NAT gateways and databases, a
warning that is said once a template, whatever other stacks may start there, also of an empty subnet of the same VPC
beside it, such as CDK makes one in each zone. Of subnets of a VPC in which nothing is placed at all, which give an
address to whatever comes, it is said once. A subnet is told with the instance, group or task in it that has a public
address anyway, if nothing else there takes one; what has one in subnets from which no route leads to an internet
gateway, by which alone anybody reaches it, is a warning
(docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html); an Elastic IP with the instance that it is tied
to, if that has an address without it, and else once, whether by itself or by an association. Not applicable: an Elastic
IP that no instance holds, such as a NAT gateway's; a NAT instance, which needs an address, and its Elastic IP.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import Ternary, all_of, any_of, is_false, negate, spread
from hipaa_constructs.compliance.facts.beanstalk import Option, fix_of
from hipaa_constructs.compliance.facts.containers import JOB
from hipaa_constructs.compliance.facts.launch_templates import launchers_of
from hipaa_constructs.compliance.facts.said_once import as_written, say_once
from hipaa_constructs.compliance.facts.settings import Setting, Table, one_of
from hipaa_constructs.compliance.facts.started_tasks import judge_started_tasks
from hipaa_constructs.compliance.facts.state_machines import STATE_MACHINE
from hipaa_constructs.compliance.facts.subnets import (
    is_nat_instance,
    is_public,
    judge_subnets,
    placed_in,
    residents,
    takes_no_address,
    with_way_out,
)
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import (
    NOT_APPLICABLE,
    PASSED,
    Outcome,
    Rule,
    Verdict,
    failed,
    judge,
    named,
    said_of,
    weaker,
    worst,
)

_CONFIGURATION = "AWS::AutoScaling::LaunchConfiguration"
_GROUP = "AWS::AutoScaling::AutoScalingGroup"
_INSTANCE, _SUBNET = "AWS::EC2::Instance", "AWS::EC2::Subnet"
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
    "AWS::Pipes::Pipe": Setting(
        "TargetParameters.EcsTaskParameters.NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp",
        one_of("DISABLED"),
        default="DISABLED",
    ),
    "AWS::Scheduler::Schedule": Setting(
        "Target.EcsParameters.NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp",
        one_of("DISABLED"),
        default="DISABLED",
    ),
}
# Where that which is given an address names its subnets.
_IN_SUBNETS = {
    _INSTANCE: ("NetworkInterfaces[].SubnetId",),
    **{
        kind: (f"{setting.path.rpartition('.')[0]}.Subnets[]",)
        for kind, setting in _SETTINGS.items()
        if setting.path.endswith("Configuration.AssignPublicIp") and kind != JOB
    },
}
_UNREACHED = "No route leads from its subnets to an internet gateway, so nobody reaches it by that address."
_ELASTIC = ("AWS::EC2::EIP", "AWS::EC2::EIPAssociation")
_OF_VPC = as_written("VpcId")
_TOLD = "subnets whose public addresses are told with what stands in them"


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
    verdict = _by_itself(resource)
    if verdict.outcome is not Outcome.FAILED:
        return verdict
    if resource.type == _SUBNET:
        speaker = _speaker(resource)
        if speaker is not None:
            return said_of(speaker)
        if _takes_none(resource):
            return say_once(resource, _gives_to_none, (_SUBNET,))
        return verdict if residents(resource) else say_once(resource, _gives_to_whatever_comes, (_SUBNET,), _OF_VPC)
    instance = _tied_to(resource) if resource.type in _ELASTIC else resource
    tied = [one for one in _tellers(instance) if _weighs(one)] if instance and instance.type == _INSTANCE else []
    if tied and tied[0] is not resource:
        return said_of(tied[0])
    if len(tied) > 1:
        verdict = replace(
            verdict,
            seen=(*verdict.seen, f"{named(tied[1:])} {'tie' if len(tied) > 2 else 'ties'} an Elastic IP to it too."),
        )
    beside = [subnet for subnet, speaker in resource.template.app.cached(_TOLD, _spoken_for) if speaker is resource]
    if beside:
        return replace(verdict, seen=(*verdict.seen, f"What starts in {named(beside)} gets a public address too."))
    if _is_unreached(resource):
        return weaker(replace(verdict, seen=(*verdict.seen, _UNREACHED)))
    return verdict


def _is_unreached(resource: Resource) -> bool:
    """Whether all subnets that something with an address names are of the app, and none leads to the Internet."""
    subnets = [one for path in _IN_SUBNETS.get(resource.type, ()) for one in spread(resource.properties, path)]
    return bool(subnets) and judge_subnets(subnets, resource.template.app).outcome is Outcome.PASSED


def _gives_to_none(subnet: Resource) -> Verdict:
    """Judge a subnet that gives addresses, and in which nothing takes one."""
    verdict = _by_itself(subnet)
    if verdict.outcome is not Outcome.FAILED or _speaker(subnet) is not None or not _takes_none(subnet):
        return NOT_APPLICABLE
    so = (
        "Nothing that this template places there takes an address from the subnet; what other stacks start there does."
        if placed_in(subnet) is None
        else "Nothing that the app places there takes an address from the subnet, so none is needed."
    )
    return weaker(replace(verdict, seen=(*verdict.seen, so)))


def _gives_to_whatever_comes(subnet: Resource) -> Verdict:
    """Judge a subnet that gives addresses, and in which its template places nothing yet."""
    if residents(subnet) or _speaker(subnet) is not None or _takes_none(subnet):
        return NOT_APPLICABLE
    return _by_itself(subnet)


def _takes_none(subnet: Resource) -> bool:
    """Whether its template places only what takes no address there, or nothing but in another such subnet of the VPC.

    What stands in that one and has a public address anyway is told by itself, with its subnet.
    """
    users = residents(subnet)
    if users:
        return all(map(takes_no_address, users))
    vpc = subnet.written("VpcId")
    beside = [
        one
        for one in subnet.template.resources.values()
        if one.type == _SUBNET and one is not subnet and one.exists and vpc and one.written("VpcId") == vpc
        if _by_itself(one).outcome is Outcome.FAILED
    ]
    return any(map(residents, beside)) and all(_needs_none(one) or _speaker(one) is not None for one in beside)


def _needs_none(subnet: Resource) -> bool:
    return all(map(takes_no_address, residents(subnet)))


def _tied_to(address: Resource) -> Resource | None:
    return address.template.target(address.get("InstanceId"), _INSTANCE)


def _spoken_for(app: App) -> Sequence[tuple[Resource, Resource]]:
    """Return the subnets that are told with something that stands in them, each with that."""
    failing = (
        one for one in app.resources.get(_SUBNET, ()) if one.exists and _by_itself(one).outcome is Outcome.FAILED
    )
    return [(subnet, speaker) for subnet in failing if (speaker := _speaker(subnet)) is not None]


def _speaker(subnet: Resource) -> Resource | None:
    """Return whose finding says of a subnet what is so: the first thing there that has a public address anyway.

    None if there is none, or something else takes an address from the subnet, which is not told by itself.
    """
    speakers: list[Resource] = []
    for user in placed_in(subnet) or ():
        found = next((one for one in _tellers(user) if _weighs(one)), None)
        if found is not None:
            speakers.append(found)
        elif not takes_no_address(user):
            return None
    return speakers[0] if speakers else None


def _tellers(user: Resource) -> Iterator[Resource]:
    """Yield what may tell that something in a subnet has a public address."""
    app = user.template.app
    if user.type == _GROUP:
        yield from launchers_of(user)
    if user.type in _SETTINGS:
        yield user
    if user.type == _INSTANCE:
        for kind in _ELASTIC:
            yield from app.referring(user, kind, "InstanceId")


def _weighs(resource: Resource) -> bool:
    verdict = _by_itself(resource)
    return verdict.outcome is Outcome.FAILED and verdict.severity is None


def _by_itself(resource: Resource) -> Verdict:
    """Judge a resource without what others of its template say of it."""
    if resource.type in _ELASTIC:
        instance = _tied_to(resource)
        held = resource.get("InstanceId") is not None and not (instance and is_nat_instance(instance))
        return failed("InstanceId ties an Elastic IP to an instance.") if held else NOT_APPLICABLE
    if is_nat_instance(resource):
        return NOT_APPLICABLE
    if resource.type == STATE_MACHINE:
        return judge_started_tasks(resource)
    verdict = _SETTINGS[resource.type].judge(resource)
    if verdict is NOT_APPLICABLE and not isinstance(_SETTINGS[resource.type], Option):
        return PASSED  # no network interface is spelled out
    if resource.type == _CONFIGURATION and resource.get("AssociatePublicIpAddress") is None:
        return PASSED if _subnets_assign_none(resource) else weaker(verdict)
    if resource.type == JOB:
        return worst([verdict, _TASKS.judge(resource)])
    if resource.type == _SUBNET:
        return worst([verdict, _ipv6(resource)])
    return verdict


_CDK = {
    "AWS::AutoScaling::LaunchConfiguration": ("autoscaling.AutoScalingGroup(associate_public_ip_address=False)",),
    "AWS::EC2::Instance": ("ec2.Instance(associate_public_ip_address=False)",),
    "AWS::EC2::LaunchTemplate": ("ec2.LaunchTemplate(associate_public_ip_address=False)",),
    "AWS::ECS::Service": ("ecs.FargateService(assign_public_ip=False)", "ecs.Ec2Service(assign_public_ip=False)"),
    "AWS::Events::Rule": ("events_targets.EcsTask(assign_public_ip=False)",),
    "AWS::Scheduler::Schedule": ("scheduler_targets.EcsRunFargateTask(assign_public_ip=False)",),
}
_SET = [
    Fix((kind,), {setting.path: "DISABLED" if setting.default == "DISABLED" else False}, cdk=_CDK.get(kind, ()))
    for kind, setting in _SETTINGS.items()
    if kind not in (JOB, "AWS::EC2::Subnet") and not isinstance(setting, Option)
]
_STARTED = "In the state that starts tasks, NetworkConfiguration.AwsvpcConfiguration has AssignPublicIp: DISABLED."
_OF_MACHINE = Fix((STATE_MACHINE,), template=_STARTED, cdk=("stepfunctions_tasks.EcsRunTask(assign_public_ip=False)",))
_BY_JOB = Fix(
    (JOB,),
    {f"?{setting.path}": "DISABLED" for setting in (_SETTINGS[JOB], _TASKS)},
    cdk=("batch.EcsFargateContainerDefinition(assign_public_ip=False)",),
    constructs=("PrivateBatch",),
)
_OF_WORKLOADS = (*_SET, _OF_MACHINE, _BY_JOB, fix_of(("aws:ec2:vpc", "AssociatePublicIpAddress", "false")))

RULE = Rule(
    name="NoPublicAddress",
    severity="error",
    resource_types=(*_SETTINGS, *_ELASTIC, STATE_MACHINE),
    controls=("164.312(a)(1)", "164.312(e)(1)"),
    fix="Assign no public address; reach instances by Session Manager, and put a load balancer in front "
    "of what is served.",
    fixes=(
        *map(with_way_out, _OF_WORKLOADS),
        Fix(
            ("AWS::EC2::Subnet",),
            {_SETTINGS["AWS::EC2::Subnet"].path: False},
            beside="With a route to an internet gateway it does not set AssignIpv6AddressOnCreation either.",
            cdk=("ec2.Subnet(map_public_ip_on_launch=False)", "ec2.SubnetConfiguration(map_public_ip_on_launch=False)"),
            constructs=("PrivateVpc",),
        ),
        Fix(
            ("AWS::EC2::EIP",),
            beside="Leave InstanceId out: a network load balancer or NAT gateway holds the address, and the instance "
            "has a private one.",
        ),
        Fix(
            ("AWS::EC2::EIPAssociation",),
            beside="Take the association out: a network load balancer or NAT gateway holds the address, and the "
            "instance has a private one.",
        ),
    ),
    check=check,
)
