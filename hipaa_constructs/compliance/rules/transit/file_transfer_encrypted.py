"""File transfers are encrypted.

Compliant: Transfer Family servers without FTP; connectors that encrypt their AS2 messages and use HTTPS or SFTP.
Non-compliant: FTP among the protocols; AS2 without encryption; a connector's plain HTTP address.
"""

from __future__ import annotations

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import UNKNOWN, as_list, as_text
from hipaa_constructs.compliance.rule import PASSED, Rule, Verdict, failed, unknown, worst


def check(resource: Resource) -> Verdict:
    if resource.type == "AWS::Transfer::Connector":
        return worst((_address(resource), _messages(resource)))
    protocols = as_list(resource.get("Protocols"))
    if protocols is UNKNOWN or UNKNOWN in protocols:
        return unknown("Protocols are known only at deployment.")
    # SFTP is the default.
    return failed("Protocols include FTP, which is not encrypted.") if "FTP" in protocols else PASSED


def _address(resource: Resource) -> Verdict:
    url = resource.get("Url", "")
    if not isinstance(url, str):
        return unknown("Url is known only at deployment.")
    return failed(f"Url is {url}, which is not encrypted.") if url.lower().startswith("http://") else PASSED


def _messages(resource: Resource) -> Verdict:
    algorithm = as_text(resource.get("As2Config.EncryptionAlgorithm"))
    if algorithm is UNKNOWN:
        return unknown("EncryptionAlgorithm is known only at deployment.")
    if algorithm == "NONE":
        return failed("EncryptionAlgorithm is NONE, so that messages are not encrypted for their receiver.")
    return PASSED


RULE = Rule(
    name="FileTransferEncrypted",
    severity="error",
    resource_types=("AWS::Transfer::Connector", "AWS::Transfer::Server"),
    controls=("164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Use protocols=['SFTP'] or FTPS with a certificate, and for AS2 an encryption algorithm and an https address.",
    check=check,
)
