"""The parts of a note de vaccination: what a caller tells, its rules, its structured body."""
