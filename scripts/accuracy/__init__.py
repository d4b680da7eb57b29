"""How exact and how fast a vector maths library is: what the session `accuracy` runs."""
