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
from collections.abc import Iterator, Sequence
from dataclasses import replace

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
from hipaa_constructs.compliance.rule import PASSED, Outcome, Rule, Verdict, failed, listed, unknown, worst

_NOBODYS = re.compile(r"https?://(www\.)?example\.(com|net|org)(?![\w.-])", re.IGNORECASE)
_LOCAL = re.compile(r"https?://(localhost|127(\.\d+){3}|\[::1\])(?![\w.-])", re.IGNORECASE)
_FILLED = re.compile(r"http://\$\{", re.IGNORECASE)
_ANSWERS, _REVOKED = "PreventUserExistenceErrors", "EnableTokenRevocation"
_CALLBACKS, _SIGN_OUTS = "CallbackURLs", "LogoutURLs"
_FLOWS, _OAUTH = "ExplicitAuthFlows", "AllowedOAuthFlows"


def _judged(resource: Resource) -> Iterator[tuple[str, Verdict]]:
    """Yield what is seen of a client, each with the property that it is seen of."""
    used = is_true(resource.get("AllowedOAuthFlowsUserPoolClient", False))
    implicit = all_of((used, any_of(is_one_of(flow, "implicit") for flow in as_items(resource.get(_OAUTH)))))
    if implicit is Ternary.YES:
        yield _OAUTH, failed(f"{_OAUTH} has implicit, which puts tokens into addresses.")
    if implicit is Ternary.UNKNOWN:
        yield _OAUTH, unknown(f"{_OAUTH} is known only at deployment.")
    yield from _addresses(resource)
    if all_of((used, _called_elsewhere(resource))) is Ternary.YES:
        said = f"{_CALLBACKS} has example.com, to which codes and tokens go."
        yield _CALLBACKS, failed(said, severity="warning")
    sent = any_of(
        is_one_of(flow, "ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH") for flow in as_items(resource.get(_FLOWS))
    )
    if sent is Ternary.YES:
        yield _FLOWS, failed(f"{_FLOWS} has USER_PASSWORD_AUTH, which sends the password.", severity="warning")
    if sent is Ternary.UNKNOWN:
        yield _FLOWS, unknown(f"{_FLOWS} is known only at deployment.")
    revoked = is_true(resource.get(_REVOKED, True))
    if revoked is Ternary.NO:
        said = f"{_REVOKED} is false, so a token is good after its user signed out."
        yield _REVOKED, failed(said, severity="warning")
    if revoked is Ternary.UNKNOWN:
        yield _REVOKED, unknown(f"{_REVOKED} is known only at deployment.")

    told = all_of((_takes_passwords(resource), negate(is_one_of(resource.get(_ANSWERS, "LEGACY"), "ENABLED"))))
    if told is Ternary.YES:
        said = f"{_ANSWERS} is not ENABLED, so anybody can ask who has an account."
        yield _ANSWERS, failed(said, severity="warning")
    if told is Ternary.UNKNOWN:
        yield _ANSWERS, unknown(f"{_ANSWERS} is known only at deployment.")


def _takes_passwords(client: Resource) -> Ternary:
    """Whether people sign in by a client with names of users; a program signs in by client credentials alone."""
    flows = [*as_items(client.get(_OAUTH))]
    if not flows or is_true(client.get("AllowedOAuthFlowsUserPoolClient", False)) is Ternary.NO:
        return Ternary.YES
    return negate(all_of(is_one_of(flow, "client_credentials") for flow in flows))


def _addresses(client: Resource) -> Iterator[tuple[str, Verdict]]:
    """Judge to which addresses a client's users come back, where it takes OAuth at all."""
    used = is_true(client.get("AllowedOAuthFlowsUserPoolClient", False))
    for name in (_CALLBACKS, _SIGN_OUTS):
        addresses = list(as_items(client.get(name)))
        in_clear = all_of((used, any_of(map(_is_http, addresses))))
        if in_clear is Ternary.UNKNOWN:
            yield name, unknown(f"{name} is known only at deployment.")
        if used is not Ternary.YES:
            continue
        local = [str(one) for one in addresses if isinstance(one, str) and _LOCAL.match(one)]
        if local:
            yield name, failed(f"{name} has {listed(local)}, which is for tests alone.", severity="warning")
        far = [str(one) for one in addresses if _is_http(one) is Ternary.YES and str(one) not in local]
        if far:
            # A host that deployment fills in may be localhost.
            filled = all(_FILLED.match(one) for one in far)
            said = f"{name} has {listed(far)}, by which codes and people go in clear."
            yield name, failed(said, severity="warning" if filled else None)


def _called_elsewhere(client: Resource) -> Ternary:
    addresses = as_items(client.get(_CALLBACKS))
    named = (isinstance(address, str) and _NOBODYS.match(address) is not None for address in addresses)
    return any_of(map(Ternary.of, named))


def _is_http(address: Resolved) -> Ternary:
    """Whether an address begins with http; what deployment fills in may begin with anything."""
    text = address.parts[0] if isinstance(address, Text) else address
    if isinstance(text, str) and (":" in text or not isinstance(address, Text)):
        return Ternary.of(text.lower().startswith("http:"))
    return Ternary.UNKNOWN


def check(resource: Resource) -> Verdict:
    return worst((PASSED, *(verdict for _, verdict in _judged(resource))))


