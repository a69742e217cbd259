"""Services of VPC Lattice and their networks log requests.

Compliant: an access log of the service, or of each network that it is associated with, whose log has the requests of
all its services (docs.aws.amazon.com/vpc-lattice/latest/ug/monitoring-access-logs.html). Non-compliant: none, which is
the default: who called, and what was asked for, is then recorded nowhere, since flow logs do not show it. A warning
where the app has the service or the network alone, so that who is associated with it may log it. Unknown: a network
that is not of the app. Not applicable: a network all of whose services are of the app and judged.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, is_one_of
from hipaa_constructs.compliance.facts.lattices import (
    NETWORK,
    SERVICE,
    leads_to_resources_alone,
    networks_of,
    services_of,
)
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown

_SUBSCRIPTION = "AWS::VpcLattice::AccessLogSubscription"


def _is_logged(holder: Resource) -> bool:
    """Whether the app logs the requests of a service, or to what is in a network, each kind by a log of its own."""
    kind = "SERVICE" if leads_to_resources_alone(holder) else "RESOURCE"
    return any(
        is_one_of(one.get("ServiceNetworkLogType", "SERVICE"), kind) is not Ternary.YES
        for one in holder.template.app.referring(holder, _SUBSCRIPTION, "ResourceIdentifier")
    )


def check(resource: Resource) -> Verdict:
    if _is_logged(resource):
        return PASSED
    if resource.type == NETWORK:
        services = services_of(resource)
        if services and all(one is not None for one in services):
            return NOT_APPLICABLE
        return failed("No access log is subscribed to the network.", severity="warning")
    networks = networks_of(resource)
    if not networks:
        return failed("No access log is subscribed to the service.", severity="warning")
    if all(one is not None and _is_logged(one) for one in networks):
        return PASSED
    if all(one is None or _is_logged(one) for one in networks):
        return unknown("Whether its networks, which are not part of these templates, log its requests is not known.")
    return failed("No access log is subscribed to the service, nor to a network that it is associated with.")


RULE = Rule(
    name="ServiceNetworkLogged",
    severity="error",
    resource_types=(SERVICE, NETWORK),
    controls=("164.312(b)",),
    fix="Subscribe an access log, of the network for all its services, or of the service.",
    fixes=(
        Fix(
            beside=f"An {_SUBSCRIPTION} has the ARN of the network, or of the service, in ResourceIdentifier, and that "
            "of a log group with key and retention, of a bucket or of a delivery stream in DestinationArn; for a "
            "network that leads to resources, ServiceNetworkLogType is RESOURCE.",
        ),
    ),
    needs="app",
    check=check,
)
