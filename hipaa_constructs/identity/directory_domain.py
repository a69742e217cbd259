"""Where patients sign in: below Cognito's own domain, or under a name of one's own."""

from __future__ import annotations

import re
from typing import cast

from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from hipaa_constructs._arguments import is_token, refuse
from hipaa_constructs._regions import require_region

# docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-assign-domain-prefix.html
_RESERVED = ("amazon", "aws", "cognito")
# Where CloudFront, by which custom domains are served, looks for certificates.
_CERTIFICATES_IN = "us-east-1"


def require_domain(
    scope: Construct, domain_prefix: str | None, domain_name: str | None, certificate: acm.ICertificate | None
) -> None:
    """Refuse what Cognito cannot serve sign-in pages by."""
    if (domain_prefix is None) == (domain_name is None):
        refuse(
            "domain_prefix",
            domain_prefix,
            allowed="people sign in below a prefix of Cognito's domain, or at domain_name, and not both",
            fix="Pass domain_prefix='clinic-patients', or domain_name and certificate.",
        )
    if (domain_name is None) != (certificate is None):
        refuse(
            "certificate",
            certificate,
            allowed="domain_name and certificate go together",
            fix=f"Pass the certificate of the domain name, in {_CERTIFICATES_IN}.",
        )
    if domain_prefix is not None:
        _require_prefix(domain_prefix)
    if domain_name is not None and certificate is not None:
        _require_name(scope, domain_name, certificate)


def define_domain(
    pool: cognito.UserPool, domain_prefix: str | None, domain_name: str | None, certificate: acm.ICertificate | None
) -> cognito.UserPoolDomain:
    """Define the address, with the newer of Cognito's pages, which alone know passkeys."""
    pages = cognito.ManagedLoginVersion.NEWER_MANAGED_LOGIN
    if domain_name is None or certificate is None:
        prefix = cognito.CognitoDomainOptions(domain_prefix=str(domain_prefix))
        return pool.add_domain("Domain", cognito_domain=prefix, managed_login_version=pages)
    own = cognito.CustomDomainOptions(domain_name=domain_name, certificate=certificate)
    domain = pool.add_domain("Domain", custom_domain=own, managed_login_version=pages)
    resource = cast("cognito.CfnUserPoolDomain", domain.node.default_child)
    resource.custom_domain_config = cognito.CfnUserPoolDomain.CustomDomainConfigTypeProperty(
        certificate_arn=certificate.certificate_arn, security_policy="TLS_V1_2_2021"
    )
    return domain


def _require_prefix(prefix: str) -> None:
    if is_token(prefix):
        return
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", prefix) or any(word in prefix for word in _RESERVED):
        refuse(
            "domain_prefix",
            prefix,
            allowed="allowed are 1 to 63 lower-case letters, digits and '-' within, without the words "
            f"{', '.join(_RESERVED)}",
            fix="Write it like 'clinic-patients'.",
        )


def _require_name(scope: Construct, domain_name: str, certificate: acm.ICertificate) -> None:
    require_region(
        scope,
        "custom-domain",
        kind="user_pool_features",
        what="a domain of one's own for a user pool",
        fix="Pass domain_prefix instead of domain_name.",
    )
    if not is_token(domain_name) and (
        # A relying party of passkeys may be no longer, and has to be a domain under which names are given out.
        len(domain_name) > 63 or not re.fullmatch(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.){2,}[a-z]{2,63}", domain_name)
    ):
        refuse(
            "domain_name",
            domain_name,
            allowed="it takes a name of up to 63 lower-case letters, digits, '-' and '.', below a domain of yours",
            fix="Write it like 'login.clinic.example'.",
        )
    arn = certificate.certificate_arn
    if not is_token(arn) and arn.split(":")[3:4] != [_CERTIFICATES_IN]:
        refuse(
            "certificate",
            arn,
            allowed=f"Cognito takes one in {_CERTIFICATES_IN} alone",
            fix=f"Make it in a stack with env region='{_CERTIFICATES_IN}', and give both stacks "
            "cross_region_references=True; or import it with acm.Certificate.from_certificate_arn.",
        )
