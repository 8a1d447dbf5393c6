"""The command line: parses and prints, never decides; one file for each verb."""
