"""Tells CDK the line that makes a construct where CDK's own trace of it has none.

CDK's report names the lines of a construct's first ``aws:cdk:creationStack``, which stays as it is, and those that set
the properties which a violation names (aws-cdk-lib, core/lib/validation/private/construct-tree.js).
"""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk

from hipaa_constructs.cloudformation.reads import Path
from hipaa_constructs.cloudformation.sources import Sources
from hipaa_constructs.compliance.construct_at import construct_at

_SET = "aws:cdk:propertyAssignment"


class ToldLines:
    """The lines that one app's injectors kept, handed to CDK for what is found."""

    def __init__(self, app: cdk.App, sources: Sources) -> None:
        self._app = app
        self._sources = sources
        self._told: set[tuple[str, str]] = set()

    def locations(self, construct_path: str, place: Path = ()) -> Sequence[str]:
        """Return the property paths of a violation on a construct; by them, CDK finds the line if it has no other."""
        named = [".".join(map(str, place))] if place else []
        source = self._sources.injected(construct_path)
        if source is None:
            return named
        name = str(place[1]) if len(place) > 1 and place[0] == "Properties" else "*"
        if (construct_path, name) not in self._told:
            self._told.add((construct_path, name))
            construct = construct_at(self._app, construct_path)
            if construct is not None:
                frame = f"<module> ({source.absolute}:{source.line})"
                construct.node.add_metadata(_SET, {"propertyName": name, "stackTrace": [frame]})
        return named if name != "*" else [*named, "Properties.*"]
