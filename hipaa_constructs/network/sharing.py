"""Shares of Resource Access Manager, which nobody outside the organization is ever let into."""

from __future__ import annotations

import re
from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_ram as ram
from constructs import Construct

from hipaa_constructs._arguments import is_token, refuse

_PRINCIPAL = re.compile(
    r"\d{12}|arn:aws[a-z-]*:organizations::\d{12}:(organization/o-[a-z0-9]{10,32}|ou/o-[a-z0-9]{10,32}/ou-[a-z0-9-]+)"
)


def require_sharers(argument: str, principals: Sequence[str]) -> None:
    """Refuse who is neither an account nor a part of an organization, and who is named twice."""
    for principal in principals:
        if not _PRINCIPAL.fullmatch(principal) and not is_token(principal):
            refuse(
                argument,
                principal,
                allowed="it takes accounts, and ARNs of organizations and of their units",
                fix="Write an account like '111122223333'; 'aws organizations describe-organization' tells the ARN.",
            )
        if principals.count(principal) > 1:
            refuse(argument, principal, allowed="each stands once", fix="Leave out the repetition.")


def define_share(
    scope: Construct, construct_id: str, *, principals: Sequence[str], resource_arns: Sequence[str]
) -> ram.CfnResourceShare:
    """Share resources within the organization. It takes effect without an invitation.

    Sharing within the organization has to be on, as ``DelegatedAdministrators`` turns it on; without that, an account
    is taken for one outside: docs.aws.amazon.com/ram/latest/userguide/getting-started-sharing.html.
    """
    shared = Construct(scope, construct_id)
    return ram.CfnResourceShare(
        shared,
        "Resource",
        # It has to have a name; several may have the same.
        name=cdk.Names.unique_resource_name(shared, max_length=63, separator="-"),
        allow_external_principals=False,
        principals=list(principals),
        resource_arns=list(resource_arns),
    )
