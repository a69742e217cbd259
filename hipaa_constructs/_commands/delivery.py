"""Where what a command has to say goes."""

from __future__ import annotations

import sys
from pathlib import Path

from hipaa_constructs.cloudformation.load.unusable import UnusableInput


def deliver(text: str, output: Path | None) -> None:
    """Write text to standard output, or to the file that was named.

    :raises UnusableInput: the file cannot be written.
    """
    if output is None:
        # Bytes: a terminal's encoding may lack a character that a template holds.
        sys.stdout.flush()
        stream = getattr(sys.stdout, "buffer", None)
        if stream is None:
            sys.stdout.write(text)
        else:
            stream.write(text.encode(sys.stdout.encoding or "utf-8", "backslashreplace"))
            stream.flush()
        return
    try:
        output.write_text(text, "utf-8", errors="backslashreplace")
    except OSError as error:
        raise UnusableInput(str(output), f"cannot be written: {error.strerror or error}") from None
