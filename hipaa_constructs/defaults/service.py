"""What a file of this folder says of its service."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hipaa_constructs.defaults.raw import Raw
from hipaa_constructs.defaults.session import Session
from hipaa_constructs.defaults.setting import Plain

if TYPE_CHECKING:
    from hipaa_constructs.defaults.finish import Found


@dataclass(frozen=True, kw_only=True)
class Service:
    """Classes of CDK, raw resources, and what is done when the app is complete with the resources of ``types``.

    ``later`` says of that, for people, what it does.
    """

    plain: Sequence[Plain] = ()
    raw: Sequence[Raw] = ()
    types: Sequence[str] = ()
    finish: Callable[[Session, Found], None] | None = None
    later: Sequence[str] = ()

    @property
    def all_types(self) -> set[str]:
        """The types of the resources that are looked at when the app is complete."""
        return {*self.types, *(one.resource_type for one in self.raw)}
