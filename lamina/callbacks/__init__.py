"""Callbacks: what happens at certain moments of training, evaluation and prediction.

Start reading at `callback.py` (the hooks) and `callback_list.py` (how they are called).
"""

from lamina.base.lazy import lazy_exports

_ROOM = "lamina.callbacks"

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {
        "BackupAndRestore": f"{_ROOM}.backup_and_restore",
        "CSVLogger": f"{_ROOM}.csv_logger",
        "Callback": f"{_ROOM}.callback",
        "CallbackList": f"{_ROOM}.callback_list",
        "EarlyStopping": f"{_ROOM}.early_stopping",
        "History": f"{_ROOM}.history",
        "LambdaCallback": f"{_ROOM}.lambda_callback",
        "LearningRateScheduler": f"{_ROOM}.learning_rate_scheduler",
        "ModelCheckpoint": f"{_ROOM}.model_checkpoint",
        "MonitorCallback": f"{_ROOM}.monitor_callback",
        "ProgbarLogger": f"{_ROOM}.progbar_logger",
        "ReduceLROnPlateau": f"{_ROOM}.reduce_lr_on_plateau",
        "RemoteMonitor": f"{_ROOM}.remote_monitor",
        "SwapEMAWeights": f"{_ROOM}.swap_ema_weights",
        "TensorBoard": f"{_ROOM}.tensorboard",
        "TerminateOnNaN": f"{_ROOM}.terminate_on_nan",
    },
)
