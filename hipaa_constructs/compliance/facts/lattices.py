"""Services of VPC Lattice and their networks: which of them are associated, and whether they ask who calls.

A request passes the auth policy of the network and that of the service, each where its ``AuthType`` is ``AWS_IAM``
(docs.aws.amazon.com/vpc-lattice/latest/ug/auth-policies.html).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, Unknown, all_of, any_of, is_one_of, negate
from hipaa_constructs.iam.document import Condition, Statement, policy_at
from hipaa_constructs.iam.exposure import is_open

SERVICE: Final = "AWS::VpcLattice::Service"
NETWORK: Final = "AWS::VpcLattice::ServiceNetwork"
_SERVICE_IN, _RESOURCE_IN = f"{NETWORK}ServiceAssociation", f"{NETWORK}ResourceAssociation"
_INVOKE: Final = "vpc-lattice-svcs:Invoke"
# Which tie a request to a known network, as aws:SourceVpc does elsewhere.
_NETWORKS: Final = ("vpc-lattice-svcs:sourcevpc", "vpc-lattice-svcs:sourcevpcowneraccount")


def networks_of(service: Resource) -> Sequence[Resource | None]:
    """Return the networks that a service is associated with; None for each that is not of the app."""
    associations = service.template.app.referring(service, _SERVICE_IN, "ServiceIdentifier")
    return [one.template.target(one.get("ServiceNetworkIdentifier"), NETWORK) for one in associations]


def services_of(network: Resource) -> Sequence[Resource | None]:
    """Return the services that are associated with a network; None for each that is not of the app."""
    associations = network.template.app.referring(network, _SERVICE_IN, "ServiceNetworkIdentifier")
    return [one.template.target(one.get("ServiceIdentifier"), SERVICE) for one in associations]


def leads_to_resources_alone(network: Resource) -> bool:
    """Whether all that the app associates with a network are resources, to which no auth policy applies."""
    if network.type != NETWORK:
        return False
    app = network.template.app
    return not services_of(network) and bool(app.referring(network, _RESOURCE_IN, "ServiceNetworkId"))


def passes_tls_through(service: Resource) -> bool:
    """Whether all listeners of a service hand TLS on unread, where nobody can sign a request for VPC Lattice."""
    listeners = service.template.app.referring(service, "AWS::VpcLattice::Listener", "ServiceIdentifier")
    return bool(listeners) and all(
        is_one_of(one.get("Protocol"), "TLS_PASSTHROUGH") is Ternary.YES for one in listeners
    )


def uses_iam(holder: Resource) -> Ternary:
    """Whether a service or network has its requests authorized by an auth policy."""
    return is_one_of(holder.get("AuthType", "NONE"), "AWS_IAM")


def asks(holder: Resource) -> Ternary:
    """Whether a service or network asks who calls; with no auth policy it refuses all."""
    policies = holder.template.app.referring(holder, "AWS::VpcLattice::AuthPolicy", "ResourceIdentifier")
    return all_of((uses_iam(holder), *(negate(_lets_anybody(one)) for one in policies)))


def _lets_anybody(auth_policy: Resource) -> Ternary:
    found = policy_at(auth_policy, "Policy")
    if isinstance(found, Unknown):
        return Ternary.UNKNOWN
    if any(_refuses_unsigned(statement) for statement in found):
        return Ternary.NO
    return any_of(
        all_of((is_open(statement, found), negate(any_of(map(_tells_callers_apart, statement.conditions)))))
        for statement in found
    )


def _tells_callers_apart(condition: Condition | Unknown) -> Ternary:
    """Whether a condition of an Allow asks that a request is signed, or comes from a network that is named."""
    if isinstance(condition, Unknown):
        return Ternary.UNKNOWN
    if condition.if_exists or not condition.values:
        return Ternary.NO
    if condition.key == "aws:principaltype":
        anonymous = Ternary.of("anonymous" in condition.texts())
        return anonymous if "not" in condition.operator else negate(anonymous)
    named = condition.key in _NETWORKS or condition.key.startswith("aws:principaltag/")
    return Ternary.of(named and "not" not in condition.operator and "*" not in condition.texts())


def _refuses_unsigned(statement: Statement) -> bool:
    """Whether a statement denies requests that nobody signed."""
    unsigned = any(
        condition.operator in ("stringequals", "stringequalsignorecase", "stringlike")
        and "anonymous" in condition.texts()
        for condition in statement.compared("aws:principaltype")
    )
    answers = (statement.denies, statement.names_everyone(), statement.covers_action(_INVOKE))
    return unsigned and len(statement.conditions) == 1 and all_of(answers) is Ternary.YES
