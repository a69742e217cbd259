"""What is said where a package is absent that only an extra brings; the extras are in ``pyproject.toml``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class MissingExtra(ModuleNotFoundError):  # noqa: N818 (it says what is missing, as ModuleNotFoundError does)
    """A package is absent, and which extra brings it."""


def install_line(extra: str) -> str:
    """Return what to type to get an extra."""
    return f"pip install 'hipaa-constructs[{extra}]'"


@contextmanager
def needs(extra: str) -> Iterator[None]:
    """Turn an import within that fails for want of a package into one that says which extra brings it.

    :raises MissingExtra: a package is absent. One that an inner part of the library asks for keeps its own extra.
    """
    try:
        yield
    except MissingExtra:
        raise
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("", "hipaa_constructs"):
            raise
        raise MissingExtra(f"{package} is missing: {install_line(extra)}", name=error.name) from None
