"""A chat front door for people whose intimate images are threatened, taken or spread."""

__version__ = "0.6.0"
