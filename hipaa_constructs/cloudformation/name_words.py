"""The words that a name is made of: ``NonProdSubnetIds`` is non, prod, subnet and ids."""

from __future__ import annotations

import re

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def words_of(name: str) -> list[str]:
    """Return the words of a name in small letters, however they are set apart; numbers are none."""
    return [word.lower() for word in _WORD.findall(name)]
