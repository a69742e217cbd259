"""Where most subnets of a VPC have network ACLs of their own, every subnet has one.

A subnet that is associated with none has the VPC's default network ACL, which lets everything through
(docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html). A warning, since security groups still decide.

Compliant: the subnet is associated with a network ACL other than the default one. Non-compliant: it is associated with
the default one; it has none, where a network ACL of its VPC serves no subnet of the app, or where at least as many of
the VPC's subnets have one as do not. Unknown: associations whose subnet only deployment can tell. Not applicable: the
app defines no network ACL for the subnet's VPC, or does so for a few other subnets.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, Reference, Resolved, Text, is_mapping
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown

_ASSOCIATION = "AWS::EC2::SubnetNetworkAclAssociation"


def _vpc(resource: Resource) -> Hashable:
    """What tells one VPC from another: the resource, the name, or else how the template writes it, as a tuple."""
    value = resource.get("VpcId")
    if isinstance(value, Reference):
        return id(value.resource)
    if isinstance(value, str) and not isinstance(value, Text):
        return value
    properties = resource.raw.get("Properties")
    written = properties.get("VpcId") if is_mapping(properties) else None
    return (resource.template.name, json.dumps(written, sort_keys=True, default=str))


def _by_vpc(app: App) -> Mapping[Hashable, Sequence[Resource]]:
    found: dict[Hashable, list[Resource]] = defaultdict(list)
    for network_acl in app.of_type("AWS::EC2::NetworkAcl"):
        found[_vpc(network_acl)].append(network_acl)
    return found


def _has_own(subnet: Resource) -> bool:
    associations = subnet.template.app.referring(subnet, _ASSOCIATION, "SubnetId")
    return any(not _is_default(association.get("NetworkAclId")) for association in associations)


def _is_left_out(subnet: Resource, lists: Sequence[Resource]) -> bool:
    """Whether a subnet without a list was rather forgotten than left to the default list, as its sisters tell."""
    app, vpc = subnet.template.app, _vpc(subnet)
    if not all(app.referring(network_acl, _ASSOCIATION, "NetworkAclId") for network_acl in lists):
        return True
    sisters = [_has_own(other) for other in app.of_type("AWS::EC2::Subnet") if _vpc(other) == vpc]
    return sisters.count(True) >= sisters.count(False)


def _is_default(network_acl: Resolved) -> bool:
    return isinstance(network_acl, Reference) and network_acl.attribute == "DefaultNetworkAcl"


def check(resource: Resource) -> Verdict:
    app = resource.template.app
    vpc, closed = _vpc(resource), app.cached("network ACLs by VPC", _by_vpc)
    # Two expressions that only deployment resolves may come to the same VPC.
    maybe = isinstance(vpc, tuple) and any(isinstance(other, tuple) for other in closed)
    if vpc not in closed and not maybe:
        return NOT_APPLICABLE
    if _has_own(resource):
        return PASSED
    if vpc not in closed:
        return unknown("Whether the VPC has network ACLs is known only at deployment.")
    if app.referring(resource, _ASSOCIATION, "SubnetId"):
        return failed("It is associated with the VPC's default network ACL, which lets everything through.", at="")
    if any(isinstance(other.get("SubnetId"), (Text, type(UNKNOWN))) for other in app.of_type(_ASSOCIATION)):
        return unknown("Which subnets the network ACLs are associated with is known only at deployment.")
    if not _is_left_out(resource, closed[vpc]):
        return NOT_APPLICABLE
    return failed("The VPC has network ACLs, and the subnet is associated with none of them.", at="")


RULE = Rule(
    name="NetworkAclAssociated",
    severity="warning",
    resource_types=("AWS::EC2::Subnet",),
    controls=("164.312(a)(1)", "164.312(e)(1)"),
    fix="Associate the subnet with a network ACL of its VPC other than the default one.",
    fixes=(
        Fix(
            template=f"An {_ASSOCIATION} has the subnet's id in SubnetId and in NetworkAclId that of an "
            "AWS::EC2::NetworkAcl, not the VPC's DefaultNetworkAcl.",
            cdk=("ec2.NetworkAcl(subnet_selection=<the subnets>)",),
            constructs=("PrivateVpc",),
        ),
    ),
    check=check,
)
