"""What the rules of security groups let in and out: ranges, ports, other groups."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import (
    Fields,
    Reference,
    Resolved,
    Ternary,
    Text,
    Unknown,
    all_of,
    any_of,
    as_int,
    as_items,
    is_mapping,
    is_one_of,
    negate,
    same,
    spread,
)
from hipaa_constructs.compliance.facts.mentions import users_of
from hipaa_constructs.iam.exposure import is_wide

GROUP: Final = "AWS::EC2::SecurityGroup"
INGRESS: Final = "AWS::EC2::SecurityGroupIngress"
EGRESS: Final = "AWS::EC2::SecurityGroupEgress"
# Where a rule names the group that it lets in.
SOURCES: Final = ("SourceSecurityGroupId", "SourceSecurityGroupName")

# As AWS's services take them by default, and those of Security Hub's EC2.19 that administer or share files
# (docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-19).
DATA_PORTS: Final[Mapping[int, str]] = {
    22: "SSH",
    445: "file shares",
    1433: "SQL Server",
    1521: "Oracle",
    2049: "NFS",
    3306: "MySQL",
    3389: "remote desktops",
    5432: "PostgreSQL",
    5439: "Redshift",
    6379: "Redis",
    8182: "Neptune",
    9042: "Cassandra",
    9200: "OpenSearch",
    11211: "Memcached",
    27017: "DocumentDB",
    50000: "Db2",
}
# More addresses than these are no office's or partner's own, but a provider's, who lends them to anybody.
_OWN_PREFIX: Final[Mapping[int, int]] = {4: 22, 6: 48}
_SIZE = re.compile(r"/\d+$")
# Who lets in so many ports has named none.
_MANY_PORTS: Final = 1000
# From where on a system takes ports for what it starts by itself, such as containers with dynamic ports
# (docs.aws.amazon.com/AmazonECS/latest/developerguide/networking-networkmode-bridge.html).
_DYNAMIC_PORTS: Final = 32768
_ALB = "AWS::ElasticLoadBalancingV2::LoadBalancer"
_CLB = "AWS::ElasticLoadBalancing::LoadBalancer"
# What has interfaces in a network to send through, at which nothing listens: a function is called by Lambda's API alone
# (docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html);
# docs.aws.amazon.com/codebuild/latest/userguide/vpc-support.html,
# docs.aws.amazon.com/apprunner/latest/dg/network-vpc.html (outgoing traffic),
# docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Synthetics_Canaries_VPC.html.
_SENDERS: Final = (
    "AWS::AppRunner::VpcConnector",
    "AWS::CodeBuild::Project",
    "AWS::Lambda::Function",
    "AWS::Synthetics::Canary",
)


def ingress_of(group: Resource) -> Iterator[Fields | Resolved]:
    """Yield the ingress rules of a group, those that it holds and those that stand for themselves."""
    yield from as_items(group.get("SecurityGroupIngress"))
    for rule in group.template.app.referring(group, INGRESS, "GroupId"):
        yield rule.properties


def ranges(rule: Fields, app: App, *, prefix_list: str = "SourcePrefixListId") -> Iterator[tuple[str, Ternary]]:
    """Yield what ranges a rule lets in or out, each as messages call it and whether it is the Internet.

    :param prefix_list: which property of the rule names a list of ranges: another one of those that let out.
    """
    for value, whose, is_v6 in named_ranges(rule, app, prefix_list):
        yield f"{value}{whose}", _is_internet(value, is_v6=is_v6)


def shared_ranges(rule: Fields, app: App) -> Iterator[str]:
    """Yield the ranges of a rule that are a part of the Internet too large to be one's own, as messages call them."""
    for value, whose, _ in named_ranges(rule, app, "SourcePrefixListId"):
        if isinstance(value, str) and not isinstance(value, Text):
            try:
                network = ipaddress.ip_network(value.strip(), strict=False)
            except ValueError:
                continue
            if network.is_global and network.prefixlen < _OWN_PREFIX[network.version]:
                yield f"{value}{whose}"


def named_ranges(rule: Fields, app: App, prefix_list: str) -> Iterator[tuple[Resolved, str, bool]]:
    """Yield the ranges that a rule names, whose prefix list has each, and whether IPv6 is meant by the property."""
    for name in ("CidrIp", "CidrIpv6", "CIDRIP"):
        yield rule.get(name), "", name == "CidrIpv6"
    entries = app.target(rule.get(prefix_list), "AWS::EC2::PrefixList")
    if entries is not None:
        for value in spread(entries.properties, "Entries[].Cidr"):
            yield value, f" of the prefix list {entries.logical_id}", False


