"""How the conversation sounds: catalogues, the facts that may be said today, and a turn as a reply."""
