"""One run: steps in order under one deadline, then cleanup under a budget of its own."""
