"""The referral form as data: what may be filled in, how words are read into it, and what is sent. No IO."""
