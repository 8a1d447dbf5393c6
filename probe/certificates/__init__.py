"""Certificate and key files: read once, checked before anything is sent, and never a secret in what they say."""
