using LoraBridge.Checkpoints;
using LoraBridge.Diffusion;
using LoraBridge.Diffusion.Sampling;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Goldens;

/// <summary>Betas, alphas, sigmas, the mapping between sigmas and timesteps, and every scheduler's levels.</summary>
internal static class ScheduleGoldens
{
    // the references round intermediate values to float32: Karras' seventh power multiplies that by seven (7.3e-7 seen)
    private const double RelativeLimit = 2e-6;

    private static readonly NoiseSchedule s_schedule = NoiseSchedule.StableDiffusion;
    private static readonly NoiseSchedule s_training = NoiseSchedule.StableDiffusionTraining;

    public static readonly GoldenCheck Check = new("schedule.safetensors", Cases, Run);

    // learning rates and timestep embeddings are checked by the rooms that compute them; two tensors are inputs
    private static IEnumerable<string> Cases(string path)
    {
        using var file = CheckpointFile.Open(path);
        return [.. file.Tensors.Keys.Where(name =>
            !name.StartsWith("lr.", StringComparison.Ordinal) && !name.StartsWith("embedding.", StringComparison.Ordinal)
            && name is not ("sigma_to_t.sigma" or "t_to_sigma.t"))];
    }

    private static void Run(string path, string name)
    {
        using var scope = NewDisposeScope();
        using var file = CheckpointFile.Open(path);
        double[] Read(string tensor) => file.Read(tensor).to(float64).data<double>().ToArray();

        var expected = Read(name);
        var actual = Compute(name, Read);
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            var limit = name switch
            {
                "sigma_to_t.t_quantized" => 0,
                // near sigma 1 the logarithm's own digits are lost to the rounding of alphas
                "log_sigmas" => 5e-7,
                // log sigma of 2.7 is known to 2.4e-7, and neighbours are 0.003 apart
                "sigma_to_t.t" => 3e-4,
                _ => RelativeLimit * Math.Abs(expected[i]),
            };
            Assert.True(Math.Abs(expected[i] - actual[i]) <= limit, $"{name}[{i}]: expected {expected[i]:g9}, got {actual[i]:g9}");
        }
    }

    private static double[] Compute(string name, Func<string, double[]> read) => name.Split('.') switch
    {
        ["betas_f64"] => NoiseSchedule.ScaledLinearBetas(),
        ["alphas_cumprod_f64"] => [.. NoiseSchedule.CumulativeAlphas(NoiseSchedule.ScaledLinearBetas())],
        ["alphas_cumprod"] => Widen(s_schedule.AlphasCumprod),
        ["betas_training"] => Widen(NoiseSchedule.ScaledLinearFloat32Betas()),
        ["alphas_cumprod_training"] => Widen(s_training.AlphasCumprod),
        ["sigmas"] => Widen(s_schedule.Sigmas),
        ["log_sigmas"] => Widen(s_schedule.LogSigmas),
        ["sigma_to_t", "t"] => [.. read("sigma_to_t.sigma").Select(s_schedule.SigmaToTimestep)],
        ["sigma_to_t", "t_quantized"] => [.. read("sigma_to_t.sigma").Select(sigma => (double)s_schedule.SigmaToNearestTimestep(sigma))],
        ["t_to_sigma", "sigma"] => [.. read("t_to_sigma.t").Select(s_schedule.TimestepToSigma)],
        ["timesteps", "web", var steps] => SamplingPlan.Timesteps(int.Parse(steps), s_schedule.Length),
        ["sigmas", "align_your_steps_sdxl", var steps] => Schedulers.Get("align_your_steps").Sigmas(int.Parse(steps), s_schedule, new() { IsSdxl = true }),
        ["sigmas", var scheduler, var steps] => Schedulers.Get(scheduler).Sigmas(int.Parse(steps), s_schedule),
        _ => throw new ArgumentException($"no check for {name}", nameof(name)),
    };

    private static double[] Widen(ReadOnlySpan<float> values)
    {
        var wide = new double[values.Length];
        for (var i = 0; i < wide.Length; i++) wide[i] = values[i];
        return wide;
    }
}
