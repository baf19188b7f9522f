"""Asking a model the questions of the benchmark, with the pictures that they are about."""
