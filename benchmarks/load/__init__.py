"""The load: people who walk through a conversation, in a process of their own."""
