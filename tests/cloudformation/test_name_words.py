"""Names are read by their words."""

from __future__ import annotations

import pytest

from hipaa_constructs.cloudformation.name_words import words_of


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("NonProdSubnetIds", ["non", "prod", "subnet", "ids"]),
        ("public-subnet_1", ["public", "subnet"]),
        ("VPCPublicSUBNETS", ["vpc", "public", "subnets"]),
        ("isAdmin", ["is", "admin"]),
        ("org1", ["org"]),
        ("123", []),
    ],
)
def test_words(name: str, words: list[str]) -> None:
    assert words_of(name) == words
