"""The construct tree of a cdk.out: which versions made it, what cdk-nag could see, and which packs were enforced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hipaa_constructs.cloudformation.load.files import member, read_json
from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.cloudformation.values import as_mapping
from hipaa_constructs.compliance.gate import GATE_ID

_RAW = "aws-cdk-lib.CfnResource"


@dataclass(frozen=True, slots=True)
class ConstructTree:
    """What a report needs of ``tree.json``.

    ``typed`` are the paths of constructs whose class cdk-nag can recognize: a raw ``CfnResource`` has none. Both sets
    of paths are None where the app was synthesized without a tree. ``enforced`` are the packs that ``enforce_hipaa``
    ran, with their versions.
    """

    aws_cdk_lib: str
    paths: frozenset[str] | None
    typed: frozenset[str] | None
    enforced: Mapping[str, str]

    def has(self, construct_path: str) -> bool:
        """Whether there is a construct at a path, or it cannot be told."""
        return self.paths is None or construct_path in self.paths

    def sees(self, construct_path: str) -> bool:
        """Whether cdk-nag recognized what stands at a path, or it cannot be told."""
        return self.typed is None or construct_path in self.typed


def read_tree(folder: Path) -> ConstructTree:
    """Read the tree that the manifest of a cloud assembly names.

    :raises UnusableInput: it is missing or broken.
    """
    manifest = read_json(member(folder, folder, "manifest.json"))
    artifacts = manifest.get("artifacts") if isinstance(manifest, Mapping) else None
    if not isinstance(artifacts, Mapping):
        raise UnusableInput(str(folder / "manifest.json"), "this is no cloud assembly: it names no artifacts")
    trees = [one for one in artifacts.values() if isinstance(one, Mapping) and one.get("type") == "cdk:tree"]
    names = [str(as_mapping(tree.get("properties")).get("file", "tree.json")) for tree in trees]
    if not names:
        return ConstructTree("", None, None, {})
    version = ""
    paths: set[str] = set()
    typed: set[str] = set()
    enforced: dict[str, str] = {}
    for path, info in _nodes(folder, names[0]):
        name = str(info.get("fqn", ""))
        paths.add(path)
        if path.startswith(f"{GATE_ID}/"):
            pack, _, number = path.partition("/")[2].rpartition("@")
            enforced[pack] = number
        if name.startswith("aws-cdk-lib."):
            version = version or str(info.get("version", ""))
            if name != _RAW:
                typed.add(path)
    return ConstructTree(version, frozenset(paths), frozenset(typed), enforced)


def _nodes(folder: Path, name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield path and class of every construct; CDK writes the branches of a large tree to files of their own."""
    forests: dict[str, Any] = {}
    pending = [_tree(member(folder, folder, name)).get("tree")]
    while pending:
        node = pending.pop()
        if isinstance(node, Mapping) and "fileName" in node:
            file = str(node["fileName"])
            if file not in forests:
                forests[file] = as_mapping(_tree(member(folder, folder, file)).get("forest"))
            node = forests[file].get(node.get("treeId"))
        if not isinstance(node, Mapping):
            raise UnusableInput(str(folder / name), "the construct tree is incomplete: synthesize again")
        info = node.get("constructInfo")
        yield str(node.get("path", "")), info if isinstance(info, Mapping) else {}
        children = node.get("children") or {}
        if not isinstance(children, Mapping):
            raise UnusableInput(str(folder / name), "this is no construct tree")
        pending.extend(reversed(list(children.values())))


def _tree(file: Path) -> Mapping[str, Any]:
    data = read_json(file)
    if not isinstance(data, Mapping):
        raise UnusableInput(str(file), "this is no construct tree")
    return data
