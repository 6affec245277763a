# What there is to do with this checkout: `make help`.
#
# Everything made here is under build/ and target/, in node_modules/ beside each package.json and in python/socketio_rs/client/.
# PYTHON=python3.12 chooses the interpreter, TESTS="tests/unit -k ack" what `make test-python` runs, FUZZ=hub FUZZ_SECONDS=600 what
# `make fuzz` does.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.NOTPARALLEL:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory

export PYTHON ?= python3
TESTS ?= tests
PORT ?= 3000
# What `make fuzz` runs, and for how long each.
FUZZ ?= websocket engine packet json hub
FUZZ_SECONDS ?= 60
# `make ci` runs everything with the first, and what depends on the interpreter with the others.
CI_PYTHON ?= 3.11
CI_OTHERS ?= 3.12 3.13
# What `make bench` measures, and how often; SCENARIO=echo,sink without the others, RATE=20000 an echo at that rate. Which CPython
# the servers in Python run on.
PEERS ?= ours,socketioxide,node,bun,python-socketio,floor
SCENARIO ?=
RATE ?=
RUNS ?= 3
BENCH_PYTHON ?= 3.12

HERE := build/py$(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
CLIENT := python/socketio_rs/client/VERSION
NODE_MODULES := node_modules/.package-lock.json
# Pins are exact, so pip need not look for newer versions.
PIP_INSTALL := -m pip install --disable-pip-version-check --no-input --quiet

# Extensions for two interpreters are the same file of cargo's until they are in their wheels.
ONE_AT_A_TIME = mkdir -p build && flock build/extension.lock

step = @printf '\n==> %s\n' "$(1)"

.PHONY: help
help: ## list what there is to do
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1\t\2/' | expand -t 14

# --- running it

.PHONY: demo
demo: $(HERE)/demo/ready ## build everything and serve the chat page on http://127.0.0.1:3000 (PORT=...)
	$(call step,serving the chat page on http://127.0.0.1:$(PORT))
	@exec $(HERE)/demo/bin/python -m socketio_rs demo --port $(PORT)

.PHONY: screenshot
screenshot: $(HERE)/test/ready tests/browser/$(NODE_MODULES) ## make docs/demo.png anew
	$(call step,taking a picture of the chat page)
	@node tests/browser/screenshot.mjs $(HERE)/test/bin/python docs/demo.png

# --- setting up and building

.PHONY: setup
setup: $(HERE)/maturin/ready $(HERE)/test/ready $(HERE)/lint/ready $(HERE)/docs/ready test-tools tools/pyright/$(NODE_MODULES) ## prepare all that the other targets use

.PHONY: client
client: $(CLIENT) ## take the browser client's bundles from npm

.PHONY: wheel
wheel: $(HERE)/wheel/ready ## build the wheel for PYTHON into build/
	@ls $(HERE)/wheel/*.whl

$(CLIENT): tools/client/$(NODE_MODULES) tools/copy_client.sh
	@tools/copy_client.sh tools/client/node_modules/socket.io-client $(@D)

# cargo knows best whether anything changed; a wheel that did not change is left as it was.
$(HERE)/wheel/ready: $(CLIENT) $(HERE)/maturin/ready FORCE
	$(call step,building the wheel for $(HERE:build/py%=CPython %) (the first time takes minutes))
	@tools/need.sh cargo
	@rm -rf $(HERE)/wheel.new
	@$(ONE_AT_A_TIME) $(HERE)/maturin/bin/maturin build --release --locked --compatibility linux --interpreter $(HERE)/maturin/bin/python --out $(HERE)/wheel.new
	@if [ -e $@ ] && cmp -s $(HERE)/wheel/*.whl $(HERE)/wheel.new/*.whl; then \
		rm -rf $(HERE)/wheel.new; \
	else \
		rm -rf $(HERE)/wheel && mv $(HERE)/wheel.new $(HERE)/wheel && touch $@; \
	fi

.PHONY: FORCE
FORCE:

# Environments: made anew whenever what is to be in them changed.
define fresh_environment
$(call step,making $(@D))
@tools/need.sh python
@rm -rf $(@D)
@$(PYTHON) -m venv $(@D)
endef

$(HERE)/maturin/ready: tools/requirements/build.txt
	$(fresh_environment)
	@$(@D)/bin/python $(PIP_INSTALL) -r $<
	@touch $@

$(HERE)/demo/ready: $(HERE)/wheel/ready
	$(fresh_environment)
	@$(@D)/bin/python $(PIP_INSTALL) --no-index --no-deps $(HERE)/wheel/*.whl
	@touch $@

$(HERE)/test/ready $(HERE)/lint/ready: $(HERE)/%/ready: tools/requirements/%.txt $(HERE)/wheel/ready
	$(fresh_environment)
	@$(@D)/bin/python $(PIP_INSTALL) -r $<
	@$(@D)/bin/python $(PIP_INSTALL) --no-index --no-deps $(HERE)/wheel/*.whl
	@touch $@

%/$(NODE_MODULES): %/package.json %/package-lock.json
	$(call step,installing the npm packages of $*)
	@tools/need.sh npm
	@cd $* && npm ci --ignore-scripts --loglevel=error
	@touch $@

.PHONY: test-tools
test-tools: tests/interop/$(NODE_MODULES) tests/browser/$(NODE_MODULES)

# --- testing

.PHONY: test
test: test-rust test-python ## run all tests, those in Python against the wheel in a fresh environment

.PHONY: test-rust
test-rust: ## run the tests of the crates
	$(call step,testing the crates)
	@tools/need.sh cargo
	@cargo test --locked --workspace --exclude binding --no-run
	@cargo test --locked --workspace --exclude binding --quiet

# Apart, as it links with libpython, which not every CPython comes with.
.PHONY: test-binding
test-binding: ## run the tests of the extension's crate (needs libpython)
	$(call step,testing the crate of the extension)
	@PYO3_PYTHON="$$($(PYTHON) -c 'import sys; print(sys.executable)')" cargo test --locked --package binding --quiet

# `tests/typing` has them look at programs that use the package.
TYPE_CHECKERS = $(if $(filter tests tests/typing%,$(TESTS)),$(HERE)/lint/ready tools/pyright/$(NODE_MODULES))

.PHONY: test-python
test-python: $(HERE)/test/ready test-tools $(TYPE_CHECKERS) ## run TESTS (default: all in Python) against the wheel
	$(call step,testing the wheel with $(HERE:build/py%=CPython %))
	@$(HERE)/test/bin/pytest $(TESTS)

# What a wheel is tested with, before it is.
.PHONY: test-environment
test-environment: $(HERE)/test/ready

# The suite is of Python 2.7, for which virtualenv had its last version then.
build/autobahn/ready: tools/requirements/autobahn.txt
	$(call step,making $(@D))
	@rm -rf $(@D)
	@$(PYTHON) -m venv $(@D)/maker
	@$(@D)/maker/bin/python $(PIP_INSTALL) virtualenv==20.21.1
	@$(@D)/maker/bin/virtualenv --quiet --python="$$(tools/find_python.sh 2.7)" $(@D)/python2
	@$(@D)/python2/bin/python $(PIP_INSTALL) -r $< 2>$(@D)/log || { cat $(@D)/log >&2; exit 1; }
	@touch $@

.PHONY: autobahn
autobahn: build/autobahn/ready ## run the Autobahn suite of WebSocket against an echo server
	$(call step,running the Autobahn suite)
	@cargo build --locked --release --package net --features raw-echo --example raw_echo
	@$(PYTHON) tools/autobahn.py build/autobahn/python2/bin/wstest "$${CARGO_TARGET_DIR:-target}/release/examples/raw_echo" build/autobahn/report

CARGO_FUZZ := build/cargo-fuzz-0.13.2

$(CARGO_FUZZ)/bin/cargo-fuzz:
	$(call step,building $(@F) (takes a minute))
	@tools/need.sh cargo
	@cargo install --quiet --locked --version $(CARGO_FUZZ:build/cargo-fuzz-%=%) --root $(CARGO_FUZZ) $(@F)

# What was found before is in build/fuzz/ and goes on from there. The crates have no unsafe code for a sanitizer to look at, so
# that no nightly toolchain is needed.
.PHONY: fuzz
fuzz: $(CARGO_FUZZ)/bin/cargo-fuzz ## run each fuzz target for a minute (FUZZ_SECONDS=...)
	@for target in $(FUZZ); do \
		printf '\n==> fuzzing %s for %s s\n' "$$target" $(FUZZ_SECONDS); \
		mkdir -p "build/fuzz/$$target"; \
		PATH="$(CURDIR)/$(CARGO_FUZZ)/bin:$$PATH" CARGO_TARGET_DIR="$${CARGO_TARGET_DIR:-$(CURDIR)/target}/fuzz" \
			cargo fuzz run --sanitizer none "$$target" "build/fuzz/$$target" "fuzz/seeds/$$target" \
			-- -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -timeout=10 -verbosity=0 -print_final_stats=1; \
	done

# A copy of what git has, so without the client's bundles: as in a fresh clone.
.PHONY: test-install
test-install: ## check that `pip install .` needs cargo alone
	$(call step,installing a fresh copy with pip alone (takes a minute))
	@tools/need.sh cargo python
	@rm -rf $(HERE)/install && mkdir -p $(HERE)/install/source
	@git ls-files -z | xargs -0 cp --parents --target-directory=$(HERE)/install/source
	@$(PYTHON) -m venv $(HERE)/install/venv
	@export CARGO_TARGET_DIR="$${CARGO_TARGET_DIR:-$(CURDIR)/target}"; \
		$(ONE_AT_A_TIME) $(HERE)/install/venv/bin/python $(PIP_INSTALL) $(HERE)/install/source
	@$(HERE)/install/venv/bin/python -I tools/check_install.py

# --- documentation

$(HERE)/docs/ready: tools/requirements/docs.txt
	$(fresh_environment)
	@$(@D)/bin/python $(PIP_INSTALL) -r $<
	@touch $@

# What griffe finds wrong with a docstring is no warning of the generator's own.
.PHONY: docs
docs: $(HERE)/docs/ready ## build the site of the documentation into build/docs/; warnings are errors
	$(call step,building the documentation)
	@$(HERE)/docs/bin/zensical build --strict --clean 2>&1 | tee build/docs.log
	@! grep '^griffe:' build/docs.log >/dev/null

# --- measuring

comma := ,
BENCH_PEERS = $(subst $(comma), ,$(PEERS))
BENCH_TARGET = $${CARGO_TARGET_DIR:-$(CURDIR)/target}/benches
BENCH_RESULTS := build/bench/results.json
# What `make bench-report` draws: by default it measures first.
RESULTS ?=

.PHONY: bench
bench: ## measure PEERS and SCENARIOs side by side, RUNS times (takes a quarter of an hour)
	@tools/need.sh npm
	@$(MAKE) bench-here PYTHON="$$(tools/find_python.sh $(BENCH_PYTHON))"

.PHONY: bench-report
bench-report: ## measure five times and write docs/performance.md (RESULTS=build/bench/results.json: from what is there)
	@$(if $(RESULTS),,$(MAKE) bench RUNS=5)
	@$(PYTHON) benches/report.py "$(or $(RESULTS),$(BENCH_RESULTS))" docs

.PHONY: bench-here
bench-here: bench-binaries $(BENCH_PEERS:%=bench-peer-%)
	$(call step,measuring)
	@$(PYTHON) benches/run.py --peers "$(PEERS)" --scenarios "$(SCENARIO)" --runs $(RUNS) --rate "$(RATE)" \
		--binaries "$(BENCH_TARGET)/release" --environments $(HERE) --results $(BENCH_RESULTS)

.PHONY: bench-binaries
bench-binaries:
	$(call step,building the load generator and the servers in Rust)
	@tools/need.sh cargo
	@CARGO_TARGET_DIR="$(BENCH_TARGET)" cargo build --release --locked --manifest-path benches/Cargo.toml \
		--package load $(patsubst %,--package peer-%,$(filter socketioxide floor,$(BENCH_PEERS)))

# Criterion's options: MICRO="hub --quick".
MICRO ?=

.PHONY: bench-micro
bench-micro: ## measure the parts of the crates without I/O
	$(call step,measuring the crates)
	@tools/need.sh cargo
	@CARGO_TARGET_DIR="$(BENCH_TARGET)" cargo bench --locked --manifest-path benches/Cargo.toml --package micro -- $(MICRO)

# As `cargo test` builds it: how fast it would be does not matter here, and assertions are on.
.PHONY: test-micro
test-micro: ## run once each what bench-micro measures
	$(call step,running each measurement of the crates once)
	@tools/need.sh cargo
	@CARGO_TARGET_DIR="$${CARGO_TARGET_DIR:-$(CURDIR)/target}" cargo test --locked --manifest-path benches/Cargo.toml --package micro --benches

# Instructions are the same however busy the machine is, but not with another compiler.
.PHONY: bench-check
bench-check: ## compare instructions for each operation with benches/baseline.toml (UPDATE=--update: write it anew)
	$(call step,counting instructions)
	@tools/need.sh cargo python valgrind
	@CARGO_TARGET_DIR="$(BENCH_TARGET)" cargo build --release --locked --manifest-path benches/Cargo.toml --package micro
	@$(PYTHON) benches/check.py "$(BENCH_TARGET)/release/count" benches/baseline.toml $(UPDATE)

$(HERE)/bench-python_socketio/ready: benches/peers/python_socketio/requirements.txt
	$(fresh_environment)
	@$(@D)/bin/python $(PIP_INSTALL) -r $<
	@touch $@

$(HERE)/bench-ours/ready: benches/peers/ours/requirements.txt $(HERE)/wheel/ready
	$(fresh_environment)
	@$(@D)/bin/python $(PIP_INSTALL) -r $<
	@$(@D)/bin/python $(PIP_INSTALL) --no-index --no-deps $(HERE)/wheel/*.whl
	@touch $@

# What each peer needs; benches/run.py knows which there are.
BENCH_PYTHON_PEERS := python-socketio python-socketio+websockets python-socketio+wsproto
bench-peer-ours bench-peer-ours+on: $(HERE)/bench-ours/ready
bench-peer-node: benches/peers/node/$(NODE_MODULES)
bench-peer-bun: benches/peers/bun/$(NODE_MODULES)
$(BENCH_PYTHON_PEERS:%=bench-peer-%): $(HERE)/bench-python_socketio/ready
bench-peer-%: ;

# --- checking

.PHONY: lint
lint: lint-rust lint-python ## run all checks of the code; warnings are errors

.PHONY: lint-rust
lint-rust: ## rustfmt, clippy, what the crates and modules depend on
	@tools/need.sh cargo python
	$(call step,checking the format of Rust and what crates and modules depend on)
	@cargo fmt --all --check
	@cargo fmt --manifest-path fuzz/Cargo.toml --check
	@cargo fmt --manifest-path benches/Cargo.toml --all --check
	@cargo fmt --manifest-path tests/interop/rust_client/Cargo.toml --check
	@$(PYTHON) tools/check_crates.py
	@$(PYTHON) tools/check_modules.py
	$(call step,running clippy)
	@PYO3_PYTHON="$$($(PYTHON) -c 'import sys; print(sys.executable)')" cargo clippy --locked --workspace --all-targets -- -D warnings
	@export CARGO_TARGET_DIR="$${CARGO_TARGET_DIR:-$(CURDIR)/target}"; \
		cargo clippy --locked --manifest-path fuzz/Cargo.toml --no-default-features -- -D warnings; \
		cargo clippy --locked --manifest-path benches/Cargo.toml --workspace --exclude peer-socketioxide --all-targets -- -D warnings

.PHONY: lint-python
lint-python: $(HERE)/lint/ready tools/pyright/$(NODE_MODULES) ## ruff, import-linter, mypy, pyright, stubtest
	$(call step,checking Python)
	@$(HERE)/lint/bin/ruff format --quiet --check .
	@$(HERE)/lint/bin/ruff check --quiet .
	@PYTHONPATH=python $(HERE)/lint/bin/lint-imports --no-cache
	@$(HERE)/lint/bin/mypy python/socketio_rs examples benches/run.py benches/report.py benches/check.py
	@node tools/pyright/node_modules/pyright/index.js
	@$(HERE)/lint/bin/stubtest socketio_rs._core

.PHONY: format
format: $(HERE)/lint/ready ## format Rust and Python
	@cargo fmt --all
	@cargo fmt --manifest-path fuzz/Cargo.toml
	@cargo fmt --manifest-path benches/Cargo.toml --all
	@$(HERE)/lint/bin/ruff format .

# The tests wait more than they compute, and what cargo does last is always linking, on one core: the two go well together.
.PHONY: ci
ci: client ## everything that has to pass: lint and tests, with three interpreters
	@tools/side_by_side.sh "$(MAKE) ci-python" "$(MAKE) ci-rust"
	@tools/side_by_side.sh $(CI_OTHERS:%="$(MAKE) ci-python-%")

.PHONY: ci-python ci-rust
ci-python:
	@python=$$(tools/find_python.sh $(CI_PYTHON)); $(MAKE) lint-python docs test-python PYTHON=$$python

# The wheels of the others come last, since cargo keeps the extension of one interpreter alone.
ci-rust:
	@python=$$(tools/find_python.sh $(CI_PYTHON)); \
		$(MAKE) lint-rust test-rust test-binding test-micro autobahn test-install PYTHON=$$python
	@for version in $(CI_OTHERS); do \
		python=$$(tools/find_python.sh $$version); \
		$(MAKE) test-environment PYTHON=$$python; \
	done

# In the environment that `ci-rust` has made: to look whether the wheel is new would build it anew after that of another.
ci-python-%:
	$(call step,testing the wheel with CPython $*)
	@build/py$*/test/bin/pytest tests/unit tests/lifecycle

.PHONY: clean
clean: ## remove what was built
	rm -rf build .cache target fuzz/artifacts python/socketio_rs/client tools/*/node_modules tests/*/node_modules benches/peers/*/node_modules
