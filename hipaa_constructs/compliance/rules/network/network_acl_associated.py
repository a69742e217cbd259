"""Where a VPC has network ACLs of its own, every subnet has one of them.

A subnet that is associated with none has the VPC's default network ACL, which lets everything through
(docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html). A warning, since security groups still decide.

Compliant: the subnet is associated with a network ACL other than the default one. Non-compliant: it is not, or with the
default one. Unknown: associations whose subnet only deployment can tell. Not applicable: the app defines no network ACL
for the subnet's VPC.
"""

from __future__ import annotations

import json
from collections.abc import Hashable

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


def _vpcs(app: App) -> frozenset[Hashable]:
    return frozenset(_vpc(network_acl) for network_acl in app.of_type("AWS::EC2::NetworkAcl"))


def _is_default(network_acl: Resolved) -> bool:
    return isinstance(network_acl, Reference) and network_acl.attribute == "DefaultNetworkAcl"


def check(resource: Resource) -> Verdict:
    app = resource.template.app
    vpc, closed = _vpc(resource), app.cached("VPCs with network ACLs", _vpcs)
    # Two expressions that only deployment resolves may come to the same VPC.
    maybe = isinstance(vpc, tuple) and any(isinstance(other, tuple) for other in closed)
    if vpc not in closed and not maybe:
        return NOT_APPLICABLE
    associations = app.referring(resource, _ASSOCIATION, "SubnetId")
    if any(not _is_default(association.get("NetworkAclId")) for association in associations):
        return PASSED
    if vpc not in closed:
        return unknown("Whether the VPC has network ACLs is known only at deployment.")
    if associations:
        return failed("It is associated with the VPC's default network ACL, which lets everything through.", at="")
    if any(isinstance(other.get("SubnetId"), (Text, type(UNKNOWN))) for other in app.of_type(_ASSOCIATION)):
        return unknown("Which subnets the network ACLs are associated with is known only at deployment.")
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
