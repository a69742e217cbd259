"""Where constructs are: what each stands in, its stack, its path, and whether this package made it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import aws_cdk as cdk
from constructs import ConstructOrder, IConstruct

_OURS = "hipaa_constructs."


@dataclass(frozen=True, slots=True)
class Place:
    """Where a construct is."""

    owner: IConstruct | None
    stack: cdk.Stack | None
    is_ours: bool

    @classmethod
    def of(cls, construct: IConstruct, above: Place | None, owner: IConstruct | None) -> Place:
        """Return the place of a construct that stands in ``owner``, which is ``above``."""
        stack = construct if isinstance(construct, cdk.Stack) else above.stack if above is not None else None
        return cls(owner, stack, is_class_of_ours(construct) or (above is not None and above.is_ours))


class Places:
    """The places of constructs, for which Node is asked as rarely as can be."""

    def __init__(self) -> None:
        self._known: dict[str, Place] = {}
        self._paths: dict[str, str] = {}

    def of(self, construct: IConstruct) -> Place:
        """Return where a construct is."""
        name = identity_of(construct)
        if name not in self._known:
            above, owner = None, None
            # One answer of Node tells all that it stands in.
            for scope in construct.node.scopes:
                above, owner = self._note(scope, above, owner), scope
        return self._known[name]

    def path(self, construct: IConstruct) -> str:
        """Return the path of a construct."""
        name = identity_of(construct)
        if name not in self._paths:
            self._paths[name] = construct.node.path
        return self._paths[name]

    def learn(self, scope: IConstruct) -> None:
        """Ask for all that stands in ``scope`` at once: two answers tell the tree, however many constructs there are.

        A construct comes before what stands in it in the one, and after it in the other.
        """
        self.of(scope)
        node = scope.node
        for construct, owner in _with_owners(
            node.find_all(ConstructOrder.PREORDER), node.find_all(ConstructOrder.POSTORDER)
        ):
            if owner is not None:
                self._note(construct, self.of(owner), owner)

    def _note(self, construct: IConstruct, above: Place | None, owner: IConstruct | None) -> Place:
        return self._known.setdefault(identity_of(construct), Place.of(construct, above, owner))


def _with_owners(
    before: Sequence[IConstruct], after: Sequence[IConstruct]
) -> Iterator[tuple[IConstruct, IConstruct | None]]:
    """Yield constructs in the order of ``before``, each with what it stands in, but for the first."""
    left = {identity_of(construct): number for number, construct in enumerate(after)}
    within: list[IConstruct] = []
    for construct in before:
        number = left[identity_of(construct)]
        while within and left[identity_of(within[-1])] < number:
            within.pop()
        yield construct, within[-1] if within else None
        within.append(construct)


def identity_of(construct: Any) -> str:
    """Return by what jsii knows a construct: Python gets another object for it each time, unless Python made it."""
    return str(construct.__jsii_ref__.ref)


def is_class_of_ours(construct: IConstruct) -> bool:
    """Whether the construct's own class is one of this package."""
    return type(construct).__module__.startswith(_OURS)
