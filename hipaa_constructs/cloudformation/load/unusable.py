"""What a command says about input that it cannot use."""

from __future__ import annotations


class UnusableInput(Exception):  # noqa: N818 (it says what is wrong, not that something is)
    """A file that cannot be read as what it was given for: which, where in it, and why."""

    def __init__(self, file: str, reason: str, *, line: int | None = None, column: int | None = None) -> None:
        super().__init__(file, reason, line, column)
        self.file = file
        self.reason = reason
        self.line = line
        self.column = column

    def __str__(self) -> str:
        place = [self.file]
        if self.line is not None:
            place.append(str(self.line))
            if self.column is not None:
                place.append(str(self.column))
        return f"{':'.join(place)}: {self.reason}"
