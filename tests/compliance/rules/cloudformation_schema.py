"""What CloudFormation's schemas, as cfn-lint ships them, say of the properties that rules and examples name."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft7Validator

from benchmarks.mutation.template_sites import is_intrinsic, resolved, schema_of

# Of one value alone, whatever else is set: an example sets no more than its rule asks for.
_KEPT = ("$ref", "additionalProperties", "enum", "maxLength", "maximum", "minLength", "minimum", "type")
_OF_SCHEMAS = ("definitions", "properties")
_NOT_KNOWN = object()


def mistakes(kind: str, properties: Mapping[str, Any]) -> Iterator[str]:
    """Yield where properties have a name or a value that their type does not take."""
    if not schema_of(kind):
        yield f"{kind} is no type of CloudFormation's"
    for error in _validator(kind).iter_errors(_known(properties)):
        yield f"{'.'.join(map(str, error.absolute_path)) or 'Properties'}: {error.message}"


def takes(kind: str, path: str) -> bool:
    """Whether a type has a property at a dotted path; ``[]`` behind a name, for every item, may be left out."""
    root = schema_of(kind)
    schema: Mapping[str, Any] = root
    for name in path.replace("[]", "").split("."):
        schema = resolved(schema, root)
        while "items" in schema:
            schema = resolved(schema["items"], root)
        if name in schema.get("properties", {}):
            schema = schema["properties"][name]
            continue
        maps = schema.get("patternProperties", {})
        if maps:
            schema = next(iter(maps.values()))
            continue
        # An object of which nothing is said may hold anything: a policy, a map.
        return not schema.get("properties") and "object" in schema.get("type", ())
    return True


def completed(kind: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return properties with what CloudFormation requires beside them, as small as it can be."""
    root = schema_of(kind)
    filled = _completed(properties, root, root)
    assert isinstance(filled, dict)
    return filled


def _completed(value: Any, schema: Any, root: Mapping[str, Any]) -> Any:
    schema = resolved(schema, root)
    if isinstance(value, list):
        return [_completed(item, schema.get("items", {}), root) for item in value]
    if is_intrinsic(value) or not isinstance(value, Mapping):
        return value
    known = schema.get("properties", {})
    missing = [name for name in schema.get("required", ()) if name not in value and name in known]
    return {name: _completed(item, known.get(name, {}), root) for name, item in value.items()} | {
        name: _smallest(known[name], root) for name in missing
    }


def _smallest(schema: Any, root: Mapping[str, Any]) -> Any:
    schema = resolved(schema, root)
    if "enum" in schema:
        return schema["enum"][0]
    # One of several kinds; elsewhere `oneOf` says which names stand together.
    if "type" not in schema and "$ref" in (schema.get("oneOf") or [{}])[0]:
        return _smallest(schema["oneOf"][0], root)
    kinds = schema.get("type", "object")
    kind = kinds if isinstance(kinds, str) else kinds[0]
    values: dict[str, Any] = {"array": [], "boolean": False, "integer": 1, "number": 1, "string": "x"}
    return values[kind] if kind in values else _completed({}, schema, root)


@functools.cache
def _validator(kind: str) -> Draft7Validator:
    return Draft7Validator(_loosened(schema_of(kind)))


def _loosened(schema: Any) -> Any:
    """Keep what says which names and values there may be, but not which have to be there, nor together."""
    if not isinstance(schema, Mapping):
        return schema
    found: dict[str, Any] = {key: schema[key] for key in _KEPT if key in schema}
    if "pattern" in schema and _is_readable(schema["pattern"]):
        found["pattern"] = schema["pattern"]
    if isinstance(found.get("additionalProperties"), Mapping):
        found["additionalProperties"] = _loosened(found["additionalProperties"])
    if "items" in schema:
        found["items"] = _loosened(schema["items"])
    for key in _OF_SCHEMAS:
        if key in schema:
            found[key] = {name: _loosened(item) for name, item in schema[key].items()}
    if "patternProperties" in schema:
        names = schema["patternProperties"].items()
        found["patternProperties"] = {(name if _is_readable(name) else "^"): _loosened(item) for name, item in names}
    return found


def _is_readable(pattern: str) -> bool:
    """Whether Python reads a pattern; CloudFormation's are those of another language."""
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def _known(value: Any) -> Any:
    """Leave out what only deployment fills in."""
    if is_intrinsic(value) or (isinstance(value, str) and value.startswith("{{resolve:")):
        return _NOT_KNOWN
    if isinstance(value, Mapping):
        found = {key: _known(item) for key, item in value.items()}
        return {key: item for key, item in found.items() if item is not _NOT_KNOWN}
    if isinstance(value, list):
        return [item for item in map(_known, value) if item is not _NOT_KNOWN]
    return value
