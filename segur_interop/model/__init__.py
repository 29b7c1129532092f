"""Patients, professionals, organizations: the values that every standard shares."""
