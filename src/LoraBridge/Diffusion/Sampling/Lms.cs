using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Sampling;

/// <summary>Linear multistep of order four: the polynomial through the last slopes, integrated over the step (Adams and Bashforth's method on uneven steps).</summary>
internal static class Lms
{
    private const int Order = 4;

    // Gauss and Legendre's two points integrate the cubic exactly
    private static readonly double s_node = 1 / Math.Sqrt(3);

    public static void Sample(Denoiser denoiser, Tensor x, IReadOnlyList<double> sigmas, SamplerOptions options)
    {
        var slopes = new TensorHistory(Order);
        for (var i = 0; i < sigmas.Count - 1; i++)
        {
            using var step = NewDisposeScope();
            var denoised = denoiser.Denoise(x, sigmas[i]);
            options.Report(i, sigmas[i], x, denoised);
            slopes.Push(ProbabilityFlow.Slope(x, sigmas[i], denoised));
            for (var j = 0; j < slopes.Count; j++) x.add_(slopes[j] * Coefficient(sigmas, i, j, slopes.Count));
        }
    }

    // the integral from sigma_i to sigma_i+1 of the polynomial that is 1 at sigma_i-j and 0 at the other points
    private static double Coefficient(IReadOnlyList<double> sigmas, int i, int j, int order)
    {
        var middle = (sigmas[i] + sigmas[i + 1]) / 2;
        var half = (sigmas[i + 1] - sigmas[i]) / 2;
        return half * (Basis(middle - half * s_node) + Basis(middle + half * s_node));

        double Basis(double sigma)
        {
            var product = 1.0;
            for (var k = 0; k < order; k++)
                if (k != j) product *= (sigma - sigmas[i - k]) / (sigmas[i - j] - sigmas[i - k]);
            return product;
        }
    }
}
