"""Inst-IT Bench: reading its questions and a model's answers, scoring, judging, comparing, and setting side by side."""
