using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>What becomes of the losses of the elements; the numbers are libtorch's.</summary>
        public enum Reduction : long
        {
            None = 0,
            Mean = 1,
            Sum = 2,
        }

        public static partial class functional
        {
            public static Tensor mse_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) => LossOps.mse.Call(input, target, (long)reduction);

            public static Tensor l1_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) => LossOps.l1.Call(input, target, (long)reduction);

            public static Tensor smooth_l1_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean, double beta = 1) =>
                LossOps.smooth_l1.Call(input, target, (long)reduction, beta);

            public static Tensor huber_loss(Tensor input, Tensor target, double delta = 1.0, Reduction reduction = Reduction.Mean) =>
                LossOps.huber.Call(input, target, (long)reduction, delta);

            public static Tensor binary_cross_entropy_with_logits(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean, Tensor? pos_weights = null) =>
                LossOps.binary_cross_entropy.Call(input, target, weight, pos_weights, (long)reduction);

            /// <summary>Of logits, (B, classes, …), and class numbers, (B, …), or class probabilities of the logits' shape.</summary>
            public static Tensor cross_entropy(Tensor input, Tensor target, Tensor? weight = null, long ignore_index = -100, Reduction reduction = Reduction.Mean, double label_smoothing = 0.0) =>
                LossOps.cross_entropy.Call(input, target, weight, (long)reduction, ignore_index, label_smoothing);

            private static class LossOps
            {
                internal static readonly Operator mse = new("mse_loss"), l1 = new("l1_loss"), smooth_l1 = new("smooth_l1_loss"), huber = new("huber_loss");
                internal static readonly Operator binary_cross_entropy = new("binary_cross_entropy_with_logits"), cross_entropy = new("cross_entropy_loss");
            }
        }
    }
}
