"""TLS on a socket of our own: contexts cached by content, the handshake driver, and the evidence that it keeps."""
