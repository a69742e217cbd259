"""What an app may do that patients sign in to: by an authorization code alone, back to its own https address."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

import aws_cdk as cdk
from aws_cdk import aws_cognito as cognito

from hipaa_constructs._arguments import is_token, refuse
from hipaa_constructs._constants import days, hours

# docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolClient.html
_MOST_URLS = 100
_HOUR = 3600
# A quarter of a year, which 45 CFR 170.315(g)(10)(v)(A)(1)(iii) has certified health IT give to apps that can keep it.
_LONGEST_DAYS = 92
# What a lost answer is asked for again within; Cognito takes up to 60 seconds.
_GRACE = 10


def require_urls(argument: str, urls: Sequence[str], *, needed: bool = False) -> None:
    """Refuse addresses that a code, or whoever reads it, could be led astray by."""
    if len(urls) > _MOST_URLS or (needed and not urls):
        refuse(argument, f"{len(urls)}", allowed=f"it takes 1 to {_MOST_URLS}", fix="Pass where the app is.")
    for url in urls:
        if not is_token(url) and not _is_safe(url):
            refuse(
                argument,
                url,
                allowed="it takes https alone, a host of the internet, and no fragment: anything else on a device can "
                "take an address of its own scheme or of localhost (RFC 8252, sections 7.2 and 8.3)",
                fix="Write it like 'https://portal.example.com/signed-in'; on a phone let the app claim it as a "
                "universal link or an app link.",
            )


def require_validity(argument: str, validity: cdk.Duration | None, *, fix: str) -> None:
    """Refuse tokens that live too long, or for less than Cognito takes."""
    access = argument == "access_token_validity"
    least, most = (300, _HOUR) if access else (_HOUR, _LONGEST_DAYS * 24 * _HOUR)
    if validity is None or validity.is_unresolved():
        return
    if not least <= validity.to_seconds(integral=False) <= most:
        allowed = "5 minutes to 1 hour" if access else f"1 hour to {_LONGEST_DAYS} days"
        refuse(argument, validity.to_human_string(), allowed=f"allowed are {allowed}", fix=fix)


def define_app(
    pool: cognito.UserPool,
    construct_id: str,
    *,
    passkeys: bool,
    scopes: Sequence[cognito.OAuthScope],
    callback_urls: Sequence[str],
    logout_urls: Sequence[str],
    generate_secret: bool,
    access_token_validity: cdk.Duration | None,
    refresh_token_validity: cdk.Duration | None,
) -> cognito.UserPoolClient:
    """Define a client, and the pages on which people sign in to it."""
    access = access_token_validity or hours(1)
    client = pool.add_client(
        construct_id,
        generate_secret=generate_secret,
        # Empty would mean Cognito's defaults, custom sign-in among them. A passkey needs sign-in by choice.
        auth_flows=cognito.AuthFlow(user_srp=True, user=True if passkeys else None),
        o_auth=cognito.OAuthSettings(
            flows=cognito.OAuthFlows(authorization_code_grant=True),
            scopes=[cognito.OAuthScope.OPENID, *scopes],
            callback_urls=list(callback_urls),
            logout_urls=list(logout_urls) or None,
        ),
        supported_identity_providers=[cognito.UserPoolClientIdentityProvider.COGNITO],
        prevent_user_existence_errors=True,
        enable_token_revocation=True,
        access_token_validity=access,
        id_token_validity=access,
        refresh_token_validity=refresh_token_validity or days(1),
        refresh_token_rotation_grace_period=cdk.Duration.seconds(_GRACE),
    )
    # Without a style, managed login shows an app no page at all:
    # docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolDomain.html
    cognito.CfnManagedLoginBranding(
        client,
        "Branding",
        user_pool_id=pool.user_pool_id,
        client_id=client.user_pool_client_id,
        use_cognito_provided_values=True,
    )
    return client


def _is_safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme == "https" and "#" not in url and _is_public(host) and parts.username is None


def _is_public(host: str) -> bool:
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host.strip(".") and not host.rstrip(".").endswith((".localhost", ".local"))
