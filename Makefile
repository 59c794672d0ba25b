# `make run` does the main job on the shipped fleet, `make test` checks everything, `make docs` builds
# the site. They set up what they need: Python 3.11 or newer, make and git are enough.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
LINKS  := $(addprefix src/roundlot/,theory solvers simulate verify)
OUT    ?= build/run

.DEFAULT_GOAL := help
.PHONY: help install run test test-all check lint types project security audit format bench wheel smoke docs tag clean

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(READY): pyproject.toml setup.py constraints.txt | $(LINKS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "roundlot needs Python 3.11 or newer; this is " + sys.version.split()[0] + ": set PYTHON=python3.11, say")'
	@echo "setting up $(VENV): some minutes, most of them for PyTorch"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

install: $(READY)  ## create the environment and install roundlot in it

run: $(READY)  ## the main job on the shipped fleet; says where the report is
	$(BIN)/roundlot run --out $(OUT) --overwrite

test: $(READY) check  ## lint, types, import rule, tests
	$(BIN)/python -m pytest -n 2 --dist worksteal

test-all: $(READY) check  ## the same with the slow tests
	$(BIN)/python -m pytest -n 2 --dist worksteal -m 'slow or not slow'

# An editable installation is the folder src; see setup.py.
$(LINKS):
	ln -sfn ../../$(notdir $@) $@

check: lint types project security  ## ruff, the import rule, mypy --strict, Pyright, files of the project, bandit

lint: $(READY)  ## ruff and the import rule
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

# From a folder with a user's scripts: what is checked is what an editor sees of the environment.
types: $(READY)  ## mypy --strict and Pyright, the package and a user's script
	cd tests/typing && $(CURDIR)/$(BIN)/python -m mypy --config-file $(CURDIR)/pyproject.toml \
		--cache-dir $(CURDIR)/.mypy_cache -p roundlot -m first_day -m refused
	$(BIN)/basedpyright --warnings --project tests/typing --pythonpath $(BIN)/python

SCHEMA := $(BIN)/check-jsonschema --builtin-schema
FORMS  := .github/ISSUE_TEMPLATE

project: $(READY)  ## workflows, forms, Dockerfile, citation: all without a network
	$(SCHEMA) vendor.github-workflows .github/workflows/*.yml
	$(SCHEMA) vendor.github-issue-forms $(filter-out $(FORMS)/config.yml,$(wildcard $(FORMS)/*.yml))
	$(SCHEMA) vendor.github-issue-config $(FORMS)/config.yml
	$(SCHEMA) vendor.dependabot .github/dependabot.yml
	$(SCHEMA) vendor.readthedocs .readthedocs.yaml
	$(SCHEMA) vendor.citation-file-format --default-filetype yaml CITATION.cff
	$(BIN)/zizmor --offline --quiet --pedantic .github
	if command -v actionlint >/dev/null; then actionlint; else echo "no actionlint here"; fi
	if test -x $(BIN)/hadolint; then $(BIN)/hadolint Dockerfile; else echo "no hadolint here"; fi

security: $(READY)  ## bandit: patterns of code that let strangers in; the reasons for what is allowed stand beside it
	$(BIN)/bandit --quiet --configfile pyproject.toml --recursive theory solvers simulate verify src/roundlot

audit: $(READY)  ## pip-audit: known weaknesses of the packages; says so where its service cannot be reached
	$(BIN)/python .ci/audit.py

format: $(READY)  ## let ruff format and mend what it can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY)  ## speed and memory as ratios, a table (a few minutes)
	$(BIN)/python -m benchmarks

wheel: $(READY)  ## build the wheel and the source distribution in dist
	rm -rf build/lib build/bdist.* dist
	$(BIN)/python -c 'from setuptools import build_meta as b; b.build_wheel("dist"); b.build_sdist("dist")'

smoke: $(READY)  ## install the wheel in a fresh environment and use it there
	$(BIN)/python -m pytest -m slow tests/packaging

docs: $(READY)  ## build the site in build/docs/html; a warning is an error
	OMP_NUM_THREADS=1 NUMBA_NUM_THREADS=1 $(BIN)/python -m sphinx -W --keep-going -q \
		-d build/docs/trees docs build/docs/html
	@echo "open build/docs/html/index.html"

tag: $(READY)  ## is TAG, a tag such as v1.2.3, the version of this tree
	@$(BIN)/python -c 'import os, roundlot as r; t, v = os.environ.get("TAG"), "v" + r.__version__; raise SystemExit(t != v and f"TAG is {t}; this tree is {v}")'

clean:  ## remove what make built, but not the environment
	rm -rf build dist docs/reference docs/methods docs/approximations docs/code docs/gallery .pytest_cache .mypy_cache .ruff_cache .hypothesis
