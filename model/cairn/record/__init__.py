"""What was observed: tables (`tables`), values by year, border or pair (`lookup`), and series for figures."""
