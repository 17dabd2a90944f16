# Kefuflow: `make run` shows it, `make test` proves it, `make help` tells the rest.
.PHONY: help setup run demo test test-every faults soak check check-types check-all-else bench fuzz lock diagrams clean

PYTHON ?=
BIN = .venv/bin
export PYTHON

help:
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' Makefile

setup: ## make everything ready to run: environment, packages, pages
	@sh scripts/setup.sh

run: setup ## serve http://127.0.0.1:8000 with the demo shop
	@exec $(BIN)/kefuflow serve --demo $(ARGS)

# A database of its own: a clock that was moved ahead must not be followed by the machine's.
demo: setup ## the same with a clock that you move yourself
	@exec $(BIN)/kefuflow --database sqlite:///var/demo.db serve --demo --virtual-clock $(ARGS)

test: ## run the tests, those in a browser included
	@sh scripts/setup.sh dev
	@sh scripts/test.sh $(ARGS)

test-every: ## run them on every file, route and seed of which they take some otherwise
	@sh scripts/setup.sh dev
	@EVERY_TEST=yes sh scripts/test.sh $(ARGS)

faults: ## crash, kill, starve and race the engine at every point, for a quarter of an hour and more (`make test` does a part of it)
	@sh scripts/setup.sh dev
	@EVERY_TEST=yes $(BIN)/python -m pytest -m faults tests/faults $(ARGS)

check: ## style, types, layers, the shipped processes, the tables of requirements, the dependencies
	@sh scripts/setup.sh dev
	@$(MAKE) --no-print-directory --jobs 2 check-types check-all-else

check-types:
	@$(BIN)/mypy

check-all-else:
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/kefuflow lint processes forms
	@$(BIN)/python scripts/check_requirements.py
	@$(BIN)/python scripts/check_asvs.py
	@$(BIN)/python scripts/audit_dependencies.py

soak: ## twelve hours of two hundred agents with faults, in a few minutes (ARGS="--seed 2")
	@sh scripts/setup.sh dev
	@$(BIN)/python -m tests.soak $(ARGS)

bench: ## measure (figures and how to read them: bench/README.md)
	@sh scripts/setup.sh bench
	@$(BIN)/python -m bench $(ARGS)

fuzz: ## throw random rules and tables at the engine for a minute each (ARGS="--only=tree -max_total_time=600")
	@sh scripts/setup.sh fuzz
	@$(BIN)/python -m tests.fuzz $(ARGS)

lock: ## pin the Python packages anew (UPGRADE=1 takes newer ones)
	@sh scripts/lock.sh

diagrams: ## draw every process as docs/diagrams/<process id>.png
	@sh scripts/setup.sh dev
	@$(BIN)/python scripts/draw_diagrams.py

clean: ## remove what make made; var/ with the database stays
	@rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache web/assets/node_modules bench/node/node_modules web/static/dist *.egg-info
