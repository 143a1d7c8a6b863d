"""Diagnosis of a map: views, angular errors, conical FSC and resolution tensors.

Arrays in, frozen records out.
"""
