"""Code that machines and builds fetch is the code that somebody examined.

A warning, since most of such code is well meant. Compliant: a commit, a version or a checksum says what is fetched,
and packages are signed. Non-compliant: what a web site sends is run at once (``curl … | bash``); a repository is
cloned, or a file of its branch or its latest release fetched, without saying which commit; packages are installed
without looking at their signature; so that whoever takes over the site, the repository or the way there runs what he
likes, as root, beside PHI (docs.aws.amazon.com/wellarchitected/latest/security-pillar/
sec_protect_compute_validate_software_integrity.html); a function may write the object in S3 from which its own code is
deployed, so that whoever takes it over once keeps it: the next deployment takes what lies there, unless
``S3ObjectVersion`` says which version. Not applicable: no script is there, and no code of a function in a bucket.

Over plain HTTP it is StartupScriptsProtectData's. A name of a branch or tag that holds a number counts as a version,
and a URL that deployment fills in says which by itself. What a script only says, such as by ``echo``, runs nothing.
Packages of a registry are not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from hipaa_constructs._secret_texts import decoded
from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.written import written_at
from hipaa_constructs.compliance.facts.functions import FUNCTION
from hipaa_constructs.compliance.facts.literal_secrets import shown
from hipaa_constructs.compliance.facts.own_code import code_writers
from hipaa_constructs.compliance.facts.said_in_scripts import Use, lines_of, use_of_init
from hipaa_constructs.compliance.facts.startup import INIT, TYPES, of_line, of_text, placed_in_init, user_data
from hipaa_constructs.compliance.fix import Fix
from hipaa_constructs.compliance.rule import NOT_APPLICABLE, PASSED, Rule, Verdict, failed, listed, worst

_PROJECT, _BUILD_SPEC = "AWS::CodeBuild::Project", "Source.BuildSpec"
# How YAML begins each command of a build.
_ITEM = re.compile(r"^\s*-\s+", re.MULTILINE)

_SHELL = r"(sudo\s+(-\S+\s+)*)?(/(usr/)?bin/)?((ba|z|da|k)?sh|python[\d.]*|perl|php[\d.]*|ruby|node)\b"
# A fetch whose answer a shell reads.
_RUN_AT_ONCE = re.compile(
    rf"\b(curl|wget)\b(?P<piped>[^|;]*)\|\s*(tee\s[^|]*\|\s*)?{_SHELL}|"
    r"(\b(ba|z|da)?sh\b|\bsource|\beval|(^|\s)\.)\s+(-\w+\s+)*[\"']?(<\(|\$\(|`)\s*(curl|wget)\b(?P<given>[^)`]*)|"
    r"\b(iwr|irm|Invoke-WebRequest|Invoke-RestMethod|DownloadString)\b(?P<shown>.*)\|\s*(iex|Invoke-Expression)\b|"
    r"\b(iex|Invoke-Expression)\b.*(DownloadString|iwr|irm|Invoke-WebRequest)\b(?P<invoked>.*)",
    re.IGNORECASE,
)
_SITE = re.compile(r"(?<![\w.$}/-])(https://)?[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}(/[^\s'\"|;)]*)?", re.IGNORECASE)
# Part of a path that stays what it is: a version, or a commit.
_VERSION = re.compile(r"[/@_=-]v?(\d+(\.\d+)+|[0-9a-f]{40})|\$")
_CLONE = re.compile(r"\bgit\s+(-\S+\s+)*clone\b(?P<how>.*?)\b(https?|git|ssh)://(?P<host>[\w.-]+)|\bgit\s+clone\s+git@")
_OWN = re.compile(r"^git-codecommit\.")
_OF_NUMBER = re.compile(r"(-b|--branch)[\s=]+\S*(\d|\$)")
_CHECKED_OUT = re.compile(r"\bgit\b.*\b(checkout|reset|switch)\b.*(\b[0-9a-f]{7,40}\b|\d+\.\d+|\$)")
_BRANCH = r"(refs/heads/[\w.-]+|master|main|develop|dev|HEAD)"
_MOVING = re.compile(
    rf"https://(raw\.githubusercontent\.com/[^/\s]+/[^/\s]+/{_BRANCH}/|"
    rf"github\.com/[^/\s]+/[^/\s]+/((raw|archive|tarball|zipball)/{_BRANCH}\b|releases/latest/download/)|"
    rf"(gitlab|bitbucket)\.(com|org)/\S+/raw/{_BRANCH}/)(?P<file>[^\s'\"|;)]*)"
)
_FETCHES = re.compile(r"\b(curl|wget|aria2c|DownloadFile|Invoke-WebRequest|iwr|Start-BitsTransfer)\b", re.IGNORECASE)
# What is no code.
_DATA = re.compile(r"\.(csv|gif|jpe?g|json|md|mp[34]|pdf|png|sql|svg|tsv|txt|wav)$", re.IGNORECASE)
_CHECKED = re.compile(
    r"\b(sha\d*sum|shasum|md5sum)\b.*(\s-\w*c\b|--check)|\bgpgv?\b.*--verify|\bcosign\s+verify|\bGet-FileHash\b"
)
_UNSIGNED: Sequence[re.Pattern[str]] = (
    re.compile(r"--nogpgcheck\b|--no-gpg-checks?\b|--nosignature\b|(?<!repo_)gpgcheck\s*=\s*(0|no|false)\b"),
    re.compile(r"--allow-unauthenticated\b|\bapt(-get)?\b.*--force-yes\b|^[^#]*\bdeb\b.*\[[^\]]*\btrusted=yes"),
    re.compile(r"\b(rpm|yum|dnf)\b.*\shttp://\S+\.rpm\b"),
    re.compile(r"\bpip[\d.]*\s+install\b.*(\shttp://|--trusted-host\b|\bgit\+https?://[^\s@]+(\s|$))"),
)
_HERE = re.compile(r"localhost|127\.0\.0\.1|169\.254\.", re.IGNORECASE)


def _own_code(function: Resource) -> Verdict:
    writers = code_writers(function)
    if writers is None:
        return NOT_APPLICABLE
    statements = listed(dict.fromkeys(writers))
    if not statements:
        return PASSED
    return failed(
        f"Its role may write the object in S3 from which its code is deployed (statement {statements}).",
        at="Code",
    )


def check(resource: Resource) -> Verdict:
    if resource.type == FUNCTION:
        return _own_code(resource)
    texts = [("UserData", shown(written)) for written in user_data(resource)]
    if resource.type == _PROJECT:
        texts += [(_BUILD_SPEC, _ITEM.sub("", shown(written))) for written in written_at(resource, _BUILD_SPEC)]
    else:
        # Of files and archives, cfn-init fetches what their source names.
        texts += [
            (place, f"curl {text}" if text.startswith("https://") else text)
            for place, text in ((place, shown(written)) for place, written in placed_in_init(resource, INIT))
        ]
    verdicts = [verdict for name, text in texts for verdict in (PASSED, *_judge(decoded(text) or text, name))]
    return worst(verdicts) if verdicts else NOT_APPLICABLE


def _judge(text: str, name: str) -> Iterator[Verdict]:
    checked, checked_out = _names_sums(text)
    whole = use_of_init(name)
    for number, own, line in lines_of(text):
        # The line itself may hold what a finding must not repeat.
        if what := _does(line, own if whole is Use.RUN else whole, checked=checked, checked_out=checked_out):
            yield failed(f"{name} {what} in line {number}.")


@of_text
def _names_sums(text: str) -> tuple[bool, bool]:
    """Whether a script compares what it fetches, and whether it checks out what it clones."""
    return _CHECKED.search(text) is not None, _CHECKED_OUT.search(text) is not None


@of_line
def _does(line: str, use: Use, *, checked: bool, checked_out: bool) -> str:
    """Return what a line of a script does that is not pinned; empty if it does nothing of it, or only says it."""
    if use is Use.SAID or line.lstrip().startswith(("#", "//")) or _HERE.search(line):
        return ""
    if use is Use.RUN and _runs_at_once(line):
        return "runs what a site sends"
    if use is Use.RUN and not checked and _fetches_what_moves(line):
        return "fetches code of a branch or the latest release"
    if use is Use.RUN and not checked_out and _clones(line):
        return "clones a repository without saying which commit"
    return "installs what is not signed" if any(pattern.search(line) for pattern in _UNSIGNED) else ""


def _runs_at_once(line: str) -> bool:
    found = _RUN_AT_ONCE.search(line)
    fetched = next((part for part in found.groupdict().values() if part), "") if found else ""
    site = _SITE.search(fetched)
    return site is not None and "http://" not in fetched and not _VERSION.search(site[0])


def _fetches_what_moves(line: str) -> bool:
    found = _MOVING.search(line)
    return found is not None and _FETCHES.search(line) is not None and not _DATA.search(found["file"])


def _clones(line: str) -> bool:
    found = _CLONE.search(line)
    return found is not None and not _OWN.match(found["host"] or "") and not _OF_NUMBER.search(line)


RULE = Rule(
    name="FetchedCodePinned",
    severity="warning",
    resource_types=(*TYPES, _PROJECT, FUNCTION),
    controls=("164.308(a)(5)(ii)(B)", "164.312(c)(1)"),
    fix="Fetch a commit or a version, compare its checksum, and take signed packages.",
    fixes=(
        Fix(
            (FUNCTION,),
            beside="Its role writes to another bucket, or under a prefix where no code lies.",
        ),
        Fix(
            (*TYPES, _PROJECT),
            beside="Keep the code in a bucket or an image of your own, or fetch it by commit and compare it by "
            "sha256sum -c before it runs; check out a commit after git clone; leave signature checks on.",
        ),
    ),
    check=check,
)
