"""How much of what the rules find ``hipaa-constructs fix`` leaves: ``python -m benchmarks fixes``.

Of the reduced templates of ``judged.json``, and of the public ones where ``JUDGED_TEMPLATES`` names a folder with them,
as ``precision`` says. Once as they are, once with what replaces, once with what only their owners know, once with
both, and with parameters that ask for that in place of it.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from benchmarks.precision import FOLDER, day, judged
from benchmarks.results import Result
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.mending import Mending, mend

# Of 100 findings on public templates, 60 are to be mended.
LEFT_TARGET = 40.0
_ACCOUNT = "111122223333"
_CERTIFICATE = f"arn:aws:acm:us-east-1:{_ACCOUNT}:certificate/11111111-1111-1111-1111-111111111111"
GIVEN = {
    "allowed-range": "198.51.100.0/24",
    "backup-plan": "11111111-1111-1111-1111-111111111111",
    "backup-role": f"arn:aws:iam::{_ACCOUNT}:role/backup",
    "certificate": _CERTIFICATE,
    "copy-vault": f"arn:aws:backup:us-west-2:{_ACCOUNT}:backup-vault:copies",
    "data-resources": "arn:aws:s3:::records/*",
    "edge-certificate": _CERTIFICATE,
    "edge-logs": "logs.s3.amazonaws.com",
    "edge-web-acl": f"arn:aws:wafv2:us-east-1:{_ACCOUNT}:global/webacl/edge/11111111-1111-1111-1111-111111111111",
    "private-subnets": "subnet-0a1b2c3d,subnet-0a1b2c3e",
    "runtimes": "dotnet10,java21,nodejs22.x,provided.al2023,python3.13,ruby3.4",
    "security-groups": "sg-0a1b2c3d",
}


def left(mendings: Iterable[Mending]) -> float:
    """Return the share of findings that are left, in per cent."""
    counts = [(len(one.fixed), len(one.left)) for one in mendings]
    fixed, open_ = (sum(column) for column in zip(*counts, strict=True)) if counts else (0, 0)
    return 100 * open_ / (fixed + open_) if fixed + open_ else 0.0


def measure(step: Callable[[str], None] = lambda what: None) -> Sequence[Result]:
    """Mend all templates, each by itself."""
    with tempfile.TemporaryDirectory() as temporary:
        reduced = []
        for number, entry in enumerate(judged()["findings"]):
            reduced.append(Path(temporary, f"{number}.template.json"))
            reduced[-1].write_text(json.dumps(entry["reduced"]), "utf-8")
        results = _results("reduced templates", reduced, None, step)
    folder = os.environ.get(FOLDER)
    if folder is None:
        return (*results, Result(f"public templates ({FOLDER} is not set)", None, None, "%"))
    public = [file for name in judged()["templates"] if (file := Path(folder, name)).is_file()]
    return (*results, *_results("public templates", public, LEFT_TARGET, step))


def _results(where: str, files: Sequence[Path], target: float | None, step: Callable[[str], None]) -> Sequence[Result]:
    ways: Sequence[tuple[str, Mapping[str, str], bool, bool]] = (
        ("left", {}, False, False),
        ("left, with replacements", {}, False, True),
        ("left, with what only owners know", GIVEN, False, False),
        ("left, with both", GIVEN, False, True),
        ("left, with parameters that ask", {}, True, False),
        ("left, with such and replacements", {}, True, True),
    )
    return [
        Result(f"{where}: {what}", left(_mended(files, given, ask, allow, step)), target, "%")
        for what, given, ask, allow in ways
    ]


def _mended(
    files: Sequence[Path], given: Mapping[str, str], ask: bool, allow_replacement: bool, step: Callable[[str], None]
) -> Iterable[Mending]:
    for file in files:
        step(file.name)
        try:
            yield from mend([file], today=day(), given=given, ask=ask, allow_replacement=allow_replacement)
        except UnusableInput:
            # What the CDK wrote is not mended, and counts neither way.
            continue
