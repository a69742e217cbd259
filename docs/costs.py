"""The page on cost: what the landing zone and each example cost, beside a table that others published.

``make docs`` writes it, from templates that it synthesizes and the prices of the catalogue. The test of an example,
which synthesizes it anyway, fails when its row is out of date.
"""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from hipaa_constructs._commands.price_book import price_book
from hipaa_constructs.cloudformation.load.assembly import load
from hipaa_constructs.cost.amounts import SCALES
from hipaa_constructs.cost.choices import CHOICES
from hipaa_constructs.cost.estimate import estimate
from hipaa_constructs.cost.figures import NOTHING, Estimate, grouped
from hipaa_constructs.cost.items import HOURS
from hipaa_constructs.cost.usage import Usage
from hipaa_constructs.cost.words import NOT_AN_OFFER
from hipaa_constructs.landing_zone import read_organization

ROOT = Path(__file__).parent.parent
_FILES = {file.stem: file for file in (ROOT / "examples").glob("*.py")}
_FILES |= {file.parent.name: file for file in (ROOT / "examples").glob("*/app.py")}
EXAMPLES = sorted(_FILES)
_NOTE = "<!-- Written by docs/costs.py; change that, the examples or the prices instead. -->\n"
# No figure depends on the day but the note on old prices, which the page does not hold.
_DAY = datetime.date(2026, 1, 1)
# What the published table says an application of each scale costs a month.
_PUBLISHED = {"startup": "200 to 400", "10k": "500 to 800", "100k": "2,000 to 5,000", "1m": "10,000 to 50,000"}

_HEAD = """\
# Cost

{note}
`hipaa-constructs cost cdk.out` estimates what an app costs a month from its templates: by stack, service and resource,
what is fixed apart from what use makes of it, what each choice comes to, and how that grows over seven years. It asks
nothing of a network.

```console
hipaa-constructs cost cdk.out                          # at the scale startup
hipaa-constructs cost --write-usage hipaa-usage.yaml   # what is assumed, to be changed; `init` writes it too
hipaa-constructs cost cdk.out --scale 100k --format html --output cost.html
hipaa-constructs cost cdk.out --compare base/cdk.out --format markdown   # what a change costs
```

What the figures are:

- {offer}
- They are of a month at the end of the first year, or of the year that is named. A month has 730 hours.
- A figure with a + is the least: lines without a price are listed with their quantity, and are not in it. A type of
  resource that nobody has measured is listed too, and never counts as nothing.
- What a condition leaves out by the defaults of parameters is not counted; what only deployment tells is not guessed.
- What an app uses is shared evenly among its resources of a kind; logs are counted where who writes them says so.
- Tiers are counted by Region and account, what is free for good once by account.
- Backups are the most that they can be: no change undoes an earlier one. Each backup of a DynamoDB table is whole, so
  that a daily backup that is kept for years outgrows all else; so is each snapshot of an Aurora, DocumentDB or Neptune
  cluster, which costs nothing within the retention period of the cluster's own backups.

The interface endpoints alone, {endpoints} dollars a month in three zones, cost more than the rows of the whole small
application below add up to. They keep traffic to AWS's services off the internet and let policies bound it;
[What can be left out](#what-can-be-left-out) says what takes their place, and who decides that.

The report has a section of it where `hipaa-usage.yaml` lies beside the app, which `hipaa-constructs init` writes:
nobody's use is assumed there.
"""
_ABOUT_SCALES = """\
The published table speaks of an application that grows with its scale, in instances above all. The landing zone is what
surrounds one: the network, one database, a bucket of records, keys, audit, backups, detection. Its share grows with
records, requests and logs, by the amounts of the presets, which are this project's assumptions.
"""
_ABOUT_CHOICES = """\
What each choice in the landing zone comes to, the dearest first. What serves a standard or specification of the
Security Rule is the security official's to decide, and belongs in the risk analysis (164.308(a)(1)(ii)(A)).
"""
_IN_UNITS = "each in the units of `baseline`, in one Region"
_ABOUT_ACCOUNTS = """\
## Accounts of an organization

Dollars a month at the end of the first year at the smallest scale, of each account of the example `organization`, two
Regions each. What is fixed grows with the number of accounts; use is that of the whole organization, shared evenly, and
grows with what people do. What members of GuardDuty, Security Hub, Macie, Inspector and Detective are billed for by use
stands in no template of theirs, since the security account turns these on.
"""
_PRICES = """\
## Prices

`compliance/catalogue/prices.json` holds them with the page that each is from and the day on which it was read, for
us-east-1, us-west-2, eu-central-1 and us-gov-west-1. In other Regions the nearest of these stands in, and the line says
so. Prices older than 180 days are named at every run. `--prices FILE` reads AWS's own price list of a service in the
place of the table.
"""


