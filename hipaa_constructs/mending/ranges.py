"""Who may connect: a range that the owner gives, in place of the whole Internet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hipaa_constructs.cloudformation.values import Ternary
from hipaa_constructs.compliance.facts.security_groups import GROUP, INGRESS
from hipaa_constructs.compliance.rule import Finding
from hipaa_constructs.iam.exposure import is_wide
from hipaa_constructs.mending.draft import DECIDED, CannotMendError, Draft, is_function, is_plain, listed
from hipaa_constructs.mending.parameters import is_parameter, tightened

# Ports at which websites answer everybody, behind a load balancer.
_WEB = (80, 443)
_STAYS = "Whom web ports, ports that only deployment knows and ranges of IPv6 let in only its owner knows."


def ingress_narrowed(draft: Draft, finding: Finding) -> None:
    """Let in from the owner's range what anybody may connect to, other than the ports of websites."""
    properties = draft.properties(finding.resource_logical_id)
    held = finding.resource_type == GROUP
    rules = properties.get("SecurityGroupIngress") if held else [properties]
    if is_function(rules):
        raise CannotMendError(DECIDED)
    open_ = [rule for rule in listed(rules or []) if is_plain(rule) and not _is_web(rule) and _is_open(draft, rule)]
    if not open_:
        raise CannotMendError(_STAYS)
    for rule in open_:
        of_websites = any(_is_web(one) for one in _rules(draft) if one.get("CidrIp") == rule["CidrIp"])
        if of_websites or not tightened(draft, rule["CidrIp"], "CidrIp", "allowed-range"):
            rule["CidrIp"] = draft.given("allowed-range")
    if held and isinstance(rules, list):
        # Rules that were alike but for the range would be the same one twice, which EC2 refuses.
        alike = [{key: value for key, value in one.items() if key != "Description"} for one in map(dict, rules)]
        properties["SecurityGroupIngress"] = [one for at, one in enumerate(rules) if alike[at] not in alike[:at]]


def _rules(draft: Draft) -> Iterator[dict[str, Any]]:
    for _, raw in draft.of_type(GROUP):
        yield from filter(is_plain, listed(raw["Properties"].get("SecurityGroupIngress", [])))
    for _, raw in draft.of_type(INGRESS):
        yield raw["Properties"]


def _is_web(rule: dict[str, Any]) -> bool:
    """Whether a rule is about ports of websites, or may be."""
    first, last, protocol = (str(rule.get(name)) for name in ("FromPort", "ToPort", "IpProtocol"))
    if protocol.lower() in ("icmp", "1"):
        return False
    if protocol == "-1" or not (first.isdecimal() and last.isdecimal()):
        return True
    return any(int(first) <= port <= int(last) for port in _WEB)


def _is_open(draft: Draft, rule: dict[str, Any]) -> bool:
    value = rule.get("CidrIp")
    if any(raw["Properties"].get("CidrBlock") == value for _, raw in draft.of_type("AWS::EC2::VPC")):
        return False  # Who is in the network is not anybody, and what says its range says no more than that.
    return is_parameter(draft, value) or (isinstance(value, str) and is_wide(value) is Ternary.YES)
