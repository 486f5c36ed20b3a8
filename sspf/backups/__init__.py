"""`make backup` and `make restore`: content and keys apart, sealed to somebody who is not this machine, verified after restoring."""
