"""Layers, by family; a family's folder holds one idea per file.

Start reading at `layer.py` (what a call does) and `state.py` (what a layer owns), then any layer:
`core/dense.py` is the plainest. Names load their file at first use.
"""

from lamina.base.lazy import lazy_exports

_FILES = {
    "layer": "Layer",
    "input_spec": "InputSpec",
    "serialization": "serialize deserialize",
    "core.activation_layer": "Activation",
    "core.dense": "Dense",
    "core.einsum_dense": "EinsumDense",
    "core.embedding": "Embedding",
    "core.identity": "Identity",
    "core.input_layer": "Input InputLayer",
    "core.lambda_layer": "Lambda",
    "core.masking": "Masking",
    "core.reversible_embedding": "ReversibleEmbedding",
    "core.wrapper": "Wrapper",
    "activations.prelu": "PReLU",
    "activations.rectifiers": "ELU LeakyReLU ReLU",
    "activations.probabilities": "Softmax",
    "attention.additive_attention": "AdditiveAttention",
    "attention.attention": "Attention",
    "attention.grouped_query_attention": "GroupQueryAttention",
    "attention.multi_head_attention": "MultiHeadAttention",
    "convolutional.conv": "Conv1D Conv2D Conv3D Convolution1D Convolution2D Convolution3D",
    "convolutional.conv_transpose": (
        "Conv1DTranspose Conv2DTranspose Conv3DTranspose Convolution1DTranspose "
        "Convolution2DTranspose Convolution3DTranspose"
    ),
    "convolutional.depthwise_conv": "DepthwiseConv1D DepthwiseConv2D",
    "convolutional.separable_conv": (
        "SeparableConv1D SeparableConv2D SeparableConvolution1D SeparableConvolution2D"
    ),
    "merging.concatenation": "Concatenate concatenate",
    "merging.dot_product": "Dot dot",
    "merging.elementwise": (
        "Add Average Maximum Minimum Multiply Subtract "
        "add average maximum minimum multiply subtract"
    ),
    "normalization.batch_normalization": "BatchNormalization",
    "normalization.group_normalization": "GroupNormalization",
    "normalization.layer_normalization": "LayerNormalization",
    "normalization.rms_normalization": "RMSNormalization",
    "normalization.spectral_normalization": "SpectralNormalization",
    "normalization.unit_normalization": "UnitNormalization",
    "pooling.adaptive_pooling": (
        "AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D "
        "AdaptiveMaxPooling1D AdaptiveMaxPooling2D AdaptiveMaxPooling3D"
    ),
    "pooling.average_pooling": (
        "AveragePooling1D AveragePooling2D AveragePooling3D AvgPool1D AvgPool2D AvgPool3D"
    ),
    "pooling.global_pooling": (
        "GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D "
        "GlobalAvgPool1D GlobalAvgPool2D GlobalAvgPool3D "
        "GlobalMaxPool1D GlobalMaxPool2D GlobalMaxPool3D "
        "GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D"
    ),
    "pooling.max_pooling": ("MaxPool1D MaxPool2D MaxPool3D MaxPooling1D MaxPooling2D MaxPooling3D"),
    "preprocessing.category_encoding": "CategoryEncoding",
    "preprocessing.discretization": "Discretization",
    "preprocessing.feature_normalization": "Normalization",
    "preprocessing.pipeline": "Pipeline",
    "preprocessing.rescaling": "Rescaling",
    "regularization.activity_regularization": "ActivityRegularization",
    "regularization.alpha_dropout": "AlphaDropout",
    "regularization.dropout": "Dropout",
    "regularization.gaussian": "GaussianDropout GaussianNoise",
    "regularization.spatial_dropout": "SpatialDropout1D SpatialDropout2D SpatialDropout3D",
    "reshaping.cropping": "Cropping1D Cropping2D Cropping3D",
    "reshaping.flatten": "Flatten",
    "reshaping.permute": "Permute",
    "reshaping.repeat_vector": "RepeatVector",
    "reshaping.reshape": "Reshape",
    "reshaping.up_sampling": "UpSampling1D UpSampling2D UpSampling3D",
    "reshaping.zero_padding": "ZeroPadding1D ZeroPadding2D ZeroPadding3D",
    "rnn.bidirectional": "Bidirectional",
    "rnn.conv_lstm": "ConvLSTM1D ConvLSTM2D ConvLSTM3D",
    "rnn.gru": "GRU GRUCell",
    "rnn.lstm": "LSTM LSTMCell",
    "rnn.recurrent": "RNN",
    "rnn.simple_rnn": "SimpleRNN SimpleRNNCell",
    "rnn.stacked_rnn_cells": "StackedRNNCells",
    "rnn.time_distributed": "TimeDistributed",
}

__getattr__, __dir__, __all__ = lazy_exports(
    __name__,
    {name: f"{__name__}.{file}" for file, names in _FILES.items() for name in names.split()},
)
