"""The values that parameters are deployed with, in the forms that CloudFormation's own tools read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hipaa_constructs.cloudformation.load.files import read_bytes
from hipaa_constructs.cloudformation.load.template_file import parse
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.cloudformation.model import App, Template
from hipaa_constructs.cloudformation.values import as_mapping, literal_text

_FORMS = (
    'a list of {"ParameterKey": …, "ParameterValue": …}, a list of "NAME=VALUE", or a mapping with "Parameters" '
    "(docs.aws.amazon.com/cli/latest/reference/cloudformation/deploy)"
)


def parse_parameter(text: str, source: str = "--parameter") -> tuple[str, str]:
    """Read ``NAME=VALUE``; a value may hold further equals signs.

    :raises UnusableInput: there is no name.
    """
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise UnusableInput(source, f"got {text[:60]!r}; write NAME=VALUE")
    return name.strip(), value


def read_parameters(file: Path) -> Mapping[str, str]:
    """Read a parameter file, JSON or YAML.

    :raises UnusableInput: it cannot be read, or has none of the forms.
    """
    data = parse(read_bytes(file).decode("utf-8-sig", "replace"), str(file))
    if isinstance(data, Mapping):
        given = data.get("Parameters")
        if isinstance(given, Mapping) and all(_is_value(value) for value in given.values()):
            return {str(name): _text(value) for name, value in given.items()}
    elif isinstance(data, list) and data:
        return dict(_entry(item, str(file)) for item in data)
    raise UnusableInput(str(file), f"this is no parameter file: it holds neither {_FORMS}")


def require_known(app: App, parameters: Mapping[str, str]) -> None:
    """Refuse values for parameters that no template has, or that a template does not allow.

    :raises UnusableInput: which, and what there is instead.
    """
    for name, value in parameters.items():
        declaring = [template for template in app.templates if name in template.parameters]
        if not declaring:
            known = sorted({one for template in app.templates for one in template.parameters})
            there = f"there are {', '.join(known[:20])}" if known else "there are none"
            raise UnusableInput(f"--parameter {name}", f"no template has that parameter; {there}")
        for template in declaring:
            _require_allowed(template, name, value)


def _require_allowed(template: Template, name: str, value: str) -> None:
    declared = as_mapping(template.parameters[name])
    allowed = declared.get("AllowedValues")
    items = [item.strip() for item in value.split(",")] if "List" in str(declared.get("Type")) else [value]
    if isinstance(allowed, list):
        texts = [_text(one) for one in allowed]
        for item in items:
            if item not in texts:
                shown = "(hidden)" if _is_true(declared.get("NoEcho")) else repr(item)
                raise UnusableInput(
                    f"--parameter {name}", f"got {shown}; {template.name} allows {', '.join(texts[:20])}"
                )


def _entry(item: Any, source: str) -> tuple[str, str]:
    if isinstance(item, str):
        return parse_parameter(item, source)
    name, value = (as_mapping(item).get(key) for key in ("ParameterKey", "ParameterValue"))
    if not isinstance(name, str) or not _is_value(value):
        raise UnusableInput(source, f"an entry has no ParameterKey with a ParameterValue; write {_FORMS}")
    return name, _text(value)


def _is_value(value: Any) -> bool:
    return isinstance(value, (str, int, float)) or (isinstance(value, list) and all(map(_is_value, value)))


def _text(value: Any) -> str:
    return ",".join(map(_text, value)) if isinstance(value, list) else literal_text(value)


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"


def merged(files: Iterable[Path], texts: Sequence[str]) -> Mapping[str, str]:
    """Return what files and single values give together; single values win, as the later file does."""
    given: dict[str, str] = {}
    for file in files:
        given.update(read_parameters(file))
    given.update(parse_parameter(text) for text in texts)
    return given
