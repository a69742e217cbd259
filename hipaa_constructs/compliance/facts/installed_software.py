"""Which releases the start of a machine installs of software whose project says until when it mends them.

Only what comes from the project itself is looked at, by its repository, its packages or its images: a distribution may
mend a release of its own packages longer than the project does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from hipaa_constructs._secret_texts import decoded
from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.compliance.facts.literal_secrets import shown
from hipaa_constructs.compliance.facts.said_in_scripts import Use, lines_of
from hipaa_constructs.compliance.facts.startup import INIT, of_text, read_by_init, user_data
from hipaa_constructs.compliance.facts.support_dates import judge_support
from hipaa_constructs.compliance.rule import Outcome, Verdict, weaker


@dataclass(frozen=True, slots=True)
class Software:
    """A name, the table of its releases, what names one, and what installs it, if what names it does not.

    ``serves`` says that it keeps data; what runs an app may be there to build it alone.
    """

    name: str
    table: str
    release: re.Pattern[str]
    installed: re.Pattern[str] | None
    serves: bool


def _named(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_BY = r"\b(?:apt|apt-get|dnf|yum|zypper)\s[^;&|]*\binstall\b[^;&|]*\s"
_RUN = r"\bdocker\s+run\s[^;&|]*\s(?:docker\.io/)?(?:library/)?"
_SOFTWARE: Final = (
    # mongodb.com/docs/manual/administration/install-on-linux, and Amazon Linux 2's topics of the same packages
    Software(
        "MongoDB",
        "installed-mongodb",
        _named(
            r"\brepo\.mongodb\.(?:org|com)/\S*/mongodb-(?:org|enterprise)/(\d+\.\d+)",
            r"\bmongodb-(?:org|enterprise)(?:-server)?[-=](\d+\.\d+)",
            r"\bamazon-linux-extras\s+(?:enable|install)\b[^;&|]*\bmongodb=?(\d+\.\d+)",
            _RUN + r"mongo:(\d+\.\d+)",
        ),
        _named(_BY + r"mongodb-(?:org|enterprise)(?:-server)?(?:[=-]\d\S*)?(?=\s|$)", _RUN + r"mongo:\d"),
        serves=True,
    ),
    # dev.mysql.com/doc/refman/5.7/en/linux-installation-yum-repo.html
    Software(
        "MySQL",
        "installed-mysql",
        _named(r"\bmysql-?(5\.?[567])-community", r"\bmysql-community-server-(5\.[567])", _RUN + r"mysql:(5\.[567])"),
        _named(_BY + r"mysql(?:-community)?-server\S*", _RUN + r"mysql:5"),
        serves=True,
    ),
    # github.com/nodesource/distributions, github.com/nvm-sh/nvm
    Software(
        "Node.js",
        "installed-nodejs",
        _named(r"\b(?:deb|rpm)\.nodesource\.com/(?:setup|node|pub)_(\d+)\.x", r"\bnvm\s+install\s+v?(\d+)"),
        None,
        serves=False,
    ),
)
_DISABLED: Final = re.compile(r"\bdisable\b|--disable|disablerepo", re.IGNORECASE)


def judge_installed(machine: Resource) -> Iterator[Verdict]:
    """Yield what is wrong with each release that the start of a machine names and installs."""
    texts = [("UserData", one) for one in user_data(machine)]
    texts += [(place, one) for place, one in read_by_init(machine, INIT)]
    for place, written in texts:
        for software, release in _installed(shown(written)):
            called = f"{software.name} {release}, which {place} installs,"
            verdict = judge_support(called, software.table, release, machine.template.app.today)
            if verdict.outcome is Outcome.FAILED:
                yield verdict if software.serves else weaker(verdict)


@of_text
def _installed(text: str) -> Sequence[tuple[Software, str]]:
    script = decoded(text) or text
    lines = [line for _, use, line in lines_of(script) if use is not Use.SAID and not line.lstrip().startswith("#")]
    found = [
        (software, _release(match))
        for software in _SOFTWARE
        if software.installed is None or any(map(software.installed.search, lines))
        for line in lines
        if not _DISABLED.search(line)
        for match in software.release.finditer(line)
    ]
    return tuple(dict.fromkeys(found))


def _release(match: re.Match[str]) -> str:
    """Return a release as its table has it, as 5.7 of a repository called mysql57."""
    written = next(group for group in match.groups() if group)
    return f"5.{written[1]}" if re.fullmatch(r"5[567]", written) and "mysql" in match.group().lower() else written
