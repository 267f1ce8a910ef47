"""Regression: house prices in Boston suburbs, one linear output, mean squared error."""

import lamina
from lamina import layers
from lamina.datasets import boston_housing

lamina.utils.set_random_seed(0)
(x_train, y_train), (x_test, y_test) = boston_housing.load_data()

scale = layers.Normalization()
scale.adapt(x_train)
model = lamina.Sequential(
    [
        layers.Input(shape=(x_train.shape[1],)),
        scale,
        layers.Dense(64, activation="relu"),
        layers.Dense(32, activation="relu"),
        layers.Dense(1),
    ]
)
model.compile(optimizer=lamina.optimizers.Adam(0.003), loss="mse", metrics=["mae"])
model.fit(x_train, y_train, epochs=100, batch_size=16, validation_split=0.15, verbose=0)

mse, mae = model.evaluate(x_test, y_test, verbose=0)
baseline = float(((y_test - y_train.mean()) ** 2).mean())
print(f"root mean squared error {mse**0.5:.2f} (always the mean: {baseline**0.5:.2f})")
print(f"mean absolute error {mae:.2f}")
for price, guess in zip(y_test[:5], model.predict(x_test[:5], verbose=0).ravel(), strict=True):
    print(f"  price {price:5.1f}   predicted {guess:5.1f}")
