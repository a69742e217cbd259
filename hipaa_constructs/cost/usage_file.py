"""The file in which an organization says how much its app is used: YAML, every key with its unit and meaning."""

from __future__ import annotations

import difflib
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic
import yaml

from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.cost.amounts import AMOUNTS, MOST, SCALES, SECTIONS, preset
from hipaa_constructs.cost.usage import DEFAULT_SCALE, Usage

_Number = Annotated[Decimal, pydantic.Field(ge=0, le=MOST, allow_inf_nan=False)]


class _OnceEach(yaml.SafeLoader):
    """Refuses a key that stands twice, the first of which would be lost."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        twice = next((key for number, key in enumerate(keys) if key in keys[:number]), None)
        if twice is not None:
            raise yaml.constructor.ConstructorError(None, None, f"the key {twice} stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


def read_usage(file: Path, scale: str | None = None) -> Usage:
    """Read the file; what it leaves out is of its scale, or of ``scale`` if that is given.

    :raises UnusableInput: it cannot be read, is not YAML, or holds a wrong key or value.
    """
    name = str(file)
    try:
        data = yaml.load(file.read_text("utf-8"), _OnceEach)
    except (OSError, UnicodeError) as error:
        raise UnusableInput(name, f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise UnusableInput(name, f"is not YAML: {' '.join(str(error).split())}") from None
    try:
        read: Any = _model().model_validate({} if data is None else data)
    except pydantic.ValidationError as errors:
        raise UnusableInput(name, _problem(errors.errors(include_url=False)[0])) from None
    taken = scale or read.scale
    given = {
        f"{section}.{key}": value
        for section, values in read.model_dump(exclude_unset=True).items()
        if section != "scale" and values is not None
        for key, value in values.items()
    }
    return Usage(taken, {**preset(taken), **given}, frozenset(given), name)


@cache
def _model() -> type[pydantic.BaseModel]:
    strict = pydantic.ConfigDict(extra="forbid", frozen=True)
    sections: dict[str, Any] = {}
    for section in SECTIONS:
        keys = [key.removeprefix(f"{section}.") for key in AMOUNTS if key.startswith(f"{section}.")]
        fields: dict[str, Any] = {key: (_Number, pydantic.Field(default=Decimal(0))) for key in keys}
        sections[section] = (pydantic.create_model(section, __config__=strict, **fields) | None, None)
    sections["scale"] = (Literal[tuple(SCALES)], DEFAULT_SCALE)
    return pydantic.create_model("usage", __config__=strict, **sections)


def _problem(error: Any) -> str:
    where = ".".join(map(str, error["loc"]))
    if error["type"] in ("extra_forbidden", "invalid_key"):
        section, _, key = where.rpartition(".")
        allowed = [one.removeprefix(f"{section}.") for one in AMOUNTS if section and one.startswith(f"{section}.")]
        allowed = allowed or ["scale", *SECTIONS]
        near = difflib.get_close_matches(key, allowed, n=1, cutoff=0.5)
        whole = difflib.get_close_matches(where, AMOUNTS, n=1, cutoff=0.6)
        suggested = f"{section}.{near[0]}".lstrip(".") if near else whole[0] if whole else ""
        hint = f"; did you mean {suggested}?" if suggested else ""
        return f"{where}: there is no such key; allowed here are {', '.join(allowed)}{hint}"
    if where == "scale":
        return f"scale: got {error['input']!r}; allowed are {', '.join(SCALES)}"
    if where in AMOUNTS:
        amount = AMOUNTS[where]
        return f"{where}: got {error['input']!r}; it takes a number from 0 to {MOST:,}, {amount.unit}: {amount.what}"
    return f"{where or 'the file'}: got {type(error['input']).__name__}; it takes keys with values"
