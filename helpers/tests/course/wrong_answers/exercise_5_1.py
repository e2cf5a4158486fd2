"""What __init__ is told is not handed on, as in the copied layer."""


@keras.saving.register_keras_serializable("mine")
class PowerDistance(keras.layers.Layer):
    def __init__(self, power=2.0, **kwargs):
        super().__init__()
        self.power = power

    def call(self, first, second):
        return ops.abs(first - second) ** self.power

    def get_config(self):
        return {**super().get_config(), "power": self.power}
