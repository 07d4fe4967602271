"""The rules that `check` holds a conversation to, one small function each, grouped by idea."""
