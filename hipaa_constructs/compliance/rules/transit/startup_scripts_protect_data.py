"""What machines run and read at their start leaves TLS on, and objects closed.

Compliant: user data and ``AWS::CloudFormation::Init`` that say nothing to the contrary. Non-compliant: a connection
with TLS turned off (``useSSL=false``, ``sslmode=disable``), over a scheme that has none (``amqp://``, ``redis://``),
or without looking at the certificate; NFS or EFS mounted without TLS; objects that are uploaded for the public
(``--acl public-read``); a script that is fetched over HTTP and run; all this in whatever branch it stands. A warning:
TLS only where the other side has it (``sslmode=prefer``). Not applicable: neither is there.

What is on the machine itself is no transfer: ``localhost``, ``127.0.0.1`` and the metadata service at
169.254.169.254. What ``echo`` or ``cat`` writes into a file of settings counts as one, and is no command; what they
write for people, such as a README, is neither. A package or file that is fetched over HTTP is not judged: packages
are signed, and no data goes with the request.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from hipaa_constructs._secret_texts import decoded
from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.compliance.facts.clear_text import is_here, said_in
from hipaa_constructs.compliance.facts.literal_secrets import shown
from hipaa_constructs.compliance.facts.said_in_scripts import Use, lines_of, use_of_init
from hipaa_constructs.compliance.facts.startup import INIT, TYPES, of_line, placed_in_init, user_data
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import PASSED, Rule, Severity, Verdict, failed, worst

_NFS_WITH_TLS = re.compile(r"xprtsec=m?tls|sec=krb5p|\btls\b")
_TRUSTS = "does not look at the certificate of the other side"
# What a line says, and what that does. What is marked concerns a transfer, which is none within the machine.
_SETS: Sequence[tuple[re.Pattern[str], str, bool]] = (
    (
        re.compile(r"\brequire_secure_transport\s*=\s*(0|off|false)\b", re.IGNORECASE),
        "lets connections do without TLS",
        False,
    ),
    (re.compile(r"\bNODE_TLS_REJECT_UNAUTHORIZED=['\"]?0|\bPYTHONHTTPSVERIFY=['\"]?0"), _TRUSTS, True),
)
# The same of commands, which do nothing where a file of settings has them.
_RUNS: Sequence[tuple[re.Pattern[str], str, bool]] = (
    (
        re.compile(
            r"\baws\b.*\s--no-verify-ssl\b|"
            r"\bwget\b.*\s--no-check-certificate\b|\bcurl\b.*\s(--insecure|-[a-zA-Z]*k[a-zA-Z]*)\s.*https://"
        ),
        _TRUSTS,
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
# With -a it mounts what /etc/fstab says, by the options there: man7.org/linux/man-pages/man8/mount.8.html
_MOUNT = re.compile(r"\bmount\b(?![^;&|]*\s(?:-[fFnrsvw]*a[fFnrsvw]*|--all)\b).*\s-t\s*(?P<kind>nfs4?|efs)\b")
# A line of /etc/fstab: what, where, which kind, with what options.
_FSTAB = re.compile(r"([^\s'\"]+:/\S*|fs-\w+)\s+/\S+\s+(?P<kind>nfs4?|efs)\s+\S+")


def check(resource: Resource) -> Verdict:
    texts = [("UserData", shown(written)) for written in user_data(resource)]
    texts += [(place, shown(written)) for place, written in placed_in_init(resource, INIT)]
    return worst(verdict for name, text in texts for verdict in (PASSED, *_judge(decoded(text) or text, name)))


def _judge(text: str, name: str) -> Iterator[Verdict]:
    whole = use_of_init(name)
    for number, own, line in lines_of(text):
        # The line itself may hold what a finding must not repeat.
        for what, severity in _told(line, own if whole is Use.RUN else whole):
            yield failed(f"{name} {what} in line {number}.", severity=severity)


@of_line
def _told(line: str, use: Use) -> Sequence[tuple[str, Severity | None]]:
    """Return what a line of a script does, each with how much that weighs."""
    return () if use is Use.SAID or line.lstrip().startswith(("#", "//")) else tuple(_does(line, use))


def _does(line: str, use: Use) -> Iterator[tuple[str, Severity | None]]:
    here = is_here(line)
    for pattern, what, transfer in (*_SETS, *(_RUNS if use is Use.RUN else ())):
        if pattern.search(line) and not (transfer and here):
            yield what, None
    for said in said_in(line):
        yield said.what, None if said.certain else "warning"
    mount = (_MOUNT.search(line) if use is Use.RUN else None) or _FSTAB.search(line)
    if mount and not here and not _NFS_WITH_TLS.search(line):
        yield f"mounts {mount['kind']} without TLS", None


RULE = Rule(
    name="StartupScriptsProtectData",
    severity="error",
    resource_types=TYPES,
    controls=("164.312(a)(1)", "164.312(e)(1)", "164.312(e)(2)(i)", "164.312(e)(2)(ii)"),
    fix="Have scripts connect with TLS and check certificates, and leave objects closed.",
    fixes=(
        Fix(
            beside="In the script take sslmode=verify-full or its like, mount file systems with -t efs -o tls, and "
            "upload objects without an ACL.",
        ),
    ),
    check=check,
)
