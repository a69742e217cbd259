"""An estimate as a page of its own."""

from __future__ import annotations

from hipaa_constructs.cost.compare import Comparison
from hipaa_constructs.cost.figures import Estimate
from hipaa_constructs.evidence.cost_view import cost_view
from hipaa_constructs.evidence.html_report import page


def cost_as_html(estimate: Estimate, comparison: Comparison | None = None) -> str:
    """Return an estimate as one HTML document that needs nothing else."""
    return page("cost_page.html.j2", **cost_view(estimate), comparison=comparison)
