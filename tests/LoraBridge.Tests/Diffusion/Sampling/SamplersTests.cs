using LoraBridge.Diffusion.Sampling;

namespace LoraBridge.Tests.Diffusion.Sampling;

public sealed class SamplersTests
{
    [Fact]
    public void All_HasTheWebUisOrder() => Assert.Equal(
        [
            "DPM++ 2M", "DPM++ SDE", "DPM++ 2M SDE", "DPM++ 2M SDE Heun", "DPM++ 2S a", "DPM++ 3M SDE", "Euler a", "Euler", "LMS", "Heun",
            "DPM2", "DPM2 a", "DPM fast", "DPM adaptive", "Restart", "DDIM", "DDIM CFG++", "PLMS", "UniPC", "LCM",
        ],
        Samplers.All.Select(sampler => sampler.Name));

    [Fact]
    public void All_HasTheWebUisOptions()
    {
        Assert.Equal(["DPM++ SDE", "DPM++ 2S a", "Heun", "DPM2", "DPM2 a", "Restart"], Where(sampler => sampler.SecondOrder));
        Assert.Equal(["DPM++ 2S a", "Euler a", "DPM2 a", "DPM fast", "DPM adaptive"], Where(sampler => sampler.UsesEnsd));
        Assert.Equal(["DPM++ 3M SDE", "DPM2", "DPM2 a"], Where(sampler => sampler.DiscardNextToLastSigma));
        Assert.Equal(["DPM++ SDE", "DPM++ 2M SDE", "DPM++ 2M SDE Heun", "DPM++ 3M SDE"], Where(sampler => sampler.UsesBrownianNoise));
        Assert.Equal(["DPM++ 2M", "DPM++ SDE", "DPM++ 2S a", "DPM2", "DPM2 a", "Restart"], Where(sampler => sampler.DefaultScheduler == "karras"));
        Assert.Equal(["DPM++ 2M SDE", "DPM++ 2M SDE Heun", "DPM++ 3M SDE"], Where(sampler => sampler.DefaultScheduler == "exponential"));
        Assert.Equal(["DDIM", "DDIM CFG++", "PLMS", "UniPC"], Where(sampler => sampler.TakesTimesteps));
        Assert.Equal(["DDIM CFG++"], Where(sampler => sampler.GuidanceDivisor != 1));
    }

    [Fact]
    public void All_SaysWhatEachIsTold()
    {
        Assert.Equal(["Euler", "Heun", "DPM2"], Where(sampler => sampler.Churns));
        Assert.Equal(["DDIM", "DDIM CFG++"], Where(sampler => sampler.DefaultEta == 0));
        Assert.Equal(["DPM++ SDE", "DPM++ 2M SDE", "DPM++ 2M SDE Heun", "DPM++ 2S a", "DPM++ 3M SDE", "Euler a", "DPM2 a", "DPM fast", "DPM adaptive"], Where(sampler => sampler.DefaultEta == 1));
        Assert.Equal(["DPM++ 2M", "Euler a", "LMS", "DPM adaptive", "Restart", "DDIM", "DDIM CFG++", "PLMS", "UniPC", "LCM"], Where(sampler => !sampler.ScalesNoise));
    }

    [Fact]
    public void All_HasNoNameTwice()
    {
        var names = Samplers.All.SelectMany(sampler => sampler.Aliases.Prepend(sampler.Name)).ToArray();
        // "ddim", "plms", "unipc" and "restart" differ from their samplers' names in case only
        Assert.Equal(names.Length, names.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Get_Unknown_ListsTheKnown() =>
        Assert.Contains("DPM adaptive", Assert.Throws<ArgumentException>(() => Samplers.Get("foo")).Message, StringComparison.Ordinal);

    private static IEnumerable<string> Where(Func<Sampler, bool> condition) => Samplers.All.Where(condition).Select(sampler => sampler.Name);
}
