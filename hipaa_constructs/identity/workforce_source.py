from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from hipaa_constructs._arguments import checked_arguments, is_token, refuse

_MFA_TAG = "MultiFactorAuthPresent"


class WorkforceSource:
    """Where people prove who they are, with a second factor, before they take a role.

    AWS itself sees the second factor of IAM users only. An identity provider must ask for it and say so in what it
    sends; a role from here refuses whoever comes without that word.
    """

    def __init__(self, principal: iam.PrincipalBase, conditions: Mapping[str, Any], *, tagged: bool = False) -> None:
        self._principal = principal
        self._tagged = tagged
        self._conditions = dict(conditions)

    @classmethod
    @checked_arguments
    def from_accounts(cls, account_ids: Sequence[str], *, mfa_max_age: cdk.Duration | None = None) -> WorkforceSource:
        """People who are IAM users of these accounts, by the MFA device that they sign in with.

        :param account_ids: accounts whose own policies say who may take the role.
        :param mfa_max_age: how long ago the second factor may have been given, up to 12 hours. Default: one hour.
        :raises ValueError: no account, what is no account id, or an age beyond 12 hours.
        """
        if not account_ids:
            refuse("account_ids", [], allowed="somebody must be trusted", fix="Name at least one account.")
        for account in account_ids:
            if not re.fullmatch(r"\d{12}", account) and not is_token(account):
                refuse("account_ids", account, allowed="it takes account ids", fix="Write twelve digits, as text.")
        age = 3600 if mfa_max_age is None else mfa_max_age.to_seconds()
        if not 1 <= age <= 43_200:
            refuse(
                "mfa_max_age",
                f"{age} seconds",
                allowed="allowed are 1 second to 12 hours",
                fix="Leave it out for one hour.",
            )
        # A request without a second factor has neither key, and so fails both comparisons.
        # docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
        return cls(
            iam.CompositePrincipal(*[iam.AccountPrincipal(account) for account in account_ids]),
            {
                "Bool": {"aws:MultiFactorAuthPresent": "true"},
                "NumericLessThan": {"aws:MultiFactorAuthAge": str(age)},
            },
        )

    @classmethod
    @checked_arguments
    def from_saml(cls, provider: iam.ISamlProvider) -> WorkforceSource:
        """People of a SAML identity provider, which names the role and sends the second factor as a session tag.

        Have it send the attribute ``https://aws.amazon.com/SAML/Attributes/PrincipalTag:MultiFactorAuthPresent``
        with ``true`` after a second factor, and never otherwise. ``aws:RequestTag`` in a trust policy sees such tags:
        docs.aws.amazon.com/IAM/latest/UserGuide/tutorial_abac-saml.html.

        :param provider: an ``iam.SamlProvider``.
        :raises ValueError: an argument of the wrong type.
        """
        return cls(
            iam.SamlConsolePrincipal(provider, {}),
            {"StringEquals": {f"aws:RequestTag/{_MFA_TAG}": "true"}},
            tagged=True,
        )

    @classmethod
    @checked_arguments
    def from_open_id(cls, provider: iam.IOpenIdConnectProvider, *, issuer: str, client_id: str) -> WorkforceSource:
        """People of an OpenID Connect provider, which sends ``mfa`` among the methods of the ``amr`` claim.

        The claim is RFC 8176's. AWS reads it, the client, the e-mail address and the subject, but no groups
        (docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif), so
        give each role a client of its own, and have the provider admit to it only who may take the role.

        :param provider: an ``iam.OpenIdConnectProvider``.
        :param issuer: the provider's URL without ``https://``.
        :param client_id: the client (audience) whose people may take the role.
        :raises ValueError: an issuer with a scheme, or an empty client.
        """
        if "://" in issuer or not issuer:
            refuse("issuer", issuer, allowed="conditions name it without scheme", fix="Leave out 'https://'.")
        if not client_id:
            refuse("client_id", client_id, allowed="it says who is meant", fix="Name the client.")
        return cls(
            iam.OpenIdConnectPrincipal(provider),
            {
                "StringEquals": {f"{issuer}:aud": client_id},
                "ForAnyValue:StringEquals": {f"{issuer}:amr": "mfa"},
            },
        )

    def principal(
        self, conditions: Mapping[str, Mapping[str, Any]] | None = None, *, tagged: bool = False
    ) -> iam.IPrincipal:
        """Return whom a role trusts, under the source's conditions and, if given, more of them.

        ``tagged`` lets people pass session tags, which a condition may ask for.
        """
        merged = {operator: dict(entries) for operator, entries in self._conditions.items()}
        for operator, entries in (conditions or {}).items():
            merged.setdefault(operator, {}).update(entries)
        narrowed = self._principal.with_conditions(merged)
        return narrowed.with_session_tags() if tagged or self._tagged else narrowed
