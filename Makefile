# Copyright (c) twinzone contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Every target sets up what it needs. `make` alone lists the targets.
# PYTHON=python3.12 chooses the interpreter that `.venv` is made with; the default is the newest one that will do.

# The parts of `make test`, the slow ones first; each can be made alone.
PARTS := sanity integration adversaries units awx eda clients install lint types docs-lint style changelog

# Processes that run the tests against the lab, each with a lab of its own: two to four, as there are processors.
WORKERS := $(shell n=$$(nproc); echo $$((n < 2 ? 2 : n > 4 ? 4 : n)))

export PATH := $(CURDIR)/.venv/bin:$(PATH)
# What Ansible would keep in the user's home.
export ANSIBLE_HOME := $(CURDIR)/.cache/ansible
# Ansible refuses to start in a locale that is not UTF-8.
export LC_ALL := C.UTF-8

# Compiled once, and not by every process that a test starts.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup test demo recording benchmark coverage docs generate galaxy matrix format lock clean explore fault-table pictures visitors sbom eda $(PARTS)

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

setup: .venv/made ## make the virtual environment .venv, if the requirements changed

# What is installed for the checks. Continuous integration sets TWINZONE_LOCKED, and takes the lists with versions and
# hashes.
ifdef TWINZONE_LOCKED
REQUIREMENTS := .ci/requirements.lock
CLIENTS := .ci/clients.lock
EDA := .ci/eda.lock
AWX := .ci/awx.lock
else
REQUIREMENTS := requirements-dev.txt
CLIENTS := tests/clients/requirements.txt
EDA := tests/eda/requirements.txt
AWX := tests/awx/requirements.txt
endif

.venv/made: requirements.txt $(REQUIREMENTS) tests/tools/venv.sh
	tests/tools/venv.sh .venv -r $(REQUIREMENTS)
	@touch $@

test: setup ## run all the checks, two at a time
	@python tests/tools/parts.py $(PARTS)

# By itself: the demo needs no more than the collection does, and that is here in seconds.
.cache/demo/made: requirements.txt tests/tools/venv.sh
	@echo "Once: a virtual environment in .cache/demo with ansible-core, dnspython and requests, to be downloaded …"
	@tests/tools/venv.sh .cache/demo -r requirements.txt
	@touch $@

demo: .cache/demo/made ## show a failover in the lab, without accounts or root
	@PATH="$(CURDIR)/.cache/demo/bin:$$PATH" .cache/demo/bin/python roles/lab/files/demo.py

recording: export PYTHONPATH := $(CURDIR)/.collections:$(CURDIR)/roles/lab/files:$(CURDIR)/tests
recording: setup .cache/demo/made ## run the demo on a terminal, and draw what it prints for the README
	python -m support.recording.record .cache/demo/bin/python

style: setup ## ruff, yamllint, shellcheck, licences, complexity
	@failed=0; \
	for check in "ruff check" "ruff format --check --diff" "yamllint --strict ." "shellcheck .ci/run tests/tools/*.sh" \
		"reuse lint --lines" "python tests/tools/complexity.py plugins"; do \
		echo "$$check"; $$check || failed=1; \
	done; exit $$failed

types: setup ## mypy
	mypy

units: setup ## unit and property tests
	pytest tests/unit

explore: setup ## property tests with other examples than before, and more of them
	pytest --hypothesis-profile=explore tests/unit

coverage: setup ## what the unit tests cover, printed; no figure has to be reached
	pytest --numprocesses $(WORKERS) --cov=plugins --cov=roles/lab/files --cov-report=term:skip-covered tests/unit

# Two processes more than processors do, as tests wait a third of their time. In the order of the files: by itself xdist
# leaves the files of few long tests for the end.
integration: setup ## tests against the lab, but for those of `adversaries`
	pytest --numprocesses $$(($(WORKERS) + 2)) --dist loadscope --no-loadscope-reorder tests/integration \
		--ignore-glob='*/role/test_adversar*.py' --ignore=tests/integration/role/test_secrets.py

adversaries: setup ## whoever could lead a run astray, on the oldest and the newest ansible-core
	WORKERS=$(WORKERS) tests/tools/adversaries.sh

clients: .cache/clients/made ## other people's clients against the lab
	.cache/clients/bin/pytest tests/clients

# By themselves: what they require is not the collection's business.
.cache/clients/made: $(CLIENTS) tests/tools/venv.sh
	tests/tools/venv.sh .cache/clients -r $(CLIENTS)
	@touch $@

