"""Publishing: from a wheelhouse to the people who install, through a gate that nothing untested passes."""
