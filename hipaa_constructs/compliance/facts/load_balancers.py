"""What load balancers' listeners have in common: security policies, and ports."""

from __future__ import annotations

import re
from typing import Final

from hipaa_constructs.cloudformation.values import UNKNOWN, Resolved, Ternary, as_text
from hipaa_constructs.compliance.rule import Verdict, failed, judge

# docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html, as of 2026-11-28
TLS_1_2 = re.compile(r"ELBSecurityPolicy-(TLS13-1-[23]|TLS-1-2|FS-1-2)(-.*)?")
# Of these, those that list ciphers without an exchange of keys that are thrown away, such as AES128-GCM-SHA256.
_STATIC_KEYS = re.compile(r"ELBSecurityPolicy-(TLS-1-2|TLS13-1-2-Ext[12])-.*")
# Ports whose registered use is clear text, and those whose is TLS, such as 1883 and 8883 of MQTT, 5672 and 5671 of
# AMQP, 104 and 2762 of DICOM: iana.org/assignments/service-names-port-numbers.
CLEAR_PORTS = frozenset((21, 23, 80, 104, 110, 143, 389, 1883, 5672, 8000, 8080))
TLS_PORTS = frozenset((443, 465, 636, 853, 989, 990, 993, 995, 2484, 2762, 5671, 6514, 8443, 8883, 9094, 50443))

# Of what encrypts by itself, by protocol: SSH, and IPsec's exchange of keys and its packets.
_SELF_ENCRYPTED = frozenset((("TCP", 22), ("UDP", 500), ("UDP", 4500)))
# Syslog is clear text on UDP, and TLS has a port of its own for it: RFC 5426 and RFC 5425.
SYSLOG: Final = 514


def encrypts_itself(protocol: str, port: object) -> bool:
    """Whether what a port is registered for needs no TLS around it, on a listener of TCP or UDP alone."""
    return (protocol.upper(), port) in _SELF_ENCRYPTED


def is_clear(protocol: str, port: object) -> bool:
    """Whether what a port is registered for is clear text."""
    return port in CLEAR_PORTS or (port == SYSLOG and "UDP" in protocol.upper())


def judge_security_policy(path: str, value: Resolved) -> Verdict:
    """Judge that a predefined security policy starts at TLS 1.2."""
    policy = as_text(value)
    compliant = Ternary.UNKNOWN if policy is UNKNOWN else Ternary.of(TLS_1_2.fullmatch(str(policy)) is not None)
    return judge(compliant, f"{path} is {policy}, which accepts TLS older than 1.2.")


def judge_forward_secrecy(path: str, value: Resolved) -> Verdict:
    """Judge a security policy as ``judge_security_policy``, and, as a warning, that it keeps what was recorded secret.

    With ciphers that exchange keys by the certificate's own, whoever comes by it later reads all that he recorded;
    NIST allows them no more (SP 800-131A Rev. 2, section 6: RSA key transport with PKCS #1 v1.5 is disallowed after
    2023). Application and network load balancers have policies without such ciphers, classic ones have none.
    """
    verdict = judge_security_policy(path, value)
    policy = as_text(value)
    if isinstance(policy, str) and _STATIC_KEYS.fullmatch(policy):
        return failed(f"{path} is {policy}, which accepts ciphers without forward secrecy.", severity="warning")
    return verdict
