"""PDF octets and objects read tolerantly: what is broken is a value or None, never an exception."""
