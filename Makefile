# Mọi việc với dự án / everything one does with the project. `make` alone lists it.
.DEFAULT_GOAL := help
.PHONY: help setup run test test-long bench lint lock clean

PYTHON := .venv/bin/python
PIP := $(PYTHON) -m pip --disable-pip-version-check --quiet
# a test that is skipped proves nothing: it fails the run (tests/no_skips.py)
PYTEST := $(PYTHON) -m pytest -p tests.no_skips
UV := .venv/bin/uv pip compile pyproject.toml --extra postgresql --extra distributed --extra s3 --group build --universal \
	--python-version 3.11 --generate-hashes --no-emit-index-url --quiet \
	--custom-compile-command "make lock" $(LOCK)

help: ## Danh sách việc / this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Cài vào .venv; chạy lại không tốn gì / install into .venv; again costs nothing
	@.venv/bin/giovang --version >/dev/null 2>&1 || rm -f .venv/.setup .venv/.dev
	@$(MAKE) --silent .venv/.setup

run: setup ## Chạy trạm phát (tập huấn), dừng bằng Ctrl-C / run the worker in training mode
	@exec .venv/bin/giovang run

test: lint ## Kiểm tra tất cả, cả PostgreSQL / lint, types, every test
	@bash .ci/packages
	@$(PYTEST) -n $$(($$(nproc) + 1)) --dist worksteal -m "not long"

test-long: setup .venv/.dev ## Số lần như đề bài, lâu / the long counts
	@bash .ci/packages
	@$(PYTEST) -m long

bench: setup .venv/.dev ## Đo tốc độ, in bảng / measure, print a table
	@$(PYTHON) -m bench

lint: setup .venv/.dev ## Chỉ kiểm tra mã, không chạy thử / ruff, mypy, imports, Dockerfile
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/hadolint Dockerfile

lock: setup .venv/.dev ## Ghi lại tệp khóa; LOCK=--upgrade lấy bản mới / write the lock files
	$(UV) --no-annotate --output-file requirements.lock
	$(UV) --no-annotate --extra speech --constraint requirements.lock \
		--output-file requirements-speech.lock
	$(UV) --no-annotate --extra speech --group dev --constraint requirements-speech.lock \
		--output-file requirements-dev.lock
	$(subst pyproject.toml --extra postgresql --extra distributed --extra s3 --group build,bench/peers/requirements.in,$(UV)) \
		--no-annotate --output-file bench/peers/requirements.lock

clean: ## Xóa .venv và bộ nhớ đệm; giữ var/ / remove all that can be made again, keep var/
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info \
		build tests/channels/smpp/node/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ── what setup is made of ────────────────────────────────────────────────────────────────

# the voice is apart: espeak-ng is GPL, and the image that others are handed has none
.venv/.setup: requirements.lock requirements-speech.lock pyproject.toml .ci/venv
	@bash .ci/venv
	@echo "Cài thư viện… / installing packages…" >&2
	@$(PIP) install --require-hashes -r requirements-speech.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: .venv/.setup requirements-dev.lock
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@
