"""Strict in-tree stand-ins for the services we talk to. They refuse what the real ones refuse, and more."""
