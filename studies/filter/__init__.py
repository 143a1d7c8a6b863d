"""Filtered maps against the truth, beside global, conical and isotropic filters and RELION's."""
