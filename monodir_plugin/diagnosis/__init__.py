"""From numbers to a diagnosis: what the table R(r, d) says of a map; arrays in, records out."""
