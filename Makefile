# Each target installs what it needs first. Prerequisites of the machine: Python 3.11 to 3.14, Java 17+, Maven.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# A distribution's own Python first: it is built with a profile of its work and takes a fifth less CPU than most others.
FIT := import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))
PYTHON ?= $(shell [ $$(uname) = Linux ] && /usr/bin/python3 -c '$(FIT)' 2>/dev/null && echo /usr/bin/python3 || echo python3)
BIN := $(CURDIR)/.venv/bin
export PATH := $(BIN):$(PATH)
PACKAGES := libs/chassis/chassis services/telponi/telponi services/gareng-mesem/gareng_mesem \
  services/destana/destana services/notifier/notifier libs/wire/wire tools/handset/handset tools/stack/stack tools/operator/operator_cli
UNIT := not integration and not e2e and not chaos and not browser
WORKERS ?= 2

.PHONY: help
help: ## say what can be made
	@grep -hE '^[a-z%-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

##### what stands on the machine first

.venv/locked: requirements.lock
	@$(PYTHON) -c '$(FIT)' || \
	  { echo "Python 3.11 to 3.14 with venv is needed; $(PYTHON) is $$($(PYTHON) --version 2>&1 || echo missing)" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing the locked packages"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

.venv/installed: .venv/locked pyproject.toml
	@mkdir -p build/gen
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

build/gen/made: .venv/installed $(shell find proto -name '*.proto')
	@$(BIN)/python -m grpc_tools.protoc -I proto -I proto/vendor --python_out=build/gen --grpc_python_out=build/gen \
	  --mypy_out=quiet:build/gen --mypy_grpc_out=quiet:build/gen \
	  $$(cd proto && find kentongan -name '*.proto') $$(cd proto/vendor && find buf -name '*.proto')
	@touch build/gen/buf/py.typed build/gen/kentongan/py.typed $@

.PHONY: venv proto ready
venv: .venv/installed ## install the locked packages into .venv
proto: build/gen/made ## generate build/gen from proto/
ready: .venv/installed build/gen/made

##### the stack

.PHONY: run up down status demo clean-state
run: ready ## start everything, stay in front, stop on Ctrl-C
	@exec $(BIN)/python -m stack run
up: ready ## start everything in the background; back when ready
	@exec $(BIN)/python -m stack up
down: .venv/installed ## stop everything
	@exec $(BIN)/python -m stack down
status: .venv/installed ## say what runs
	@exec $(BIN)/python -m stack status
clean-state: .venv/installed ## stop everything and delete the state folder
	@exec $(BIN)/python -m stack clean
demo: ready ## with the stack up, play one story of each service on the phones
	@exec $(BIN)/python -m handset.demo --addresses "$${KENTONGAN_HOME:-.kentongan}/run/addresses.json"

##### proof

.PHONY: test chaos bench fuzz
test: ready ## every test but the slow ones, on servers of their own
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --durations 20 -m "not chaos"
chaos: ready ## the slow tests: they kill processes while stories run
	@$(BIN)/pytest -m chaos --timeout 800 -o faulthandler_timeout=900 || [ $$? -eq 5 ] # 5: there are none
FUZZ_SECONDS ?= 300
fuzz: ready ## bytes that no carrier sends, for FUZZ_SECONDS; led by coverage where atheris can be installed
	@test -d build/fuzz/lib/atheris || $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
	  --require-hashes --target build/fuzz/lib -r tests/fuzz/requirements.lock || echo "no atheris: fuzzing blindly"
	@$(BIN)/python tests/fuzz/run.py $(FUZZ_SECONDS)
bench: ready ## every bench of bench/, each with its limit
	@for one in bench/bench_*.py; do $(BIN)/python $$one; done
bench-%: ready ## one bench
	@$(BIN)/python bench/bench_$*.py

.PHONY: check check-format check-lint check-types check-imports check-contracts check-duplicates check-texts check-unit
check: ready ## format, lint, types, imports, contracts, duplicates, texts, unit tests; under 2 minutes
	@$(MAKE) -j 2 --output-sync=target check-types check-unit check-duplicates check-contracts check-imports \
	  check-texts check-lint check-format
	@echo "check: all well"
check-format:
	@ruff format --check --quiet . || { ruff format --check . | tail -20; exit 1; }
check-lint:
	@ruff check --quiet --output-format concise .
check-types:
	@mypy --no-error-summary .
check-imports:
	@lint-imports --no-logo | tail -40
check-contracts:
	@buf lint
	@mkdir -p build && buf build --exclude-source-info -o build/contracts.binpb
	@buf breaking build/contracts.binpb --against proto/released.binpb
check-duplicates:
	@pylint --disable=all --enable=duplicate-code --score=n --min-similarity-lines=8 \
	  --ignore-imports=y --ignore-signatures=y --ignore-docstrings=y $(PACKAGES)
check-texts:
	@python -m notifier.adapters.template_lint regions/33.17
check-unit:
	@pytest -q --no-header -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "$(UNIT)"

##### upkeep

.PHONY: lock released
lock: ## solve requirements.in anew (needs uv; see docs/decisions/0007-lock-file.md)
	@uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
	  --python-version 3.11 -o requirements.lock requirements.in
released: .venv/installed ## with a release: remember its contracts as what must not be broken
	@buf build --exclude-source-info -o proto/released.binpb
