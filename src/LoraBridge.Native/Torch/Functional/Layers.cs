using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) => LayerOps.linear.Call(input, weights, bias);

            public static Tensor conv1d(Tensor input, Tensor weight, Tensor? bias = null, long? stride = null, long? padding = null, long? dilation = null, long groups = 1) =>
                LayerOps.conv1d.Call(input, weight, bias, One(stride, 1), One(padding, 0), One(dilation, 1), groups);

            public static Tensor conv1d_padding(Tensor input, Tensor weight, Tensor? bias = null, long? stride = null, Padding padding = Padding.Valid, long? dilation = null, long groups = 1) =>
                LayerOps.conv1d_padding.Call(input, weight, bias, One(stride, 1), Name(padding), One(dilation, 1), groups);

            public static Tensor conv2d(Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, long[]? padding = null, long[]? dilation = null, long groups = 1) =>
                LayerOps.conv2d.Call(input, weight, bias, strides ?? s_one, padding ?? s_zero, dilation ?? s_one, groups);

            public static Tensor conv2d_padding(Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, Padding padding = Padding.Valid, long[]? dilation = null, long groups = 1) =>
                LayerOps.conv2d_padding.Call(input, weight, bias, strides ?? s_one, Name(padding), dilation ?? s_one, groups);

            public static Tensor conv_transpose2d(Tensor input, Tensor weight, Tensor? bias = null, long[]? strides = null, long[]? padding = null, long[]? output_padding = null, long[]? dilation = null, long groups = 1) =>
                LayerOps.conv_transpose2d.Call(input, weight, bias, strides ?? s_one, padding ?? s_zero, output_padding ?? s_zero, groups, dilation ?? s_one);

            public static Tensor group_norm(Tensor input, long num_groups, Tensor? weight = null, Tensor? bias = null, double eps = 1e-05) =>
                LayerOps.group_norm.Call(input, num_groups, weight, bias, eps);

            public static Tensor layer_norm(Tensor input, long[] normalized_shape, Tensor? weight = null, Tensor? bias = null, double eps = 1e-05) =>
                LayerOps.layer_norm.Call(input, normalized_shape, weight, bias, eps);

            /// <summary>The input divided by its p-norm over one dimension, or by eps where that is greater.</summary>
            public static Tensor normalize(Tensor input, double p = 2.0, long dim = 1, double eps = 1e-12)
            {
                using var norm = LayerOps.vector_norm.Call(input, p, new[] { dim }, true);
                using var divisor = LayerOps.clamp_min.Call(norm, eps);
                return input.div(divisor);
            }

            public static Tensor one_hot(Tensor x, long num_classes = -1) => LayerOps.one_hot.Call(x, num_classes);

            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true, bool inplace = false)
            {
                if (!inplace) return LayerOps.dropout.Call(input, p, training);
                LayerOps.dropout_.CallInPlace(input, p, training);
                return input.alias();
            }

            private static readonly long[] s_one = [1];
            private static readonly long[] s_zero = [0];

            private static long[] One(long? value, long otherwise) => [value ?? otherwise];

            private static string Name(Padding padding) => padding == Padding.Same ? "same" : "valid";

            private static class LayerOps
            {
                internal static readonly Operator linear = new("linear");
                internal static readonly Operator conv1d = new("conv1d"), conv1d_padding = new("conv1d", "padding");
                internal static readonly Operator conv2d = new("conv2d"), conv2d_padding = new("conv2d", "padding");
                internal static readonly Operator conv_transpose2d = new("conv_transpose2d", "input");
                internal static readonly Operator group_norm = new("group_norm"), layer_norm = new("layer_norm");
                internal static readonly Operator vector_norm = new("linalg_vector_norm"), clamp_min = new("clamp_min");
                internal static readonly Operator one_hot = new("one_hot");
                internal static readonly Operator dropout = new("dropout"), dropout_ = new("dropout_");
            }
        }
    }
}
