"""Functions that CDK adds to an app by itself, by the ids of their constructs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.compliance.controls import read


@dataclass(frozen=True, slots=True)
class Helper:
    """A function that CDK adds: ``id`` is its construct id, or the end of its path, or what that ``starts`` with.

    ``policy`` are parts of the paths of what the helper keeps elsewhere, such as a policy, a role or the topic that
    calls it; with ``*`` behind, what the last begins with. ``rights`` are the actions that CDK itself lets it call more
    widely than rules here take.
    ``written`` is what of the id stands in the file of aws-cdk-lib that ``source`` names.
    """

    kind: str
    id: str
    written: str
    source: str
    what: str
    made_by: str
    instead: str
    starts: bool = False
    policy: tuple[str, ...] = ()
    rights: tuple[str, ...] = ()

    def place(self, construct_path: str) -> str:
        """Return the path of the helper, or of what it keeps elsewhere, that a construct is in, or nothing."""
        parts = construct_path.split("/")
        # An id of CDK's own has no slash: with one, it is a part of a path.
        within = _within(parts, self.id.split("/"), starts=self.starts)
        for one in () if within else self.policy:
            within = within or _within(parts, one.removesuffix("*").split("/"), starts=one.endswith("*"))
        return within


def _within(parts: Sequence[str], ids: Sequence[str], *, starts: bool) -> str:
    for end in range(len(ids), len(parts) + 1):
        *above, last = parts[end - len(ids) : end]
        if above == ids[:-1] and (last == ids[-1] or (starts and last.startswith(ids[-1]))):
            return "/".join(parts[:end])
    return ""


@cache
def helpers() -> Sequence[Helper]:
    """Return the helpers that are known."""
    entries: Sequence[Mapping[str, Any]] = read("cdk_helpers.json")["helpers"]
    return [_helper(one) for one in entries]


def _helper(entry: Mapping[str, Any]) -> Helper:
    return Helper(**{**entry, "policy": tuple(entry.get("policy", ())), "rights": tuple(entry.get("rights", ()))})


def is_cdk_helper(function: Resource) -> bool:
    """Whether CDK adds a function by itself, of which one notice tells what is found."""
    return any(helper.place(function.construct_path) for helper in helpers())
