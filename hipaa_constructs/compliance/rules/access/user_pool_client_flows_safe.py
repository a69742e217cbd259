"""Clients of Cognito user pools keep passwords and tokens to themselves.

Compliant: Secure Remote Password, choice-based and custom sign-in, a server's own (``ADMIN_USER_PASSWORD_AUTH``), and
OAuth's authorization code and client credentials. Non-compliant: OAuth's implicit flow, which puts tokens into
addresses, where browsers and logs keep them (RFC 9700, section 2.1.2), and callbacks and sign-outs by ``http://`` to
anywhere but localhost, to which codes go in clear, and which Cognito refuses
(docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-client-apps.html); as a warning,
``USER_PASSWORD_AUTH``, by which an application sends the password itself
(docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-authentication-flow-methods.html),
``EnableTokenRevocation`` false, which is true by default: then a sign-out ends no session
(docs.aws.amazon.com/cognito/latest/developerguide/token-revocation.html), a callback or a sign-out to localhost, which
is for tests: the code goes to whatever listens there, a callback to example.com, which is nobody's (RFC 6761, section
6.5) and which CDK writes where an author names none, and answers that tell whether somebody has an account, as they do
unless ``PreventUserExistenceErrors`` is ENABLED: of a portal for patients that says who is a patient
(docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-managing-errors.html). Not applicable: OAuth's
flows and callbacks where ``AllowedOAuthFlowsUserPoolClient`` does not turn them on; answers of a client by which no
user signs in with a password.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import (
    Resolved,
    Ternary,
    Text,
    all_of,
    any_of,
    as_items,
    is_one_of,
    is_true,
    negate,
)
from hipaa_constructs.compliance.facts.user_pools import USER_POOL_CLIENT
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, listed, unknown, worst

_NOBODYS = re.compile(r"https?://(www\.)?example\.(com|net|org)(?![\w.-])", re.IGNORECASE)
_LOCAL = re.compile(r"https?://(localhost|127(\.\d+){3}|\[::1\])(?![\w.-])", re.IGNORECASE)
_FILLED = re.compile(r"http://\$\{", re.IGNORECASE)
_ANSWERS = "PreventUserExistenceErrors"


def _judge(resource: Resource) -> Iterator[Verdict]:
    implicit = all_of(
        (
            is_true(resource.get("AllowedOAuthFlowsUserPoolClient", False)),
            any_of(is_one_of(flow, "implicit") for flow in as_items(resource.get("AllowedOAuthFlows"))),
        )
    )
    if implicit is Ternary.YES:
        yield failed("AllowedOAuthFlows has implicit, which puts tokens into addresses.")
    if implicit is Ternary.UNKNOWN:
        yield unknown("AllowedOAuthFlows is known only at deployment.")
    yield from _addresses(resource)
    elsewhere = all_of((is_true(resource.get("AllowedOAuthFlowsUserPoolClient", False)), _called_elsewhere(resource)))
    if elsewhere is Ternary.YES:
        yield failed("CallbackURLs has example.com, to which codes and tokens go.", severity="warning")
    sent = any_of(
        is_one_of(flow, "ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH")
        for flow in as_items(resource.get("ExplicitAuthFlows"))
    )
    if sent is Ternary.YES:
        yield failed("ExplicitAuthFlows has USER_PASSWORD_AUTH, which sends the password.", severity="warning")
    if sent is Ternary.UNKNOWN:
        yield unknown("ExplicitAuthFlows is known only at deployment.")
    revoked = is_true(resource.get("EnableTokenRevocation", True))
    if revoked is Ternary.NO:
        yield failed(
            "EnableTokenRevocation is false, so a token is good after its user signed out.", severity="warning"
        )
    if revoked is Ternary.UNKNOWN:
        yield unknown("EnableTokenRevocation is known only at deployment.")

    told = all_of((_takes_passwords(resource), negate(is_one_of(resource.get(_ANSWERS, "LEGACY"), "ENABLED"))))
    if told is Ternary.YES:
        yield failed(f"{_ANSWERS} is not ENABLED, so anybody can ask who has an account.", severity="warning")
    if told is Ternary.UNKNOWN:
        yield unknown(f"{_ANSWERS} is known only at deployment.")


def _takes_passwords(client: Resource) -> Ternary:
    """Whether people sign in by a client with names of users; a program signs in by client credentials alone."""
    flows = [*as_items(client.get("AllowedOAuthFlows"))]
    if not flows or is_true(client.get("AllowedOAuthFlowsUserPoolClient", False)) is Ternary.NO:
        return Ternary.YES
    return negate(all_of(is_one_of(flow, "client_credentials") for flow in flows))


def _addresses(client: Resource) -> Iterator[Verdict]:
    """Judge to which addresses a client's users come back, where it takes OAuth at all."""
    used = is_true(client.get("AllowedOAuthFlowsUserPoolClient", False))
    for name in ("CallbackURLs", "LogoutURLs"):
        addresses = list(as_items(client.get(name)))
        in_clear = all_of((used, any_of(map(_is_http, addresses))))
        if in_clear is Ternary.UNKNOWN:
            yield unknown(f"{name} is known only at deployment.")
        if used is not Ternary.YES:
            continue
        local = [str(one) for one in addresses if isinstance(one, str) and _LOCAL.match(one)]
        if local:
            yield failed(f"{name} has {listed(local)}, which is for tests alone.", severity="warning")
        far = [str(one) for one in addresses if _is_http(one) is Ternary.YES and str(one) not in local]
        if far:
            # A host that deployment fills in may be localhost.
            filled = all(_FILLED.match(one) for one in far)
            said = f"{name} has {listed(far)}, by which codes and people go in clear."
            yield failed(said, severity="warning" if filled else None)


