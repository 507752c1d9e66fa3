# Needs python3 (3.11 or newer, with venv) and make; everything else goes into .venv and node_modules.
PYTHON ?= python3
HOST   ?= 127.0.0.1
PORT   ?= 8866
OPEN   ?= 1
PRICES ?=
OUT    ?= build/site
SHORT  ?=
# Test processes: browser tests mostly wait, so one more than two cores have; 0: one process, in the order of the files.
WORKERS ?= 3
# What is installed: the pins; CONSTRAINTS=/dev/null takes the newest of everything (in a new .venv).
CONSTRAINTS ?= binder/constraints.txt

BIN   := .venv/bin
STAMP := .venv/installed
TOOLS := node_modules/installed
BIOME := $(BIN)/node node_modules/@biomejs/biome/bin/biome
PIP   := $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint $(CONSTRAINTS)

.DEFAULT_GOAL := help
.PHONY: help install publish app lab test lint format bench soak pictures audit wheel clean

help:
	@echo "make publish  write pages that need no server (OUT=build/site)"
	@echo "make app      serve the page (PORT=8866 HOST=127.0.0.1 OPEN=1 PRICES=prices.csv)"
	@echo "make lab      open the notebooks in JupyterLab (same variables, PORT=8888)"
	@echo "make test     every check: lint, pytest with layers, browser and notebooks (WORKERS=3; 0: one process)"
	@echo "make lint     ruff and mypy; biome and tsc for the scripts"
	@echo "make format   write Python and the scripts in the one style"
	@echo "make bench    measure speed and weight, write build/bench.json (SHORT=1: the short form)"
	@echo "make soak     a thousand page loads, then 1, 10 and 30 viewers who move sliders (half an hour; SHORT=1: minutes)"
	@echo "make pictures draw the README's pictures anew into docs/pictures"
	@echo "make audit    ask whether a pinned package has a known security hole (needs the network)"
	@echo "make wheel    build the wheel into dist/"
	@echo "make install  create or refresh .venv; the others do it when needed"
	@echo "make clean    remove what was built, keep .venv and node_modules"

install: $(STAMP)

# Templates and server settings are copied into .venv, so a change to them installs again.
# The build backend comes first and from the same pins: an isolated build would fetch an unpinned one.
$(STAMP): pyproject.toml binder/constraints.txt $(shell find hedge_widgets/jupyter -type f 2>/dev/null)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "hedge_widgets needs Python 3.11 or newer, and '$(PYTHON)' is: $$($(PYTHON) --version 2>&1)."; \
	  echo "Name another one: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python's venv module is not installed. On Debian or Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Installing the pinned packages into .venv (a minute or two) ..."
	@$(PYTHON) -m venv .venv
	@$(PIP) hatchling
	@$(PIP) --no-build-isolation --editable '.[dev,exchange]'
	@touch $(STAMP)

publish: $(STAMP)
	@$(BIN)/hedge-widgets publish $(OUT) $(if $(PRICES),--prices '$(PRICES)')

app: $(STAMP)
	@$(BIN)/hedge-widgets app --host $(HOST) --port $(PORT) \
	  $(if $(filter 0,$(OPEN)),--no-browser) $(if $(PRICES),--prices '$(PRICES)')

lab: PORT = 8888
lab: $(STAMP)
	@$(BIN)/hedge-widgets lab --host $(HOST) --port $(PORT) \
	  $(if $(filter 0,$(OPEN)),--no-browser) $(if $(PRICES),--prices '$(PRICES)')

# The tools for the browser's scripts: npm comes from .venv, they come from package.json, once. A new .venv needs no new
# ones, hence the bar.
$(TOOLS): package.json | $(STAMP)
	@echo "Installing the pinned tools for the scripts into node_modules ..."
	@$(BIN)/npm install --no-package-lock --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $(TOOLS)

lint: $(STAMP) $(TOOLS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIOME) check --error-on-warnings
	$(BIN)/node node_modules/typescript/bin/tsc

format: $(STAMP) $(TOOLS)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIOME) check --write

# Compiled first: where Python keeps no compiled files (PYTHONDONTWRITEBYTECODE) each of 200 kernels would compile them.
test: lint
	@$(BIN)/python -m compileall -q hedge_widgets
	$(BIN)/pytest -n $(WORKERS) --nbval-lax --nbval-current-env --nbval-cell-timeout=120

bench: $(STAMP)
	@$(BIN)/python -m tests.bench $(if $(filter-out 0,$(SHORT)),--short)

soak: $(STAMP)
	@$(BIN)/python -m tests.soak $(if $(filter-out 0,$(SHORT)),--loads 150 --viewers 1 10 --seconds 15)

pictures: $(STAMP)
	@$(BIN)/python -m tests.pictures docs/pictures

audit: $(STAMP)
	@$(BIN)/python -m venv build/audit && build/audit/bin/pip --disable-pip-version-check install --quiet pip-audit
	build/audit/bin/pip-audit --requirement binder/constraints.txt --no-deps --disable-pip --strict --progress-spinner off

wheel: $(STAMP)
	$(BIN)/python -m build --no-isolation --wheel

clean:
	rm -rf build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find hedge_widgets tests -name __pycache__ -type d -prune -exec rm -rf {} +
