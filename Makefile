# One command each: run, test, client, demo, bench, docs, pictures. Each makes the virtual environment when it is missing.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run client demo test check bench docs pictures clean

run: $(VENV)/.run
	@$(BIN)/python server.py

client: $(VENV)/.run
	@$(BIN)/python client.py

demo: $(VENV)/.run
	@$(BIN)/python -m demo

test: $(VENV)/.test
	$(BIN)/python -m pytest

check: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(VENV)/.test
	$(BIN)/python -m bench
	$(BIN)/python -m bench.links
	$(BIN)/python -m bench.client

docs: $(VENV)/.run
	$(BIN)/python -m reference docs/irc.md docs/client.md

pictures: $(VENV)/.test
	$(BIN)/python -m docs.pictures.draw
	$(BIN)/python -m reference docs/client.md

$(VENV)/.run: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.test: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $@ $(VENV)/.run

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
