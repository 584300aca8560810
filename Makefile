# `make help` tells what each target does; every target needs a sentence behind `##`.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup run demo seed token test test-long check format kafka kafka-test migrate contracts bench \
	import-northwind import-adventureworks lock clean ci

PY := .venv/bin/python
TESTS ?=
# aiokafka leaves the sockets of a killed broker to the garbage collector, which complains.
AFTER_KILLS := -W ignore::pytest.PytestUnraisableExceptionWarning
# Each file on one of a few processes, each of which has a database server of its own.
SIDE_BY_SIDE := -n auto --maxprocesses 4 --dist loadfile
LOCK := $(PY) -m uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
	--custom-compile-command 'make lock' $(UPGRADE) \
	$(foreach m,contracts servicekit crm erp cpq operations,--no-emit-package tradewind-$(m))
PYPROJECTS := $(foreach m,shared/contracts shared/servicekit services/crm services/erp services/cpq,$(m)/pyproject.toml)

help: ## Show this list.
	@awk 'BEGIN {FS = ":[^#]*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:[^#]*## / {printf "  \033[36m%-22s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##@ Use it
setup: ## Create .venv with everything needed; does nothing when it is up to date.
	@deploy/setup.sh

run: setup ## Start the whole system on this machine and load the sample company; Ctrl-C stops it.
	@$(PY) -m operations run

demo: setup ## Tell the quote-to-cash story with the running services (second terminal).
	@$(PY) -m operations demo

seed: setup ## Load the sample company into the running services; run does it once by itself.
	@$(PY) -m operations seed

token: ## Print an access token of the running system for curl; CLIENT=demo-sales for another user.
	@$(PY) -m operations token $(CLIENT)

import-northwind: setup ## Import Northwind into the running services from DIR=path.
	@test -n "$(DIR)" || { echo "Say where the data is: make import-northwind DIR=path"; exit 2; }
	@$(PY) -m operations import northwind "$(DIR)" $(ARGS)

import-adventureworks: setup ## Import AdventureWorks into the running services from DIR=path.
	@test -n "$(DIR)" || { echo "Say where the data is: make import-adventureworks DIR=path"; exit 2; }
	@$(PY) -m operations import adventureworks "$(DIR)" $(ARGS)

kafka: setup ## Start a real Apache Kafka on loopback (needs Java 17 and Maven); ARGS="--brokers 3" starts three.
	@$(PY) -m operations kafka $(ARGS)

migrate: setup ## Bring the three databases of the running stack to the newest schema.
	@$(PY) -m operations migrate

##@ Work on it
test: setup ## Run the tests, the journeys on the running system included; TESTS=path narrows it.
	@$(PY) -m pytest -m "not kafka and not long" $(SIDE_BY_SIDE) $(TESTS)

test-long: setup ## Run the tests that take minutes: faults on the running system, fuzzing of every API.
	@$(PY) -m pytest -m "long and not kafka" $(AFTER_KILLS) $(TESTS)

kafka-test: setup ## Run the bus and fault tests against a real Apache Kafka (needs Java 17 and Maven).
	@$(PY) -m pytest -m kafka -rs $(AFTER_KILLS) $(TESTS)

check: setup ## Check format, lint, types, import contracts and architecture; changes nothing.
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@.venv/bin/lint-imports
	@$(PY) -m pytest -q tests/architecture

format: setup ## Format the code and apply the safe lint fixes.
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

contracts: setup ## Regenerate schemas, AsyncAPI documents and docs/errors.md from the code.
	@$(PY) -m contracts generate
	@$(PY) -m servicekit.http.reference crm erp cpq > docs/errors.md
	@$(PY) -m cpq.configuration.document > docs/architecture/configuration-model.schema.json

bench: setup ## Measure the running system on this machine and write docs/benchmarks.md.
	@$(PY) -m operations bench $(ARGS)

lock: setup ## Regenerate requirements/*.txt; UPGRADE=--upgrade takes newer versions.
	@$(LOCK) requirements/build.in -o requirements/build.txt
	@$(LOCK) $(PYPROJECTS) -o requirements/runtime.txt
	@for service in crm erp cpq; do $(LOCK) shared/contracts/pyproject.toml shared/servicekit/pyproject.toml \
	  services/$$service/pyproject.toml -c requirements/runtime.txt -o requirements/$$service.txt || exit; done
	@$(LOCK) $(PYPROJECTS) deploy/operations/pyproject.toml --group dev \
	  -c requirements/runtime.txt -c requirements/build.txt -o requirements/dev.txt

clean: ## Remove the virtual environment, caches and all local state, databases included.
	@rm -rf .venv var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

ci: check test test-long kafka-test ## Run what continuous integration runs.
