"""Which services of AWS a customer key lets use it."""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import App, Resource
from hipaa_constructs.cloudformation.values import Resolved, Ternary, Unknown, all_of, any_of, is_one_of
from hipaa_constructs.iam.document import Statement, policy_at

# What a service needs of the key to write under it.
_TO_SEND = ("kms:Decrypt", "kms:GenerateDataKey")


def key_of(app: App, value: Resolved | None) -> Resource | None:
    """Return the key of the app that a property names, by itself or by an alias."""
    alias = app.target(value, "AWS::KMS::Alias")
    return app.target(alias.get("TargetKeyId") if alias else value, "AWS::KMS::Key", "AWS::KMS::ReplicaKey")


def lets_send(key: Resource, service: str) -> Ternary | None:
    """Whether a key's policy lets a service send what is kept under it; None where the policy cannot be read."""
    found = policy_at(key, "KeyPolicy")
    if isinstance(found, Unknown):
        return None
    return all_of(any_of(lets_service(one, action, service) for one in found) for action in _TO_SEND)


def lets_service(statement: Statement, action: str, service: str) -> Ternary:
    """Whether a statement lets a service do something; on which conditions is not looked at."""
    services = (value for kind, value in statement.principals if kind == "Service")
    named = (is_one_of(value, service, any_case=True) for value in services)
    return all_of((statement.allows, statement.covers_action(action), any_of((statement.names_everyone(), *named))))
