"""The suppressors to score: each turns 48 kHz mono samples into cleaned ones."""
