# A machine needs Python 3.11 or newer, make and git; everything else comes from here.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin

# A part of the tests: make test T=tests/rules, or a file, or file::test.
T ?=
# As many processes as there are cores; each file of tests stays in one of them. The files come in their order: sorted by
# the number of their tests, the few long tests would be left for the end, when one process works and the others wait.
PYTEST := $(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

# Otherwise each thread of a test that runs the service leaves memory of its own behind.
test quick slow faults: export MALLOC_ARENA_MAX := 1

# The tests start the command many times: its modules are compiled once.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run setup test quick slow lint docs browser screenshots faults mutants bench sbom advisories install lock clean

help:  ## list the targets
	@sed -nE 's/^([a-z]+):[^#]*## (.*)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 14

run: .venv/.installed  ## install, migrate, serve on SQLite at 127.0.0.1:8000
	$(BIN)/anda migrate
	$(BIN)/anda serve --port $(PORT)

setup: .venv/.installed-dev browser  ## install for development

test: .venv/.installed-dev $(if $(T),,lint browser)  ## install, check and run every test; T=tests/rules runs a part
	$(if $(T),$(BIN)/python -m pytest $(T),$(PYTEST))

quick: .venv/.installed-dev  ## run the short tests that need no PostgreSQL and no browser, in under a minute
	$(PYTEST) -m "not lengthy and not slow and not postgresql and not browser" $(T)

slow: .venv/.installed-dev browser  ## run the long forms: kills, random bills, files and walks
	LONG_TESTS=1 $(BIN)/python -m pytest -m slow $(T)

lint: .venv/.installed-dev  ## format, lint, types, import contracts, the documentation built strictly
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/mkdocs build --strict --quiet

docs: .venv/.installed-dev  ## serve the documentation at 127.0.0.1:8001
	$(BIN)/mkdocs serve --dev-addr 127.0.0.1:8001

browser:  ## Debian's Chromium for the tests of the pages, where it may be installed
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
		|| { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq >/dev/null \
		&& apt-get install -y -qq --no-install-recommends chromium fonts-wqy-zenhei >/dev/null; } \
		|| echo "There is no Chromium and none could be installed: the tests of the pages in a browser are skipped."

screenshots: .venv/.installed-dev browser  ## take the screenshots in docs/screenshots
	$(BIN)/python -m tools.screenshots

faults: .venv/.installed-dev  ## bring the service and its database into trouble under load, fifty times each, and count what is lost
	LONG_TESTS=1 $(BIN)/python -m pytest -s tests/faults

mutants: .venv/.installed-dev  ## change the code in two hundred small ways and show which test catches each
	$(BIN)/python -m tools.mutation --first

bench: .venv/.installed-dev  ## measure speed: ratios within one run
	$(BIN)/python -m benchmarks

sbom: .venv/.installed  ## write the bill of materials, dist/anda.cdx.json (CycloneDX)
	$(BIN)/python -m tools.sbom

advisories: .venv/.installed  ## ask a source of advisories about every locked package; say so where none is reachable
	$(BIN)/python -m tools.advisories

install: .venv/.installed  ## make .venv with the command anda

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Anda needs Python 3.11 or newer; name one with make PYTHON=...")'
	$(PYTHON) -m venv .venv

.venv/.installed: .venv/bin/python requirements.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-build-isolation --no-deps --editable .
	@touch $@

.venv/.installed-dev: .venv/bin/python requirements.lock requirements-dev.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-build-isolation --no-deps --editable .
	@touch $@ .venv/.installed

lock: .venv/.installed-dev  ## pin newer versions of everything, with hashes and without any index address
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
		--no-header --group build --upgrade pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
		--no-header --group dev --constraint requirements.lock --upgrade pyproject.toml -o requirements-dev.lock

clean:  ## remove what the other targets made
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
