"""Network ACLs do not let the Internet in to SSH and RDP.

Compliant: no inbound entry that allows port 22 or 3389 from anywhere, or an earlier entry denies it. Return
traffic needs the ephemeral ports (1024 and up), so an entry for these alone passes; security groups decide
there. Non-compliant: an inbound allow from anywhere that covers one of the two ports. Not applicable: egress
and deny entries.
"""

from __future__ import annotations

from collections.abc import Sequence

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Ternary, all_of, any_of, as_int, is_false, is_true
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown
from hipaa_constructs.iam.exposure import is_wide

_KIND = "AWS::EC2::NetworkAclEntry"
_ADMIN_PORTS = (22, 3389)
_FIRST_EPHEMERAL_PORT = 1024


def _from_anywhere(entry: Resource) -> Ternary:
    ranges = [entry.get(name) for name in ("CidrBlock", "Ipv6CidrBlock")]
    return any_of(
        is_wide(value) if isinstance(value, str) else Ternary.UNKNOWN for value in ranges if value is not None
    )


def _covers(entry: Resource, port: int) -> Ternary:
    protocol = as_int(entry.get("Protocol"))
    if protocol is UNKNOWN:
        return Ternary.UNKNOWN
    if protocol != 6:
        return Ternary.of(protocol == -1)
    first, last = as_int(entry.get("PortRange.From")), as_int(entry.get("PortRange.To"))
    if not isinstance(first, int) or not isinstance(last, int):
        return Ternary.UNKNOWN
    return Ternary.of(first <= port <= last and not _FIRST_EPHEMERAL_PORT <= first < last)


def _denied_before(entry: Resource, port: int) -> bool:
    number = as_int(entry.get("RuleNumber"))
    acl = entry.template.target(entry.get("NetworkAclId"), "AWS::EC2::NetworkAcl")
    siblings = entry.template.app.referring(acl, _KIND, "NetworkAclId") if acl is not None else ()
    return any(
        str(other.get("RuleAction")).lower() == "deny"
        and is_false(other.get("Egress", False)) is Ternary.YES
        and isinstance(earlier := as_int(other.get("RuleNumber")), int)
        and isinstance(number, int)
        and earlier < number
        and _from_anywhere(other) is Ternary.YES
        and _covers(other, port) is Ternary.YES
        for other in siblings
    )


def check(resource: Resource) -> Verdict:
    if is_true(resource.get("Egress", False)) is Ternary.YES or str(resource.get("RuleAction")).lower() == "deny":
        return NOT_APPLICABLE
    anywhere = _from_anywhere(resource)
    if anywhere is Ternary.NO:
        return PASSED
    opened = {port: all_of((anywhere, _covers(resource, port))) for port in _ADMIN_PORTS}
    left = {port: answer for port, answer in opened.items() if not _denied_before(resource, port)}
    certain = [port for port, answer in left.items() if answer is Ternary.YES]
    if certain:
        return failed(f"The entry allows {_ports(certain)} from anywhere.")
    unclear = [port for port, answer in left.items() if answer is Ternary.UNKNOWN]
    if unclear:
        return unknown(f"It is known only at deployment whether the entry lets anyone in to {_ports(unclear)}.")
    return PASSED


def _ports(ports: Sequence[int]) -> str:
    return f"port{'s' if len(ports) > 1 else ''} {' and '.join(map(str, ports))}"


RULE = Rule(
    name="NetworkAclNotOpen",
    severity="error",
    resource_types=(_KIND,),
    controls=("164.312(a)(1)", "164.312(e)(1)"),
    fix="Allow only the ports that are served, from the ranges that need them; for administration use Session Manager.",
    fixes=(
        Fix(
            template="CidrBlock or Ipv6CidrBlock is the range that needs the ports, or Protocol: 6 and PortRange "
            "leave out "
            f"{' and '.join(map(str, _ADMIN_PORTS))}.",
            cdk=(
                "ec2.NetworkAclEntry(cidr=<a narrow range>, traffic=ec2.AclTraffic.tcp_port(<a port that is served>))",
            ),
            constructs=("PrivateVpc",),
        ),
    ),
    check=check,
)
