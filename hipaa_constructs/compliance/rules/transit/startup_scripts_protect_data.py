"""What machines run and read at their start leaves TLS on, and objects closed.

Compliant: user data and ``AWS::CloudFormation::Init`` that say nothing to the contrary. Non-compliant: a connection
with TLS turned off (``useSSL=false``, ``sslmode=disable``), or without looking at the certificate; NFS or EFS mounted
without TLS; objects that are uploaded for the public (``--acl public-read``); a script that is fetched over HTTP and
run. Unknown: user data that only deployment knows. Not applicable: neither is there.

What is on the machine itself is no transfer: ``localhost``, ``127.0.0.1`` and the metadata service at 169.254.169.254.
A package or file that is fetched over HTTP is not judged: packages are signed, and no data goes with the request.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.values import Resolved, Text, is_mapping
from hipaa_constructs.compliance.facts.literal_secrets import decoded
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, unknown, worst

_USER_DATA: Mapping[str, str] = {
    "AWS::AutoScaling::LaunchConfiguration": "UserData",
    "AWS::EC2::Instance": "UserData",
    "AWS::EC2::LaunchTemplate": "LaunchTemplateData.UserData",
}
_INIT = "AWS::CloudFormation::Init"
_HERE = re.compile(r"localhost|127\.0\.0\.1|\[?::1\b|169\.254\.169\.254", re.IGNORECASE)
_NFS_WITH_TLS = re.compile(r"xprtsec=m?tls|sec=krb5p|\btls\b")
# What a line says, and what that does. What is marked concerns a transfer, which is none within the machine.
_SAYS: Sequence[tuple[re.Pattern[str], str, bool]] = (
    (
        re.compile(
            r"\buseSSL=(false|no)\b|jdbc:sqlserver:\S*encrypt=false\b|(\b|PG)ssl[-_]?mode[= ]['\"]?disabled?\b",
            re.IGNORECASE,
        ),
        "turns TLS off",
        True,
    ),
    (re.compile(r"mongodb(\+srv)?://\S*[?&](ssl|tls)=false", re.IGNORECASE), "turns TLS off", True),
    (re.compile(r"\b(mysql|mysqldump|mariadb)\b.*\s--(skip-ssl|ssl=0|ssl=off)(\s|$)"), "turns TLS off", True),
    (
        re.compile(r"\brequire_secure_transport\s*=\s*(0|off|false)\b", re.IGNORECASE),
        "lets connections do without TLS",
        False,
    ),
    (
        re.compile(
            r"\bNODE_TLS_REJECT_UNAUTHORIZED=['\"]?0|\bPYTHONHTTPSVERIFY=['\"]?0|\baws\b.*\s--no-verify-ssl\b|"
            r"\bwget\b.*\s--no-check-certificate\b|\bcurl\b.*\s(--insecure|-[a-zA-Z]*k[a-zA-Z]*)\s.*https://"
        ),
        "does not look at the certificate of the other side",
        True,
    ),
    (
        re.compile(r"\b(curl|wget)\b[^|;]*\bhttp://[^|;]*\|\s*(sudo\s+(-\S+\s+)*)?(ba|z|da)?sh\b"),
        "runs what it fetches over HTTP",
        True,
    ),
    (
        re.compile(r"--acl[= ]['\"]?public-read|x-amz-acl:\s*public-read|--grants?\b.*global/AllUsers", re.IGNORECASE),
        "uploads objects that everybody may read",
        False,
    ),
)
_MOUNT = re.compile(r"\bmount\b.*\s-t\s*(?P<kind>nfs4?|efs)\b")
# A line of /etc/fstab: what, where, which kind, with what options.
_FSTAB = re.compile(r"([^\s'\"]+:/\S*|fs-\w+)\s+/\S+\s+(?P<kind>nfs4?|efs)\s+\S+")


def check(resource: Resource) -> Verdict:
    verdicts: list[Verdict] = []
    path = _USER_DATA.get(resource.type)
    data = resource.get(path) if path is not None else None
    if isinstance(data, str) and not (isinstance(data, Text) and len(data.parts) == 1):
        script = (decoded(data) or data).replace("\\\n", " ")
        verdicts += [PASSED, *_judge(script, "UserData")]
    elif data is not None:
        verdicts.append(unknown("UserData is known only at deployment."))
    init = resource.template.resolve(resource.metadata.get(_INIT))
    if init is not None:
        verdicts += [PASSED, *(found for text in _texts(init) for found in _judge(text, _INIT))]
    return worst(verdicts or [NOT_APPLICABLE])


def _texts(value: Resolved) -> Iterator[str]:
    if is_mapping(value):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        # A command that is written as a list is one line.
        if value and all(isinstance(item, str) for item in value):
            yield " ".join(value)
        else:
            for item in value:
                yield from _texts(item)
    elif isinstance(value, str):
        yield value


def _judge(text: str, name: str) -> Iterator[Verdict]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith(("#", "//")):
            continue
        here = _HERE.search(line) is not None
        # The line itself may hold what a finding must not repeat.
        for pattern, what, transfer in _SAYS:
            if pattern.search(line) and not (transfer and here):
                yield failed(f"{name} {what} in line {number}.")
        mount = _MOUNT.search(line) or _FSTAB.search(line)
        if mount and not here and not _NFS_WITH_TLS.search(line):
            yield failed(f"{name} mounts {mount['kind']} without TLS in line {number}.")


RULE = Rule(
    name="StartupScriptsProtectData",
    severity="error",
    resource_types=("AWS::AutoScaling::AutoScalingGroup", *_USER_DATA),
    controls=("164.312(a)(1)", "164.312(a)(2)(iv)", "164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Connect with TLS and check certificates (sslmode=verify-full), mount file systems with -t efs -o tls, and "
    "upload objects without an ACL.",
    check=check,
)
