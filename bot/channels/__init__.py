"""
The messaging channels: each turns its own requests into inputs, and replies into its own messages.

They add no words, keep nothing, and never ask for the bytes of a picture, a recording or a file.
"""
