"""Tables, charts and the map as plain data, made from results; templates draw them in the browser."""
