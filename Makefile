# From a fresh clone, with Python >= 3.11, pip and make:
#   make demo   sets up and runs the main job on made-up data
#   make test   sets up and runs the tests

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test test-full test-peers check check-code check-types check-texts docs lock bench clean

demo: $(VENV)/runtime
	rm -rf demo
	$(BIN)/instit-tools synth demo/data --videos 20 --images 20 --masks --media --bench
	$(BIN)/instit-tools validate demo/data
	$(BIN)/instit-tools stats demo/data -o demo/stats
	$(BIN)/instit-tools view demo/data -o demo/site
	$(BIN)/instit-tools convert demo/data --to llava -o demo/llava
	$(BIN)/instit-tools convert demo/data --to parquet -o demo/parquet
	$(BIN)/instit-tools convert demo/data --to webdataset -o demo/webdataset
	$(BIN)/instit-tools verify demo/llava
	$(BIN)/instit-tools verify demo/parquet
	$(BIN)/instit-tools verify demo/webdataset
	$(BIN)/instit-tools bench score demo/data/bench/predictions/video_mc_inference.json \
		--items demo/data/bench/video_multi_choices.json --name made-up -o demo/score
	$(BIN)/instit-tools bench leaderboard demo/score --plot demo/leaderboard.svg
	@echo
	@echo "Look at:"
	@echo "  demo/data/made_up_video_w_mask.json       annotations in the published shape"
	@echo "  demo/data/videos_vpt/                     pictures with the ids drawn on them"
	@echo "  demo/site/index.html                      the same, to search, filter and look at"
	@echo "  demo/stats/report.html                    the data in numbers and plots"
	@echo "  demo/llava/mixture.yaml                   what LLaVA-NeXT takes as --data_path"
	@echo "  demo/parquet, demo/webdataset             what datasets.load_dataset(FOLDER, \"video\") opens"
	@echo "  demo/score, demo/leaderboard.svg          a made-up model on a made-up benchmark"
	@echo "  demo/*/manifest.json                      the proof: every shard with counts and sha256"

test: $(VENV)/dev
	$(BIN)/python -m pytest

# All examples of Hypothesis, all moments of a kill, and a new interpreter for every command.
test-full: $(VENV)/dev
	INSTIT_TESTS=full $(BIN)/python -m pytest

# The trainers and evaluation harnesses themselves, each in an environment of its own below .peers: some 25 GB and an
# hour. QWEN_VL=DIR and LLAVA_NEXT=DIR name clones of those that are on no registry.
test-peers: $(VENV)/dev
	$(BIN)/python tests/peers/run.py

# With -j2 in half the time.
check: check-types check-texts check-code

check-code: $(VENV)/dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/codespell instit_tools tests schemas benchmarks notebooks docs README.md CHANGELOG.md
	$(BIN)/nbstripout --verify notebooks/*.ipynb

check-types: $(VENV)/dev
	$(BIN)/mypy

check-texts: $(VENV)/dev
	$(BIN)/cog --check -r README.md docs/traps.md docs/rules.md docs/bench.md
	$(BIN)/python docs/draw.py --check

docs: $(VENV)/dev
	$(BIN)/cog -r README.md docs/traps.md docs/rules.md docs/bench.md
	$(BIN)/python docs/draw.py

bench: $(VENV)/dev
	$(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/packing.py
	$(BIN)/python benchmarks/rendering.py
	$(BIN)/python benchmarks/planted.py
	$(BIN)/python benchmarks/stats.py

lock:
	uv pip compile --universal --python-version 3.11 --extra dev --extra video --extra tokens \
		--extra ray --extra s3 --extra openai pyproject.toml -o requirements.lock \
		--no-header --no-annotate --upgrade

clean:
	rm -rf $(VENV) .peers demo instit-output

# The lock file holds the versions; what is installed of them, the extras say.
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -c requirements.lock

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/runtime: requirements.lock pyproject.toml | $(BIN)/python
	$(INSTALL) -e .
	touch $@

$(VENV)/dev: requirements.lock pyproject.toml | $(BIN)/python
	$(INSTALL) -e '.[dev]'
	touch $(VENV)/runtime $@
