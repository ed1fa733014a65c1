"""The command line: one file per command, in rooms by what a user wants to do. Heavy imports wait for a command."""
