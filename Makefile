# Everything a newcomer needs; each target sets up .venv first if that has not been done.
# Only Python >= 3.11 must be there. PYTHON=python3.12 make demo chooses another one.

.PHONY: demo test test-full check bench bench-quick clean

demo:
	scripts/setup all
	.venv/bin/lamina train digits

test:
	scripts/setup all,test
	scripts/test

test-full:
	scripts/setup all,test
	scripts/test-full

check:
	scripts/setup all,test
	scripts/check

bench:
	scripts/setup all,test,bench
	scripts/bench

bench-quick:
	scripts/setup all,test,bench
	scripts/bench --quick

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache build dist runs
	find lamina tests -name __pycache__ -type d -prune -exec rm -rf {} +
