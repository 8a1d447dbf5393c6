"""One pass over a hop, phase by phase: resolve, connect, shake hands, be accepted, ask one thing over HTTP."""
