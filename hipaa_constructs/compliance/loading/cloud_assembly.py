"""A cdk.out folder: its stacks, those nested in them, and what was classified and acknowledged in code."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hipaa_constructs.compliance.classification import METADATA_KEY as CLASSIFICATION_KEY
from hipaa_constructs.compliance.classification import TAG_KEY, DataClassification
from hipaa_constructs.compliance.governance.acknowledgement import (
    CDK_METADATA_KEY,
    METADATA_KEY,
    Acknowledgement,
    bare,
    from_metadata,
    ungoverned,
)
from hipaa_constructs.compliance.loading.assembly_metadata import Metadata
from hipaa_constructs.compliance.loading.files import member, read_bytes, read_json
from hipaa_constructs.compliance.loading.template_file import parse_template
from hipaa_constructs.compliance.loading.unusable import UnusableInput
from hipaa_constructs.compliance.rule import PREFIX
from hipaa_constructs.compliance.template import App, Template

_HASH = re.compile(r"[0-9a-f]{64}")
# Packs that speak of compliance; CDK's other rules are nothing that has to be approved.
_PACKS = (PREFIX, "HIPAA.Security-", "AwsSolutions-", "NIST.800.53.R5-", "PCI.DSS.321-", "Serverless-")
_MAX_NESTING = 20
# Under this construct of the app, enforce_hipaa notes the packs that check it.
GATE_ID = "HipaaGate"


class CloudAssembly:
    """Adds one cdk.out folder to an app, with the assemblies of its stages."""

    def __init__(self, app: App, folder: Path, prefix: str, step: Callable[[str], None]) -> None:
        self._app = app
        self._root = folder
        self._prefix = prefix
        self._step = step
        self.classifications: dict[str, DataClassification] = {}
        self.acknowledgements: list[Acknowledgement] = []
        self.files: dict[str, Path] = {}

    def load(self) -> None:
        """Read all of it.

        :raises UnusableInput: a file that the manifest names is missing or broken.
        """
        before = len(self._app.templates)
        self._folder(self._root, 0)
        if len(self._app.templates) == before:
            raise UnusableInput(str(self._root / "manifest.json"), "the cloud assembly holds no stack")
        self._above_stacks()

    def _folder(self, folder: Path, depth: int) -> None:
        manifest_file = folder / "manifest.json"
        artifacts = _mapping(read_json(manifest_file)).get("artifacts")
        if not isinstance(artifacts, Mapping) or depth > _MAX_NESTING:
            raise UnusableInput(str(manifest_file), "this is no cloud assembly: it names no artifacts")
        assets = self._assets(folder, artifacts)
        for name, artifact in artifacts.items():
            kind = _mapping(artifact).get("type")
            properties = _mapping(_mapping(artifact).get("properties"))
            if kind == "aws:cloudformation:stack":
                self._stack(folder, name, artifact, properties, assets)
            elif kind == "cdk:cloud-assembly" and isinstance(properties.get("directoryName"), str):
                self._folder(member(self._root, folder, properties["directoryName"]), depth + 1)

    def _assets(self, folder: Path, artifacts: Mapping[str, Any]) -> dict[str, str]:
        """Return the files that asset manifests name, by the hash that a template's URL holds."""
        assets: dict[str, str] = {}
        for artifact in artifacts.values():
            properties = _mapping(_mapping(artifact).get("properties"))
            if _mapping(artifact).get("type") == "cdk:asset-manifest" and isinstance(properties.get("file"), str):
                for key, entry in _mapping(
                    _mapping(read_json(member(self._root, folder, properties["file"]))).get("files")
                ).items():
                    path = _mapping(_mapping(entry).get("source")).get("path")
                    if isinstance(path, str):
                        assets[key] = path
        return assets

    def _stack(
        self,
        folder: Path,
        name: str,
        artifact: Mapping[str, Any],
        properties: Mapping[str, Any],
        assets: dict[str, str],
    ) -> None:
        file = properties.get("templateFile")
        if not isinstance(file, str):
            raise UnusableInput(str(folder / "manifest.json"), f"the stack {name!r} names no templateFile")
        display = artifact.get("displayName")
        path = display if isinstance(display, str) else name
        metadata = Metadata(self._metadata(folder, artifact), file, path)
        account, _, region = str(artifact.get("environment", "")).removeprefix("aws://").partition("/")
        self._inherit(path, properties)
        self._read(metadata)
        template = self._add(
            member(self._root, folder, file), metadata.path_of.get(file, path), metadata.logical_ids(file)
        )
        template.stack_name = str(properties.get("stackName") or name)
        template.account = account if re.fullmatch(r"\d{12}", account) else None
        template.region = region if region and region != "unknown-region" else None
        self._nested(folder, template, metadata, assets, 0)

    def _nested(self, folder: Path, parent: Template, metadata: Metadata, assets: dict[str, str], depth: int) -> None:
        for resource in parent.resources.values():
            if resource.type != "AWS::CloudFormation::Stack" or depth > _MAX_NESTING:
                continue
            file = resource.metadata.get("aws:asset:path") or metadata.nested_file(resource.construct_path)
            if not isinstance(file, str):
                url = json.dumps(resource.raw.get("Properties"), default=str)
                file = next((assets[found] for found in _HASH.findall(url) if found in assets), None)
            # The stack of an L1 refers to a template that CDK never saw.
            nested_file = member(self._root, folder, file) if file is not None else None
            if file is not None and nested_file is not None and nested_file.is_file():
                path = metadata.path_of.get(file, resource.construct_path)
                nested = self._add(nested_file, path, metadata.logical_ids(file))
                self._app.nest(resource, nested)
                self._nested(folder, nested, metadata, assets, depth + 1)

    def _add(self, file: Path, stack_path: str, construct_paths: Mapping[str, str]) -> Template:
        try:
            relative = file.relative_to(self._root).as_posix()
        except ValueError:
            relative = file.as_posix()
        name = self._prefix + relative
        self._step(name)
        body = parse_template(read_bytes(file), str(file))
        self.files[name] = file
        return self._app.add(name, body, stack_path=stack_path, construct_paths=construct_paths)

    def _metadata(self, folder: Path, artifact: Mapping[str, Any]) -> Mapping[str, Any]:
        inline = _mapping(artifact.get("metadata"))
        extra = artifact.get("additionalMetadataFile")
        if not isinstance(extra, str):
            return inline
        return {**inline, **_mapping(read_json(member(self._root, folder, extra)))}

    def _inherit(self, path: str, properties: Mapping[str, Any]) -> None:
        """Take the classification of an app or stage from its stacks' tags: CDK keeps no other trace above stacks."""
        tag = _mapping(properties.get("tags")).get(TAG_KEY)
        if isinstance(tag, str) and tag in DataClassification.__members__:
            self.classifications.setdefault(path, DataClassification(tag))

    def _read(self, metadata: Metadata) -> None:
        for path, kind, data in metadata.entries():
            if kind == CLASSIFICATION_KEY:
                value = _mapping(data).get("classification")
                if isinstance(value, str) and value in DataClassification.__members__:
                    self.classifications[path] = DataClassification(value)
            elif kind == METADATA_KEY:
                self.acknowledgements.extend(from_metadata(data, path))
        recorded = {(one.rule_id, one.path) for one in self.acknowledgements}
        for path, kind, data in metadata.entries():
            if kind == CDK_METADATA_KEY:
                for rule_id, reason in _mapping(data).items():
                    if bare(rule_id).startswith(_PACKS) and (bare(rule_id), path) not in recorded:
                        self.acknowledgements.append(ungoverned(rule_id, reason, path))

    def _above_stacks(self) -> None:
        """Find what was acknowledged on the app or a stage, which only the validation report shows."""
        report_file, manifest = self._root / "validation-report.json", self._root / "manifest.json"
        # While CDK validates, the report there is that of an earlier run.
        if not report_file.is_file() or report_file.stat().st_mtime < manifest.stat().st_mtime:
            return
        stacks = {template.stack_path for template in self._app.templates}
        seen: set[tuple[str, str]] = set()
        for plugin in _list(_mapping(read_json(report_file)).get("pluginReports")):
            for entry in _list(_mapping(plugin).get("suppressedViolations")):
                # CDK writes no place for an acknowledgement on the app itself.
                path, rule_id = entry.get("acknowledgedAt") or "", entry.get("acknowledgedId")
                if not isinstance(path, str) or not isinstance(rule_id, str) or (path, rule_id) in seen:
                    continue
                seen.add((path, rule_id))
                above = not any(path == stack or path.startswith(f"{stack}/") for stack in stacks)
                if above and bare(rule_id).startswith(_PACKS):
                    self.acknowledgements.append(ungoverned(rule_id, entry.get("reason"), path))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
