"""The prices that commands estimate by."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.cost.book import Book


def price_book(files: Sequence[Path] = ()) -> Book:
    """Return the table of the catalogue, with AWS's own price lists in the place of what they hold.

    :raises UnusableInput: a file is no price list.
    """
    table: Any = import_module("hipaa_constructs.cost.prices")
    book: Book = table.read_prices()
    if not files:
        return book
    try:
        listed: Book = table.read_prices().with_price_list(files)
    except ValueError as error:
        raise UnusableInput(", ".join(map(str, files)), str(error)) from None
    return listed
