using LoraBridge.Diffusion;
using LoraBridge.Diffusion.Noise;
using LoraBridge.Diffusion.Sampling;
using TorchSharp;
using static LoraBridge.Tests.Diffusion.Sampling.SampleRuns;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Diffusion.Sampling;

public sealed class SamplerTests
{
    private static readonly GaussianData s_data = new();
    private static readonly NoiseSchedule s_schedule = NoiseSchedule.StableDiffusion;

    public static TheoryData<string> Names => [.. Samplers.All.Select(sampler => sampler.Name)];

    // DPM adaptive measures its step over the batch
    public static TheoryData<string> NamesOfIndependentImages => [.. Samplers.All.Select(sampler => sampler.Name).Where(name => name != "DPM adaptive")];

    // LCM tells the network the nearest timestep it was distilled on, and v means something else there
    public static TheoryData<string> NamesOfTrueTimesteps => [.. Samplers.All.Select(sampler => sampler.Name).Where(name => name != "LCM")];

    [Theory]
    [InlineData("DPM++ 2M", 6, 6)]
    [InlineData("DPM++ SDE", 6, 11)]
    [InlineData("DPM++ 2M SDE", 6, 6)]
    [InlineData("DPM++ 2M SDE Heun", 6, 6)]
    [InlineData("DPM++ 2S a", 6, 11)]
    [InlineData("DPM++ 3M SDE", 6, 6)]
    [InlineData("Euler a", 6, 6)]
    [InlineData("Euler", 6, 6)]
    [InlineData("LMS", 6, 6)]
    [InlineData("Heun", 6, 11)]
    [InlineData("DPM2", 6, 11)]
    [InlineData("DPM2 a", 6, 11)]
    [InlineData("DPM fast", 6, 6)]
    [InlineData("DPM fast", 7, 7)]
    [InlineData("DPM fast", 1, 1)]
    [InlineData("Restart", 6, 11)]
    [InlineData("Restart", 20, 39)]     // 11 levels down, 9 steps of restart
    [InlineData("Restart", 36, 71)]     // 18 levels down, twice 9 steps of restart
    [InlineData("DDIM", 6, 6)]          // 1000 div 6 leaves room for a seventh timestep
    [InlineData("DDIM", 5, 4)]
    [InlineData("DDIM CFG++", 5, 4)]
    [InlineData("PLMS", 5, 5)]
    [InlineData("UniPC", 5, 5)]
    [InlineData("LCM", 6, 6)]
    public void Sample_CallsTheNetworkAsOftenAsItsKindSays(string name, int steps, int calls)
    {
        using var scope = NewDisposeScope();
        var denoiser = s_data.Denoiser();
        Run(name, steps, denoiser);
        Assert.Equal(calls, denoiser.ModelCalls);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Sample_LeavesItsInputAlone(string name)
    {
        using var scope = NewDisposeScope();
        var choice = SamplerNames.Resolve(name);
        var plan = SamplingPlan.FromNoise(choice, 4, s_schedule);
        var (noise, draws) = NoiseFor(choice.Sampler, plan.Levels, 1, 0);
        var x = plan.Begin(noise.Start());
        var copy = x.clone();
        choice.Sampler.Sample(s_data.Denoiser(), x, plan.Levels, new() { Noise = draws });
        TensorAssert.Same(copy, x);
    }

    [Theory]
    [MemberData(nameof(NamesOfIndependentImages))]
    public void Sample_OfAnImageInABatch_IsThatOfTheImageAlone(string name)
    {
        using var scope = NewDisposeScope();
        var batch = Run(name, 5, s_data.Denoiser(), count: 3);
        for (var image = 0; image < 3; image++)
            TensorAssert.Close(batch[image].unsqueeze(0), Run(name, 5, s_data.Denoiser(), firstImage: image), 1e-5, $"image {image}");
    }

    [Theory]
    [MemberData(nameof(NamesOfTrueTimesteps))]
    public void Sample_OfAVPredictingNetwork_IsThatOfTheSameNetworkInEpsilon(string name)
    {
        using var scope = NewDisposeScope();
        TensorAssert.Close(Run(name, 6, s_data.Denoiser()), Run(name, 6, s_data.Denoiser(PredictionType.V)), 2e-4);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Sample_ReportsItsStepsInOrder(string name)
    {
        using var scope = NewDisposeScope();
        var steps = new List<int>();
        var sigmas = new List<double>();
        Run(name, 6, s_data.Denoiser(), step =>
        {
            steps.Add(step.Index);
            sigmas.Add(step.Sigma);
            Assert.Equal(step.X.shape, step.Denoised.shape);
        });
        Assert.NotEmpty(steps);
        Assert.Equal(Enumerable.Range(0, steps.Count), steps);
        Assert.Equal(sigmas.OrderDescending(), sigmas);
    }

    [Theory]
    [InlineData("Euler a")]
    [InlineData("DPM++ 2M SDE")]
    [InlineData("LCM")]
    public void Sample_WithoutTheNoiseItNeeds_SaysWhatToSet(string name)
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<InvalidOperationException>(() => Samplers.Get(name).Sample(s_data.Denoiser(), zeros(1, 4, 8, 8), [10, 5, 0]));
        Assert.Contains("SamplerOptions.Noise", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Euler a")]
    [InlineData("DPM++ 2M SDE")]
    [InlineData("DPM++ 3M SDE")]
    public void Sample_WithEtaZero_DrawsNothingThatCounts(string name)
    {
        using var scope = NewDisposeScope();
        var x = ones(1, 4, 8, 8) * 10;
        Tensor With(long seed) => Samplers.Get(name).Sample(s_data.Denoiser(), x, [10, 5, 1, 0], new() { Eta = 0, Noise = new LatentNoise(new SeedPlan { Seed = seed }, Shape, 1) });
        TensorAssert.Same(With(1), With(2));
    }

    [Fact]
    public void Sample_WithSNoise_ScalesTheNoiseItAdds()
    {
        using var scope = NewDisposeScope();
        var x = ones(1, 4, 8, 8) * 10;
        Tensor With(double sNoise) => Samplers.Get("Euler a").Sample(s_data.Denoiser(), x, [10, 5], new() { SNoise = sNoise, Noise = new LatentNoise(new SeedPlan { Seed = 1 }, Shape, 1) });
        TensorAssert.Close((With(1) - With(0)) * 0.5, With(0.5) - With(0), 1e-5);
    }

    [Fact]
    public void Sample_LevelsOutOfOrder_AreRefused()
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<ArgumentException>(() => Samplers.Get("Euler").Sample(s_data.Denoiser(), zeros(1, 4, 8, 8), [1, 2, 0]));
        Assert.Contains("Euler needs falling sigmas, but 2 follows 1", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<ArgumentException>(() => Samplers.Get("DDIM").Sample(s_data.Denoiser(), zeros(1, 4, 8, 8), [201, 1]));
        Assert.Contains("DDIM needs rising timesteps, but 1 follows 201", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sample_OfAnotherShape_IsRefused()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => Samplers.Get("Euler").Sample(s_data.Denoiser(), zeros(4, 8, 8), [1, 0]));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Sample_WithoutAStep_GivesItsInputBack(string name)
    {
        using var scope = NewDisposeScope();
        var x = ones(1, 4, 8, 8);
        TensorAssert.Same(x, Samplers.Get(name).Sample(s_data.Denoiser(), x, []));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Sample_BuildsNoGraph(string name)
    {
        using var scope = NewDisposeScope();
        var weight = ones(1).requires_grad_();
        var denoiser = new Denoiser(s_schedule, PredictionType.Epsilon, (x, timesteps) => s_data.Predict(x, timesteps, PredictionType.Epsilon) * weight);
        Assert.False(Run(name, 4, denoiser).requires_grad);
    }

    [Fact]
    public void DdimCfgPlusPlus_TakesItsDirectionFromTheUnguidedNoise()
    {
        using var scope = NewDisposeScope();
        var noise = full([1, 4, 8, 8], 2.0, dtype: float32);
        var denoiser = new Denoiser(s_schedule, PredictionType.Epsilon, (x, _) => new Prediction(zeros_like(x), noise));
        var x = ones(1, 4, 8, 8);
        double alpha = s_schedule.AlphasCumprod[501];
        double alphaNext = s_schedule.AlphasCumprod[1];

        var result = Samplers.Get("DDIM CFG++").Sample(denoiser, x, [1, 501]);

        Assert.Equal(Math.Sqrt(alphaNext / alpha) + 2 * Math.Sqrt(1 - alphaNext), result[0, 0, 0, 0].ToDouble(), 1e-5);
    }

    [Fact]
    public void Lcm_TellsTheNetworkOnlyTimestepsItWasDistilledOn()
    {
        using var scope = NewDisposeScope();
        var seen = new List<float>();
        var denoiser = new Denoiser(s_schedule, PredictionType.Epsilon, (x, timesteps) =>
        {
            seen.Add(timesteps.data<float>()[0]);
            return zeros_like(x);
        });
        Run("LCM", 7, denoiser);
        Assert.Equal(7, seen.Count);
        Assert.Equal(999, seen[0]);
        Assert.Equal(19, seen[^1]);
        Assert.All(seen, timestep => Assert.Equal(19, timestep % 20));
    }
}
