"""Asking a model many questions over the network: at once, patiently, within limits, and never one twice."""
