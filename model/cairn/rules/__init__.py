"""The science, one submodel a file: pure functions on arrays that know numpy and the axes, nothing of state or Mesa."""
