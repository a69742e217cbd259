"""ARNs taken apart, also where a part is a placeholder such as ``${AWS::Region}`` with colons of its own."""

from __future__ import annotations

import re
from typing import NamedTuple

_PLACEHOLDER = re.compile(r"\$\{[^}]*\}")


class Arn(NamedTuple):
    """The fields of an ARN or of a pattern for ARNs; a placeholder is shown as ``${}``."""

    partition: str
    service: str
    region: str
    account: str
    name: str


def parse_arn(text: str) -> Arn | None:
    """Return the fields of an ARN; None for anything else."""
    parts = _PLACEHOLDER.sub("${}", text).split(":", 5)
    return Arn(*parts[1:]) if len(parts) == 6 and parts[0] == "arn" else None
