"""Typed parameters: one module per file of `conf/base/parameters`, and what no single model can check."""
