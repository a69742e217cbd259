"""Functions that CDK adds to an app by itself, by the ids of their constructs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.compliance.controls import read


@dataclass(frozen=True, slots=True)
class Helper:
    """A function that CDK adds: ``id`` is its construct id, or the end of its path, or what that ``starts`` with.

    ``policy`` is the end of the path of what the helper keeps elsewhere, such as a policy, or the topic that calls it.
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
    policy: str = ""

    def place(self, construct_path: str) -> str:
        """Return the path of the helper, or of what it keeps elsewhere, that a construct is in, or nothing."""
        # An id of CDK's own has no slash: with one, it is a part of a path.
        parts, ids = construct_path.split("/"), self.id.split("/")
        for end in range(len(ids), len(parts) + 1):
            *above, last = parts[end - len(ids) : end]
            if above == ids[:-1] and (last == ids[-1] or (self.starts and last.startswith(ids[-1]))):
                return "/".join(parts[:end])
        before, found, _ = construct_path.partition(f"/{self.policy}/") if self.policy else ("", "", "")
        return f"{before}/{self.policy}" if found else ""


@cache
def helpers() -> Sequence[Helper]:
    """Return the helpers that are known."""
    return [Helper(**entry) for entry in read("cdk_helpers.json")["helpers"]]


def is_cdk_helper(function: Resource) -> bool:
    """Whether CDK adds a function by itself, of which one notice tells what is found."""
    return any(helper.place(function.construct_path) for helper in helpers())
