"""What the subcommands do: one module for each group, loaded only when it is asked for."""
