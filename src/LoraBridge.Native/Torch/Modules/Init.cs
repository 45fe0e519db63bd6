using TorchSharp.Interop;
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>Fillings of fresh weights, in place and outside the graph. Each gives its tensor back.</summary>
        public static class init
        {
            public enum NonlinearityType
            {
                Linear = 0,
                Conv1D = 1,
                Conv2D = 2,
                Conv3D = 3,
                ConvTranspose1D = 4,
                ConvTranspose2D = 5,
                ConvTranspose3D = 6,
                Sigmoid = 7,
                Tanh = 8,
                ReLU = 9,
                LeakyReLU = 10,
            }

            public enum FanInOut
            {
                FanIn = 0,
                FanOut = 1,
            }

            /// <summary>The factor by which a nonlinearity's input is scaled so that its output keeps its spread.</summary>
            public static double calculate_gain(NonlinearityType nonlinearity, double param = 0.0) => nonlinearity switch
            {
                NonlinearityType.Tanh => 5.0 / 3,
                NonlinearityType.ReLU => Math.Sqrt(2),
                NonlinearityType.LeakyReLU => Math.Sqrt(2 / (1 + param * param)),
                _ => 1,
            };

            /// <summary>How many inputs reach one output of a weight (out, in, …), and how many outputs one input reaches.</summary>
            public static (long fanIn, long fanOut) CalculateFanInAndFanOut(Tensor tensor)
            {
                var shape = tensor.shape;
                if (shape.Length < 2) throw new ArgumentException("Fan in and fan out are known for two dimensions or more only.", nameof(tensor));
                var field = shape.Skip(2).Aggregate(1L, (product, length) => product * length);
                return (shape[1] * field, shape[0] * field);
            }

            public static Tensor zeros_(Tensor tensor) => constant_(tensor, 0);

            public static Tensor ones_(Tensor tensor) => constant_(tensor, 1);

            public static Tensor constant_(Tensor tensor, Scalar val) => Fill(tensor, target => target.fill_(val));

            public static Tensor uniform_(Tensor tensor, double low = 0, double high = 1, Generator? generator = null) =>
                Fill(tensor, target => target.uniform_(low, high, generator));

            public static Tensor normal_(Tensor tensor, double mean = 0, double std = 1, Generator? generator = null) =>
                Fill(tensor, target => target.normal_(mean, std, generator));

            /// <summary>A normal distribution without what lies outside [a, b].</summary>
            public static Tensor trunc_normal_(Tensor tensor, double mean = 0.0, double std = 1.0, double a = -2.0, double b = 2.0, Generator? generator = null) =>
                Fill(tensor, target =>
                {
                    // uniform between the bounds' quantiles, through the inverse of the distribution function
                    var (lower, upper) = (Quantile((a - mean) / std), Quantile((b - mean) / std));
                    target.uniform_(2 * lower - 1, 2 * upper - 1, generator);
                    Ops.erfinv_.CallInPlace(target);
                    target.mul_(std * Math.Sqrt(2)).add_(mean).clamp_(a, b);
                });

            public static Tensor kaiming_uniform_(Tensor tensor, double a = 0, FanInOut mode = FanInOut.FanIn, NonlinearityType nonlinearity = NonlinearityType.LeakyReLU)
            {
                var bound = Math.Sqrt(3) * KaimingDeviation(tensor, a, mode, nonlinearity);
                return uniform_(tensor, -bound, bound);
            }

            public static Tensor kaiming_normal_(Tensor tensor, double a = 0, FanInOut mode = FanInOut.FanIn, NonlinearityType nonlinearity = NonlinearityType.LeakyReLU) =>
                normal_(tensor, 0, KaimingDeviation(tensor, a, mode, nonlinearity));

            public static Tensor xavier_uniform_(Tensor tensor, double gain = 1.0)
            {
                var (fanIn, fanOut) = CalculateFanInAndFanOut(tensor);
                var bound = gain * Math.Sqrt(6.0 / (fanIn + fanOut));
                return uniform_(tensor, -bound, bound);
            }

            /// <summary>Rows (or columns, if there are fewer) of length <paramref name="gain"/> and at right angles to each other.</summary>
            public static Tensor orthogonal_(Tensor tensor, double gain = 1.0)
            {
                if (tensor.dim() < 2) throw new ArgumentException("An orthogonal filling needs two dimensions or more.", nameof(tensor));
                return Fill(tensor, target =>
                {
                    using var scope = NewDisposeScope();
                    var rows = target.size(0);
                    var columns = target.numel() / rows;
                    var wide = rows < columns;
                    var draws = randn([rows, columns], target.dtype, target.device);
                    var (q, r) = linalg.qr(wide ? draws.t() : draws);
                    q.mul_(Ops.diagonal.Call(r).sign());                // makes the decomposition unique, hence the filling uniform
                    target.view(rows, columns).copy_(wide ? q.t() : q).mul_(gain);
                });
            }

            /// <summary>What Linear and the convolutions start with: both uniform within 1 / √(fan in).</summary>
            internal static void Defaults(Parameter weight, Parameter? bias)
            {
                if (weight.is_meta) return;
                kaiming_uniform_(weight, Math.Sqrt(5));
                if (bias is null) return;
                var (fanIn, _) = CalculateFanInAndFanOut(weight);
                var bound = fanIn > 0 ? 1 / Math.Sqrt(fanIn) : 0;
                uniform_(bias, -bound, bound);
            }

            private static double KaimingDeviation(Tensor tensor, double a, FanInOut mode, NonlinearityType nonlinearity)
            {
                var (fanIn, fanOut) = CalculateFanInAndFanOut(tensor);
                return calculate_gain(nonlinearity, a) / Math.Sqrt(mode == FanInOut.FanIn ? fanIn : fanOut);
            }

            private static Tensor Fill(Tensor tensor, Action<Tensor> fill)
            {
                using var noGrad = no_grad();
                fill(tensor);
                return tensor;
            }

            // the normal distribution function, through libtorch's erf: .NET has none
            private static double Quantile(double x)
            {
                using var argument = tensor(x / Math.Sqrt(2), ScalarType.Float64);
                using var erf = Ops.erf.Call(argument);
                return (1 + erf.ToDouble()) / 2;
            }

            private static class Ops
            {
                internal static readonly Operator erf = new("erf"), erfinv_ = new("erfinv_"), diagonal = new("diagonal");
            }
        }
    }
}
