"""What is said of networks: what an open group lets in, and what is on the Internet by its address and its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import as_items, is_mapping
from hipaa_constructs.compliance.beside.parts import Failures, Fixed, Part
from hipaa_constructs.compliance.facts.launch_templates import launchers_of
from hipaa_constructs.compliance.facts.mentions import users_in_template
from hipaa_constructs.compliance.facts.security_groups import GROUP, INGRESS, SOURCES, balancers_of
from hipaa_constructs.compliance.facts.subnets import CUT_OFF, OUTSIDE, placed_in, takes_no_address
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.compliance.rules.network.security_group_not_open import NOT_REDIRECTED, at_port_80

_OPEN, _BEHIND = "SecurityGroupNotOpen", "SecurityGroupChainClosed"
_ADDRESSED, _PLACED = "NoPublicAddress", "WorkloadInPrivateSubnet"
_ENDPOINT, _LISTENING = "EndpointNotPublic", "LoadBalancerTlsRequired"
_ELASTIC, _INSTANCE = ("AWS::EC2::EIP", "AWS::EC2::EIPAssociation"), "AWS::EC2::Instance"
_SCALED, _SUBNET = "AWS::AutoScaling::AutoScalingGroup", "AWS::EC2::Subnet"
# How an Auto Scaling group names what it launches its instances by.
_LAUNCHES = (
    "LaunchConfigurationName",
    "LaunchTemplate.LaunchTemplateId",
    "MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification.LaunchTemplateId",
)
# Stores that name subnets by a resource of its own, and those that name them themselves.
_SUBNET_GROUPS = (
    "AWS::DMS::ReplicationSubnetGroup",
    "AWS::Neptune::DBSubnetGroup",
    "AWS::RDS::DBSubnetGroup",
    "AWS::Redshift::ClusterSubnetGroup",
)
_WITH_SUBNETS = ("AWS::AmazonMQ::Broker", "AWS::MSK::Cluster", "AWS::RedshiftServerless::Workgroup")


def behind(found: Failures) -> Iterator[Part]:
    """Yield what stands behind open groups, with each of these."""
    by_group: dict[int, Finding] = {}
    for result, finding in found.of_rule(_OPEN):
        if finding.severity == "error":
            for group in _opened(result.resource):
                by_group.setdefault(id(group), finding)
    for result, finding in found.of_rule(_BEHIND):
        speakers = (by_group.get(id(group)) for group in _let_in(result.resource))
        for speaker in {id(speaker): speaker for speaker in speakers if speaker is not None}.values():
            said = f"Behind it stands {finding.resource_logical_id}: {finding.message}"
            yield Part(speaker, finding, said, gone=True)


def unencrypted(found: Failures) -> Iterator[Part]:
    """Yield that a group lets the Internet in at port 80, with the listeners there that forward what comes."""
    for result, finding in found.of_rule(_OPEN):
        if not all(NOT_REDIRECTED in part for part in result.verdict.seen):
            continue
        balancers = [balancer for group in _opened(result.resource) for balancer in balancers_of(group)]
        listeners = [at_port_80(balancer) for balancer in balancers]
        speakers = [found.at(listener, _LISTENING) for there in listeners for listener in there]
        if all(listeners) and all(speaker is not None for speaker in speakers):
            for speaker in speakers:
                if speaker is not None:
                    # The group complies as soon as its listeners redirect.
                    yield Part(speaker, finding, f"Its group lets that in: {finding.message}", gone=True)


def places(found: Failures) -> Iterator[Part]:
    """Yield the public subnet by which a resource has a public address, with that address.

    An Auto Scaling group has it by what it launches instances by: which of both says both is what weighs more.
    """
    for result, finding in found.of_rule(_PLACED):
        speaker = found.at(result.resource, _ADDRESSED)
        if speaker is not None:
            yield Part(speaker, finding, finding.message, _moved(finding))
    for result, finding in found.of_rule(_ADDRESSED):
        groups = [group for path in _LAUNCHES for group in _scaled(result.resource, path)]
        placed = [one for group in groups if (one := found.at(group, _PLACED)) is not None]
        for one in placed:
            if finding.severity == "error" or one.severity != "error":
                yield Part(finding, one, f"Of {one.resource_logical_id}: {one.message}", _moved(one))
            elif len(placed) == len(groups):
                yield Part(one, finding, f"Of {finding.resource_logical_id}: {finding.message}", _moved(finding))


def _scaled(launcher: Resource, path: str) -> Sequence[Resource]:
    groups = launcher.template.app.referring(launcher, _SCALED, path)
    return [group for group in groups if launcher in launchers_of(group)]


def subnets(found: Failures) -> Iterator[Part]:
    """Yield that a subnet gives public addresses, with the workloads there that are told to be in a public one.

    Nothing else there takes one.
    """
    for result, finding in found.of_rule(_ADDRESSED):
        users = (placed_in(result.resource) or ()) if result.resource.type == _SUBNET else ()
        told = [one for user in users if (one := found.at(user, _PLACED)) is not None and one.severity == "error"]
        spoken = {one.resource_logical_id for one in told}
        if all(user.logical_id in spoken or takes_no_address(user) for user in users):
            for one in told:
                said = f"{finding.resource_logical_id} gives public addresses: {finding.message}"
                yield Part(one, finding, said, _moved(finding))


def addresses(found: Failures) -> Iterator[Part]:
    """Yield that an Elastic IP is tied to an instance, with the public subnet that this lies in."""
    for result, finding in found.of_rule(_ADDRESSED):
        address = result.resource
        if address.type not in _ELASTIC:
            continue
        instance = address.template.target(address.get("InstanceId"), _INSTANCE)
        speaker = found.at(instance, _PLACED) if instance is not None else None
        if speaker is not None:
            said = f"{finding.resource_logical_id} gives it a public address: {finding.message}"
            yield Part(speaker, finding, said, _moved(finding))


def endpoints(found: Failures) -> Iterator[Part]:
    """Yield the public subnets of stores, with what makes the stores themselves public."""
    for result, finding in found.of_rule(_PLACED):
        for speaker in _public_stores(result.resource, found):
            if speaker.resource_logical_id == finding.resource_logical_id:
                yield Part(speaker, finding, finding.message, _moved(finding))
            else:
                yield Part(
                    speaker, finding, f"Of its {finding.resource_logical_id}: {finding.message}", _moved(finding)
                )
    for result, finding in found.of_rule(_ADDRESSED):
        if result.resource.type != _SUBNET:
            continue
        there = [placed_in(one) for one in (result.resource, *found.told_with(result))]
        users = [user for placed in there for user in placed or ()]
        stores = [_public_stores(user, found) for user in users]
        if None not in there and users and all(stores):
            for speaker in {id(one): one for told in stores for one in told}.values():
                said = f"Of {finding.resource_logical_id}, where it lies: {finding.message}"
                yield Part(speaker, finding, said, _moved(finding))


def _public_stores(resource: Resource, found: Failures) -> Sequence[Finding]:
    """Return what says that stores are public, of all that have a group of subnets, or of one that names some."""
    if resource.type in _WITH_SUBNETS:
        stores: Sequence[Resource] = [resource]
    else:
        stores = users_in_template(resource) if resource.type in _SUBNET_GROUPS else ()
    told = [found.at(store, _ENDPOINT) for store in stores]
    return [one for one in told if one is not None] if None not in told else []


def _moved(finding: Finding) -> Fixed:
    """Return what adds the fix of a finding to another one, of which both may say what leads out of private subnets."""

    def fixed(fix: str) -> str:
        if _bare(finding.fix) in _bare(fix):
            return fix
        return f"{_bare(fix) if _bare(finding.fix) != finding.fix else fix} {finding.fix}"

    return fixed


def _bare(fix: str) -> str:
    """Return a fix without what it says of the ways out of private subnets."""
    for said in (CUT_OFF, OUTSIDE):
        fix = fix.replace(f"{said} ", "").removesuffix(said).strip()
    return fix


def _opened(resource: Resource) -> Iterator[Resource]:
    """Yield the group that a finding of an open one is about, be it told at a rule of the group."""
    group = resource if resource.type == GROUP else resource.template.target(resource.get("GroupId"), GROUP)
    if group is not None:
        yield group


def _let_in(resource: Resource) -> Iterator[Resource]:
    """Yield the groups that a group, or one of its rules, lets in."""
    rules = [resource.properties] if resource.type == INGRESS else as_items(resource.get("SecurityGroupIngress"))
    for rule in rules:
        if is_mapping(rule):
            groups = (resource.template.target(rule.get(name), GROUP) for name in SOURCES)
            yield from (group for group in groups if group is not None)
