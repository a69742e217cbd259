"""How the landing zone's configuration is read, and what is said of one that is wrong; imports no aws_cdk."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from hipaa_constructs._extras import needs
from hipaa_constructs.landing_zone.config import LandingZoneConfig

# Where cdk.json holds it.
CONTEXT_KEY = "landing-zone"


def read_config(file: Path) -> LandingZoneConfig:
    """Read and validate a YAML or JSON file.

    :raises ValueError: a file that cannot be read, or keys or values that are not allowed.
    """
    return parse_config(read_file(file), source=str(file))


def parse_config(given: Any, *, source: str) -> LandingZoneConfig:
    """Validate configuration data; ``source`` is what an error calls it.

    :raises ValueError: naming each wrong key, what it got and what is allowed.
    """
    try:
        return LandingZoneConfig.model_validate(given)
    except ValidationError as error:
        problems = "\n".join(f"  {_problem(detail)}" for detail in error.errors())
        raise ValueError(f"The landing zone's configuration ({source}) is not valid:\n{problems}") from None


def read_file(path: Path) -> Any:
    """Read what a YAML or JSON file holds.

    :raises ValueError: it cannot be read.
    """
    try:
        text = path.read_text("utf-8")
        if path.suffix == ".json":
            return json.loads(text)
        with needs("landing-zone"):
            import yaml

        try:
            return yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise ValueError(str(error)) from None
    except (OSError, ValueError) as error:
        raise ValueError(f"The landing zone's configuration file {path} cannot be read: {error}") from None


def _problem(detail: Any) -> str:
    key = ".".join(map(str, detail["loc"])) or "the whole"
    if detail["type"] == "extra_forbidden":
        allowed = ", ".join(_allowed(detail["loc"]))
        return f"{key}: got {detail['input']!r}; there is no such key. Allowed here are {allowed}."
    if detail["type"] == "missing":
        return f"{key}: missing. {_description(detail['loc'])}"
    if detail["type"] == "value_error":
        return f"{detail['ctx']['error']}."
    return f"{key}: got {detail['input']!r}; {detail['msg']}. {_description(detail['loc'])}".rstrip()


def _section(location: tuple[Any, ...]) -> type[BaseModel]:
    model: type[BaseModel] = LandingZoneConfig
    for key in location:
        annotation = model.model_fields[key].annotation if key in model.model_fields else None
        for kind in (annotation, *get_args(annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                model = kind
    return model


def _allowed(location: tuple[Any, ...]) -> list[str]:
    return sorted(_section(location[:-1]).model_fields)


def _description(location: tuple[Any, ...]) -> str:
    names = [key for key in location if isinstance(key, str)]
    field = _section(tuple(names[:-1])).model_fields.get(names[-1]) if names else None
    return field.description or "" if field else ""
