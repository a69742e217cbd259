"""Amazon VPC: new security groups whose app said nothing of it let out what stays private, and the web's ports.

CDK lets out everything to everywhere unless it is told ``allow_all_outbound``. What is taken away is other protocols to
the internet alone, by which records would leave unseen: within a VPC, to its peers and to what a VPN leads to nothing
changes, and names are resolved, time is kept and credentials fetched past security groups
(docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import aws_ec2 as ec2
from constructs import IConstruct

from hipaa_constructs._arguments import is_token
from hipaa_constructs.defaults.finish import Found
from hipaa_constructs.defaults.references import names
from hipaa_constructs.defaults.service import Service
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.defaults.setting import Plain

_TYPE, _INSTANCE = "AWS::EC2::SecurityGroup", "AWS::EC2::Instance"
_NETWORKS = ("AWS::EC2::VPC", "AWS::EC2::VPCCidrBlock")
# Where a machine names its groups, which may install packages over HTTP, as distributions offer them.
_MACHINES: Mapping[str, Sequence[str]] = {
    _INSTANCE: ("security_group_ids", "network_interfaces"),
    "AWS::EC2::LaunchTemplate": ("launch_template_data",),
    "AWS::AutoScaling::LaunchConfiguration": ("security_groups",),
}
# RFC 1918, and RFC 6598, of which clusters take addresses too:
# docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
_PRIVATE = ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")
_ANYWHERE = "0.0.0.0/0"
_HTTP, _HTTPS = 80, 443
_WHY = "Protocols other than the web's do not leave for the internet."
# A running workload may send mail, or ask a database that stands elsewhere.
_SENDS = "What a running workload sends its owner knows: set allow_all_outbound=False, and rules for it."


def _finish(session: Session, found: Found) -> None:
    groups = [group for group in found.of(_TYPE) if _is_by_default(session, group)]
    if not groups or not all(map(_is_private, _ranges(session, found))):
        return
    forwarding, machines = _named_by_machines(session, found)
    for group in groups:
        name = session.name(group)
        if name in forwarding:
            continue
        path = session.path(group).removesuffix("/Resource")
        if not (session.new_stores or _is_of_given_network(session, path)):
            session.record(group, path, _TYPE, "allow_all_outbound", ["SecurityGroupEgress"], "unreached", _SENDS)
            continue
        ports = (_HTTP, _HTTPS) if name in machines else (_HTTPS,)
        group.security_group_egress = [*map(_private, _PRIVATE), *map(_web, ports)]
        session.record(group, path, _TYPE, "allow_all_outbound", ["SecurityGroupEgress"], "set", _WHY)


def _is_of_given_network(session: Session, path: str) -> bool:
    """Whether a group is there only since its function got the network that was given, and is new with it."""
    owner = path.rpartition("/")[0]
    return any(
        change.path == owner and change.setting == "vpc" and change.outcome == "set" for change in session.changes
    )


def _is_by_default(session: Session, group: ec2.CfnSecurityGroup) -> bool:
    """Whether a class of CDK lets out everything since nobody said anything of it.

    A class that makes the group for itself passes on its own argument of that name, or the default of it.
    """
    path = session.path(group).removesuffix("/Resource")
    own = session.seen.get(path)
    if own is None:
        return False
    asked = session.seen.get(path.rpartition("/")[0], own)
    if asked.get("allowAllOutbound") is not None or not _has_private_network(own.get("vpc")):
        return False
    rules = session.resolved(group, "security_group_egress").get("security_group_egress")
    return isinstance(rules, list) and len(rules) == 1 and _lets_all_out(rules[0])


def _lets_all_out(rule: Mapping[str, Any]) -> bool:
    return rule.get("cidrIp") == _ANYWHERE and str(rule.get("ipProtocol")) == "-1"


def _has_private_network(vpc: IConstruct | None) -> bool:
    """Whether a VPC's addresses are private, as far as that is known; those of the app's own are looked at apart."""
    try:
        written = getattr(vpc, "vpc_cidr_block", None)
    except RuntimeError:
        # One that was imported without them.
        return False
    return isinstance(written, str) and _is_private(written)


def _ranges(session: Session, found: Found) -> list[Any]:
    """Return the ranges of the app's VPCs, and of those that it was given."""
    values = [session.resolved(one, "cidr_block").get("cidr_block") for one in found.with_ours(*_NETWORKS)]
    return [value for value in values if value is not None]


def _is_private(written: Any) -> bool:
    if not isinstance(written, str):
        return False
    if is_token(written):
        return True
    try:
        network = ipaddress.IPv4Network(written, strict=False)
    except ValueError:
        return False
    return any(network.subnet_of(ipaddress.IPv4Network(one)) for one in _PRIVATE)


def _named_by_machines(session: Session, found: Found) -> tuple[set[str], set[str]]:
    """Return the groups of instances that pass on what others send, and those of all machines, by logical id."""
    forwarding: set[str] = set()
    machines: set[str] = set()
    for kind, attributes in _MACHINES.items():
        for machine in found.of(kind):
            groups = set(names(session.resolved(machine, *attributes)))
            machines |= groups
            if kind == _INSTANCE and machine.source_dest_check is False:
                forwarding |= groups
    return forwarding, machines


def _private(cidr: str) -> ec2.CfnSecurityGroup.EgressProperty:
    return ec2.CfnSecurityGroup.EgressProperty(ip_protocol="-1", cidr_ip=cidr, description="Private addresses")


def _web(port: int) -> ec2.CfnSecurityGroup.EgressProperty:
    name = "HTTPS" if port == _HTTPS else "HTTP"
    return ec2.CfnSecurityGroup.EgressProperty(
        ip_protocol="tcp", from_port=port, to_port=port, cidr_ip=_ANYWHERE, description=f"{name} to anywhere"
    )


SERVICE = Service(
    plain=[
        Plain(construct=ec2.SecurityGroup, props=ec2.SecurityGroupProps, resource_type=_TYPE, settings=[]),
    ],
    types=[_TYPE, *_NETWORKS, *_MACHINES],
    finish=_finish,
    later=[
        "With `new_stores`, security groups for which nobody said `allow_all_outbound` let out what goes to private "
        "addresses, HTTPS, and HTTP of machines; but not those of instances that pass on what others send, nor where a "
        "VPC has addresses of the internet. Those of a running app are named, since what they send might stop.",
    ],
)
