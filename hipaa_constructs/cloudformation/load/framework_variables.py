"""Variables of the Serverless Framework, such as ``${self:custom.stage}``, which it fills in before CloudFormation.

What it will fill in is not in the file, so it is read as a gap: neither equal to anything nor different from it, and
filled in alike wherever it is written alike (serverless.com/framework/docs/providers/aws/guide/variables).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from hipaa_constructs.cloudformation.gaps import framework_gap
from hipaa_constructs.cloudformation.values import Gap, Part, Text

# One variable may stand within another. A shell's ``${param:-default}`` is none of them.
_WITHIN = r"(?:[^{}]|\$\{[^{}]*\})*"
_VARIABLE = re.compile(
    rf"\$\{{\s*(?:(?:cf(?:\([\w-]+\))?|env|opt|param|self|sls|ssm(?:\([\w-]+\))?|s3|strToBool):[\w./$]|file\(){_WITHIN}\}}"
)


def with_gaps(body: Any, text: str) -> Any:
    """Return a template's data with its variables as gaps; what has none is returned as it is.

    :param text: what the data was read from.
    """
    return _filled(body) if _VARIABLE.search(text) else body


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        # There it is a name like any other, which ``sub`` tells from those of CloudFormation.
        return {key: item if key == "Fn::Sub" else _filled(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item) for item in value]
    if isinstance(value, str):
        parts = list(_parts(value))
        return Text(*parts) if any(isinstance(part, Gap) for part in parts) else value
    return value


def _parts(text: str) -> Iterator[Part]:
    position = 0
    for found in _VARIABLE.finditer(text):
        if found.start() > position:
            yield text[position : found.start()]
        yield framework_gap(found[0][2:-1])
        position = found.end()
    if position < len(text):
        yield text[position:]
