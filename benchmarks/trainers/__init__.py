"""How each kind of peer trains a workload: one module each, all with the same face.

`describe()` tells the version, `settings()` what is worth trying, and
`Trainer(workload).run(epochs, steps)` trains and returns the seconds it took.
"""
