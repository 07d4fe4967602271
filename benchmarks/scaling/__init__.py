"""Past one machine: what was measured, what more people would need, and a night on which everybody writes at once."""
