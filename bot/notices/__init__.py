"""Ways to tell people outside that something waits: adapters of `ports.Messenger`."""
