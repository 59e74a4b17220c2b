"""A personal assistant in the terminal that remembers.

A turn flows through the modules in this order: `controller` records the user's message in `stores`, asks `router` where to
look, `retrieval` for memories, `working_memory` for a prompt under its budget, a model of `models` for the answer (with
`tools`, if it can use them), and hands the turn to `memory_writer`. `consolidation` and `forgetting` tidy up;
`assistant` opens all of it on first use; `cli` is what a person touches. Importing this package imports nothing else.
"""

__version__ = "0.1.0"
