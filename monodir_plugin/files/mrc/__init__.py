"""Reading MRC files: headers, values, masks, voxel sizes, and what is no MRC file."""
