"""How pytest-xdist deals out the tests: by module, long ones first."""

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


def _module(nodeid: str) -> str:
    return nodeid.partition("::")[0]