awx: .cache/awx/made ## what describes it all in AWX by the modules of awx.awx, and its jobs by ansible-runner
	.cache/awx/bin/pytest tests/awx

.cache/awx/made: $(AWX) requirements.txt tests/awx/collection.txt tests/tools/awx_collection.sh tests/tools/venv.sh
	tests/tools/venv.sh .cache/awx -r $(AWX)
	tests/tools/awx_collection.sh .cache/awx/bin/python .cache/awx/collections
	@touch $@

eda: .cache/eda/made ## the rulebook by ansible-rulebook against the lab; skipped where Java is missing
	.cache/eda/bin/pytest -s tests/eda

.cache/eda/made: $(EDA) requirements.txt tests/tools/venv.sh
	tests/tools/venv.sh .cache/eda -r $(EDA)
	@touch $@

sanity: setup ## ansible-test sanity
	tests/tools/ansible_test.sh sanity

lint: setup ## ansible-lint, bandit, pip-audit
	ansible-lint
	bandit --quiet --recursive plugins
	bandit --quiet --recursive --configfile pyproject.toml roles/lab/files
	python tests/tools/audit.py

sbom: setup ## what the collection needs at run time as a CycloneDX SBOM, in build/sbom.cdx.json
	mkdir -p build
	python tests/tools/runtime_requirements.py requirements.txt > build/runtime.txt
	cyclonedx-py requirements build/runtime.txt --output-reproducible --output-file build/sbom.cdx.json

# antsibull leaves its log in the HOME.
docs docs-lint changelog: private export HOME := $(CURDIR)/.venv

docs-lint: setup ## antsibull-docs
	antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs=self --skip-rstcheck .

changelog: setup ## antsibull-changelog
	antsibull-changelog lint

install: setup ## the collection as Galaxy and pip install it
	tests/tools/install_check.sh

benchmark: export PYTHONPATH := $(CURDIR)/.collections:$(CURDIR)/roles/lab/files:$(CURDIR)/tests
benchmark: setup .cache/clients/made .cache/beside/made .cache/eda/made ## measure, and print the figures with their method
	@python tests/benchmark/everything.py

# What the benchmark measures beside ours and the clients do not have: the modules of others, by the package `ansible`.
.cache/beside/made: tests/tools/venv.sh
	tests/tools/venv.sh .cache/beside ansible
	@touch $@

fault-table: export PYTHONPATH := $(CURDIR)/.collections:$(CURDIR)/roles/lab/files:$(CURDIR)/tests
fault-table: setup ## carry out every fault in the lab, and write what was seen into the guide to faults
	python -m support.fault_guide

visitors: export PYTHONPATH := $(CURDIR)/.collections:$(CURDIR)/roles/lab/files:$(CURDIR)/tests
visitors: setup ## replay real outages, and write what they cost the visitors into its guide
	python -m support.visitors.publish

generate: export PYTHONPATH := $(CURDIR)/.collections:$(CURDIR)/roles/lab/files:$(CURDIR)/tests
generate: setup ## write what the documentation says about the code: packages, providers
	python -m support.generated_docs
	python tests/tools/provider_options.py

pictures: export PYTHONPATH := $(CURDIR)/.collections:$(CURDIR)/roles/lab/files:$(CURDIR)/tests
pictures: setup ## measure the lab's example, and take the picture of its dependency page; needs chromium
	python -m support.lab_example

docs: setup generate ## the documentation as a web site, in build/site
	rm -rf build/site && install -d -m 700 build/site
	antsibull-docs sphinx-init --lenient --use-current --squash-hierarchy --dest-dir build/site twinzone.edge
	pip install --quiet -r build/site/requirements.txt
	# antsibull-docs copies the pages, but not their pictures.
	sed -i 's#^sphinx-build#cp $(CURDIR)/docs/docsite/rst/*.svg $(CURDIR)/docs/docsite/rst/*.png rst/docsite/ \&\& &#' build/site/build.sh
	ANSIBLE_COLLECTIONS_PATH=$(CURDIR)/.collections build/site/build.sh

galaxy: setup ## the check that Galaxy makes on import
	tests/tools/galaxy_check.sh

matrix: setup ## unit tests and ansible-test sanity on every supported Python and ansible-core that can be had
	tests/tools/matrix.sh

lock: setup ## choose the versions for continuous integration again, in .ci/*.lock
	pip install --quiet "uv>=0.9"
	tests/tools/lock.sh

format: setup ## ruff format
	ruff format .
	ruff check --fix .

clean: ## remove all that the targets made
	rm -rf .venv .cache .ansible .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist tests/output
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
