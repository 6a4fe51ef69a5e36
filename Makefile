# The one list of commands. `make demo` and `make test` do all their own set-up; a second run takes seconds.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: demo test fast fix bench train train-questions train-others lock sizes clean

demo: $(VENV)/.models  ## set up, run the main job on sample_calls/, print where the report is
	$(BIN)/insights demo

test: $(VENV)/.dev $(VENV)/.models  ## set up, lint, types, all tests (CI runs this)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest

fast: $(VENV)/.dev  ## the tests that need no weights
	$(BIN)/python -m pytest -m "not model"

fix: $(VENV)/.dev  ## format, and mend what can be mended mechanically
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev $(VENV)/.models  ## the benchmark tables of docs/benchmarks.md
	$(BIN)/python tests/benchmarks/demo.py

train: $(VENV)/.dev $(VENV)/.models $(VENV)-train/.done  ## train the models of models/{signals,roles,minilm-questions,minilm-objections} again
	$(BIN)/python models/training/sentences.py $(VENV)-train/sentences.jsonl
	OMP_NUM_THREADS=1 $(MAKE) --jobs=2 train-questions train-others
	$(BIN)/python models/training/train_blend.py $(VENV)-train/sentences.jsonl
	$(BIN)/python models/training/train_kinds.py

train-questions:
	$(VENV)-train/bin/python models/training/train_sentences.py questions $(VENV)-train/sentences.jsonl

train-others:
	$(VENV)-train/bin/python models/training/train_sentences.py objections $(VENV)-train/sentences.jsonl
	$(BIN)/python models/training/train.py $(VENV)-train/sentences.jsonl
	$(BIN)/python models/training/train_examples.py
	$(BIN)/python models/training/train_roles.py

sizes:  ## longest files and what lies in models/
	@git ls-files '*.py' | xargs wc -l | sort -rn | head -20
	@du -sh models/* sample_calls

lock: $(VENV)/.dev  ## compile requirements/*.txt anew from pyproject.toml
	$(PIP) install --quiet uv
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-annotate --no-header --group build pyproject.toml -o requirements/run.txt
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-annotate --no-header --group build --group dev pyproject.toml -c requirements/run.txt -o requirements/dev.txt

clean:  ## remove the environment, fetched weights and results
	rm -rf $(VENV) models/whisper-* models/en_core_web_sm insights-data

$(VENV)/.run: requirements/run.txt pyproject.toml
	$(PYTHON) -c 'import sys; assert (3, 11) <= sys.version_info[:2] < (3, 13), "Python 3.11 or 3.12 is needed, this is " + sys.version'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --no-deps --require-hashes -r requirements/run.txt
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	$(PIP) install --quiet --no-deps --require-hashes -r requirements/dev.txt
	@touch $@

$(VENV)/.models: models/manifest.toml $(VENV)/.run
	$(BIN)/insights models get
	@touch $@

$(VENV)-train/.done: requirements/train.txt  # torch is needed for training only
	$(PYTHON) -m venv $(VENV)-train
	$(VENV)-train/bin/pip install --quiet -r requirements/train.txt
	@touch $@
