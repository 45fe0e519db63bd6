using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Sampling;

/// <summary>DPM-Solver-12 and -23's adaptive step size (Lu et al. 2022, arXiv:2206.00927, appendix C), of third order with the second as its measure.</summary>
/// <remarks>
/// Of the levels it reads only the first and the last above 0; the number of steps is its own.
/// The error is measured over the batch, so images in a batch share their steps.
/// </remarks>
internal static class DpmAdaptive
{
    private const double RelativeTolerance = 0.05;
    private const double AbsoluteTolerance = 0.0078;
    private const double FirstStep = 0.05;
    private const double AcceptSafety = 0.81;

    public static void Sample(Denoiser denoiser, Tensor x, IReadOnlyList<double> sigmas, SamplerOptions options)
    {
        if (sigmas.Count < 2) return;
        var eta = options.Eta ?? 1;
        // noise lowers the order in which the error falls with the step
        var exponent = 1 / (eta > 0 ? 1.5 : 3);
        var least = DpmSolver.Least(denoiser, sigmas);
        var (t, end) = (-Math.Log(sigmas[0]), -Math.Log(least));
        var h = FirstStep;
        var before = x.clone();
        for (var i = 0; t < end - 1e-5; i++)
        {
            using var step = NewDisposeScope();
            var to = Math.Min(end, t + h);
            var (sigma, next) = (Math.Exp(-t), Math.Exp(-to));
            var down = Math.Max(least, AncestralStep.Between(sigma, next, eta).Down);
            var up = Math.Sqrt(Math.Max(0, next * next - down * down));

            var solver = new DpmSolver(denoiser, x, sigma, down);
            var low = solver.SecondByThird();
            var high = solver.Third();
            options.Report(i, sigma, x, solver.Denoised);

            var factor = 1 + Math.Atan(Math.Pow(1 / (Error(low, high, before) + 1e-8), exponent) - 1);
            if (factor >= AcceptSafety)
            {
                before.copy_(low);
                x.copy_(high);
                if (eta > 0) x.add_(options.Draw(x, sigma, next) * up);
                t = to;
            }
            h *= factor;
        }
    }

    // the root mean square of the difference, in units of what is tolerated
    private static double Error(Tensor low, Tensor high, Tensor before)
    {
        var largest = stack([low.abs(), before.abs()]).amax([0]);
        var tolerated = (largest * RelativeTolerance).clamp(min: AbsoluteTolerance);
        return Math.Sqrt(((low - high) / tolerated).square().mean().ToDouble());
    }
}
