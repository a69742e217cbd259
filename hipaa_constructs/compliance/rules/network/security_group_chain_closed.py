"""What the Internet reaches does not reach databases, files and consoles from there.

A warning beside SecurityGroupNotOpen, which finds the open group itself and is told with what stands behind it, unless
one of both is acknowledged. Compliant:
ports of databases, caches, file shares and administration are open to groups that the Internet does not reach. A load
balancer's group counts as such, for its listeners alone are reached and pass on requests; so the usual three tiers
comply; nor does ICMP reach anything. Non-compliant: such a port, maybe among others, is open to any other group that
lets the Internet in, as to instances. One step is looked at, not what stands behind the next group. Not applicable:
rules for ranges, for the group itself, and for groups that are not part of the app.
"""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    Fields,
    Resolved,
    Ternary,
    any_of,
    as_items,
    is_mapping,
)
from hipaa_constructs.compliance.facts.security_groups import (
    DATA_PORTS,
    GROUP,
    INGRESS,
    SOURCES,
    includes_port,
    is_reached,
    shown_ports,
)
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, listed, unknown, worst


def _judge(rule: Fields | Resolved, own: Resource | None, of: Resource) -> Iterator[Verdict]:
    if not is_mapping(rule):
        yield unknown("An ingress rule is known only at deployment.")
        return
    source = next((group for name in SOURCES if (group := of.template.target(rule.get(name), GROUP)) is not None), None)
    if source is None or source is own:
        return
    reached = {called: includes_port(rule, port) for port, called in DATA_PORTS.items()}
    reaches = any_of(reached.values())
    is_open = is_reached(source) if reaches is not Ternary.NO else Ternary.NO
    if is_open is Ternary.NO or reaches is Ternary.NO:
        return
    what = listed(called for called, answer in reached.items() if answer is Ternary.YES)
    if is_open is Ternary.UNKNOWN or reaches is Ternary.UNKNOWN:
        yield unknown(
            f"Whether the Internet reaches what is let in by {source.logical_id} is known only at deployment."
        )
    else:
        yield failed(
            f"Ingress from {source.logical_id}, which the Internet reaches, is open on {shown_ports(rule)} ({what})."
        )


def check(resource: Resource) -> Verdict:
    if resource.type == INGRESS:
        own = resource.template.target(resource.get("GroupId"), GROUP)
        return worst((PASSED, *_judge(resource.properties, own, resource)))
    rules = as_items(resource.get("SecurityGroupIngress"))
    return worst((PASSED, *(verdict for rule in rules for verdict in _judge(rule, resource, resource))))


RULE = Rule(
    name="SecurityGroupChainClosed",
    severity="warning",
    resource_types=(GROUP, INGRESS),
    controls=("164.312(a)(1)", "164.312(e)(1)"),
    fix="Put what the Internet must reach behind a load balancer, and let only the group of the application in; for "
    "administration use Session Manager.",
    fixes=(
        Fix(
            beside="SourceSecurityGroupId names the group of the application, which no range of the Internet reaches, "
            "in place of one that the Internet reaches.",
        ),
    ),
    check=check,
)
