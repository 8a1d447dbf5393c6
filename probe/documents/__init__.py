"""Files and variables that people write: values that remember their place, and mistakes that name it."""
