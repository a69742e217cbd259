"""A cdk.out folder: its stacks, those nested in them, and what CDK keeps of their constructs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hipaa_constructs.cloudformation.load.assembly_metadata import Metadata
from hipaa_constructs.cloudformation.load.files import member, read_bytes, read_json
from hipaa_constructs.cloudformation.load.template_file import parse_template
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.cloudformation.model import App, Assembly, Oddity, Resource, Stack, Template
from hipaa_constructs.cloudformation.values import as_mapping

_HASH = re.compile(r"[0-9a-f]{64}")
_MAX_NESTING = 20
_STACK, _STACK_SET = "AWS::CloudFormation::Stack", "AWS::CloudFormation::StackSet"


class CloudAssembly:
    """Adds one cdk.out folder to an app, with the assemblies of its stages."""

    def __init__(
        self,
        app: App,
        folder: Path,
        prefix: str,
        step: Callable[[str], None],
        unusable: list[UnusableInput],
    ) -> None:
        self._app = app
        self._root = folder
        self._prefix = prefix
        self._step = step
        self._unusable = unusable
        self._stacks: list[Stack] = []

    def load(self) -> None:
        """Read all of it; templates that cannot be read are told of, and the others are read.

        :raises UnusableInput: another file that the manifest names is missing or broken.
        """
        self._folder(self._root, 0)
        if not self._stacks:
            raise UnusableInput(str(self._root / "manifest.json"), "the cloud assembly holds no stack")
        self._app.assemblies.append(Assembly(self._root, self._stacks))

    def _folder(self, folder: Path, depth: int) -> None:
        manifest_file = member(self._root, folder, "manifest.json")
        artifacts = as_mapping(read_json(manifest_file)).get("artifacts")
        if not isinstance(artifacts, Mapping) or depth > _MAX_NESTING:
            raise UnusableInput(str(manifest_file), "this is no cloud assembly: it names no artifacts")
        assets = self._assets(folder, artifacts)
        for name, artifact in artifacts.items():
            kind = as_mapping(artifact).get("type")
            properties = as_mapping(as_mapping(artifact).get("properties"))
            if kind == "aws:cloudformation:stack":
                self._stack(folder, name, artifact, properties, assets)
            elif kind == "cdk:cloud-assembly" and isinstance(properties.get("directoryName"), str):
                self._folder(member(self._root, folder, properties["directoryName"]), depth + 1)

    def _assets(self, folder: Path, artifacts: Mapping[str, Any]) -> dict[str, str]:
        """Return the files that asset manifests name, by the hash that a template's URL holds."""
        assets: dict[str, str] = {}
        for artifact in artifacts.values():
            properties = as_mapping(as_mapping(artifact).get("properties"))
            if as_mapping(artifact).get("type") == "cdk:asset-manifest" and isinstance(properties.get("file"), str):
                manifest = read_json(member(self._root, folder, properties["file"]))
                for key, entry in as_mapping(as_mapping(manifest).get("files")).items():
                    path = as_mapping(as_mapping(entry).get("source")).get("path")
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
        self._stacks.append(Stack(path, as_mapping(properties.get("tags")), metadata.entries))
        read = self._read(member(self._root, folder, file))
        if read is None:
            return
        template_name, body, odd = read
        template = self._app.add(
            template_name,
            body,
            account=account if re.fullmatch(r"\d{12}", account) else None,
            region=region if region and region != "unknown-region" else None,
            stack_path=metadata.path_of.get(file, path),
            stack_name=str(properties.get("stackName") or name),
            construct_paths=metadata.logical_ids(file),
            given=as_mapping(properties.get("parameters")),
            stack_tags=as_mapping(properties.get("tags")),
        )
        template.odd = odd
        self._nested(folder, template, metadata, assets, 0)

    def _nested(self, folder: Path, parent: Template, metadata: Metadata, assets: dict[str, str], depth: int) -> None:
        for resource in parent.resources.values():
            if resource.type not in (_STACK, _STACK_SET) or depth > _MAX_NESTING:
                continue
            file = resource.metadata.get("aws:asset:path") or metadata.nested_file(resource.construct_path)
            if not isinstance(file, str):
                url = json.dumps(resource.raw.get("Properties"), default=str)
                file = next((assets[found] for found in _HASH.findall(url) if found in assets), None)
            # The stack of an L1 refers to a template that CDK never saw.
            if not isinstance(file, str):
                continue
            nested_file = member(self._root, folder, file)
            if nested_file.is_file():
                read = self._read(nested_file)
                if read is None:
                    continue
                name, body, odd = read
                if resource.type == _STACK_SET:
                    self._stack_set(nested_file, resource, read, metadata)
                    continue
                nested = self._app.add(
                    name,
                    body,
                    stack_path=metadata.path_of.get(file, resource.construct_path),
                    construct_paths=metadata.logical_ids(file),
                    parent=resource,
                )
                nested.odd = odd
                self._nested(folder, nested, metadata, assets, depth + 1)

    def _stack_set(
        self, file: Path, resource: Resource, read: tuple[str, Mapping[str, Any], Sequence[Oddity]], outer: Metadata
    ) -> None:
        """Add what a stack set deploys, and what its constructs say, which is in a file of its own."""
        name, body, odd = read
        said = file.with_name(file.name.replace(".template.json", ".metadata.json"))
        path, kept = "", Metadata({}, file.name, "")
        if said != file and said.is_file():
            data = as_mapping(read_json(member(self._root, file.parent, said.name)))
            path = next(iter(data), "").lstrip("/")
            kept = Metadata(data, file.name, path)
            # They are below those of the stack that the stack set is in.
            outer.entries.extend(kept.entries)
        template = self._app.add(
            name, body, stack_path=path, construct_paths=kept.logical_ids(file.name), stack_set=resource
        )
        template.odd = odd

    def _read(self, file: Path) -> tuple[str, Mapping[str, Any], Sequence[Oddity]] | None:
        """Read a template; None where it has no resources, or, with the problem noted, where it cannot be read."""
        try:
            relative = file.relative_to(self._root).as_posix()
        except ValueError:
            relative = file.as_posix()
        name = self._prefix + relative
        self._step(name)
        odd: list[Oddity] = []
        try:
            body = parse_template(read_bytes(file), str(file), odd, may_be_empty=True)
        except UnusableInput as problem:
            self._unusable.append(problem)
            return None
        if not body.get("Resources"):
            # CDK deploys no stack that has none (aws-cdk-cli, toolkit-lib: "stack has no resources, skipping").
            return None
        self._app.files[name] = file
        return name, body, odd

    def _metadata(self, folder: Path, artifact: Mapping[str, Any]) -> Mapping[str, Any]:
        inline = as_mapping(artifact.get("metadata"))
        extra = artifact.get("additionalMetadataFile")
        if not isinstance(extra, str):
            return inline
        return {**inline, **as_mapping(read_json(member(self._root, folder, extra)))}
