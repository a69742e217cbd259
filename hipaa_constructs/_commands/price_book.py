"""The prices that commands estimate by."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hipaa_constructs.cloudformation.load.unusable import UnusableInput
from hipaa_constructs.cost.prices import PriceBook, read_prices


def price_book(files: Sequence[Path] = ()) -> PriceBook:
    """Return the table of the catalogue, with AWS's own price lists in the place of what they hold.

    :raises UnusableInput: a file is no price list.
    """
    book = read_prices()
    try:
        return book.with_price_list(files) if files else book
    except ValueError as error:
        raise UnusableInput("--prices", str(error)) from None
