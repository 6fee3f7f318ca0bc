"""Reviews: what a change of policies does to traffic, and whether committed translations are fresh."""
