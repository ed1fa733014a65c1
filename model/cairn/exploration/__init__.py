"""What is done with the results of sweeps: sensitivity analysis, scenario discovery, robustness, adapters, timings."""
