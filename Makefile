# make run | test | test-plain | bench [ONLY=prefix] | lint | build | sanitize | clean. Set-up happens by itself; the second time is quick.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := build

PYTHON ?= python3.11
VENV := $(CURDIR)/.venv
BUILD := $(CURDIR)/build
PY := $(VENV)/bin/python
CMAKE_FLAGS ?=
# Two processes of tests: most of a test is one thread of compiler; the emulator and the host compiler use all cores by themselves.
IN_TWO := -n 2 --dist loadfile

export PATH := $(VENV)/bin:$(PATH)
export PYTHONUNBUFFERED := 1

.PHONY: run test test-plain bench lint build sanitize clean

run: build
	$(PY) examples/quickstart.py

test: build
	cmake --build $(BUILD) --target tltt_tests
	ctest --test-dir $(BUILD) --output-on-failure --no-tests=error -j 2
	$(PY) -m pytest -q tests $(IN_TWO)

# Every optimisation off: the plain translation gives the same numbers. The largest blocks fit L1 only with them.
test-plain: build
	TLTT_OPTIMISE=0 $(PY) -m pytest -q $(IN_TWO) $(addprefix tests/kernels/test_,kernels.py reductions.py attention.py) -k "not as_large_as_l1"

bench: build
	$(PY) bench/bench.py $(if $(ONLY),--only $(ONLY))

lint: $(BUILD)/build.ninja
	tools/lint.sh $(BUILD)

# The libraries land in python/tilelang_tenstorrent/lib; ninja decides what is out of date.
build: $(BUILD)/build.ninja
	cmake --build $(BUILD)
	cmake --install $(BUILD) --component python > $(BUILD)/install.log || { cat $(BUILD)/install.log; false; }

# Emulator and runtime under address and undefined-behaviour sanitizers. TVM is not built for them: no compiler here.
sanitize: $(VENV)/.stamp
	cmake -S . -B $(BUILD)/sanitize -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DTLTT_SANITIZE=ON -DPython3_EXECUTABLE=$(PY) $(CMAKE_FLAGS)
	cmake --build $(BUILD)/sanitize --target tltt_tests
	ctest --test-dir $(BUILD)/sanitize --output-on-failure --no-tests=error

$(BUILD)/build.ninja: $(VENV)/.stamp CMakeLists.txt
	cmake -S . -B $(BUILD) -G Ninja -DCMAKE_BUILD_TYPE=Release -DPython3_EXECUTABLE=$(PY) $(CMAKE_FLAGS)

$(VENV)/.stamp: requirements.txt pyproject.toml tools/setup.sh tools/system-packages.txt
	PYTHON=$(PYTHON) tools/setup.sh $(VENV)
	touch $@

clean:
	rm -rf $(BUILD) $(VENV) python/tilelang_tenstorrent/lib python/tilelang_tenstorrent/device python/tilelang_tenstorrent/hostapi python/*.egg-info
