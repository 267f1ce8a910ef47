"""The ground every other room stands on: dtypes, errors, settings, nested structures, names."""
