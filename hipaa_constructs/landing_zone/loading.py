"""How the landing zone's configuration is read, and what is said of one that is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import aws_cdk as cdk
from pydantic import BaseModel, ValidationError

from hipaa_constructs._extras import needs
from hipaa_constructs.landing_zone.config import LandingZoneConfig

CONTEXT_KEY = "landing-zone"


def load_config(app: cdk.App) -> LandingZoneConfig:
    """Read the configuration from the ``landing-zone`` context: a mapping in ``cdk.json``, or a YAML file's path.

    :raises ValueError: no configuration, a file that cannot be read, or keys or values that are not allowed; all of
        them are named at once.
    """
    given = app.node.try_get_context(CONTEXT_KEY)
    if given is None:
        raise ValueError(
            f"There is no configuration: put a {CONTEXT_KEY!r} mapping with at least the account under 'context' "
            f"in cdk.json, or name a file with 'cdk synth -c {CONTEXT_KEY}=FILE.yaml'."
        )
    source = f"context key {CONTEXT_KEY!r}"
    if isinstance(given, str):
        source = given
        given = _read(Path(given))
    return parse_config(given, source=source)


def parse_config(given: Any, *, source: str) -> LandingZoneConfig:
    """Validate configuration data; ``source`` is what an error calls it.

    :raises ValueError: naming each wrong key, what it got and what is allowed.
    """
    try:
        return LandingZoneConfig.model_validate(given)
    except ValidationError as error:
        problems = "\n".join(f"  {_problem(detail)}" for detail in error.errors())
        raise ValueError(f"The landing zone's configuration ({source}) is not valid:\n{problems}") from None


def _read(path: Path) -> Any:
    with needs("landing-zone"):
        import yaml

    try:
        return yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
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
