"""Puts into a template what it includes from files beside it, before it is packaged.

``aws cloudformation package`` uploads the files that some properties name, and at deployment they stand in the place of
their names (docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-include.html;
docs.aws.amazon.com/cli/latest/reference/cloudformation/package.html). So what they say can be read before. What is
already in S3, and what lies outside of the repository, stays unread.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from hipaa_constructs.cloudformation.load.files import read_bytes
from hipaa_constructs.cloudformation.load.given import path_of
from hipaa_constructs.cloudformation.load.repository import is_own, repository_of, shown_as
from hipaa_constructs.cloudformation.load.template_file import decode, parse
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.cloudformation.values import as_mapping

_MACRO: Final = "Fn::Transform"
# Properties that name a file with the definition of an API, and those that hold one.
_DEFINITIONS: Final[Mapping[str, tuple[str, str]]] = {
    "AWS::ApiGateway::RestApi": ("BodyS3Location", "Body"),
    "AWS::ApiGatewayV2::Api": ("BodyS3Location", "Body"),
    "AWS::Serverless::Api": ("DefinitionUri", "DefinitionBody"),
    "AWS::Serverless::HttpApi": ("DefinitionUri", "DefinitionBody"),
}


@dataclass(slots=True)
class Includes:
    """What the templates of one app include, by the names of the files.

    :param admit: called with each file before it is read; raises ``UnusableInput`` to refuse.
    """

    admit: Callable[[Path], None]
    read: list[str] = field(default_factory=list)

    def put_into(self, body: dict[str, Any], file: Path) -> dict[str, Any]:
        """Return a template with what it includes; ``file`` is where it was read from."""
        written: dict[str, Any] = self._with_files(body, file)
        resources = {name: self._defined(raw, file) for name, raw in as_mapping(written.get("Resources")).items()}
        return {**written, "Resources": resources}

    def _with_files(self, value: Any, file: Path) -> Any:
        if isinstance(value, list):
            items = [self._with_files(item, file) for item in value]
            # What stays as it is is not copied, since aliases may share it many times.
            return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
        if not isinstance(value, dict):
            return value
        inner = {key: self._with_files(item, file) for key, item in value.items() if key != _MACRO}
        if _MACRO not in value:
            return inner if any(inner[key] is not item for key, item in value.items()) else value
        call = as_mapping(value[_MACRO])
        location = as_mapping(call.get("Parameters")).get("Location")
        found = self._content(location, file) if call.get("Name") == "AWS::Include" else None
        return {**value, **inner} if found is None else {**inner, **found}

    def _defined(self, raw: Any, file: Path) -> Any:
        """Return a resource with the definition that it names."""
        name, holds = _DEFINITIONS.get(str(as_mapping(raw).get("Type")), ("", ""))
        properties = as_mapping(as_mapping(raw).get("Properties"))
        found = self._content(properties.get(name), file) if name in properties else None
        if found is None:
            return raw
        others = {key: value for key, value in properties.items() if key != name}
        return {**raw, "Properties": {**others, holds: found}}

    def _content(self, location: Any, file: Path) -> Mapping[str, Any] | None:
        path = path_of(location) if isinstance(location, str) else None
        if path is None:
            return None
        folder = Path(os.path.realpath(file)).parent
        target = Path(os.path.normpath(folder / path))
        if not is_own(target, repository_of(folder)):
            return None
        shown = shown_as(target, file)
        try:
            self.admit(shown)
            content = parse(decode(read_bytes(shown), shown.as_posix()), shown.as_posix(), [])
        except UnusableInput:
            return None
        if not isinstance(content, dict):
            return None
        if shown.as_posix() not in self.read:
            self.read.append(shown.as_posix())
        return content
