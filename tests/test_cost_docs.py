"""The page on cost: what it says of the landing zone is what its templates and the prices come to."""

from __future__ import annotations

from pathlib import Path

from tests.documents import load

ROOT = Path(__file__).parent.parent
COSTS = load(ROOT / "docs" / "costs.py")
PAGE = (ROOT / "docs" / "cost.md").read_text("utf-8")


def test_the_page_has_what_the_landing_zone_costs(tmp_path: Path) -> None:
    COSTS.synthesize("landing_zone", tmp_path / "cdk.out")
    said = "\n".join(COSTS.landing_zone(tmp_path / "cdk.out"))
    assert said in PAGE, "docs/cost.md is out of date: run `make docs`"


def test_every_example_has_a_row() -> None:
    rows = [line.split("`")[1] for line in PAGE.splitlines() if line.startswith("| `")]
    assert rows == COSTS.EXAMPLES
