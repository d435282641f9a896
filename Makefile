# FazAI: `make run` opens the assistant, `make test` runs the tests; each sets up .venv by itself.
# PYTHON=/path/to/python3 chooses the interpreter.

BIN := .venv/bin
export PYTHON
# pyright's wrapper must not ask the network whether a newer one exists.
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

.PHONY: help setup setup-dev setup-memory run test check check-static bench eval screenshots model clean

help: ## Show the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

setup: ## Install FazAI into .venv (does nothing when that is done)
	@.ci/setup run

setup-dev: setup ## Install the tools for tests and checks as well
	@.ci/setup dev

setup-memory: setup ## Install what finds memories by meaning: torch and a model, 1.3 GB
	@.ci/setup memory

run: setup ## Open the assistant
	@$(BIN)/fazai interactive

test: setup-dev ## Run the tests
	$(BIN)/pytest --ignore=tests/bench --numprocesses=auto --maxprocesses=4 --dist=loadfile

check: check-static ## Everything a change must pass: linters, type checkers, layers and the tests
	$(MAKE) --no-print-directory test

check-static: setup-dev
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/lint-imports

bench: setup-dev ## Measure it all beside its peers: one table at the end
	$(BIN)/pytest tests/bench

eval: setup-dev ## Measure the shipped model and write docs/model.md; ARGS=--help shows how to measure others
	$(BIN)/python -m training.measure $(ARGS)

screenshots: setup-dev ## Render the pictures in screenshots/ from the running app
	$(BIN)/python screenshots/render.py

model: ## Train the shipped model anew (hours on a CPU, minutes on a GPU); ARGS=--trial only shows that it runs
	@.ci/setup training
	$(BIN)/python -m training $(ARGS)

clean: ## Remove .venv and everything that was built
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .benchmarks
