"""Apps with and without secure defaults, and what comes of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from hipaa_constructs.cloudformation.load import assembly
from hipaa_constructs.compliance.changes import Change, changes_of
from hipaa_constructs.defaults.secure_defaults import secure_defaults

FLAGS = json.loads((Path(__file__).parents[2] / "cdk.json").read_text())["context"]
ENV = cdk.Environment(account="111122223333", region="us-east-1")
Define = Callable[[cdk.Stack], object]


class Synthesized:
    """The template of one stack, and what was changed in it."""

    def __init__(self, stack: cdk.Stack) -> None:
        root = stack.node.root
        assert isinstance(root, cdk.App)
        self.folder = Path(root.synth().directory)
        template = json.loads((self.folder / stack.template_file).read_text())
        self.resources: Mapping[str, Mapping[str, Any]] = template["Resources"]
        self.changes = changes_of(assembly.load([self.folder]))

    def of(self, resource_type: str) -> list[Mapping[str, Any]]:
        return [
            resource.get("Properties", {}) for resource in self.resources.values() if resource["Type"] == resource_type
        ]

    def changed(self, path: str, outcome: str = "set") -> set[str]:
        return {one.setting for one in self.changes if one.path == path and one.outcome == outcome}

    def change(self, path: str, setting: str) -> Change:
        (found,) = [one for one in self.changes if one.path == path and one.setting == setting]
        return found


def new_stack(*, flags: Mapping[str, Any] = FLAGS, env: cdk.Environment | None = ENV) -> cdk.Stack:
    app = cdk.App(context=dict(flags), builtin_cloud_formation_validation=False, analytics_reporting=False)
    return cdk.Stack(app, "S", env=env)


def synthesized(define: Define, *, secure: bool = True, flags: Mapping[str, Any] = FLAGS, **given: Any) -> Synthesized:
    """Synthesize a stack with what ``define`` makes in it, after ``secure_defaults``."""
    stack = new_stack(flags=flags)
    if secure:
        secure_defaults(stack, **given)
    define(stack)
    return Synthesized(stack)