class _Row(NamedTuple):
    """A row of the published table: the choices here that it speaks of, and why they come to something else."""

    what: str
    published: str
    choices: tuple[str, ...]
    why: str


_SMALL = (
    _Row(
        "EC2 t3.medium",
        "30 to 50",
        ("compute",),
        "The landing zone brings no workload: its functions serve deployments and gather findings.",
    ),
    _Row(
        "RDS db.t3.medium",
        "50 to 80",
        ("databases", "insights_databases"),
        "A class for steady work in the place of one for bursts, and a standby in another zone.",
    ),
    _Row(
        "S3, 1 TB",
        "23",
        ("storage", "versions", "replicas"),
        "The same terabyte, its replica in the other Region with the way there, and older versions of seven years.",
    ),
    _Row(
        "CloudTrail",
        "2",
        ("data_events", "insights", "trails", "trail_logs"),
        "Every read and write of data is recorded, Insights look for the unusual, and seven years of it are kept.",
    ),
    _Row("KMS, 5 keys", "5", ("keys",), "A key for each kind of data; each of the first two rotations adds as much."),
    _Row(
        "Backup, 100 GB",
        "5",
        ("backups", "backup_copies", "restore_tests"),
        "Daily backups are kept for seven years, here and in the other Region, and restores are tested by the quarter.",
    ),
    _Row("GuardDuty", "10 to 20", ("guardduty",), "Two Regions, all features."),
    _Row(
        "VPC, CloudWatch and Config",
        "20 to 30",
        ("endpoints", "nat", "transfer", "flow_logs", "dns_logs", "logs", "masking", "alarms", "config", "access_logs"),
        "Interface endpoints in three zones are nearly all of it: the published row has none, or one.",
    ),
)


def page(folders: Mapping[str, Path]) -> str:
    """Return the page, from the folders that synthesis wrote: those of the examples, and ``landing_zone``."""
    whole = estimates(folders["landing_zone"])
    lines = [_head(whole["startup"]), *_scales(whole), *_rows(whole["startup"])]
    lines += [*_choices(whole), "## Examples", "", *_table_head()]
    lines += [row(name, folders[name]) for name in EXAMPLES]
    lines += ["", *accounts(folders["organization"])]
    return "\n".join([*lines, "", _PRICES])


def landing_zone(folder: Path) -> Sequence[str]:
    """Return the lines of the page that rest on the landing zone."""
    whole = estimates(folder)
    return [*_scales(whole), *_rows(whole["startup"]), *_choices(whole)]


def row(name: str, folder: Path) -> str:
    """Return the row of an app."""
    found = estimates(folder)
    cells = [_total(one) for one in found.values()]
    return f"| `{name}` | {' | '.join(cells)} | {_dollars(found['startup'].all_years[-1])} |"


def accounts(folder: Path) -> Sequence[str]:
    """Return what each account of the example of an organization costs."""
    app, book = load([folder]), price_book()
    found = estimate(app, book, Usage.at("startup"), today=_DAY)
    config = read_organization(_FILES["organization"].with_name("organization.yaml")).organization
    names = {one.account: f"workload, {one.classification}" for one in config.workloads}
    names |= {account: role for role, account in config.accounts.model_dump().items() if account}
    of_stack = {template.stack_path or template.name: template.account for template in app.templates}
    # A stack set's template states no account: it stands for one account in one Region.
    sums = grouped(found.lines, lambda line: names[account] if (account := of_stack[line.stack]) else _IN_UNITS)
    rows = [f"| {name} | {_dollars(sums[name].fixed)} | {_dollars(sums[name].usd)} |" for name in sorted(sums)]
    return [*_ABOUT_ACCOUNTS.splitlines(), "", "| account | fixed | with use |", "| --- | --: | --: |", *rows]


def estimates(folder: Path) -> Mapping[str, Estimate]:
    """Return what an app costs at each scale."""
    app, book = load([folder]), price_book()
    return {scale: estimate(app, book, Usage.at(scale), today=_DAY) for scale in SCALES}


def _head(startup: Estimate) -> str:
    return _HEAD.format(note=_NOTE, offer=NOT_AN_OFFER, endpoints=_dollars(startup.by_choice["endpoints"].usd))


