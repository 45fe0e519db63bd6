using TorchSharp.Interop;
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            public static Tensor silu(Tensor x, bool inplace = false) => Activate(x, inplace, ActivationOps.silu, ActivationOps.silu_);

            public static Tensor relu(Tensor x, bool inplace = false) => Activate(x, inplace, ActivationOps.relu, ActivationOps.relu_);

            public static Tensor sigmoid(Tensor x) => sigmoid(x, false);

            public static Tensor sigmoid(Tensor x, bool inplace) => Activate(x, inplace, ActivationOps.sigmoid, ActivationOps.sigmoid_);

            public static Tensor tanh(Tensor x, bool inplace = false) => Activate(x, inplace, ActivationOps.tanh, ActivationOps.tanh_);

            public static Tensor mish(Tensor x, bool inplace = false) => Activate(x, inplace, ActivationOps.mish, ActivationOps.mish_);

            public static Tensor gelu(Tensor x) => gelu(x, Modules.GELU.Approximate.none);

            public static Tensor gelu(Tensor x, bool inplace) => gelu(x, Modules.GELU.Approximate.none, inplace);

            public static Tensor gelu(Tensor x, GELU.Approximate approximate, bool inplace = false)
            {
                var name = approximate == Modules.GELU.Approximate.tanh ? "tanh" : "none";
                if (!inplace) return ActivationOps.gelu.Call(x, name);
                ActivationOps.gelu_.CallInPlace(x, name);
                return x.alias();
            }

            public static Tensor leaky_relu(Tensor input, double negative_slope = 0.01, bool inplace = false)
            {
                if (!inplace) return ActivationOps.leaky_relu.Call(input, negative_slope);
                ActivationOps.leaky_relu_.CallInPlace(input, negative_slope);
                return input.alias();
            }

            public static Tensor softplus(Tensor x, double beta = 1.0, double threshold = 20.0) => ActivationOps.softplus.Call(x, beta, threshold);

            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => ActivationOps.softmax.Call(input, dim, dtype);

            public static Tensor log_softmax(Tensor x, long dim) => ActivationOps.log_softmax.Call(x, dim, Argument.None);

            // in place too the caller gets an object of its own, so that it may dispose of input and output alike
            private static Tensor Activate(Tensor x, bool inplace, Operator pure, Operator inPlace)
            {
                if (!inplace) return pure.Call(x);
                inPlace.CallInPlace(x);
                return x.alias();
            }

            private static class ActivationOps
            {
                internal static readonly Operator silu = new("silu"), silu_ = new("silu_");
                internal static readonly Operator relu = new("relu"), relu_ = new("relu_");
                internal static readonly Operator sigmoid = new("sigmoid"), sigmoid_ = new("sigmoid_");
                internal static readonly Operator tanh = new("tanh"), tanh_ = new("tanh_");
                internal static readonly Operator mish = new("mish"), mish_ = new("mish_");
                internal static readonly Operator gelu = new("gelu"), gelu_ = new("gelu_");
                internal static readonly Operator leaky_relu = new("leaky_relu"), leaky_relu_ = new("leaky_relu_");
                internal static readonly Operator softplus = new("softplus");
                internal static readonly Operator softmax = new("softmax", "int"), log_softmax = new("log_softmax", "int");
            }
        }
    }
}
