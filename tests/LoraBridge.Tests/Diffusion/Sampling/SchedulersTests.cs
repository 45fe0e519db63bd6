using LoraBridge.Diffusion;
using LoraBridge.Diffusion.Sampling;

namespace LoraBridge.Tests.Diffusion.Sampling;

public sealed class SchedulersTests
{
    private static readonly NoiseSchedule s_schedule = NoiseSchedule.StableDiffusion;

    public static TheoryData<string> Names => [.. Schedulers.All.Select(scheduler => scheduler.Name)];

    [Fact]
    public void All_HasTheWebUisOrderLabelsAndExponents()
    {
        Assert.Equal(
            ["automatic", "uniform", "karras", "exponential", "polyexponential", "sgm_uniform", "kl_optimal", "align_your_steps", "simple", "normal", "ddim", "beta"],
            Schedulers.All.Select(scheduler => scheduler.Name));
        Assert.Equal(
            ["Automatic", "Uniform", "Karras", "Exponential", "Polyexponential", "SGM Uniform", "KL Optimal", "Align Your Steps", "Simple", "Normal", "DDIM", "Beta"],
            Schedulers.All.Select(scheduler => scheduler.Label));
        Assert.Equal(["karras 7", "polyexponential 1"], Schedulers.All.Where(scheduler => scheduler.DefaultRho != -1).Select(scheduler => $"{scheduler.Name} {scheduler.DefaultRho}"));
        Assert.Equal(["uniform", "sgm_uniform", "simple", "normal", "ddim", "beta"], Schedulers.All.Where(scheduler => scheduler.NeedsModel).Select(scheduler => scheduler.Name));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Sigmas_OfAnyScheduler_FallAndStayWithinTheModel(string name)
    {
        foreach (var steps in new[] { 1, 2, 3, 7, 20, 150 })
        {
            var sigmas = Schedulers.Get(name).Sigmas(steps, s_schedule);
            Assert.True(sigmas.Length > steps, $"{steps} steps: {sigmas.Length} levels");
            Assert.Equal(sigmas.OrderDescending(), sigmas);
            Assert.Equal(name != "kl_optimal", sigmas[^1] == 0);
            Assert.All(sigmas.SkipLast(1), sigma => Assert.InRange(sigma, s_schedule.SigmaMin * 0.99, s_schedule.SigmaMax * 1.001));
        }
    }

    [Fact]
    public void Sigmas_WithOwnEnds_BeginAndEndThere()
    {
        var options = new SchedulerOptions { SigmaMin = 0.1, SigmaMax = 10 };
        foreach (var name in new[] { "karras", "exponential", "polyexponential", "sgm_uniform", "normal", "beta" })
        {
            var sigmas = Schedulers.Get(name).Sigmas(8, s_schedule, options);
            Assert.Equal(10, sigmas[0], 1e-4);
            if (name != "sgm_uniform") Assert.Equal(0.1, sigmas[^2], 1e-5);
        }
    }

    [Fact]
    public void Sigmas_WithOwnRho_Bend()
    {
        var straight = Schedulers.Get("karras").Sigmas(3, s_schedule, new() { Rho = 1 });
        Assert.Equal((s_schedule.SigmaMax + s_schedule.SigmaMin) / 2, straight[1], 1e-5);
    }

    [Fact]
    public void Sigmas_OfBeta_FollowItsParameters()
    {
        var even = Schedulers.Get("beta").Sigmas(3, s_schedule, new() { BetaAlpha = 1, BetaBeta = 1 });
        Assert.Equal((s_schedule.SigmaMax + s_schedule.SigmaMin) / 2, even[1], 1e-5);
    }

    [Fact]
    public void Sigmas_OfAlignYourSteps_ForElevenSteps_ArePublished() =>
        Assert.Equal([14.615f, 6.475f, 3.861f, 2.697f, 1.886f, 1.396f, .963f, .652f, .399f, .152f, .029f, 0], Schedulers.Get("align_your_steps").Sigmas(11, s_schedule).Select(sigma => (float)sigma));

    [Theory]
    [InlineData("SGM Uniform")]
    [InlineData("sgm_uniform")]
    [InlineData("SGMUniform")]
    [InlineData("sgm uniform")]
    public void Find_ByLabelNameOrAlias_InAnyCase(string name) => Assert.Equal("sgm_uniform", Schedulers.Find(name)?.Name);

    [Fact]
    public void Get_Unknown_ListsTheKnown()
    {
        Assert.Null(Schedulers.Find("foo"));
        Assert.Null(Schedulers.Find(null));
        Assert.Contains("kl_optimal", Assert.Throws<ArgumentException>(() => Schedulers.Get("foo")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sigmas_WithoutSteps_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Schedulers.Automatic.Sigmas(0, s_schedule));
}
