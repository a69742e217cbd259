"""A progress bar on standard error, for a check that takes long enough to wonder."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Any, Self

_PATIENCE_SECONDS = 1.0


class Progress:
    """Shows nothing for the first second, and nothing at all where nobody watches."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._watched = sys.stderr.isatty()
        self._bar: Any = None
        self._task: Any = None

    def show(self, doing: str, done: int = 0, total: int | None = None) -> None:
        """Say what is being done, and how much of it is left where that is known."""
        if not self._watched or time.monotonic() - self._started < _PATIENCE_SECONDS:
            return
        if self._bar is None:
            from rich.console import Console
            from rich.markup import escape
            from rich.progress import BarColumn, TaskProgressColumn, TextColumn
            from rich.progress import Progress as Bar

            self._escape = escape
            columns = (BarColumn(bar_width=20), TaskProgressColumn(), TextColumn("{task.description}"))
            self._bar = Bar(*columns, console=Console(stderr=True), transient=True)
            self._bar.start()
            self._task = self._bar.add_task("", total=None)
        self._bar.update(self._task, description=self._escape(doing), completed=done, total=total)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()