def single_port(rule: Fields) -> int | None:
    """Return the port that a rule is about, if it is one of TCP or UDP."""
    first, last = as_int(rule.get("FromPort")), as_int(rule.get("ToPort"))
    single = is_one_of(rule.get("IpProtocol"), "tcp", "6", "udp", "17", any_case=True) is Ternary.YES
    return first if single and isinstance(first, int) and isinstance(last, int) and first == last else None


def includes_port(rule: Fields, port: int) -> Ternary:
    """Whether a rule is about a port, maybe among others."""
    ports = _ports(rule)
    return ports if isinstance(ports, Ternary) else Ternary.of(ports[0] <= port <= ports[1])


def names_no_port(rule: Fields, *, dynamic: bool = True) -> Ternary:
    """Whether a rule is about all protocols, or about so many ports that it names none.

    :param dynamic: whether those count too that a system takes for what it starts by itself.
    """
    ports = _ports(rule)
    if isinstance(ports, Ternary):
        return ports
    first, last = ports
    return Ternary.of(last - first >= _MANY_PORTS and (dynamic or first < _DYNAMIC_PORTS))


def _ports(rule: Fields) -> tuple[int, int] | Ternary:
    """Return the first and the last port of TCP or UDP; without them whether a rule is about all ports."""
    protocol, first, last = rule.get("IpProtocol"), as_int(rule.get("FromPort")), as_int(rule.get("ToPort"))
    if protocol is None or is_one_of(protocol, "-1") is Ternary.YES:
        return Ternary.YES
    of_ports = is_one_of(protocol, "tcp", "6", "udp", "17", any_case=True)
    if of_ports is not Ternary.YES:
        return of_ports
    if isinstance(first, Unknown) or isinstance(last, Unknown):
        return Ternary.UNKNOWN
    return Ternary.YES if first is None or last is None else (first, last)


def is_icmp(rule: Fields) -> Ternary:
    """Whether a rule is about ICMP alone: pings, and reports of what could not be delivered."""
    return is_one_of(rule.get("IpProtocol"), "icmp", "1", "icmpv6", "58", any_case=True)


def shown_ports(rule: Fields) -> str:
    """Return the ports of a rule as messages show them."""
    first, last, protocol = rule.get("FromPort"), rule.get("ToPort"), rule.get("IpProtocol")
    if is_icmp(rule) is Ternary.YES:
        # There the ports are types and codes.
        return "ICMP"
    if protocol is None or first is None or is_one_of(protocol, "-1") is Ternary.YES:
        return "all ports"
    return f"{protocol} port {first}" if same(first, last) else f"{protocol} ports {first} to {last}"


def balancers_of(group: Resource) -> Sequence[Resource]:
    """Return the load balancers that use a group."""
    app = group.template.app
    return [*app.referring(group, _ALB, "SecurityGroups"), *app.referring(group, _CLB, "SecurityGroups")]


def lets_nobody_in(group: Resource) -> bool:
    """Whether a group is certainly had by what only sends alone, so that what it lets in reaches nothing."""
    return _has_alone(group, _SENDERS)


def has_balancers_alone(group: Resource, *, shown: bool = False) -> bool:
    """Whether load balancers have a group, and nothing else that the app shows; others may where it is exported.

    :param shown: as of ``users_of``.
    """
    return _has_alone(group, (_ALB, _CLB), shown=shown)


def _has_alone(group: Resource, kinds: Collection[str], *, shown: bool = False) -> bool:
    users = users_of(group, shown=shown)
    placed = [user for user in users or () if user.type not in (GROUP, INGRESS, EGRESS)]
    return bool(placed) and all(user.type in kinds for user in placed)


def is_reached(group: Resource) -> Ternary:
    """Whether the Internet reaches what has a group; of a load balancer it reaches the listeners alone."""
    return (
        Ternary.NO
        if balancers_of(group) or lets_nobody_in(group)
        else any_of(_lets_in(rule, group) for rule in ingress_of(group))
    )


def _lets_in(rule: Fields | Resolved, group: Resource) -> Ternary:
    if not is_mapping(rule):
        return Ternary.UNKNOWN
    return all_of((negate(is_icmp(rule)), any_of(is_open for _, is_open in ranges(rule, group.template.app))))


def _is_internet(value: Resolved, *, is_v6: bool = False) -> Ternary:
    if value is None or isinstance(value, Reference):
        return Ternary.NO  # such as a VPC's own CidrBlock
    if not isinstance(value, str):
        return Ternary.UNKNOWN
    answer = Ternary.UNKNOWN if isinstance(value, Text) else is_wide(value)
    ends_written = not isinstance(value, Text) or isinstance(value.parts[-1], str)
    size = _SIZE.search(value) if answer is Ternary.UNKNOWN and ends_written else None
    # Which addresses they are does not matter, also where somebody has yet to write them: 10.X.X.X/16.
    return answer if size is None else is_wide(f"{'::' if is_v6 else '0.0.0.0'}{size.group()}")
