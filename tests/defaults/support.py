"""Apps with and without secure defaults, and what comes of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

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


def lint_errors(made: Synthesized) -> list[str]:
    """Return what CloudFormation would not take of the stack's template, as cfn-lint says."""
    pytest.importorskip("cfnlint")
    from cfnlint.api import lint
    from cfnlint.config import ManualArgs

    text = (made.folder / "S.template.json").read_text()
    # W3005 is CDK's own way to wait, W3010 its stand-in for zones, W3690 the naive app's old engine.
    found = lint(text, config=ManualArgs(regions=["us-east-1"], ignore_checks=["W3005", "W3010", "W3690", "I"]))
    return [f"{match.rule.id} {match.message}" for match in found]
