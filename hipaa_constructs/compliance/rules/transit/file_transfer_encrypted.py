"""File transfers are encrypted.

Compliant: Transfer Family servers without FTP; connectors that encrypt their AS2 messages and use HTTPS or SFTP.
Non-compliant: FTP among the protocols; AS2 without encryption; a connector's plain HTTP address.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import any_of, as_items, is_one_of, negate
from hipaa_constructs.compliance.fix import Choose, Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, judge, unknown, worst


def check(resource: Resource) -> Verdict:
    if resource.type == "AWS::Transfer::Connector":
        return worst((_address(resource), _messages(resource)))
    ftp = any_of(is_one_of(protocol, "FTP") for protocol in as_items(resource.get("Protocols")))
    # SFTP is the default.
    return judge(
        negate(ftp),
        "Protocols include FTP, which is not encrypted.",
        unknown_message="Protocols are known only at deployment.",
    )


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


RULE = Rule(
    name="FileTransferEncrypted",
    severity="error",
    resource_types=("AWS::Transfer::Connector", "AWS::Transfer::Server"),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Use SFTP or FTPS with a certificate, and for AS2 an encryption algorithm and an https:// address.",
    fixes=(
        Fix(
            ("AWS::Transfer::Connector",),
            {"Url": Choose("an https:// or sftp:// address"), "?As2Config.EncryptionAlgorithm": "AES256_CBC"},
        ),
        Fix(("AWS::Transfer::Server",), {"Protocols": ["SFTP"]}),
    ),
    check=check,
)
