"""The pure core: values in, values out. No IO, no clock, no randomness, no await."""
