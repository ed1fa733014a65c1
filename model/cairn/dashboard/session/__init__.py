"""What one browser tab holds: the page state, the what-if scenario, the member played and the ensemble."""
