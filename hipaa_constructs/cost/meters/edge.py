"""What faces the internet: web ACLs, load balancers, CloudFront, Shield Advanced, Firewall Manager, Route 53."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, as_text, is_present, spread
from hipaa_constructs.cost.items import HOURS, Case, Family, Item, hours, matching
from hipaa_constructs.cost.meters.network import WAYS_OUT

_ONE = Decimal(1)
_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
# Managed rule groups that are billed besides the rule (https://aws.amazon.com/waf/pricing/).
_SUBSCRIBED = {
    "AWSManagedRulesBotControlRuleSet": "waf.bot_control_month",
    "AWSManagedRulesATPRuleSet": "waf.account_takeover_month",
    "AWSManagedRulesACFPRuleSet": "waf.account_takeover_month",
}


def _acl(case: Case) -> Iterator[Item]:
    rules = case.listed("Rules")
    yield Item("waf.web_acl_month", _ONE, "a web ACL")
    yield Item("waf.rule_month", Decimal(len(rules)), f"{len(rules)} rules and rule groups")
    requests = case.share("edge.requests")
    yield Item("waf.requests", requests, "requests that are inspected, shared evenly", ("edge.requests",))
    for name in map(as_text, spread(case.resource.properties, "Rules[].Statement.ManagedRuleGroupStatement.Name")):
        if isinstance(name, str) and name in _SUBSCRIBED:
            yield Item(_SUBSCRIBED[name], _ONE, f"subscription to {name}")
            if "BotControl" in name:
                yield Item("waf.bot_control_requests", requests, "requests judged", ("edge.requests",))


def _rule_group(case: Case) -> Iterator[Item]:
    rules = len(case.listed("Rules"))
    yield Item("waf.rule_month", Decimal(rules), f"{rules} rules in a group of one's own")


def _balancer(case: Case) -> Iterator[Item]:
    kind = {"application": "alb", "network": "nlb"}.get(case.text("Type", "application"))
    if kind is None:
        yield hours("gwlb.hour", "a Gateway Load Balancer", choice="balancers")
        return
    yield hours(f"{kind}.hour", "a load balancer", choice="balancers")
    units = case.share("edge.capacity_units") * HOURS
    why = "capacity units of all load balancers, shared evenly"
    yield Item(f"{kind}.lcu_hour", units, why, ("edge.capacity_units",), "balancers")
    if case.text("Scheme", "internet-facing") == "internet-facing":
        zones = max(1, len(case.listed("Subnets")) or len(case.listed("SubnetMappings")))
        yield hours("vpc.public_ipv4_hour", f"its addresses in {zones} zones", zones, "balancers")


def _distribution(case: Case) -> Iterator[Item]:
    requests, out = case.share("edge.requests"), case.share("network.out_gb", *WAYS_OUT)
    yield Item("cloudfront.https_requests", requests, "requests, shared evenly", ("edge.requests",), "cloudfront")
    yield Item(
        "cloudfront.out_gb", out, "data out, shared evenly among VPCs and CloudFront", ("network.out_gb",), "cloudfront"
    )


def _shield(case: Case) -> Iterator[Item]:
    """Measure protections: the subscription, one for the whole organization, stands with the first."""
    first = next(iter(case.app.of_type(case.resource.type)))
    if case.resource is first:
        why = "the subscription, one for the organization, for a year at least"
        yield Item("shield.advanced_month", _ONE, why, choice="shield")
    out = case.share("network.out_gb")
    yield Item("shield.advanced_transfer_gb", out, "data out that is protected", ("network.out_gb",), "shield")


def _policy(case: Case) -> Iterator[Item]:
    yield Item("fms.policy_month", _ONE, "a policy in one Region", choice="firewall_manager")


def _zone(case: Case) -> Iterator[Item]:
    yield Item("route53.hosted_zone_month", _ONE, "a hosted zone", choice="dns")
    if not case.listed("VPCs"):
        public = matching(case.app.of_type(case.resource.type), _is_public)
        queries = case.use("network.dns_queries") / len(public)
        yield Item("route53.queries", queries, "queries, shared evenly", ("network.dns_queries",), "dns")


def _is_public(zone: Resource) -> bool:
    return is_present(zone.get("VPCs")) is not Ternary.YES


def _health(case: Case) -> Iterator[Item]:
    yield Item("route53.health_check_month", _ONE, "a health check", choice="dns")


def _resolver(case: Case) -> Iterator[Item]:
    addresses = max(1, len(case.listed("IpAddresses")))
    yield hours("route53.resolver_endpoint_hour", f"an endpoint of {addresses} addresses", addresses, "dns")


def _domains(case: Case) -> Iterator[Item]:
    stored = Decimal(len(case.listed("Domains")))
    yield Item("route53.dns_firewall_domain_month", stored, "domains of a list of one's own", choice="dns")


def _dns_firewall(case: Case) -> Iterator[Item]:
    queries = case.share("network.dns_queries")
    yield Item("route53.dns_firewall_queries", queries, "queries, shared evenly", ("network.dns_queries",), "dns")


FAMILY = Family(
    choice="waf",
    units={
        "waf.web_acl_month": "ACL-month",
        "waf.rule_month": "rule-month",
        "waf.requests": "request",
        "waf.bot_control_month": "ACL-month",
        "waf.bot_control_requests": "request",
        "waf.account_takeover_month": "ACL-month",
        "alb.hour": "balancer-hour",
        "alb.lcu_hour": "LCU-hour",
        "nlb.hour": "balancer-hour",
        "nlb.lcu_hour": "NLCU-hour",
        "gwlb.hour": "balancer-hour",
        "vpc.public_ipv4_hour": "address-hour",
        "cloudfront.https_requests": "request",
        "cloudfront.out_gb": "GB",
        "shield.advanced_month": "organization-month",
        "shield.advanced_transfer_gb": "GB",
        "fms.policy_month": "policy-month",
        "route53.hosted_zone_month": "zone-month",
        "route53.queries": "query",
        "route53.health_check_month": "check-month",
        "route53.resolver_endpoint_hour": "interface-hour",
        "route53.dns_firewall_domain_month": "domain-month",
        "route53.dns_firewall_queries": "query",
    },
    meters={
        "AWS::WAFv2::WebACL": _acl,
        "AWS::WAFv2::RuleGroup": _rule_group,
        _BALANCER: _balancer,
        "AWS::CloudFront::Distribution": _distribution,
        "AWS::Shield::Protection": _shield,
        "AWS::FMS::Policy": _policy,
        "AWS::Route53::HostedZone": _zone,
        "AWS::Route53::HealthCheck": _health,
        "AWS::Route53Resolver::ResolverEndpoint": _resolver,
        "AWS::Route53Resolver::FirewallDomainList": _domains,
        "AWS::Route53Resolver::FirewallRuleGroupAssociation": _dns_firewall,
    },
)
