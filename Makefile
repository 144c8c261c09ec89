# The two commands of the README are `make run` and `make test`; both install what they need first.
.PHONY: run test bench bench-peers leak soak lint tidy format clean build setup model
.DEFAULT_GOAL := build

JOBS ?= $(shell nproc)
PORT ?= 8000
MODEL ?= $(HOME)/.cache/hawser/models/SmolLM2-135M-Instruct.Q4_1.gguf

run: build model
	exec build/release/hawser serve "$(MODEL)" --port $(PORT)

test: setup
	tools/setup.sh test
	tools/fetch_model.sh smollm2
	tools/fetch_model.sh gemma3
	cmake --preset release
	cmake --build --preset release -j $(JOBS)
	ctest --preset release -j $(JOBS)

bench: setup
	tools/setup.sh bench
	cmake --preset release
	cmake --build --preset release -j $(JOBS) --target hawser_benches
	tools/run_benches.sh build/release

bench-peers: setup
	cmake --preset release
	cmake --build --preset release -j $(JOBS) --target hawser
	tools/bench_peers.sh build/release

leak: build model
	tools/setup.sh leak
	tools/leak.sh build/release

soak: build model
	tools/setup.sh test
	.venv/bin/python test/net/soak.py --csv build/soak.csv --svg build/soak.svg

build: setup
	cmake --preset release
	cmake --build --preset release -j $(JOBS) --target hawser

setup:
	tools/setup.sh build

model: setup
	tools/fetch_model.sh smollm2

lint:
	tools/setup.sh lint
	tools/lint.sh

tidy:
	tools/setup.sh lint
	tools/lint.sh --tidy

format:
	tools/setup.sh lint
	git ls-files '*.cpp' '*.hpp' | xargs clang-format-19 -i

clean:
	rm -rf build
