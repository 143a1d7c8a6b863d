"""What the numbers of a map say about its views, with an error bar: arrays in, records out."""