def _called_elsewhere(client: Resource) -> Ternary:
    addresses = as_items(client.get("CallbackURLs"))
    named = (isinstance(address, str) and _NOBODYS.match(address) is not None for address in addresses)
    return any_of(map(Ternary.of, named))


def _is_http(address: Resolved) -> Ternary:
    """Whether an address begins with http; what deployment fills in may begin with anything."""
    text = address.parts[0] if isinstance(address, Text) else address
    if isinstance(text, str) and (":" in text or not isinstance(address, Text)):
        return Ternary.of(text.lower().startswith("http:"))
    return Ternary.UNKNOWN


def check(resource: Resource) -> Verdict:
    return worst((PASSED, *_judge(resource)))


_SENDS, _SENDS_OLD, _REFRESH = "ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"
_SRP = "ALLOW_USER_SRP_AUTH"


def _takes_oauth(client: Resource) -> bool:
    return is_true(client.get("AllowedOAuthFlowsUserPoolClient", False)) is not Ternary.NO


def _flows_instead(client: Resource) -> tuple[str, ...]:
    """Return what takes the place of ``ExplicitAuthFlows`` that send a password; nothing where none is seen to.

    Without ``ALLOW_REFRESH_TOKEN_AUTH`` sessions end with their first token, so it stays where it is, or where names
    without ``ALLOW_`` stand, by which tokens are refreshed; where ``RefreshTokenRotation`` is, Cognito refuses it
    (docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-refresh-token.html).
    """
    flows = [flow for flow in as_items(client.get("ExplicitAuthFlows")) if isinstance(flow, str)]
    if _SENDS not in flows and _SENDS_OLD not in flows:
        return ()
    return (_SRP, _REFRESH) if _REFRESH in flows or _SENDS not in flows else (_SRP,)


def _fix(*flows: str, oauth: bool, when: bool = True) -> Fix:
    """Return what to do about a client that takes OAuth or does not, and that signs in by some flows instead."""
    takes = (
        "o_auth=cognito.OAuthSettings(flows=cognito.OAuthFlows(authorization_code_grant=True), "
        "callback_urls=[<an https:// address of the application>]), "
    )
    signs_in = "auth_flows=cognito.AuthFlow(user_srp=True), "
    return Fix(
        properties={
            **({"AllowedOAuthFlows": ["code"]} if oauth else {}),
            "EnableTokenRevocation": True,
            **({"ExplicitAuthFlows": list(flows)} if flows else {}),
            _ANSWERS: "ENABLED",
        },
        beside="CallbackURLs and LogoutURLs are https:// addresses of the application." if oauth else "",
        cdk=(
            f"cognito.UserPoolClient({takes if oauth else 'disable_o_auth=True, '}{signs_in if flows else ''}"
            "enable_token_revocation=True, prevent_user_existence_errors=True)",
        ),
        when=(lambda client: _takes_oauth(client) is oauth and _flows_instead(client) == flows) if when else None,
    )


RULE = Rule(
    name="UserPoolClientFlowsSafe",
    severity="error",
    resource_types=(USER_POOL_CLIENT,),
    controls=("164.312(d)",),
    fix="Take the authorization code flow to https addresses, and passwords by SRP; let tokens be revoked, and "
    "answers not tell who has an account.",
    fixes=(
        *(_fix(*flows, oauth=oauth) for oauth in (True, False) for flows in ((), (_SRP,), (_SRP, _REFRESH))),
        _fix(_SRP, _REFRESH, oauth=True, when=False),
    ),
    check=check,
)
