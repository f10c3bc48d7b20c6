# crime-spark. Bare `make` lists the targets.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(abspath $(VENV))/bin
LAKE   ?= lake
SAMPLE ?= $(LAKE)-sample
SUBMIT := $(BIN)/spark-submit --properties-file conf/spark/local.conf
# Delta's jars, downloaded once: later runs need no network and do not print the resolution of dependencies.
IVY    := $(abspath $(VENV))/ivy
comma  := ,
empty  :=
JARS    = $(subst $(empty) ,$(comma),$(wildcard $(IVY)/jars/*.jar))
RUN     = $(SUBMIT) --conf spark.jars.packages= --jars $(JARS) jobs/pipeline.py

# spark-submit and Spark's workers start the first python3 on PATH.
export PATH := $(BIN):$(PATH)
export PYSPARK_PYTHON := $(BIN)/python
export PYSPARK_DRIVER_PYTHON := $(BIN)/python
unexport SPARK_HOME

.DEFAULT_GOAL := help
.PHONY: FORCE help setup sample run test test-long check format bench bench-ingest bench-examples bench-training bench-learners bench-table wheel clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

$(VENV)/.ready: pyproject.toml requirements.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] < (3, 11) and "Python 3.11 or later is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --no-compile --requirement requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

# Packages for tests and checks only.
$(VENV)/.dev: $(VENV)/.ready requirements-dev.txt
	$(BIN)/python -m pip install --quiet --no-compile --requirement requirements-dev.txt
	@touch $@

$(VENV)/.jars: $(VENV)/.ready conf/spark/local.conf
	@rm -rf $(IVY)
	@$(SUBMIT) --conf spark.jars.ivy=$(IVY) jobs/pipeline.py --help >$(VENV)/jars.log 2>&1 || { cat $(VENV)/jars.log; exit 1; }
	@touch $@

# Another Java renews the archive. The file is touched only if the version changes.
FORCE:
$(VENV)/.java: $(VENV)/.ready FORCE
	@"$${JAVA_HOME:+$$JAVA_HOME/bin/}java" -version >$@.new 2>&1 || true
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# The classes that a small run of the pipeline loads. Everything works without an archive, so a failure is not an error.
$(VENV)/.classes: $(VENV)/.jars $(VENV)/.java conf/spark/spark-env.sh conf/spark/archive.sh
	@PYTHON=$(BIN)/python bash conf/spark/archive.sh $(abspath $(VENV)) "$(SUBMIT)"
	@touch $@

setup: $(VENV)/.classes ## create the virtual environment from pinned requirements, with Delta's jars and the class archive

sample: $(VENV)/.ready ## write the generated sample, files of both cities in the portals' formats, to SAMPLE
	$(BIN)/python -m crime_spark.sample $(SAMPLE)

# Without INPUT: the generated sample. INPUT="chicago=PATTERN los_angeles=PATTERN" LAKE=DIR STAGES=a,b ARGS="..."
ifdef INPUT
run: $(VENV)/.classes ## run the pipeline: on the sample, or INPUT="chicago=PATTERN ..." LAKE=DIR STAGES=... ARGS="..."
	@$(RUN) --lake '$(LAKE)' $(foreach one,$(INPUT),--input '$(one)') $(if $(STAGES),--stages $(STAGES)) $(ARGS)
else
run: $(VENV)/.classes
	@rm -f '$(SAMPLE)'/*/generated_sample_*
	@$(BIN)/python -m crime_spark.sample '$(SAMPLE)'
	@$(RUN) --lake '$(LAKE)' --input 'chicago=$(SAMPLE)/chicago' --input 'los_angeles=$(SAMPLE)/los_angeles' $(if $(STAGES),--stages $(STAGES)) $(ARGS)
endif

# Two processes: the driver of a test's small queries keeps about one core busy.
test: $(VENV)/.dev $(VENV)/.classes ## run every test except the long ones
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-long: $(VENV)/.dev $(VENV)/.classes ## run the long tests only
	$(BIN)/python -m pytest -m long

check: $(VENV)/.dev ## check format, lint, types, sizes, direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest tests/structure

format: $(VENV)/.dev ## format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.classes ## benchmark the whole job against other tools: make bench DATA=DIR YEARS=2013-2016 ARGS=...
	$(BIN)/python bench/run.py --data '$(DATA)' --years '$(YEARS)' $(ARGS)

bench-ingest: $(VENV)/.classes ## benchmark ingest against pandas on generated files: make bench-ingest FOLDER=DIR
	$(BIN)/python bench/ingest.py --folder '$(FOLDER)' $(ARGS)

bench-examples: $(VENV)/.classes ## benchmark the examples of all tasks against pandas: make bench-examples FOLDER=DIR FILES="a.csv b.csv"
	$(BIN)/python bench/examples.py --folder '$(FOLDER)' --input $(FILES)

bench-training: $(VENV)/.classes ## benchmark XGBoost per year against scikit-learn: make bench-training DATA=DIR YEARS=2013-2016
	$(BIN)/python bench/training.py --data '$(DATA)' --years '$(YEARS)' $(ARGS)

bench-learners: $(VENV)/.classes ## compare the AUC of each learner with scikit-learn's: make bench-learners DATA=DIR YEARS=2013-2016
	$(BIN)/python bench/learners.py --data '$(DATA)' --years '$(YEARS)' $(ARGS)

bench-table: $(VENV)/.ready ## write the table in docs/speed.md from bench/results
	$(BIN)/python bench/table.py

wheel: $(VENV)/.dev ## build the wheel for --py-files
	$(BIN)/python -m build --wheel --no-isolation --outdir dist

clean: ## remove everything that was created, except the lakes
	rm -rf $(VENV) dist build .pytest_cache .mypy_cache .ruff_cache
