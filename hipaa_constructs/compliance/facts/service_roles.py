"""Which policies let programs and people do something, and not only services that act for what the app itself names."""

from __future__ import annotations

from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Ternary, Unknown, all_of, any_of, is_one_of, is_present
from hipaa_constructs.iam.document import Statement, policies_at
from hipaa_constructs.iam.locations import HOLDERS, IDENTITY_POLICIES
from hipaa_constructs.iam.roles import roles_of, trusted_principals

# Services that send to and start what a resource of the app names, by a role that they alone are given.
_FOR_NAMED: Final = (
    "codedeploy.amazonaws.com",
    "codepipeline.amazonaws.com",
    "events.amazonaws.com",
    "scheduler.amazonaws.com",
    "states.amazonaws.com",
)
_NO_ROLES: Final = ("GroupName", "Groups", "UserName", "Users")


def lets_programs(policy: Resource, target: Resource, *actions: str) -> bool:
    """Whether an identity's policy may let somebody else than such a service do one of some actions with a resource."""
    policies = policies_at(policy, IDENTITY_POLICIES[policy.type])
    lets = any(
        isinstance(one, Unknown) or any(_lets(statement, target, actions) for statement in one) for one in policies
    )
    return lets and not _is_of_services_alone(policy)


def _lets(statement: Statement, target: Resource, actions: tuple[str, ...]) -> bool:
    does = any_of(map(statement.covers_action, actions))
    return all_of((statement.allows, does, statement.covers_resource(target))) is not Ternary.NO


def _is_of_services_alone(policy: Resource) -> bool:
    roles, paths = roles_of(policy), HOLDERS.get(policy.type, ())
    others = any(is_present(policy.get(path)) is not Ternary.NO for path in paths if path in _NO_ROLES)
    return bool(roles) and not others and all(not isinstance(one, Unknown) and _is_of_services(one) for one in roles)


def _is_of_services(role: Resource) -> bool:
    trusted = trusted_principals(role)
    if isinstance(trusted, Unknown) or not trusted:
        return False
    return all(kind == "Service" and is_one_of(one, *_FOR_NAMED) is Ternary.YES for kind, one in trusted)
