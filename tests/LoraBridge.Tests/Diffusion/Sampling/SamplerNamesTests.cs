using LoraBridge.Diffusion.Sampling;

namespace LoraBridge.Tests.Diffusion.Sampling;

public sealed class SamplerNamesTests
{
    [Theory]
    [InlineData(null, null, "DPM++ 2M", "karras", "Karras")]
    [InlineData("", "", "DPM++ 2M", "karras", "Karras")]
    [InlineData("Euler", null, "Euler", "uniform", "Automatic")]
    [InlineData("Euler", "uniform", "Euler", "uniform", "Uniform")]
    [InlineData("Euler a", "Karras", "Euler a", "karras", "Karras")]
    [InlineData("Euler a sgm_uniform", null, "Euler a", "sgm_uniform", "SGM Uniform")]
    [InlineData("Euler a SGM Uniform", null, "Euler a", "sgm_uniform", "SGM Uniform")]
    [InlineData("DPM++ 2M Karras", null, "DPM++ 2M", "karras", "Karras")]
    [InlineData("DPM++ 2M Karras", "", "DPM++ 2M", "karras", "Karras")]
    [InlineData("DPM++ 2M Karras", "Exponential", "DPM++ 2M", "exponential", "Exponential")]
    [InlineData("DPM++ 2M SDE Heun Exponential", null, "DPM++ 2M SDE Heun", "exponential", "Exponential")]
    [InlineData("DPM++ 2M SDE", "Automatic", "DPM++ 2M SDE", "exponential", "Exponential")]
    [InlineData("DPM++ 2M", "no such scheduler", "DPM++ 2M", "karras", "Karras")]
    [InlineData("dpm++ 2m karras", null, "DPM++ 2M", "karras", "Karras")]
    [InlineData("k_euler_ancestral", "align_your_steps", "Euler a", "align_your_steps", "Align Your Steps")]
    [InlineData("k_dpmpp_2m karras", null, "DPM++ 2M", "karras", "Karras")]
    [InlineData("DDIM", null, "DDIM", "uniform", "Automatic")]
    [InlineData("DDIM CFG++", "Karras", "DDIM CFG++", "karras", "Automatic")]
    [InlineData("UniPC", "Automatic", "UniPC", "uniform", "Automatic")]
    [InlineData("LCM", null, "LCM", "uniform", "Automatic")]
    public void Resolve_FindsSamplerAndScheduler(string? name, string? scheduler, string expectedSampler, string expectedScheduler, string scheduleType)
    {
        var choice = SamplerNames.Resolve(name, scheduler);
        Assert.Equal((expectedSampler, expectedScheduler, scheduleType, false), (choice.Sampler.Name, choice.Scheduler.Name, choice.ScheduleType, choice.IsFallback));
    }

    [Fact]
    public void Resolve_UnknownSampler_FallsBackToTheFirstAndSaysSo()
    {
        var choice = SamplerNames.Resolve("Frobnicate Karras");
        Assert.Equal(("DPM++ 2M", true), (choice.Sampler.Name, choice.IsFallback));
    }

    [Fact]
    public void Resolve_KeepsWhatWasAskedFor()
    {
        Assert.Equal("Automatic", SamplerNames.Resolve("DPM++ 2M").RequestedScheduler.Label);
        Assert.Equal("Simple", SamplerNames.Resolve("Euler", "simple").RequestedScheduler.Label);
    }

    [Fact]
    public void Resolve_EverySamplersName_IsThatSampler()
    {
        foreach (var sampler in Samplers.All)
            foreach (var name in sampler.Aliases.Prepend(sampler.Name))
                Assert.Equal(sampler.Name, SamplerNames.Resolve(name).Sampler.Name);
    }
}
