"""Programs in forms that other runtimes read; today ONNX.

Start reading at `inference.py` (how a function becomes a program), then `translation.py` (one rule
for each primitive) with the tables of rules beside it, `graph.py` (what a rule appends to) and
`onnx_file.py` (the file). What a model's inputs are is decided in `lamina/models/exporting.py`.
"""
