"""Who signs in to a Cognito user pool: people that the pool itself knows, people of other providers, or programs."""

from __future__ import annotations

from typing import Final

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    Reference,
    Resolved,
    Ternary,
    all_of,
    any_of,
    as_items,
    is_one_of,
    is_true,
    negate,
)

USER_POOL: Final = "AWS::Cognito::UserPool"
USER_POOL_CLIENT: Final = "AWS::Cognito::UserPoolClient"


def signs_up_itself(pool: Resource) -> Ternary:
    """Whether people may make a user of the pool themselves, which they may unless the pool says otherwise."""
    return negate(is_true(pool.get("AdminCreateUserConfig.AllowAdminCreateUserOnly", False)))


def has_passwords(pool: Resource) -> Ternary:
    """Whether people sign in to a pool with a password that the pool keeps.

    They do not where nobody makes a user himself, and every client is a program's (``client_credentials``) or names
    other providers alone, which then ask for all factors themselves
    (docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-mfa.html).
    """
    clients = pool.template.app.referring(pool, USER_POOL_CLIENT, "UserPoolId")
    if not clients:
        return Ternary.YES
    return any_of((signs_up_itself(pool), *(negate(any_of((of_program(c), _of_others(c)))) for c in clients)))


def of_program(client: Resource) -> Ternary:
    """Whether a program signs in by a client, and no person: where that flow is allowed, it is the only one."""
    return any_of(is_one_of(flow, "client_credentials") for flow in as_items(client.get("AllowedOAuthFlows")))


def _of_others(client: Resource) -> Ternary:
    providers = as_items(client.get("SupportedIdentityProviders"))
    return all_of(negate(_is_pool(provider)) for provider in providers) if providers else Ternary.NO


def _is_pool(provider: Resolved) -> Ternary:
    return Ternary.NO if isinstance(provider, Reference) else is_one_of(provider, "COGNITO")
