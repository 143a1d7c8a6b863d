"""Reading MRC files: headers, values, masks, voxel sizes; and naming files of other formats."""
