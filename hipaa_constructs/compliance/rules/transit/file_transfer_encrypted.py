"""File transfers are encrypted.

Compliant: Transfer Family servers without FTP, whose security policy accepts no SHA-1; connectors that encrypt their
AS2 messages and use HTTPS or SFTP. Non-compliant: FTP among the protocols; AS2 without encryption; a connector's plain
HTTP address; a security policy of 2018, which CloudFormation takes where a template names none, or, for connectors, of
2023, whose key exchanges accept SHA-1. A policy that accepts signatures of ``ssh-rsa``, which are made with SHA-1, is a
warning. Source: docs.aws.amazon.com/transfer/latest/userguide/security-policies.html.
"""

from __future__ import annotations

from dataclasses import replace

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import any_of, as_items, is_one_of, negate
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.rule import PASSED, Outcome, Rule, Verdict, failed, judge, unknown, weaker, worst

# Those whose key exchanges accept diffie-hellman-group14-sha1, of servers and connectors.
_SHA_1 = (
    "TransferSecurityPolicy-2018-11",
    "TransferSecurityPolicy-Restricted-2018-11",
    "TransferSFTPConnectorSecurityPolicy-2023-07",
)
_SSH_RSA = (
    "TransferSecurityPolicy-2020-06",
    "TransferSecurityPolicy-FIPS-2020-06",
    "TransferSecurityPolicy-FIPS-2023-05",
    "TransferSecurityPolicy-FIPS-2024-01",
    "TransferSecurityPolicy-PQ-SSH-FIPS-Experimental-2023-04",
)


def check(resource: Resource) -> Verdict:
    if resource.type == "AWS::Transfer::Connector":
        return worst((_address(resource), _messages(resource), _algorithms(resource)))
    ftp = any_of(is_one_of(protocol, "FTP") for protocol in as_items(resource.get("Protocols")))
    # SFTP is the default.
    spoken = judge(
        negate(ftp),
        "Protocols include FTP, which is not encrypted.",
        unknown_message="Protocols are known only at deployment.",
    )
    return worst((spoken, _algorithms(resource, default=_SHA_1[0])))


def _algorithms(resource: Resource, default: str = "") -> Verdict:
    name = resource.get("SecurityPolicyName")
    policy = default if name is None else name
    is_set = "is not set, so it is" if name is None else "is"
    unknown_message = "SecurityPolicyName is known only at deployment."
    exchange = judge(
        negate(is_one_of(policy, *_SHA_1)),
        f"SecurityPolicyName {is_set} {policy}, whose key exchanges accept SHA-1.",
        unknown_message=unknown_message,
    )
    signatures = judge(
        negate(is_one_of(policy, *_SSH_RSA)),
        f"SecurityPolicyName is {policy}, which accepts signatures with SHA-1.",
        unknown_message=unknown_message,
    )
    return worst((exchange, weaker(signatures)))


def _address(resource: Resource) -> Verdict:
    url = resource.get("Url", "")
    if not isinstance(url, str):
        return unknown("Url is known only at deployment.")
    return failed(f"Url is {url}, which is not encrypted.") if url.lower().startswith("http://") else PASSED


def _messages(resource: Resource) -> Verdict:
    return judge(
        negate(is_one_of(resource.get("As2Config.EncryptionAlgorithm"), "NONE")),
        "EncryptionAlgorithm is NONE, so messages are not encrypted.",
        unknown_message="EncryptionAlgorithm is known only at deployment.",
    )


_CONNECTOR_POLICY = "TransferSFTPConnectorSecurityPolicy-2024-03"


def _about_what_is_found(fix: Fix, connector: Resource) -> Fix:
    """Return what to set of a connector, without what it has already."""
    address, messages = (ask(connector).outcome is not Outcome.PASSED for ask in (_address, _messages))
    lacking = {path: value for path, value in fix.properties.items() if (address if path == "Url" else messages)}
    if _algorithms(connector).outcome is not Outcome.PASSED:
        lacking["SecurityPolicyName"] = _CONNECTOR_POLICY
    return replace(fix, properties=lacking) if lacking else fix


RULE = Rule(
    name="FileTransferEncrypted",
    severity="error",
    resource_types=("AWS::Transfer::Connector", "AWS::Transfer::Server"),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Use SFTP or FTPS by a current security policy, and for AS2 an encryption algorithm and an https:// address.",
    fixes=(
        Fix(
            ("AWS::Transfer::Connector",),
            {
                "Url": Choose("an https:// or sftp:// address"),
                "?As2Config.EncryptionAlgorithm": "AES256_CBC",
            },
            tailor=_about_what_is_found,
        ),
        Fix(
            ("AWS::Transfer::Server",),
            {"Protocols": ["SFTP"], "SecurityPolicyName": "TransferSecurityPolicy-2025-03"},
            constructs=("SecureFileTransfer",),
        ),
    ),
    check=check,
)
