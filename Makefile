# Two commands do all the set-up: `make serve` and `make test`.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: serve test test-debian check bench soak build sssom lock clean help

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

# Every package is pinned with its hashes; the project itself is installed without touching them.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "$(PYTHON) is older than Python 3.11; give a newer one: make PYTHON=python3.12 …"; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

serve: $(STAMP)  ## install, build the graph from the documents, serve it on this machine
	$(BIN)/drugpolicy build
	$(BIN)/drugpolicy serve

build: $(STAMP)  ## build data/graphs from the documents
	$(BIN)/drugpolicy build

test: $(STAMP)  ## install and pass the tests
	$(BIN)/python -m pytest -n 2 -m "not debian and not long"

test-debian: $(STAMP)  ## the tests that need Debian packages (see .ci/run), and the long ones
	$(BIN)/python -m pytest -m "debian or long" --ignore=tests/remedies
	$(BIN)/python -m pytest -n 2 -m long tests/remedies

check: $(STAMP)  ## format, lint, types, contracts, the committed graph, rules and agreement
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/drugpolicy build --check
	$(BIN)/drugpolicy check --no-reasoner

sssom:  ## check data/mappings with sssom-py, which has an environment of its own
	$(PYTHON) -m venv $(VENV)/sssom
	$(VENV)/sssom/bin/python -m pip install --quiet --require-hashes -r tests/sssom/requirements.lock
	@for file in data/mappings/*.sssom.tsv; do echo "$$file"; \
	  $(VENV)/sssom/bin/sssom validate "$$file" || exit 1; done

bench: $(STAMP)  ## measure; writes tests/benchmarks/RESULTS.md
	$(BIN)/python -m tests.benchmarks

soak: $(STAMP)  ## 20 minutes of mixed load on the service; the result is written beside the benchmarks
	$(BIN)/python -m tests.benchmarks.soak

lock:  ## pin the dependencies again (needs uv); the file names no download address
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --custom-compile-command "make lock" --quiet --output-file requirements.lock
	uv pip compile tests/sssom/requirements.in --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --custom-compile-command "make lock" --quiet --output-file tests/sssom/requirements.lock

clean:  ## remove what was installed and built here
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
