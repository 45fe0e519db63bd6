using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Sampling;

/// <summary>Heun's method that goes back up to more noise and down again near the end (Xu et al. 2023, Restart sampling, arXiv:2306.14878).</summary>
/// <remarks>Below 20 steps there is no restart; from 36 steps there are two. Steps spent on restarts are taken off the way down.</remarks>
internal static class Restart
{
    private const double RestartFrom = 0.1;
    private const double RestartTo = 2;

    public static void Sample(Denoiser denoiser, Tensor x, IReadOnlyList<double> sigmas, SamplerOptions options)
    {
        if (sigmas.Count < 2) return;
        var steps = Steps(sigmas);
        var last = steps[0].Sigma;
        foreach (var (index, (sigma, next)) in steps.Index())
        {
            using var step = NewDisposeScope();
            if (sigma > last) x.add_(options.Draw(x, last, sigma) * Math.Sqrt(sigma * sigma - last * last));
            Heun.Step(denoiser, x, index, sigma, next, options);
            last = next;
        }
    }

    private static List<(double Sigma, double Next)> Steps(IReadOnlyList<double> sigmas)
    {
        var steps = sigmas.Count - 1;
        if (steps < 20) return [.. Pairs(sigmas)];

        var (length, times) = steps >= 36 ? (steps / 4, 2) : (9, 1);
        var way = SigmaSchedules.Karras(steps - length * times, sigmas[^2], sigmas[0]);
        var low = Nearest(way, RestartFrom);
        var high = Nearest(way, RestartTo);
        if (high >= low) return [.. Pairs(way)];

        var restart = SigmaSchedules.Karras(length + 1, way[low], way[high])[..^1];
        var result = Pairs(way[..(low + 1)]).ToList();
        for (var i = 0; i < times; i++) result.AddRange(Pairs(restart));
        result.AddRange(Pairs(way[low..]));
        return result;
    }

    private static IEnumerable<(double Sigma, double Next)> Pairs(IReadOnlyList<double> sigmas) => sigmas.Zip(sigmas.Skip(1));

    private static int Nearest(double[] sigmas, double sigma) =>
        Enumerable.Range(0, sigmas.Length).MinBy(i => Math.Abs(sigmas[i] - sigma));
}
