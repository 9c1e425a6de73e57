# Copyright (c) alicloud.flannel contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Everything runs on Debian 12 as root: the sandbox makes namespaces and boots systemd hosts.
# ansible-core: the newest that Python 3.11 runs is in .venv, the oldest that we support in .venv-oldest.

SHELL := /bin/bash
PYTHON ?= /usr/bin/python3
NODES ?= 3
SEEDS ?= 500
CACHE := .cache
ETCD_3_4 := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/alicloud-flannel/etcd-3.4.23/usr/bin/etcd
LINKED := playbooks/collections/ansible_collections/alicloud/flannel

.PHONY: help setup demo demo-scratch test test-full test-unit test-integration test-life test-molecule lint sanity sanity-newest sanity-oldest chaos bench build clean

help:
	@echo 'make setup         install what the demo and the tests need'
	@echo 'make demo          run the main job on a sandbox (NODES=3, FLANNELD_BINARY=/path for daemon mode)'
	@echo 'make demo-scratch  from an empty account to a routed network and back'
	@echo 'make test          the tests and checks of every change'
	@echo 'make test-full     those, and what takes longer'
	@echo 'make test-molecule the molecule scenarios, with one and with three members of etcd'
	@echo 'make test-life     what happens to a cluster over the years, on a sandbox: takes hours (SHARD=2/6 runs a sixth of it)'
	@echo 'make lint          ruff, mypy, yamllint, ansible-lint, changelog'
	@echo 'make sanity        ansible-test sanity with the oldest and the newest ansible-core'
	@echo 'make chaos         the route engine while everything goes wrong (SEEDS=500)'
	@echo 'make bench         calls, requests, time and CPU against the budgets (CASES=routes runs one group of cases)'
	@echo 'make build         build the collection artefact into build/'

setup: .venv/.stamp .venv-oldest/.stamp $(ETCD_3_4)

# apt's lists are needed later, too: etcd is taken from Debian's packages without installing them.
$(CACHE)/packages.stamp: tests/sandbox/packages.txt
	@packages=$$(sed 's/#.*//' $<); \
	missing=$$(dpkg-query -W -f '$${Package} $${Status}\n' $$packages 2>&1 | grep -v 'install ok installed'); \
	if [ -n "$$missing" ] || ! apt-cache show etcd-server > /dev/null 2>&1; then apt-get update -q || exit; fi; \
	if [ -n "$$missing" ]; then DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $$packages || exit; fi
	@mkdir -p $(@D) && touch $@

.venv/.stamp: tests/requirements-dev.txt tests/requirements-core-newest.txt | $(CACHE)/packages.stamp
	$(PYTHON) -m venv .venv
	.venv/bin/pip install -q --disable-pip-version-check -r tests/requirements-core-newest.txt -r tests/requirements-dev.txt
	@touch $@

.venv-oldest/.stamp: tests/requirements-dev.txt tests/requirements-core-oldest.txt | $(CACHE)/packages.stamp
	$(PYTHON) -m venv .venv-oldest
	.venv-oldest/bin/pip install -q --disable-pip-version-check -r tests/requirements-core-oldest.txt -r tests/requirements-dev.txt
	@touch $@

$(ETCD_3_4): | $(CACHE)/packages.stamp
	tests/tools/fetch-etcd-3.4

demo: setup
	@PYTHONPATH=playbooks/collections .venv/bin/python -m ansible_collections.alicloud.flannel.tests.tools.demo --nodes $(NODES)

demo-scratch: setup
	@PYTHONPATH=playbooks/collections .venv/bin/python -m ansible_collections.alicloud.flannel.tests.tools.demo_scratch

test: setup
	@tests/tools/fresh-machine $(MAKE) --no-print-directory lint test-unit test-integration sanity

test-full: test
	@tests/tools/fresh-machine $(MAKE) --no-print-directory test-molecule test-life demo-scratch

test-unit: setup
	.venv/bin/pytest tests/unit
	.venv-oldest/bin/pytest tests/unit

test-integration: setup
	.venv/bin/pytest tests/contract tests/integration tests/chaos tests/attack -n 2 --dist loadfile

test-life: setup
	@files=$$(PYTHONPATH=playbooks/collections .venv/bin/python -m ansible_collections.alicloud.flannel.tests.tools.life_shard $(SHARD)) && \
	.venv/bin/pytest $$files -n 2 --dist loadfile

test-molecule: setup
	tests/tools/molecule default
	tests/tools/molecule single

lint: setup
	.venv/bin/ruff check . && .venv/bin/ruff format --check .
	.venv/bin/mypy $$(git ls-files --cached --others --exclude-standard -- '*.py' | sed 's|^|$(LINKED)/|')
	.venv/bin/yamllint --strict .
	ANSIBLE_COLLECTIONS_PATH=$(CURDIR)/playbooks/collections PATH=$(CURDIR)/.venv/bin:$$PATH .venv/bin/ansible-lint --offline --profile production --strict
	.venv/bin/antsibull-changelog lint

sanity: setup
	@$(MAKE) --no-print-directory -j2 --output-sync sanity-newest sanity-oldest

sanity-newest:
	tests/tools/sanity .venv

sanity-oldest:
	tests/tools/sanity .venv-oldest

chaos: setup
	.venv/bin/pytest tests/chaos -n 2 --seeds $(SEEDS)

bench: setup
	@PYTHONPATH=playbooks/collections .venv/bin/python -m ansible_collections.alicloud.flannel.tests.tools.bench $(CASES)

build: setup
	.venv/bin/ansible-galaxy collection build --force --output-path build

clean:
	rm -rf .venv .venv-oldest .cache build tests/output
