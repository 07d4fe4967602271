"""
What nobody would send, in great numbers: `python -m tests.fuzz bodies | texts | led` (R14, R15, T12, T17).

`bodies` go through the real front into a real database, `texts` through everything that shows what somebody wrote, `led` is
random search that coverage leads. Every piece prints its seed; pieces add up in docs/fuzzing.json.
"""
