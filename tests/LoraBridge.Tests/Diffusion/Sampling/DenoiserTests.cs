using LoraBridge.Diffusion;
using LoraBridge.Diffusion.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Diffusion.Sampling;

public sealed class DenoiserTests
{
    private static readonly NoiseSchedule s_schedule = NoiseSchedule.StableDiffusion;

    [Theory]
    [InlineData(PredictionType.Epsilon)]
    [InlineData(PredictionType.V)]
    public void Denoise_GivenThePerfectPrediction_FindsTheCleanLatents(PredictionType type)
    {
        using var scope = NewDisposeScope();
        var (clean, noise) = (randn(2, 4, 8, 8, dtype: float32), randn(2, 4, 8, 8, dtype: float32));
        var timestep = 500;
        var timesteps = full([2], timestep, dtype: int64);
        var denoiser = new Denoiser(s_schedule, type, (x, t) =>
        {
            Assert.Equal(new long[] { 2 }, t.shape);
            Assert.Equal(timestep, t[0].ToDouble(), 1e-3);
            TensorAssert.Close(s_schedule.AddNoise(clean, noise, timesteps), x, 1e-5, "the network's input");
            return s_schedule.Target(clean, noise, timesteps, type);
        });
        var sigma = s_schedule.TimestepToSigma(timestep);
        TensorAssert.Close(clean, denoiser.Denoise(clean + noise * sigma, sigma), 1e-5);
        Assert.Equal(1, denoiser.ModelCalls);
    }

    [Theory]
    [InlineData(PredictionType.Epsilon)]
    [InlineData(PredictionType.V)]
    public void PredictNoise_GivenThePerfectPrediction_FindsTheNoise(PredictionType type)
    {
        using var scope = NewDisposeScope();
        var (clean, noise) = (randn(2, 4, 8, 8, dtype: float32), randn(2, 4, 8, 8, dtype: float32));
        var timesteps = full([2], 700, dtype: int64);
        var denoiser = new Denoiser(s_schedule, type, (_, _) => s_schedule.Target(clean, noise, timesteps, type));
        var (guided, unguided) = denoiser.PredictNoise(s_schedule.AddNoise(clean, noise, timesteps), 700);
        TensorAssert.Close(noise, guided, 1e-5);
        TensorAssert.Same(guided, unguided);
    }

    [Fact]
    public void PredictNoise_WithGuidance_GivesBoth()
    {
        using var scope = NewDisposeScope();
        var denoiser = new Denoiser(s_schedule, PredictionType.Epsilon, (x, _) => new(x * 2, x * 3));
        var (guided, unguided) = denoiser.PredictNoise(ones(1, 4, 2, 2), 10);
        Assert.Equal((2, 3), (guided[0, 0, 0, 0].ToDouble(), unguided[0, 0, 0, 0].ToDouble()));
    }

    [Fact]
    public void Denoise_Quantized_TellsTheNetworkWholeTimesteps()
    {
        using var scope = NewDisposeScope();
        var seen = 0.0;
        Func<Tensor, Tensor, Prediction> model = (x, t) =>
        {
            seen = t[0].ToDouble();
            return zeros_like(x);
        };
        var sigma = s_schedule.TimestepToSigma(400.3);
        new Denoiser(s_schedule, PredictionType.Epsilon, model).Denoise(ones(1, 4, 2, 2), sigma);
        Assert.Equal(400.3, seen, 1e-3);
        new Denoiser(s_schedule, PredictionType.Epsilon, model) { Quantize = true }.Denoise(ones(1, 4, 2, 2), sigma);
        Assert.Equal(400, seen);
    }

    [Fact]
    public void Denoise_OfAHalfPrecisionNetwork_KeepsTheLatentsType()
    {
        using var scope = NewDisposeScope();
        var denoiser = new Denoiser(s_schedule, PredictionType.Epsilon, (x, _) => x.to(bfloat16));
        Assert.Equal(float32, denoiser.Denoise(ones(1, 4, 2, 2), 1).dtype);
    }

    [Fact]
    public void Blend_ReplacesWhatIsDenoisedAndWhatIsLookedAt()
    {
        using var scope = NewDisposeScope();
        var inputs = new List<double>();
        var denoiser = new Denoiser(s_schedule, PredictionType.Epsilon, (x, _) =>
        {
            inputs.Add(x[0, 0, 0, 0].ToDouble());
            return zeros_like(x);
        })
        {
            Blend = latents => latents * 0 + 5,
        };
        Assert.Equal(5, denoiser.Denoise(ones(1, 4, 2, 2), 1)[0, 0, 0, 0].ToDouble());
        denoiser.PredictNoise(ones(1, 4, 2, 2), 10);
        Assert.Equal(Math.Sqrt(0.5), inputs[0], 1e-6);
        Assert.Equal(5, inputs[1]);
    }

    [Fact]
    public void Denoise_Cancelled_DoesNotCallTheNetwork()
    {
        using var scope = NewDisposeScope();
        var denoiser = new Denoiser(s_schedule, PredictionType.Epsilon, (x, _) => x) { Cancel = new(canceled: true) };
        Assert.Throws<OperationCanceledException>(() => denoiser.Denoise(ones(1, 4, 2, 2), 1));
        Assert.Equal(0, denoiser.ModelCalls);
    }
}