_SENDS, _SENDS_OLD, _REFRESH = "ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"
_SRP = "ALLOW_USER_SRP_AUTH"
# How names without ALLOW_ are called now: docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/
# API_CreateUserPoolClient.html
_NOW_CALLED = {"ADMIN_NO_SRP_AUTH": "ALLOW_ADMIN_USER_PASSWORD_AUTH", "CUSTOM_AUTH_FLOW_ONLY": "ALLOW_CUSTOM_AUTH"}
# The arguments of the L2's AuthFlow; it refreshes tokens by itself.
_IN_CDK = {
    _SRP: "user_srp",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH": "admin_user_password",
    "ALLOW_CUSTOM_AUTH": "custom",
    "ALLOW_USER_AUTH": "user",
}


def _takes_oauth(client: Resource) -> bool:
    return is_true(client.get("AllowedOAuthFlowsUserPoolClient", False)) is not Ternary.NO


def _flows_instead(client: Resource) -> tuple[str, ...]:
    """Return what takes the place of ``ExplicitAuthFlows`` that send a password; nothing where none is seen to.

    What else signs in by the client stays, such as passkeys and a challenge of its own. Without
    ``ALLOW_REFRESH_TOKEN_AUTH`` sessions end with their first token, so it stays where it is, or where names without
    ``ALLOW_`` stand, by which tokens are refreshed; where ``RefreshTokenRotation`` is, Cognito refuses it
    (docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-refresh-token.html).
    """
    flows = [flow for flow in as_items(client.get(_FLOWS)) if isinstance(flow, str)]
    if _SENDS not in flows and _SENDS_OLD not in flows:
        return ()
    # Names of both kinds do not stand together, so those that are left have the new ones.
    named = [_SRP if flow in (_SENDS, _SENDS_OLD) else _NOW_CALLED.get(flow, flow) for flow in flows]
    refreshed = () if _SENDS in flows else (_REFRESH,)
    return tuple(dict.fromkeys((*named, *refreshed)))


def _kind_of_flows(client: Resource) -> tuple[str, ...]:
    """Return which of the flows that a fix speaks of for its type stand in the place of those of a client."""
    instead = _flows_instead(client)
    return tuple(flow for flow in (_SRP, _REFRESH) if flow in instead)


_ADDRESS = "<an https:// address of the application>"
_CODE = "flows=cognito.OAuthFlows(authorization_code_grant=True)"
# The arguments of the L2 by what they are for; those of OAuth stand within one.
_OF_OAUTH = {
    _OAUTH: _CODE,
    _CALLBACKS: f"callback_urls=[{_ADDRESS}]",
    _SIGN_OUTS: f"logout_urls=[{_ADDRESS}]",
}


def _signs_in(flows: Sequence[str]) -> str:
    return f"auth_flows=cognito.AuthFlow({', '.join(f'{_IN_CDK[flow]}=True' for flow in flows if flow in _IN_CDK)})"


_ARGUMENTS = {
    _FLOWS: _signs_in([_SRP]),
    _REVOKED: "enable_token_revocation=True",
    _ANSWERS: "prevent_user_existence_errors=True",
}


def _client(*arguments: str, of_oauth: Sequence[str] = ()) -> str:
    oauth = [f"o_auth=cognito.OAuthSettings({', '.join(of_oauth)})"] if of_oauth else []
    return f"cognito.UserPoolClient({', '.join((*oauth, *arguments))})"


def _about_what_is_found(fix: Fix, client: Resource) -> Fix:
    """Return what to do about just that which is found."""
    found = {name for name, verdict in _judged(client) if verdict.outcome is Outcome.FAILED}
    if not found:
        return fix
    addresses = " and ".join(name for name in (_CALLBACKS, _SIGN_OUTS) if name in found)
    flows = _flows_instead(client)
    arguments = (
        _signs_in(flows) if name == _FLOWS and flows else said for name, said in _ARGUMENTS.items() if name in found
    )
    properties = {**fix.properties, **({_FLOWS: list(flows)} if flows else {})}
    return replace(
        fix,
        properties={name: value for name, value in properties.items() if name in found},
        beside=f"{addresses} are https:// addresses of the application." if addresses else "",
        cdk=(_client(*arguments, of_oauth=[said for name, said in _OF_OAUTH.items() if name in found]),),
    )


def _fix(*flows: str, oauth: bool, when: bool = True) -> Fix:
    """Return what to do about a client that takes OAuth or does not, and that signs in by some flows instead."""
    arguments = [said for name, said in _ARGUMENTS.items() if name != _FLOWS or flows]
    return Fix(
        properties={
            **({_OAUTH: ["code"]} if oauth else {}),
            _REVOKED: True,
            **({_FLOWS: list(flows)} if flows else {}),
            _ANSWERS: "ENABLED",
        },
        beside=f"{_CALLBACKS} and {_SIGN_OUTS} are https:// addresses of the application." if oauth else "",
        cdk=(
            _client(*arguments, of_oauth=[_CODE, _OF_OAUTH[_CALLBACKS]])
            if oauth
            else _client("disable_o_auth=True", *arguments),
        ),
        when=(lambda client: _takes_oauth(client) is oauth and _kind_of_flows(client) == flows) if when else None,
        tailor=_about_what_is_found,
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
