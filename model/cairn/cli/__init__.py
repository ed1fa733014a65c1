"""What the command line can do, a file for each kind of work. Heavy imports wait until a command needs them."""
