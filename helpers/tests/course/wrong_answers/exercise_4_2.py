"""A large map is flattened into a dense layer, as the classic tower does."""

photos = x = keras.Input((64, 64, 1))
for filters in (16, 32):
    x = layers.Conv2D(filters, 5, strides=2, padding="same", activation="relu")(x)
x = layers.Dense(128)(layers.Flatten()(x))
small = keras.Model(photos, x)
