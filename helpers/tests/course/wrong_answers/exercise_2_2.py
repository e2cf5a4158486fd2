pairs_left = 12 * 12
