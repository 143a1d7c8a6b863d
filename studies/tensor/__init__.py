"""Tensors of resolution of phantoms that were blurred by known Gaussians."""
