"""What a script runs, what it writes down as a setting, and what it only says, line by line.

The words of ``echo`` and ``printf``, and the text below ``cat <<EOF``, are what a shell writes and no command of its
own (www.gnu.org/software/bash/manual/bash.html, Here Documents and Redirections). What comes into a file of settings
counts where something reads it; what comes into a file for people, or onto the screen, does not. Whatever else the
text may go into, such as another script or program, may run it.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator


class Use(enum.Enum):
    """What becomes of a text of a script."""

    RUN = "run"
    SETTING = "setting"
    SAID = "said"


# Which file cfn-init writes, by the place of what it holds.
_OF_INIT = re.compile(r"\.files\.(?P<file>.+)\.content$")
_BEGIN = r"(?:^|[;&|]|\b(?:then|do|else)\s)\s*(?:sudo\s+(?:-\S+\s+)*)?"
_QUOTED = r"'[^']*'|\"(?:\\.|[^\"\\])*\""
_WORDS = rf"(?:{_QUOTED}|\\.|[^;&|<>'\"\\])*"
_TO = rf"\d?>>?\s*(?P<file>(?:{_QUOTED}|[^\s;|'\"])+)"
# A command that writes its own words, where to, and what it hands them to.
_ECHO = re.compile(rf"{_BEGIN}(?:echo|printf)\b(?P<words>{_WORDS})(?:{_TO})?(?P<more>\s*(?:\|(?!\|)[^;]*)?)")
# What runs in the midst of words.
_SUBSTITUTED = re.compile(r"\$\(|`")
_TEE = re.compile(
    rf"^\s*\|\s*(?:sudo\s+(?:-\S+\s+)*)?tee\s+(?:-\S+\s+)*(?P<file>(?:{_QUOTED}|[^\s;|<>'\"])+)"
    r"\s*(?:>\s*/dev/null\s*)?$"
)
_HERE = re.compile(r"(?<!<)<<-?\s*\\?(['\"]?)(?P<end>\w+)\1")
_CAT = re.compile(rf"{_BEGIN}cat\b")
_TO_TEE = re.compile(rf"{_BEGIN}tee\s+(?:-\S+\s+)*(?P<file>(?:{_QUOTED}|[^\s;|<>'\"])+)")
_REDIRECTED = re.compile(_TO)
# Where what several commands write goes into one file or program.
_GROUP_TO = re.compile(r"(?:^|[;\s])(?:\}|\)|done|fi)\s*(?:\d?>|\|)", re.MULTILINE)
_FOR_PEOPLE = re.compile(
    r"(?:^|/)(?:readme|changelog|license|notice|notes|todo)\b[^/]*$|(?:^|/)(?:motd|issue|issue\.net)$|"
    r"\.(?:md|rst|adoc|log|html?)$|^/dev/(?:null|console|tty\w*|stdout|stderr)$|^&\d$",
    re.IGNORECASE,
)
_OF_SETTINGS = re.compile(
    r"\.(?:properties|conf|cnf|cfg|ini|env|toml|xml|txt|csv)$|(?:^|/)(?:fstab|environment|\.env[\w.]*)$", re.IGNORECASE
)
# Files of settings that name commands to run.
_OF_COMMANDS = re.compile(r"supervisor|cron|systemd|upstart|/init/", re.IGNORECASE)


def use_of_file(name: str) -> Use:
    """Return what becomes of what a file holds, by its name."""
    plain = name.strip("'\"")
    if _FOR_PEOPLE.search(plain):
        return Use.SAID
    return Use.SETTING if _OF_SETTINGS.search(plain) and not _OF_COMMANDS.search(plain) else Use.RUN


def use_of_init(place: str) -> Use:
    """Return what becomes of a text of cfn-init's, by its place: of a file it is what that is for."""
    file = _OF_INIT.search(place)
    return use_of_file(file["file"]) if file else Use.RUN


def lines_of(script: str) -> Iterator[tuple[int, Use, str]]:
    """Yield the texts of a script, each with its line's number, from 1, and what becomes of it."""
    end, below = "", Use.RUN
    bare = Use.SETTING if _GROUP_TO.search(script) else Use.SAID
    for number, line in enumerate(script.replace("\\\n", " ").splitlines(), 1):
        if end:
            if line.strip() == end:
                end = ""
            else:
                yield number, below, line
            continue
        here = _HERE.search(line)
        if here:
            end, below = here["end"], _below(line, here, bare)
        rest, done = "", 0
        for found in _ECHO.finditer(line):
            use = _use(found, bare)
            if use is not Use.RUN:
                rest, done = f"{rest}{line[done : found.start('words')]} ", found.end("words")
                yield number, use, found["words"]
        yield number, Use.RUN, rest + line[done:]


def _use(found: re.Match[str], bare: Use) -> Use:
    """Return what becomes of the words of an echo."""
    if _SUBSTITUTED.search(found["words"]) or not found["words"].strip():
        return Use.RUN
    if found["more"].strip():
        into = _TEE.match(found["more"])
        return use_of_file(into["file"]) if into else Use.RUN
    return use_of_file(found["file"]) if found["file"] else bare


def _below(line: str, here: re.Match[str], bare: Use) -> Use:
    """Return what becomes of the lines that follow until a word ends them."""
    tee = _TO_TEE.search(line)
    if tee:
        return use_of_file(tee["file"])
    if not _CAT.search(line):
        return Use.RUN
    rest = line[: here.start()] + line[here.end() :]
    if "|" in rest:
        into = _TEE.match(rest[rest.index("|") :])
        return use_of_file(into["file"]) if into else Use.RUN
    to = _REDIRECTED.search(rest)
    return use_of_file(to["file"]) if to else bare
