"""Security groups let the Internet in only at a load balancer's HTTPS port, and no whole network to data.

Compliant: no ingress from 0.0.0.0/0, ::/0 or a range nearly as wide, also by an entry of a prefix list of the app,
except port 443 of a group that a load balancer uses, and port 80 there if all its listeners on 80 redirect to HTTPS, or
if nothing but load balancers has the group, whose listeners LoadBalancerTlsRequired judges; an export counts for
nobody where each of them listens on 80.
Other groups, AWS's own prefix lists and those outside the app are no open ranges. Non-compliant: any other ingress from
anywhere; a key pair for nodes of EKS without source security groups, for which EKS opens port 22 to the Internet
(docs.aws.amazon.com/eks/latest/APIReference/API_RemoteAccessConfig.html). Unknown: port 443 of a group that is not part
of the app. Ports of databases, caches, file shares and administration comply for no public range either that is larger
than one's own, /22 or /48: such ranges are those of providers, whose addresses anybody rents. It is a warning for ICMP
alone, which shows what there is and reaches no data; and for a port of databases, caches, search and file shares that
is open to the whole range of the VPC, since a group of clients can be named in its place
(docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html): all ports for it are left to
SecurityGroupPortsNamed, and interface endpoints hold no data. It is a warning too for the security groups of RDS and
Redshift for EC2-Classic, which open one port, that of the store, and which no store has since AWS ended EC2-Classic
(docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-rds-dbsecuritygroup.html). It is a warning
of a group that functions alone have, and what else only sends, since what it lets in reaches nothing; and for port 443
of a group that nothing in the app uses and an output shows to other stacks, where it may be a load balancer's. Not
applicable: nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import (
    UNKNOWN,
    Ternary,
    all_of,
    any_of,
    as_items,
    dig,
    is_mapping,
    is_one_of,
    is_present,
    negate,
    spread,
)
from hipaa_constructs.compliance.facts.mentions import is_for_others
from hipaa_constructs.compliance.facts.security_groups import (
    DATA_PORTS,
    EGRESS,
    GROUP,
    INGRESS,
    balancers_of,
    has_balancers_alone,
    includes_port,
    is_icmp,
    lets_nobody_in,
    ranges,
    shared_ranges,
    shown_ports,
    single_port,
)
from hipaa_constructs.compliance.facts.whole_networks import (
    data_reached,
    is_range_of_network,
    whole_networks,
)
from hipaa_constructs.compliance.fix import SECURITY_GROUPS, Fix
from hipaa_constructs.compliance.rule import PASSED, Outcome, Rule, Verdict, failed, judge, listed, unknown, worst

_NODES, _LISTENER = "AWS::EKS::Nodegroup", "AWS::ElasticLoadBalancingV2::Listener"
_DATABASES, _OF_DATABASES = "AWS::RDS::DBSecurityGroup", "AWS::RDS::DBSecurityGroupIngress"
_OF_WAREHOUSES = "AWS::Redshift::ClusterSecurityGroupIngress"
# Groups of EC2-Classic know no ports: they let in at the port of the store that has them.
# What is said of port 80 where its load balancers do more there than redirect, as LoadBalancerTlsRequired says too.
NOT_REDIRECTED = "where the load balancer does not redirect to HTTPS"
_CLASSIC = {_DATABASES: "the port of the database", _OF_DATABASES: "the port of the database"}
_CLASSIC |= {_OF_WAREHOUSES: "the port of the cluster"}


def _rule(rule: object, group: Resource | None, app: App, *, of_network: bool = False) -> Verdict:
    found = _opens(rule, group, app, of_network=of_network)
    if found.outcome is not Outcome.FAILED or group is None or not lets_nobody_in(group):
        return found
    told = f"{found.message.removesuffix('.')}; what has the group only sends, so the rule is of no use."
    return failed(told, severity="warning")


def _opens(rule: object, group: Resource | None, app: App, *, of_network: bool) -> Verdict:
    if not is_mapping(rule):
        return unknown("An ingress rule is known only at deployment.")
    told = list(ranges(rule, app))
    wide = [called for called, is_open in told if is_open is Ternary.YES]
    if not wide:
        reached = [called for port, called in DATA_PORTS.items() if includes_port(rule, port) is Ternary.YES]
        shared = list(shared_ranges(rule, app)) if reached else []
        if shared:
            return failed(f"Ingress from {listed(shared)} is open on {shown_ports(rule)} ({listed(reached)}).")
        data = data_reached(rule, group)
        whole = list(whole_networks(rule, group, app)) if data else []
        if of_network:
            whole = whole or ["the VPC's range"] if data else []
        elif unclear := _unclear(told):
            return unclear
        if whole:
            seen = f"Ingress from {listed(whole)}, a whole network, is open on {shown_ports(rule)} ({listed(data)})."
            return failed(seen, severity="warning")
        return PASSED
    port = single_port(rule)
    seen = f"Ingress from {listed(wide)} is open on {shown_ports(rule)}"
    if is_icmp(rule) is Ternary.YES:
        return failed(f"{seen}.", severity="warning")
    if port not in (80, 443):
        return failed(f"{seen}.")
    if group is None:
        return unknown(f"{seen}, for a group that is not part of these templates.")
    balancers = balancers_of(group)
    if not balancers and port == 443 and is_for_others(group, GROUP, INGRESS, EGRESS):
        others = "an output shows the group to other stacks, where a load balancer alone may use it"
        return failed(f"{seen}, and {others}.", severity="warning")
    if not balancers:
        return failed(f"{seen}, and no load balancer uses the group.")
    # Where each listens there, what it does with HTTP is the listeners' finding, whoever else may have the group.
    listening = all(at_port_80(balancer) for balancer in balancers)
    judged = all(map(_is_judged_at_listeners, balancers)) and has_balancers_alone(group, shown=listening)
    if port == 80 and not judged and not all(_redirects(balancer) for balancer in balancers):
        return failed(f"{seen}, {NOT_REDIRECTED}.")
    return PASSED


def _unclear(told: Sequence[tuple[str, Ternary]]) -> Verdict | None:
    """Answer for ranges of a rule of which it is not known whether they are the Internet; None without such."""
    unclear = [called for called, is_open in told if is_open is Ternary.UNKNOWN]
    if not unclear:
        return None
    written = [called for called in unclear if "$" not in called and called != str(UNKNOWN)]
    if written:
        return unknown(f"{listed(written)} in an ingress rule is no address range.")
    named = [called for called in unclear if "$" in called]
    of_what = f", {listed(named)}," if named else ""
    return unknown(f"The address range{of_what} of an ingress rule is known only at deployment.")


def _classic(rule: object, port: str, app: App) -> Verdict:
    """Judge a rule of a group of EC2-Classic, which opens one port, and which nothing that runs now can have."""
    if not is_mapping(rule):
        return unknown("An ingress rule is known only at deployment.")
    told = list(ranges(rule, app))
    wide = [called for called, is_open in told if is_open is Ternary.YES] or list(shared_ranges(rule, app))
    if not wide:
        return _unclear(told) or PASSED
    seen = f"Ingress from {listed(wide)} is open on {port}, by a group of EC2-Classic, which AWS has ended."
    return failed(seen, severity="warning")


def _is_judged_at_listeners(balancer: Resource) -> bool:
    """Whether what a load balancer does with HTTP is judged at its listeners; a classic one holds them itself."""
    listeners = balancer.template.app.referring(balancer, _LISTENER, "LoadBalancerArn")
    return balancer.type == "AWS::ElasticLoadBalancing::LoadBalancer" or bool(listeners)


def at_port_80(balancer: Resource) -> Sequence[Resource]:
    """Return the listeners of a load balancer on the port of HTTP."""
    return [
        listener
        for listener in balancer.template.app.referring(balancer, _LISTENER, "LoadBalancerArn")
        if is_one_of(listener.get("Port"), "80") is Ternary.YES
    ]


def _redirects(balancer: Resource) -> bool:
    listeners = at_port_80(balancer)
    return bool(listeners) and all(
        all_of((is_one_of(dig(action, "Type"), "redirect"), is_one_of(dig(action, "RedirectConfig.Protocol"), "HTTPS")))
        is Ternary.YES
        for listener in listeners
        for action in spread(listener.properties, "DefaultActions[]")
    )


def _nodes(nodes: Resource) -> Verdict:
    sources = as_items(nodes.get("RemoteAccess.SourceSecurityGroups"))
    open_to_all = all_of((is_present(nodes.get("RemoteAccess.Ec2SshKey")), negate(any_of(map(is_present, sources)))))
    return judge(
        negate(open_to_all),
        "RemoteAccess has no SourceSecurityGroups, so EKS opens port 22 to the Internet.",
        unknown_message="RemoteAccess is known only at deployment.",
    )


def check(resource: Resource) -> Verdict:
    if resource.type == _NODES:
        return _nodes(resource)
    app = resource.template.app
    if resource.type == GROUP:
        return worst([PASSED, *_held(resource)])
    if resource.type in _CLASSIC:
        rules = (
            as_items(resource.get("DBSecurityGroupIngress")) if resource.type == _DATABASES else [resource.properties]
        )
        return worst([PASSED, *(_classic(rule, _CLASSIC[resource.type], app) for rule in rules)])
    group = resource.template.target(resource.get("GroupId"), GROUP)
    return _rule(resource.properties, group, app, of_network=is_range_of_network(resource, "CidrIp"))


def _held(group: Resource) -> Iterator[Verdict]:
    rules = as_items(group.get("SecurityGroupIngress"))
    written = group.written("SecurityGroupIngress")
    # Where conditions leave rules out, which is written where cannot be told.
    as_written = isinstance(written, list) and len(written) == len(rules)
    for at, rule in enumerate(rules):
        place = f"SecurityGroupIngress.{at}.CidrIp" if as_written else "SecurityGroupIngress.CidrIp"
        yield _rule(rule, group, group.template.app, of_network=is_range_of_network(group, place))


_ALLOWED = (
    "ec2.SecurityGroup.add_ingress_rule(peer=<a security group, prefix list or narrow range>, connection=<a port>)"
)
_REMOVED = (
    "Remove it: {0} are of EC2-Classic, which AWS has ended. The {2} names groups of its VPC in {1}, which let in from "
    "the groups of its clients."
)

RULE = Rule(
    name="SecurityGroupNotOpen",
    severity="error",
    resource_types=(GROUP, INGRESS, _NODES, *_CLASSIC),
    controls=("164.312(a)(1)", "164.312(e)(1)"),
    fix="Allow from a security group, a prefix list or a narrow range; put what the Internet must reach "
    "behind a load balancer with HTTPS.",
    fixes=(
        Fix((GROUP,), beside="Leave the rule out, since nothing comes in by it.", when=lets_nobody_in),
        Fix(
            (GROUP,),
            template="Each entry of SecurityGroupIngress has SourceSecurityGroupId, SourcePrefixListId or a narrow "
            "range in CidrIp or CidrIpv6; 0.0.0.0/0 and ::/0 stand at port 443 of a load balancer's group "
            "alone, and at its port 80 where its listeners there redirect to HTTPS.",
            cdk=(_ALLOWED,),
        ),
        Fix(
            ("AWS::EC2::SecurityGroupIngress",),
            template="It has SourceSecurityGroupId, SourcePrefixListId or a narrow range in CidrIp or CidrIpv6 in "
            "place of 0.0.0.0/0 and ::/0, which stand at port 443 of a load balancer's group alone, and at its port 80 "
            "where its listeners there redirect to HTTPS.",
            cdk=(_ALLOWED,),
        ),
        Fix((_NODES,), {"?RemoteAccess.SourceSecurityGroups": SECURITY_GROUPS}),
        Fix(
            (_DATABASES, _OF_DATABASES), template=_REMOVED.format("DB security groups", "VPCSecurityGroups", "database")
        ),
        Fix((_OF_WAREHOUSES,), template=_REMOVED.format("Cluster security groups", "VpcSecurityGroupIds", "cluster")),
    ),
    check=check,
)
