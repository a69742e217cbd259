from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Literal

import aws_cdk as cdk
from aws_cdk import aws_healthlake as healthlake
from aws_cdk import aws_lambda as lambda_

from hipaa_constructs._arguments import checked_arguments, is_token, refuse, require_one_of

_GRANT_TYPES = ("authorization_code", "client_credentials")


class SmartAuthorizer:
    """Who lets apps in to a ``FhirStore``: an authorization server of SMART on FHIR, and what reads its tokens.

    The server's addresses and what it can do stand in the store's discovery document; of challenges for PKCE, ``S256``
    alone. Scopes of SMART on FHIR 1 and 2 are understood, and HealthLake judges them with fine-grained authorization,
    by who the user is.

    With each request HealthLake calls ``function``, on behalf of this account alone. It answers within a second (give
    it provisioned concurrency, and pass the alias) with the token's claims and the ARN of a role, by which HealthLake
    then does what was asked: ``LeastPrivilegeRole(assumed_by=iam.ServicePrincipal("healthlake.amazonaws.com"))``, to
    which the store grants. Source:
    docs.aws.amazon.com/healthlake/latest/devguide/reference-smart-on-fhir-token-validation.html.

    Meets no control by itself; ``FhirStore`` lets nobody in whose token it does not accept.

    :param function: what reads tokens; the ``.function`` of a ``PrivateFunction``, or an alias of it.
    :param authorization_endpoint: where users sign in, an https address.
    :param token_endpoint: where apps get tokens, an https address.
    :param capabilities: what the server can do, in the words of SMART on FHIR, such as ``launch-standalone``.
    :param grant_types: how apps get tokens: ``authorization_code``, ``client_credentials`` or both.
        Default: ``authorization_code``.
    :param scopes: which scopes the server gives, such as ``patient/Observation.rs``. Default: the document is silent.
    :param issuer: the server's own address, an https one. Default: the document is silent.
    :param jwks_uri: where the keys are that tokens are signed with, an https address. Default: the document is silent.
    :raises ValueError: an address without https, no capability, or none or an unknown one of the grant types.
    """

    @checked_arguments
    def __init__(
        self,
        *,
        function: lambda_.IFunction,
        authorization_endpoint: str,
        token_endpoint: str,
        capabilities: Sequence[str],
        grant_types: Sequence[Literal["authorization_code", "client_credentials"]] = ("authorization_code",),
        scopes: Sequence[str] = (),
        issuer: str | None = None,
        jwks_uri: str | None = None,
    ) -> None:
        for argument, address in (
            ("authorization_endpoint", authorization_endpoint),
            ("token_endpoint", token_endpoint),
            ("issuer", issuer),
            ("jwks_uri", jwks_uri),
        ):
            _require_https(argument, address)
        # docs.aws.amazon.com/healthlake/latest/APIReference/API_IdentityProviderConfiguration.html
        if not capabilities:
            refuse(
                "capabilities",
                list(capabilities),
                allowed="HealthLake asks for at least one",
                fix="Name what the server can do, such as 'launch-standalone'.",
            )
        if not grant_types:
            refuse(
                "grant_types",
                [],
                allowed="HealthLake asks for at least one",
                fix="Leave it out for authorization_code.",
            )
        for grant_type in grant_types:
            require_one_of("grant_types", grant_type, _GRANT_TYPES, fix="Leave it out for authorization_code.")
        self._function = function
        self._metadata = {
            **({"issuer": issuer} if issuer is not None else {}),
            **({"jwks_uri": jwks_uri} if jwks_uri is not None else {}),
            "authorization_endpoint": authorization_endpoint,
            "token_endpoint": token_endpoint,
            "grant_types_supported": list(grant_types),
            **({"scopes_supported": list(scopes)} if scopes else {}),
            "code_challenge_methods_supported": ["S256"],
            "capabilities": list(capabilities),
        }

    @property
    def function(self) -> lambda_.IFunction:
        """What reads tokens."""
        return self._function

    def _configuration(self, stack: cdk.Stack) -> healthlake.CfnFHIRDatastore.IdentityProviderConfigurationProperty:
        return healthlake.CfnFHIRDatastore.IdentityProviderConfigurationProperty(
            authorization_strategy="SMART_ON_FHIR",
            fine_grained_authorization_enabled=True,
            idp_lambda_arn=self._function.function_arn,
            metadata=_json(self._metadata, stack),
        )


def _json(value: object, stack: cdk.Stack) -> str:
    return stack.to_json_string(value) if is_token(value) else json.dumps(value)


def _require_https(argument: str, address: str | None) -> None:
    if address is None or is_token(address) or address.startswith("https://"):
        return
    refuse(
        argument, address, allowed="it takes an address that starts with https://", fix="Tokens travel over TLS alone."
    )
