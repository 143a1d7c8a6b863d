"""What the angles of the particles show: true coverage, sampling compensation, thinning."""
