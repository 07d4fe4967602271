# Everything a person needs. `make help` lists it; each target does its own set-up.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# The newest interpreter that is there; 3.11 is the oldest that works.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq install
# People's own settings must not reach the tests.
UNSET := env $(foreach name,$(filter FRONTDOOR_% LINE_% TELEGRAM_%,$(.VARIABLES)),-u $(name))

# Two at a time for each core, since many wait for a browser, a disk or a clock; more than eight only take memory.
WORKERS ?= $(shell cores=$$(nproc 2>/dev/null || echo 2); echo $$(( cores > 4 ? 8 : cores * 2 )))

.PHONY: help setup run test test-deep check format lint types flows catalogues unit fast chaos chaos-nightly chaos-release fuzz fuzz-release kill-migrations run-cluster cluster-figures scaling soak sbom demo-line screenshots looks office-looks drawings rich-menus words-out words-in understanding understanding-report bench bench-quick lock clean

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or run make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "this Python has no venv: install it (Debian: python3-venv)" >&2; exit 1; }

$(VENV)/.run: requirements/run.txt pyproject.toml | $(BIN)/python
	@echo "setting up (hash-locked dependencies)…"
	@$(PIP) --require-hashes -r requirements/run.txt
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/.run
	@$(PIP) --require-hashes -r requirements/test.txt
	@touch $@

setup: $(VENV)/.run  ## Create .venv with everything that running needs

run: setup  ## Serve the front door on :8080 and the back office on :8081 (demo)
	@$(BIN)/frontdoor migrate
	@stop() { trap - INT TERM; kill $$(jobs -p) 2>/dev/null; wait; exit "$$1"; }; \
	trap 'stop 0' INT TERM; \
	$(BIN)/frontdoor office & $(BIN)/frontdoor serve & wait -n || stop $$?

demo-line: $(VENV)/.test  ## Chat as a LINE user in this terminal, against a strict fake LINE
	@$(BIN)/python -m tests.fakes.line_terminal

test: check  ## Everything: format, lint, types, imports, flows, catalogues, all tests

check: $(VENV)/.test  ## The same as test
	@$(MAKE) --no-print-directory format-check lint types flows catalogues unit

.PHONY: format-check
format-check:
	@$(BIN)/ruff format --check .

format: $(VENV)/.test  ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lint:
	@$(BIN)/ruff check .

types:
	@$(BIN)/mypy

flows:
	@$(BIN)/frontdoor flow check

catalogues:
	@scripts/catalogues.sh --check

unit: $(VENV)/.test  ## All tests, with coverage
	@WORKERS=$(WORKERS) scripts/tests.sh

test-deep: check  ## The same with all that repeats: ten thousand records, 5,000 conversations, every payload (by night)
test-deep: export HYPOTHESIS_PROFILE := nightly
test-deep: export PYTEST_TIMEOUT := 0
test-deep: export RETRY := no

fast: $(VENV)/.test  ## Tests without browser and PostgreSQL
	@$(UNSET) $(BIN)/python -m pytest -q -x -m "not browser and not postgres"

looks: $(VENV)/.test  ## Picture the web chat in every language, width and scheme (make looks OUT=folder)
	@$(BIN)/python -m scripts.looks $(or $(OUT),build/looks)

drawings: $(VENV)/.test  ## Draw docs/flows anew
	@$(BIN)/frontdoor flow draw
	@$(BIN)/python scripts/house.py

office-looks: $(VENV)/.test  ## Picture every page of the back office (make office-looks OUT=folder)
	@$(BIN)/python -m scripts.office_looks $(or $(OUT),build/office)

screenshots: $(VENV)/.test  ## Take the pictures of the README anew
	@scripts/screenshots.sh

words-out: $(VENV)/.test  ## Write a translators' spreadsheet (make words-out LOCALE=vi OUT=vi.xlsx)
	@$(BIN)/python -m scripts.words_sheet out "$(LOCALE)" "$(OUT)"

words-in: $(VENV)/.test  ## Take it back into the catalogue (make words-in LOCALE=vi FILE=vi.xlsx; DRY=--dry-run only looks)
	@$(BIN)/python -m scripts.words_sheet in "$(LOCALE)" "$(FILE)" $(DRY)

understanding: $(VENV)/.test  ## Learn from training/ anew and write flows/words/understood.bin (some minutes; LEARN=--check only compares)
	@$(UNSET) $(BIN)/python -m training $(LEARN)

understanding-report: $(VENV)/.test  ## Measure how well texts are understood and write docs/understanding.md (REPORT="--parts scores,speed")
	@$(UNSET) $(BIN)/python -m training.report $(REPORT)

rich-menus: $(VENV)/.test  ## Draw the pictures of LINE's menus anew (needs Chromium)
	@$(BIN)/python scripts/rich_menus.py

