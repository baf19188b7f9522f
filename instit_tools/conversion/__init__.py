"""Conversion: a plan of partitions, the work on each, and the finished dataset."""
