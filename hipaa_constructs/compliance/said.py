"""What people write where a decision wants a fact and a name: whether it says one, and how long a decision holds."""

from __future__ import annotations

import datetime
import re

RENEWAL_DAYS = 30
# A leap year's: what is accepted is looked at again at least once a year.
LONGEST_DAYS = 366
_BOILERPLATE = re.compile(
    r"\b(false[ -]positives?|not[ -](applicable|needed|required|relevant)|n/?a|(accepted )?risk accepted|accepted risk|"
    r"by design|as (discussed|agreed)|(will|to) (be )?fix(ed)?( later)?|todo|tbd|temporary|ignored?|suppress(ed)?|"
    r"known issue|won'?t fix|see (ticket|jira))\b",
    re.IGNORECASE,
)
_NOBODY = re.compile(
    r"todo|tb[ad]|n/?a|none|nobody|no one|anyone|someone|somebody|unknown|placeholder|x+|ok(ay)?|yes|[\W_]*|"
    r"<[^<>]*>",
    re.IGNORECASE,
)


def is_thin(reason: str) -> bool:
    """Whether a reason states no fact: too few words, or none but those that fit everything."""
    if len(reason.strip()) < 15:
        return True
    return len(re.findall(r"\w{2,}", _BOILERPLATE.sub(" ", reason))) < 3


def names_nobody(approver: str) -> bool:
    """Whether what stands for who approved is blank, or waits for somebody's name."""
    return _NOBODY.fullmatch(approver.strip()) is not None


def iso_date(text: str | None) -> datetime.date | None:
    """Read ``YYYY-MM-DD``; None if it is no date."""
    try:
        return datetime.date.fromisoformat(text) if text else None
    except ValueError:
        return None
