"""What a scenario expects of an answer, and the proof of test mode. Pure: no I/O, no SDK."""
