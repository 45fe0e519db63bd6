using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Sampling;

/// <summary>DPM-Solver-fast: third-order steps equally spaced in log sigma, the last of lower order, for a given number of evaluations (Lu et al. 2022, arXiv:2206.00927, section 3.4).</summary>
/// <remarks>Of the levels it reads only the first, the last above 0 and how many there are; it ends at the last above 0.</remarks>
internal static class DpmFast
{
    public static void Sample(Denoiser denoiser, Tensor x, IReadOnlyList<double> sigmas, SamplerOptions options)
    {
        if (sigmas.Count < 2) return;
        var eta = options.Eta ?? 1;
        var least = DpmSolver.Least(denoiser, sigmas);
        var orders = Orders(sigmas.Count - 1);
        double[] levels = [.. SigmaSchedules.Linspace(Math.Log(sigmas[0]), Math.Log(least), orders.Length + 1).Select(Math.Exp)];
        for (var i = 0; i < orders.Length; i++)
        {
            using var step = NewDisposeScope();
            var (sigma, next) = (levels[i], levels[i + 1]);
            var down = Math.Max(least, AncestralStep.Between(sigma, next, eta).Down);
            var up = Math.Sqrt(Math.Max(0, next * next - down * down));

            var solver = new DpmSolver(denoiser, x, sigma, down);
            options.Report(i, sigma, x, solver.Denoised);
            x.copy_(orders[i] switch { 1 => solver.First(), 2 => solver.SecondByMiddle(), _ => solver.Third() });
            if (eta > 0) x.add_(options.Draw(x, sigma, next) * up);
        }
    }

    // as many third-order steps as fit, and a rest that uses up the evaluations
    private static int[] Orders(int evaluations)
    {
        var thirds = evaluations / 3;
        return evaluations % 3 == 0
            ? [.. Enumerable.Repeat(3, Math.Max(0, thirds - 1)), 2, 1]
            : [.. Enumerable.Repeat(3, thirds), evaluations % 3];
    }
}
