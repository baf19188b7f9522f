"""Convert, check and measure Inst-IT annotations (arXiv 2412.03565)."""

__version__ = "0.1.0"