def _scales(whole: Mapping[str, Estimate]) -> Iterable[str]:
    yield "## The landing zone at four scales"
    yield ""
    yield "| scale | published | here | fixed | in year 7 |"
    yield "| --- | --: | --: | --: | --: |"
    for scale, one in whole.items():
        last = _dollars(one.all_years[-1])
        yield f"| {SCALES[scale]} | {_PUBLISHED[scale]} | {_total(one)} | {_dollars(one.total.fixed)} | {last} |"
    yield ""
    yield _ABOUT_SCALES


def _rows(startup: Estimate) -> Iterable[str]:
    yield "## The published small application, row by row"
    yield ""
    yield "The published rows add up to 145 to 215 dollars, not to the 200 to 400 that stand above them."
    yield ""
    yield "| row | published | here | in year 7 | why it differs |"
    yield "| --- | --: | --: | --: | --- |"
    rest = dict(startup.by_choice)
    for one in _SMALL:
        usd, last, plus = _of(startup, one.choices)
        for name in one.choices:
            rest.pop(name, None)
        yield f"| {one.what} | {one.published} | {usd}{plus} | {last} | {one.why} |"
    usd, last, plus = _of(startup, tuple(rest))
    names = ", ".join(CHOICES[name].title for name in rest)
    yield f"| not in it | | {usd}{plus} | {last} | {names} |"
    book = price_book()
    for price, what in (
        ("ec2.instance_hour.t3_medium", "EC2 t3.medium"),
        ("rds.instance_hour.postgres.db_t3_medium.single_az", "RDS db.t3.medium, PostgreSQL, in one zone"),
    ):
        known = book.price(price, startup.region)
        hours = f"{_dollars(known.cost(HOURS))} dollars" if known else "a price that is not known"
        yield ""
        yield f"By the prices here, {what} takes {hours} for {HOURS} hours, without storage."
    yield ""


def _choices(whole: Mapping[str, Estimate]) -> Iterable[str]:
    yield "## What can be left out"
    yield ""
    yield _ABOUT_CHOICES
    yield "| choice | for | startup | in year 7 | over a million | how to have less | who decides |"
    yield "| --- | --- | --: | --: | --: | --- | --- |"
    startup, large = whole["startup"], whole["1m"]
    for name in startup.by_choice:
        choice = CHOICES[name]
        usd, last, plus = _of(startup, (name,))
        most, _, _ = _of(large, (name,))
        cited = ", ".join(choice.controls)
        yield f"| {choice.title} | {cited} | {usd}{plus} | {last} | {most} | {choice.less} | {choice.decides} |"
    yield ""


def _table_head() -> Sequence[str]:
    return [
        "Dollars a month at the end of the first year, at the four scales, and at the smallest in the seventh.",
        "",
        f"| example | {' | '.join(SCALES)} | startup in year 7 |",
        f"| --- | {' | '.join('--:' for _ in SCALES)} | --: |",
    ]


def _of(found: Estimate, names: Sequence[str]) -> tuple[str, str, str]:
    there = [name for name in names if name in found.by_choice]
    usd = sum((found.by_choice[name].usd for name in there), NOTHING)
    last = sum((found.years[name][-1] for name in there), NOTHING)
    return _dollars(usd), _dollars(last), " +" if any(found.by_choice[name].unpriced for name in there) else ""


def _total(one: Estimate) -> str:
    return f"{_dollars(one.total.usd)}{' +' if one.total.unpriced or one.not_priced else ''}"


def _dollars(usd: Decimal) -> str:
    return f"{usd:,.0f}"


def synthesize(name: str, directory: Path) -> None:
    """Run an app as ``cdk synth`` does, with what cdk.json says."""
    context = json.loads((ROOT / "cdk.json").read_text("utf-8"))["context"]
    if name == "landing_zone":
        program, given = ROOT / "app.py", context
    else:
        program = _FILES[name]
        given = {key: value for key, value in context.items() if key.startswith("@")}
    said = {"CDK_OUTDIR": str(directory), "CDK_CONTEXT_JSON": json.dumps(given), "CDK_VALIDATION": "false"}
    subprocess.run([sys.executable, str(program)], env={**os.environ, **said}, check=True, capture_output=True)


def write() -> None:
    """Write the page."""
    with tempfile.TemporaryDirectory() as made:
        folders = {name: Path(made) / name for name in ("landing_zone", *EXAMPLES)}
        for name, folder in folders.items():
            synthesize(name, folder)
        (ROOT / "docs" / "cost.md").write_text(page(folders), "utf-8")
    sys.stdout.write("wrote docs/cost.md\n")


if __name__ == "__main__":
    write()
