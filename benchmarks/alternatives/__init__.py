"""Other ways to serve the same little menu: each as its own documents show it, and honest."""
