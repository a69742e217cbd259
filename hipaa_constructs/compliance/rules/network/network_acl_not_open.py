"""Network ACLs do not let the Internet in to SSH and RDP.

Compliant: no inbound entry that allows port 22 or 3389 from anywhere, or an earlier entry denies it. Return
traffic needs the ephemeral ports (1024 and up), so an entry for these alone passes; security groups decide
there. Non-compliant: an inbound allow from anywhere that covers one of the two ports. Not applicable: egress
and deny entries.
"""

from __future__ import annotations

from typing import Any

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, as_bool, as_int
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown
from hipaa_constructs.iam.exposure import is_wide

_KIND = "AWS::EC2::NetworkAclEntry"
_ADMIN_PORTS = (22, 3389)
_FIRST_EPHEMERAL_PORT = 1024


def _from_anywhere(entry: Resource) -> Any:
    ranges = [entry.get(name) for name in ("CidrBlock", "Ipv6CidrBlock")]
    answers = [is_wide(value) if isinstance(value, str) else UNKNOWN for value in ranges if value is not None]
    return True if any(answer is True for answer in answers) else (UNKNOWN if UNKNOWN in answers else False)


def _covers(entry: Resource, port: int) -> Any:
    protocol = as_int(entry.get("Protocol"))
    if protocol == -1:
        return True
    if protocol != 6:
        return UNKNOWN if protocol is UNKNOWN else False
    first, last = as_int(entry.get("PortRange.From")), as_int(entry.get("PortRange.To"))
    if not isinstance(first, int) or not isinstance(last, int):
        return UNKNOWN
    return first <= port <= last and not _FIRST_EPHEMERAL_PORT <= first < last


def _denied_before(entry: Resource, port: int) -> bool:
    number = as_int(entry.get("RuleNumber"))
    acl = entry.template.app.target(entry.get("NetworkAclId"), "AWS::EC2::NetworkAcl")
    siblings = entry.template.app.referring(acl, _KIND, "NetworkAclId") if acl is not None else ()
    return any(
        str(other.get("RuleAction")).lower() == "deny"
        and as_bool(other.get("Egress", False)) is False
        and isinstance(earlier := as_int(other.get("RuleNumber")), int)
        and isinstance(number, int)
        and earlier < number
        and _from_anywhere(other) is True
        and _covers(other, port) is True
        for other in siblings
    )


def check(resource: Resource) -> Verdict:
    if as_bool(resource.get("Egress", False)) is True or str(resource.get("RuleAction")).lower() == "deny":
        return NOT_APPLICABLE
    anywhere = _from_anywhere(resource)
    if anywhere is False:
        return PASSED
    for port in _ADMIN_PORTS:
        covers = _covers(resource, port)
        if covers is not False and not _denied_before(resource, port):
            if covers is UNKNOWN or anywhere is UNKNOWN:
                return unknown(f"It is known only at deployment whether the entry lets anyone in to port {port}.")
            return failed(f"The entry allows port {port} from anywhere.")
    return PASSED


RULE = Rule(
    name="NetworkAclNotOpen",
    severity="error",
    resource_types=(_KIND,),
    controls=("164.312(a)(1)", "164.312(e)(1)"),
    fix="Allow only the ports that are served, from the ranges that need them; for administration use Session Manager.",
    check=check,
)
