"""Plots by pyqtgraph in the program's looks and words; pyqtgraph is loaded when one is seen."""
