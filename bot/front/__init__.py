"""The public program over HTTP: webhooks, the web chat and the probes. It knows ports, no adapter."""
