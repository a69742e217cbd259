"""Networks behind a VPN are opened to groups of its users, not to all who sign in.

Compliant: an authorization rule of Client VPN for a group of the directory, or one for all who connect to no more than
a part of a VPC of the app. Non-compliant, as a warning, since security groups still say what each network lets in:
``AuthorizeAllGroups``, which is what CDK's ``ClientVpnEndpoint`` sets where it is not told otherwise, for a whole VPC
or a range that is not one of the app's: everybody with an account in the directory reaches all of it
(docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-rules.html). Unknown: an endpoint outside the app, or whose
sign-in or whose rule only deployment knows. Not applicable: an endpoint where clients show certificates alone, which
tell of no group (docs.aws.amazon.com/vpn/latest/clientvpn-admin/mutual.html).
"""

from __future__ import annotations

import ipaddress

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import (
    Resolved,
    Ternary,
    any_of,
    as_text,
    is_one_of,
    is_true,
    negate,
    spread,
)
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, judge, unknown

_ENDPOINT, _RULE = "AWS::EC2::ClientVpnEndpoint", "AWS::EC2::ClientVpnAuthorizationRule"
_WITH_GROUPS = ("directory-service-authentication", "federated-authentication")


def _range(value: Resolved) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    text = as_text(value)
    try:
        return ipaddress.ip_network(text.strip(), strict=False) if isinstance(text, str) else None
    except ValueError:
        return None


def _is_part(target: Resolved, app: App) -> bool:
    """Whether a range is certainly less than all of a VPC of the app."""
    network = _range(target)
    vpcs = [_range(vpc.get("CidrBlock")) for vpc in app.of_type("AWS::EC2::VPC")]
    return network is not None and any(
        vpc is not None and vpc.version == network.version and vpc != network and network.subnet_of(vpc)  # type: ignore[arg-type]
        for vpc in vpcs
    )


def check(resource: Resource) -> Verdict:
    everyone = is_true(resource.get("AuthorizeAllGroups", False))
    if everyone is Ternary.NO:
        return PASSED
    endpoint = resource.template.target(resource.get("ClientVpnEndpointId"), _ENDPOINT)
    if endpoint is None:
        return unknown("The endpoint, and whether its users have groups, is not part of these templates.")
    kinds = spread(endpoint.properties, "AuthenticationOptions[].Type")
    grouped = any_of(is_one_of(kind, *_WITH_GROUPS) for kind in kinds)
    if grouped is Ternary.NO:
        return NOT_APPLICABLE
    target = resource.get("TargetNetworkCidr")
    if _is_part(target, resource.template.app):
        return PASSED
    if grouped is Ternary.UNKNOWN:
        return unknown("Whether users of the endpoint have groups is known only at deployment.")
    where = target if isinstance(target, str) else "the network"
    return judge(
        negate(everyone),
        f"AuthorizeAllGroups is true, so that all who sign in reach {where}.",
        unknown_message="AuthorizeAllGroups is known only at deployment.",
        at="AuthorizeAllGroups",
    )


RULE = Rule(
    name="VpnAccessByGroup",
    severity="warning",
    resource_types=(_RULE,),
    controls=("164.308(a)(4)(ii)(B)", "164.308(a)(4)(ii)(C)", "164.312(a)(1)"),
    fix="Give a rule to each group that needs the network, for the part of it that it needs.",
    fixes=(
        Fix(
            properties={
                "AuthorizeAllGroups": False,
                "AccessGroupId": Choose("the id of a group of the directory or identity provider"),
            },
            beside="CDK's endpoint adds one for everybody, unless authorize_all_users_to_vpc_cidr is False.",
            cdk=(
                "ec2.ClientVpnEndpoint.add_authorization_rule(<an id>, cidr=<a part of the VPC>, group_id=<a group>)",
            ),
        ),
    ),
    needs="app",
    check=check,
)
