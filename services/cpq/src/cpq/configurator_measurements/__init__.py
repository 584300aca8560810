"""Measures the configurator's engine for a benchmark: `python -m cpq.configurator_measurements`.

`measure NAME` compiles a model and asks its engine everything that a front end does; `growth`
repeats the main figures for generated models of growing size. Each prints a JSON object a line,
which is a row of docs/benchmarks.md. `--walks FILE` also writes the model's document and the
choices that were walked through, so that the same can be asked over HTTP.
"""
