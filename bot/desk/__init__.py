"""What opens handoffs: reads, checks and writes them down for the desk. The public program never loads it."""
