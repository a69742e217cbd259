"""What the command's exit codes mean."""

from __future__ import annotations

from typing import Final

CLEAN: Final = 0
FOUND: Final = 1
UNUSABLE: Final = 2
INTERRUPTED: Final = 130
