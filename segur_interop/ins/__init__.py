"""The national health identity (INS): its data and its rules."""
