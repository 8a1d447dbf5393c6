"""From observations to judgements, by tables. Pure: no I/O, no clock, no SDK."""
