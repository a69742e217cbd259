"""The answers of ``hipaa-constructs preflight`` about the live account, read from its JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pydantic

from hipaa_constructs.compliance.files import read_json
from hipaa_constructs.compliance.unusable import UnusableInput
from hipaa_constructs.evidence.model import PreflightResult


class _Result(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="ignore", strict=True)

    id: str
    title: str
    outcome: Literal["passed", "failed", "unknown"]
    message: str = ""
    controls: list[str] = []


class _File(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="ignore", strict=True)

    results: list[_Result]


def read_file(file: Path) -> Sequence[PreflightResult]:
    """Read what ``hipaa-constructs preflight --format json`` wrote.

    :raises UnusableInput: it cannot be read, or is something else.
    """
    try:
        found = _File.model_validate(read_json(file))
    except pydantic.ValidationError as errors:
        error = errors.errors(include_url=False)[0]
        place = ".".join(str(part) for part in error["loc"]) or "the file"
        raise UnusableInput(str(file), f"it is no result of preflight: {place}: {error['msg']}") from None
    return [PreflightResult(one.id, one.title, one.outcome, one.message, tuple(one.controls)) for one in found.results]
