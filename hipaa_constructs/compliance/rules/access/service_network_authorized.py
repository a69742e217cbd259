"""Services of VPC Lattice ask who calls, by themselves or by their networks.

Compliant: ``AuthType`` AWS_IAM and an auth policy that names callers, of the service or of each network that it is
associated with, since a request passes both; without a policy all is refused
(docs.aws.amazon.com/vpc-lattice/latest/ug/auth-policies.html). Non-compliant: ``AuthType`` NONE, which is the default
(docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-vpclattice-service.html), or a policy by
which everyone may call without a signature, so that whatever runs in an associated VPC calls as nobody. A warning,
since nothing outside those VPCs reaches a service, and its targets may ask themselves. Unknown: a network outside the
app, or a type or policy, that only deployment knows. Not applicable: a service that passes TLS through, where nobody
can sign a request (docs.aws.amazon.com/vpc-lattice/latest/ug/tls-listeners.html); a network whose services are of the
app and judged, or that leads to resources alone.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, all_of, any_of
from hipaa_constructs.compliance.facts.lattices import (
    NETWORK,
    SERVICE,
    asks,
    leads_to_resources_alone,
    networks_of,
    passes_tls_through,
    services_of,
    uses_iam,
)
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, judge


def _told(holder: Resource, asked: Ternary, before: str = "") -> Verdict:
    if uses_iam(holder) is Ternary.NO:
        kind = holder.get("AuthType")
        message = f"AuthType is {'not set, so it is NONE' if kind is None else kind}: anybody in an associated VPC"
    else:
        message = "The auth policy lets everyone call without a signature: anybody in an associated VPC"
    return judge(
        asked,
        f"{message} calls as nobody{before}.",
        unknown_message=f"Whether callers are asked who they are{before} is known only at deployment.",
        at="AuthType",
    )


def _service(service: Resource) -> Verdict:
    if passes_tls_through(service):
        return NOT_APPLICABLE
    networks = networks_of(service)
    before = all_of(Ternary.UNKNOWN if one is None else asks(one) for one in networks) if networks else Ternary.NO
    return _told(service, any_of((asks(service), before)), ", and no network asks before" if networks else "")


def check(resource: Resource) -> Verdict:
    if resource.type == SERVICE:
        return _service(resource)
    if asks(resource) is Ternary.YES:
        return PASSED
    services = services_of(resource)
    if leads_to_resources_alone(resource) or (services and all(one is not None for one in services)):
        return NOT_APPLICABLE
    return _told(resource, asks(resource))


_POLICY = (
    "An AWS::VpcLattice::AuthPolicy has it in ResourceIdentifier, and in Policy an Allow of vpc-lattice-svcs:Invoke to "
    "the ARNs of the roles that call, which sign their requests and may do so by their own policies."
)

RULE = Rule(
    name="ServiceNetworkAuthorized",
    severity="warning",
    resource_types=(SERVICE, NETWORK),
    controls=("164.312(a)(1)", "164.312(d)"),
    fix="Let an auth policy say which roles may call.",
    fixes=(Fix(properties={"AuthType": "AWS_IAM"}, beside=_POLICY),),
    needs="app",
    check=check,
)
