"""One module per stage, each with one public function from a request to a product."""
