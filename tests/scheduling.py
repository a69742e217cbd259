"""How the tests are dealt out: by module, long ones first, and some on one Python alone."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

# Each of their tests starts programs, for seconds, and shares nothing with the others.
_ALONE = ("tests/test_examples.py", "tests/test_gate_cli.py")
# Begun first, so that no worker is left with one of them when the other has nothing more to do.
_LONG = (
    *_ALONE,
    "tests/test_distribution.py",
    "tests/test_deploy_choices.py",
    "tests/test_deploy.py",
    "tests/evidence/test_browser.py",
    "tests/test_docs.py",
    "tests/preflight/test_preflight.py",
    "tests/test_cli.py",
    "tests/test_makefile.py",
    "tests/compliance/test_enforce.py",
    "tests/compliance/test_rewriting.py",
    "tests/test_skeleton.py",
    "tests/test_mutations.py",
    "tests/landing_zone/test_regions.py",
    "tests/landing_zone/test_landing_zone.py",
    "tests/database/test_engines.py",
    "tests/detection/test_runbooks.py",
    "tests/evidence/test_organization.py",
)
# What they look at is not run by Python, or is the same whichever ran it: pages, templates, texts, tables.
_ONCE = (
    "tests/compliance/rules/test_fixes_in_cdk.py",
    "tests/compliance/test_replacements.py",
    "tests/compliance/test_resource_types.py",
    "tests/compliance/test_rewriting.py",
    "tests/evidence/test_browser.py",
    "tests/landing_zone/organization/test_lock_out.py",
    "tests/landing_zone/test_regions.py",
    "tests/landing_zone/test_second_deployment.py",
    "tests/test_benchmarks.py",
    "tests/test_ci_files.py",
    "tests/test_cost_docs.py",
    "tests/test_deploy.py",
    "tests/test_deploy_backup_account.py",
    "tests/test_deploy_choices.py",
    "tests/test_deploy_delegation.py",
    "tests/test_deploy_deployment.py",
    "tests/test_deploy_network.py",
    "tests/test_deploy_network_hubs.py",
    "tests/test_deploy_organization.py",
    "tests/test_deploy_watching.py",
    "tests/test_deploy_workloads.py",
    "tests/test_docs.py",
    "tests/test_examples.py",
    "tests/test_lock.py",
    "tests/test_mutations.py",
    "tests/test_precision.py",
    "tests/test_regions.py",
    "tests/test_runbook.py",
    "tests/test_runbooks.py",
    "tests/test_site.py",
)


class ByModule(LoadScopeScheduling):
    """A module's tests run in one worker, so that what they share is made once."""

    def _split_scope(self, nodeid: str) -> str:
        module = _module(nodeid)
        return nodeid if module in _ALONE else module


def by_length(nodeid: str) -> int:
    """Sort long modules to the front and leave the others as they are."""
    module = _module(nodeid)
    return _LONG.index(module) if module in _LONG else len(_LONG)


def on_one_python(nodeid: str) -> bool:
    """Whether a test has no need of a second Python."""
    return _module(nodeid) in _ONCE


def _module(nodeid: str) -> str:
    return nodeid.partition("::")[0]
