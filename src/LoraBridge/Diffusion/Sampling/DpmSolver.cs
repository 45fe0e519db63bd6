using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Sampling;

/// <summary>The single steps of DPM-Solver in t = -log sigma (Lu et al. 2022, arXiv:2206.00927, algorithms 1 and 2), sharing evaluations.</summary>
internal sealed class DpmSolver
{
    private readonly Denoiser _denoiser;
    private readonly Tensor _x, _eps;
    private readonly double _t, _next;
    private Tensor? _epsThird;

    /// <summary>Evaluates the network at x and gets ready for a step from one noise level to another.</summary>
    public DpmSolver(Denoiser denoiser, Tensor x, double sigma, double next)
    {
        (_denoiser, _x, _t, _next) = (denoiser, x, -Math.Log(sigma), -Math.Log(next));
        Denoised = denoiser.Denoise(x, sigma);
        _eps = ProbabilityFlow.Slope(x, sigma, Denoised);
    }

    /// <summary>
    /// The level that a run over levels ends at: the last above 0, or the schedule's least where a run has but one level.
    /// </summary>
    public static double Least(Denoiser denoiser, IReadOnlyList<double> sigmas)
    {
        var least = sigmas.LastOrDefault(sigma => sigma > 0);
        return least < sigmas[0] ? least : Math.Min(sigmas[0], denoiser.Schedule.SigmaMin);
    }

    /// <summary>The clean latents the network saw at the step's beginning, (B, C, h, w).</summary>
    public Tensor Denoised { get; }

    /// <summary>The step in first order, (B, C, h, w).</summary>
    public Tensor First() => Along(1);

    /// <summary>The step in second order, by a second evaluation at the middle, (B, C, h, w).</summary>
    public Tensor SecondByMiddle() => Second(1.0 / 2, EpsAt(Along(1.0 / 2), 1.0 / 2));

    /// <summary>The step in second order, by a second evaluation at a third, which the third order uses too, (B, C, h, w).</summary>
    public Tensor SecondByThird() => Second(1.0 / 3, EpsThird);

    /// <summary>The step in third order, by evaluations at one and two thirds, (B, C, h, w).</summary>
    public Tensor Third()
    {
        const double R1 = 1.0 / 3;
        const double R2 = 2.0 / 3;
        var h = _next - _t;
        var u2 = Along(R2) - (EpsThird - _eps) * (Sigma(R2) * (R2 / R1) * (Exponentials.Expm1(R2 * h) / (R2 * h) - 1));
        var eps2 = EpsAt(u2, R2);
        return Along(1) - (eps2 - _eps) * (Sigma(1) / R2 * (Exponentials.Expm1(h) / h - 1));
    }

    private Tensor EpsThird => _epsThird ??= EpsAt(Along(1.0 / 3), 1.0 / 3);

    private Tensor Second(double r, Tensor eps) =>
        Along(1) - (eps - _eps) * (Sigma(1) / (2 * r) * Exponentials.Expm1(_next - _t));

    // the first-order step over a part of the way
    private Tensor Along(double part) => _x - _eps * (Sigma(part) * Exponentials.Expm1(part * (_next - _t)));

    private Tensor EpsAt(Tensor x, double part) => ProbabilityFlow.Slope(x, Sigma(part), _denoiser.Denoise(x, Sigma(part)));

    private double Sigma(double part) => Math.Exp(-(_t + part * (_next - _t)));
}
