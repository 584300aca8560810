"""Measures the pricing kernel for a benchmark: `python -m cpq.pricing_measurements`.

It prices generated documents with rules of every kind, from cold and after one line changes, and
shows how cost grows with lines, rules and tiers. Each figure is a JSON object a line, which is a
row of docs/benchmarks.md.
"""
