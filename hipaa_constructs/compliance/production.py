"""Which worlds of a template are production, by the names that its author gives to environments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from hipaa_constructs.cloudformation.name_words import words_of
from hipaa_constructs.cloudformation.worlds import OTHER, Choice, World

_ENVIRONMENT: Final = frozenset({"env", "environment", "stage", "tier"})
_PRODUCTION: Final = frozenset({"live", "prd", "prod", "production"})
# non-prod, pre-production, NotProd
_NOT: Final = frozenset({"no", "non", "not", "pre"})
_YES, _NO = frozenset({"1", "true", "yes"}), frozenset({"0", "false", "no"})


def fails_outside_production_alone(failing: Sequence[World], others: Iterable[World]) -> bool:
    """Whether all failing worlds are some other environment than production, and one of the others is production."""
    return (
        bool(failing) and all(_is_production(world) is False for world in failing) and any(map(_is_production, others))
    )


def _is_production(world: World) -> bool | None:
    """Whether a world is production; None where it was asked nothing that tells."""
    told = [one for choice, value in world.items() if (one := _tells(choice, value)) is not None]
    return all(told) if told else None


def _tells(choice: Choice, value: Any) -> bool | None:
    """Whether an answer means production; None of a choice that does not tell it from others.

    A choice tells by its values, as the parameter ``Stage``, or by its own name, as the condition ``IsProduction``.
    """
    subject = frozenset(words_of(choice.subject))
    if _ENVIRONMENT & subject and any(_says_production(one) for one in choice.values):
        return _says_production(value)
    if not _PRODUCTION & subject or value is OTHER:
        return None
    said = str(value).lower()
    answer = True if said in _YES else False if said in _NO else None
    return answer is not bool(_NOT & subject) if answer is not None else None


def _says_production(value: Any) -> bool:
    words = frozenset(words_of(str(value)) if value is not OTHER else ())
    return bool(_PRODUCTION & words) and not _NOT & words
