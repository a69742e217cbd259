"""How the landing zone's configuration is read, and what is said of one that is wrong; imports no aws_cdk."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from hipaa_constructs._extras import needs
from hipaa_constructs.landing_zone.config import LandingZoneConfig, OrganizationZoneConfig

# Where cdk.json holds it.
CONTEXT_KEY = "landing-zone"
# What tells an organization from one account.
_ORGANIZATION = "organization"

_Model = TypeVar("_Model", bound=BaseModel)


def read_config(file: Path) -> LandingZoneConfig:
    """Read and validate a YAML or JSON file that describes one account.

    :raises ValueError: a file that cannot be read, or keys or values that are not allowed.
    """
    return parse_config(read_file(file), source=str(file))


def parse_config(given: Any, *, source: str) -> LandingZoneConfig:
    """Validate the configuration of one account; ``source`` is what an error calls it.

    :raises ValueError: naming each wrong key, what it got and what is allowed.
    """
    if _of_organization(given):
        raise ValueError(
            f"The landing zone's configuration ({source}) is not valid:\n  {_ORGANIZATION}: is given, and one account "
            f"is asked for here; leave {_ORGANIZATION} out, and name the account instead."
        )
    return _validated(LandingZoneConfig, given, source)


def read_organization(file: Path) -> OrganizationZoneConfig:
    """Read and validate a YAML or JSON file that describes an organization.

    :raises ValueError: a file that cannot be read, that describes one account, or keys or values that are not allowed.
    """
    return _validated(OrganizationZoneConfig, read_file(file), str(file))


def parse_zone(given: Any, *, source: str) -> LandingZoneConfig | OrganizationZoneConfig:
    """Validate the configuration of one account, or of an organization if it has that key.

    :raises ValueError: naming each wrong key, what it got and what is allowed.
    """
    if _of_organization(given):
        return _validated(OrganizationZoneConfig, given, source)
    return _validated(LandingZoneConfig, given, source)


def _of_organization(given: Any) -> bool:
    return isinstance(given, Mapping) and _ORGANIZATION in given


def _validated(model: type[_Model], given: Any, source: str) -> _Model:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        problems = "\n".join(f"  {_problem(model, detail)}" for detail in _problems(error))
        raise ValueError(f"The landing zone's configuration ({source}) is not valid:\n{problems}") from None


def read_file(path: Path) -> Any:
    """Read what a YAML or JSON file holds.

    :raises ValueError: it cannot be read.
    """
    try:
        text = path.read_text("utf-8")
        if path.suffix == ".json":
            return json.loads(text, object_pairs_hook=_once)
        return _read_yaml(text)
    except (OSError, ValueError) as error:
        raise ValueError(f"The landing zone's configuration file {path} cannot be read: {error}") from None


def _read_yaml(text: str) -> Any:
    with needs("landing-zone"):
        import yaml

    class Loader(yaml.SafeLoader):
        """Refuses a key that is given twice, of which PyYAML takes the last and says nothing."""

        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
            seen: set[str] = set()
            for key, _ in node.value:
                if isinstance(key, yaml.ScalarNode) and key.value in seen:
                    raise ValueError(f"line {key.start_mark.line + 1}: {_twice(key.value)}")
                seen.add(str(key.value))
            return super().construct_mapping(node, deep)

    try:
        # SafeLoader's subclass: it makes plain values alone.
        return yaml.load(text, Loader)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON, whose last value of a key would count alone."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(_twice(next(name for name in names if names.count(name) > 1)))
    return found


def _twice(key: str) -> str:
    return f"the key {key!r} is given twice in one place; leave one out"


def _problems(error: ValidationError) -> list[Any]:
    """Return what is wrong, without lists that are too short only because what is in them is wrong."""
    details = error.errors()
    inside = {detail["loc"][:-1] for detail in details if detail["loc"]}
    return [detail for detail in details if detail["type"] != "too_short" or detail["loc"] not in inside]


def _expected(detail: Any) -> str:
    """Return what a value should be, in the words of YAML rather than Python's."""
    kind = detail["type"]
    if kind in ("model_type", "dict_type"):
        return "it takes keys with values"
    if kind in ("tuple_type", "list_type"):
        return "it takes a list, such as [one, other]"
    if kind == "too_short":
        return f"it takes {detail['ctx']['min_length']} at least"
    if kind == "string_type":
        return "it takes text" if detail["input"] is None else "it takes text: put it between quotes"
    return str(detail["msg"])


def _problem(root: type[BaseModel], detail: Any) -> str:
    location = detail["loc"]
    key = ".".join(map(str, location)) or "the whole"
    if detail["type"] == "extra_forbidden":
        allowed = sorted(_section(root, location[:-1]).model_fields)
        hint = _meant(root, location, allowed)
        return f"{key}: got {detail['input']!r}; there is no such key. {hint}Allowed here are {', '.join(allowed)}."
    if detail["type"] == "missing":
        return f"{key}: missing. {_description(root, location)}"
    if detail["type"] == "value_error":
        return f"{detail['ctx']['error']}."
    return f"{key}: got {detail['input']!r}; {_expected(detail)}. {_description(root, location)}".rstrip()


def _meant(root: type[BaseModel], location: tuple[Any, ...], allowed: list[str]) -> str:
    """Say which key was meant: one like it, or the same in another place."""
    name = str(location[-1])
    near = difflib.get_close_matches(name, allowed, n=1)
    if near:
        return f"Did you mean {near[0]}? "
    places = sorted({place for place in _places(root, name) if place})
    if places:
        return f"It belongs into {' or '.join(places)}. "
    if root is OrganizationZoneConfig and len(location) == 1 and name in LandingZoneConfig.model_fields:
        return "It is of one account alone: see organization.accounts and organization.workloads. "
    return ""


def _places(model: type[BaseModel], name: str, at: str = "") -> Iterator[str]:
    """Return the sections that have a key of that name."""
    if name in model.model_fields:
        yield at
    for key, field in model.model_fields.items():
        for inner in _models(field.annotation):
            yield from _places(inner, name, f"{at}.{key}" if at else key)


def _section(root: type[BaseModel], location: tuple[Any, ...]) -> type[BaseModel]:
    model = root
    for key in location:
        annotation = model.model_fields[key].annotation if key in model.model_fields else None
        model = next(_models(annotation), model)
    return model


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def _description(root: type[BaseModel], location: tuple[Any, ...]) -> str:
    names = [key for key in location if isinstance(key, str)]
    field = _section(root, tuple(names[:-1])).model_fields.get(names[-1]) if names else None
    return field.description or "" if field else ""
