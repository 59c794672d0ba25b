"""Files and folders that appear whole or not at all, and what a result was made with."""
