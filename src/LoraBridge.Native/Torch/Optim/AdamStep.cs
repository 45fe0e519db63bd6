using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>What Adam and AdamW have in common: the step along the running mean, over the root of the running square.</summary>
internal static class AdamStep
{
    /// <summary>Updates both averages in place, then the parameter.</summary>
    /// <param name="parameter">What is moved.</param>
    /// <param name="gradient">Its gradient, decay and sign settled.</param>
    /// <param name="step">Which step this is, from 1.</param>
    /// <param name="mean">The running mean of the gradient.</param>
    /// <param name="square">The running mean of its square.</param>
    /// <param name="greatest">The greatest square so far (AMSGrad); null for the plain rule.</param>
    /// <param name="lr">The learning rate.</param>
    /// <param name="beta1">How much of the mean stays.</param>
    /// <param name="beta2">How much of the square stays.</param>
    /// <param name="eps">Added to the root.</param>
    internal static void Move(Tensor parameter, Tensor gradient, long step, Tensor mean, Tensor square, Tensor? greatest, double lr, double beta1, double beta2, double eps)
    {
        mean.mul_(beta1).add_(gradient, 1 - beta1);
        square.mul_(beta2).addcmul_(gradient, gradient, 1 - beta2);
        var second = square;
        if (greatest is not null)
        {
            greatest.copy_(maximum(greatest, second));
            second = greatest;
        }
        // both averages start at zero; dividing by 1 - beta^step makes up for it
        var correction1 = 1 - Math.Pow(beta1, step);
        var correction2 = 1 - Math.Pow(beta2, step);
        var divisor = second.sqrt().div_(Math.Sqrt(correction2)).add_(eps);
        parameter.addcdiv_(mean, divisor, -lr / correction1);
    }
}
