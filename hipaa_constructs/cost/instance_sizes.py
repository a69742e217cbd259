"""How many vCPUs an instance class has, where something is billed by them."""

from __future__ import annotations

import re
from decimal import Decimal

from hipaa_constructs.cost.items import UntoldError

# Every class of these sizes has so many, except those in _ODD (https://aws.amazon.com/ec2/instance-types/ and
# https://aws.amazon.com/rds/instance-types/).
_SIZES = {"micro": 2, "small": 2, "medium": 2, "large": 2, "xlarge": 4}
_ODD = {"m5.medium": 1, "t2.micro": 1, "t2.small": 1, "t1.micro": 1, "m6g.medium": 1, "m7g.medium": 1, "r6g.medium": 1}


def vcpus(name: str) -> Decimal:
    """Return the vCPUs of a class such as ``db.m6g.large`` or ``m7i.2xlarge``.

    :raises UntoldError: the size is none that is known.
    """
    family, _, size = name.removeprefix("db.").removeprefix("cache.").partition(".")
    odd = _ODD.get(f"{family}.{size}")
    times = re.fullmatch(r"(\d+)xlarge", size)
    if odd is not None:
        return Decimal(odd)
    if times:
        return Decimal(4 * int(times[1]))
    if size not in _SIZES:
        raise UntoldError(f"how many vCPUs {name} has is not known")
    return Decimal(_SIZES[size])
