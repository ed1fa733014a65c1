"""Results in the formats of others: tidy tables, IAMC long format, hub quantiles, with RO-Crate metadata."""
