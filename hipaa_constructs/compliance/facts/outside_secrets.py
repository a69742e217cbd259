"""Secrets that another side gave, which no secret that is generated can stand in for."""

from __future__ import annotations

import re
from dataclasses import replace

from hipaa_constructs._secret_texts import secret_in
from hipaa_constructs.cloudformation.model import Resource
from hipaa_constructs.cloudformation.written import Source, Written, written_at
from hipaa_constructs.compliance.fix import Fix

# What only whoever gave it can make anew.
_OF_OTHERS = ("an access token", "an AWS access key id", "a session token of AWS", "a private key")
# A user and a password in a URL, and the host behind them; a mark stands for what is no text of the template.
_MARK = "\ue000"
_AT_HOST = re.compile(rf"://[^\s/:@]*:[^\s/@{_MARK}]+@([^\s/:?@]+)")


def is_of_others(resource: Resource, path: str) -> bool:
    """Whether a secret at a path is one that another side gave.

    It is by its kind, such as a token of a vendor's, or because it is the password of an address whose host stands in
    the template as text: no resource of the template is that, so none of them sets the password.
    """
    return any(map(_is_of_others, written_at(resource, path)))


def _is_of_others(written: Written) -> bool:
    text = "".join(_MARK if isinstance(part, Source) else part for part in written)
    return secret_in(text) in _OF_OTHERS or any(_MARK not in host for host in _AT_HOST.findall(text))


_READ = "others may have read"
CHANGED = f"What was readable here is changed where it is from, since {_READ} it."


def with_change(fix: Fix) -> Fix:
    """Return a fix that says too that a secret which the template showed is changed, where it does not yet."""
    return fix if _READ in fix.beside else replace(fix, beside=f"{fix.beside} {CHANGED}".strip())
