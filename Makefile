# Every target sets up what it needs (tools/bootstrap.py) and does nothing when that is done.
.DEFAULT_GOAL := help
.PHONY: help setup setup-spark demo test test-all test-apart lint format bench bench-peers bench-outcomes bench-widths bench-engines bench-commands bench-all growth false-alarms detectable small-models real-faults real-flights demo-seeds evidence schema trust-tests dashboards notifications report-pictures superset-pictures docs lock clean clean-all
MAKEFLAGS += --no-print-directory

VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
# More arguments: make demo DEMO="--days 50 --rows-per-day 2000", make test TESTS="-k drift", make bench BENCH="--days 5"
DEMO ?=
TESTS ?=
BENCH ?=
# Files of tests run beside each other, a file keeps its fixtures to itself; by name, for the longest have few tests and would
# come last.
BESIDE := -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

export UV_PYTHON_DOWNLOADS := never
export DBT_SEND_ANONYMOUS_USAGE_STATS := false

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## the environment from the lock, in .venv
	@$(PYTHON) tools/bootstrap.py --venv "$(VENV)"

setup-spark: ## the environment of Spark and its Java, in .venv-spark
	@$(PYTHON) tools/bootstrap.py --spark

demo: setup ## demo logs until today, the whole job on them, what it found
	@$(BIN)/python -m model_monitor demo --run $(DEMO)

test: setup setup-spark ## every test that is not slow
	@$(BIN)/python -m pytest $(BESIDE) $(TESTS)

test-all: setup setup-spark ## every test but those apart
	@$(BIN)/python -m pytest $(BESIDE) -m "not apart" $(TESTS)

test-apart: setup setup-spark ## what takes longest, and the examples for Airflow and Dagster
	@$(BIN)/python -m pytest -m apart $(TESTS)

lint: setup ## ruff, mypy, the docs, the yml, sqlfluff, and dbt's own deprecations
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python tools/check_lock.py
	@$(BIN)/python tools/check_docs.py
	@$(BIN)/python tools/check_yml.py
	@$(BIN)/sqlfluff lint --disable-progress-bar --processes 0 models analyses $(wildcard tests/singular)
	@$(BIN)/dbt --quiet --warn-error parse \
		--no-partial-parse --show-all-deprecations --target-path target/lint --log-path target/lint

format: setup ## put Python and SQL into shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/sqlfluff fix --disable-progress-bar models analyses $(wildcard tests/singular)

bench: setup ## time and memory on a large log
	@$(BIN)/python benchmarks/bench.py $(BENCH)

bench-peers: setup ## the same table by Evidently, NannyML, popmon and whylogs
	@$(BIN)/python benchmarks/peers.py $(BENCH)

bench-outcomes: setup ## what outcomes cost beside the best query by hand
	@$(BIN)/python benchmarks/outcomes.py $(BENCH)

bench-widths: setup ## what more features and more monitors cost
	@$(BIN)/python benchmarks/widths.py $(BENCH)

bench-engines: setup setup-spark ## what the sketches cost on each engine
	@$(BIN)/python benchmarks/engines.py $(BENCH)

bench-commands: setup ## CPU seconds of the commands that people wait for, on the demo
	@$(BIN)/python benchmarks/commands.py $(BENCH)

growth: setup ## what one more day costs when a year is there already
	@$(BIN)/python benchmarks/growth.py $(GROWTH)

bench-all: bench bench-peers bench-outcomes bench-engines bench-widths growth ## all that is measured of cost, one after the other (hours)

false-alarms: setup ## alerts on logs in which nothing happens, against their budgets
	@$(BIN)/python benchmarks/false_alarms.py $(FALSE_ALARMS)

detectable: setup ## whether the changes that monitor_coverage states are found
	@$(BIN)/python benchmarks/detectable.py $(DETECTABLE)

small-models: setup ## what is found of models with few rows, and what is not
	@$(BIN)/python benchmarks/small_models.py $(SMALL_MODELS)

real-faults: setup ## what is found of faults that are planted in real tables
	@$(BIN)/python benchmarks/real_faults.py $(REAL)

real-flights: setup ## which incidents a real year of flights has
	@$(BIN)/python benchmarks/flights.py $(REAL)

demo-seeds: setup ## alerts on the demos of four seeds, each against the same bar
	@$(BIN)/python benchmarks/demo_seeds.py $(SEEDS)

evidence: setup ## the tests that hold the promises of SECURITY.md; writes docs/internals/evidence.md
	@$(BIN)/python tools/evidence.py $(TESTS)

schema: setup ## model_monitor.schema.json, the JSON Schema of the vars, from macros/config
	@mkdir -p target
	@$(BIN)/python -m model_monitor schema > target/schema.json && mv target/schema.json model_monitor.schema.json

trust-tests: setup ## tests/trust, the conditions of python/expectations as dbt tests
	@$(BIN)/python tools/trust_tests.py

dashboards: setup ## examples/grafana and examples/superset, from the queries in tools/grafana
	@$(BIN)/python tools/grafana
	@$(BIN)/python tools/superset_dashboard.py

notifications: setup ## examples and pictures of notifications in the docs (needs Chromium)
	@$(BIN)/python tools/notifications.py

report-pictures: setup ## pictures of the report in the docs, from target/report.html (needs Chromium)
	@$(BIN)/python tools/report_pictures.py

superset-pictures: setup ## pictures of Superset in the docs, from the demo (needs Chromium)
	@$(BIN)/python tools/superset_pictures.py

docs: setup ## dbt's documentation as one page: target/static_index.html
	@$(BIN)/dbt --quiet docs generate --static

lock: setup ## requirements.lock from requirements.in, and that of Spark
	@for name in requirements requirements-spark; do \
		$(BIN)/python -m uv --quiet pip compile --universal --fork-strategy fewest --generate-hashes \
			--python-version 3.11 --no-header --output-file $$name.lock $$name.in || exit 1; \
	done

clean: ## remove what builds, tests and linters made
	@rm -rf target logs dbt_packages build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find python tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

clean-all: clean ## the environment too
	@rm -rf "$(VENV)" .venv-spark
