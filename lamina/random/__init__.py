"""Random numbers: Keras 3's `keras.random`, drawn from a counter-based generator.

A draw is a function of a seed and a place, so it gives the same bits at once or compiled, on every
executor and for any batch size; a `SeedGenerator` counts the draws and is saved with a model.
"""

from lamina.base.lazy import lazy_exports

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "SeedGenerator": "lamina.random.seed_generator",
        "beta": "lamina.random.positive",
        "binomial": "lamina.random.counts",
        "categorical": "lamina.random.choices",
        "dropout": "lamina.random.choices",
        "gamma": "lamina.random.positive",
        "normal": "lamina.random.continuous",
        "randint": "lamina.random.choices",
        "shuffle": "lamina.random.choices",
        "truncated_normal": "lamina.random.continuous",
        "uniform": "lamina.random.continuous",
    },
)