$(VENV)-bench/.bench: requirements/bench.txt | $(BIN)/python
	@echo "setting up the alternatives of the benchmarks (hash-locked)…"
	@$(BIN)/python -m venv $(VENV)-bench
	@$(VENV)-bench/bin/python -m pip --disable-pip-version-check -qq install --require-hashes -r requirements/bench.txt
	@touch $@

bench: $(VENV)/.test $(VENV)-bench/.bench  ## Measure beside the alternatives and write docs/performance.md (an hour on a quiet machine; BENCH="--parts …")
	@$(UNSET) $(BIN)/python -m benchmarks.run --write-docs $(BENCH)

bench-quick: $(VENV)/.test $(VENV)-bench/.bench  ## The shape of it in two minutes; nothing is written down
	@$(UNSET) $(BIN)/python -m benchmarks.run --quick $(BENCH)

chaos: $(VENV)/.test  ## Each trouble a few times on both databases; nothing is written down (CHAOS="--trouble kill --seed 7")
	@$(UNSET) $(BIN)/python -m tests.chaos --profile short $(CHAOS)

chaos-nightly: $(VENV)/.test  ## 1,000 kills and 50,000 events on each database and the rest, in pieces; writes docs/reliability.md (hours; CHAOS="--minutes 20" goes on for so long)
	@$(UNSET) $(BIN)/python -m tests.chaos --profile nightly --write $(CHAOS)

chaos-release: $(VENV)/.test  ## Ten times that, in pieces too
	@$(UNSET) $(BIN)/python -m tests.chaos --profile release --write $(CHAOS)

$(VENV)/.fuzz: requirements/fuzz.txt $(VENV)/.test
	@$(PIP) --require-hashes -r requirements/fuzz.txt
	@touch $@

fuzz: $(VENV)/.test  ## What nobody would send, each night: 100,000 bodies, 20,000 texts; adds to docs/fuzzing.md (25 minutes)
	@$(UNSET) $(BIN)/python -m tests.fuzz bodies --count 90000 --write $(FUZZ)
	@$(UNSET) $(BIN)/python -m tests.fuzz bodies --count 10000 --piece 5000 --database postgres --write $(FUZZ)
	@$(UNSET) $(BIN)/python -m tests.fuzz texts --count 20000 --write $(FUZZ)

fuzz-release: $(VENV)/.fuzz  ## For a release: 1,000,000 bodies, 200,000 texts, an hour led by coverage (hours; FUZZ="--minutes 10" for a piece of each)
	@$(UNSET) $(BIN)/python -m tests.fuzz bodies --count 950000 --write $(FUZZ)
	@$(UNSET) $(BIN)/python -m tests.fuzz bodies --count 50000 --piece 5000 --database postgres --write $(FUZZ)
	@$(UNSET) $(BIN)/python -m tests.fuzz texts --count 200000 --write $(FUZZ)
	@$(UNSET) $(BIN)/python -m tests.fuzz words --count 200000 --write $(FUZZ)
	@$(UNSET) $(BIN)/python -m tests.fuzz led --minutes 60 --write $(FUZZ)

kill-migrations: $(VENV)/.test  ## Let migrations from every release die everywhere, on both databases (half an hour; MIGRATIONS="--points 5")
	@$(UNSET) $(BIN)/python -m tests.migrations kill $(MIGRATIONS)

run-cluster: $(VENV)/.test  ## Three replicas on one PostgreSQL behind a balancer: one dies, all are replaced (CLUSTER="--once")
	@$(UNSET) $(BIN)/python -m tests.cluster $(CLUSTER)

cluster-figures: $(VENV)/.test  ## Replicas that meet, freeze, die and are replaced, counted (hours; CLUSTER="--profile cluster-short")
	@mkdir -p benchmarks/results
	@$(UNSET) $(BIN)/python -m tests.chaos --profile cluster --out benchmarks/results/cluster.json $(CLUSTER)

soak: $(VENV)/.test  ## Both programs under 5 events a second for three days; samples in build/soak (SOAK="--hours 1", SOAK="--resume")
	@$(UNSET) $(BIN)/python -m benchmarks.soak $(SOAK)

scaling: $(VENV)/.test  ## Draw the figures of docs/scaling.md anew (SCALING=--take reads new results first)
	@$(UNSET) $(BIN)/python -m benchmarks.scaling $(SCALING)

sbom: $(VENV)/.test  ## Write the inventory of what the programs are made of (CycloneDX; make sbom OUT=file)
	@$(BIN)/python -m scripts.sbom $(or $(OUT),build/sbom.cdx.json)

lock: $(VENV)/.test  ## Lock the newest allowed dependencies, hashes only
	@scripts/lock.sh --upgrade

clean:  ## Remove what was built; ./var stays
	rm -rf $(VENV) $(VENV)-bench dist build .coverage* .pytest_cache .mypy_cache .ruff_cache .hypothesis
