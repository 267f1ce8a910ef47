"""The ground every other room stands on: dtypes, errors, configuration, nested structures, names."""
