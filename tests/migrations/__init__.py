"""Every released schema, with what its release wrote into it, on the way to this one and back."""
