using LoraBridge.Tests.Native;
using static LoraBridge.Tests.Diffusion.Sampling.SampleRuns;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Diffusion.Sampling;

/// <summary>What a run keeps of native memory; the count is the process's, so nothing else runs beside these.</summary>
[Collection(ProcessWide.Name)]
public sealed class SamplerLifetimeTests
{
    private static readonly GaussianData s_data = new();

    public static TheoryData<string> Names => SamplerTests.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void Sample_LeavesNothingBehindButItsResult(string name)
    {
        using var warm = Run(name, 4, s_data.Denoiser());
        var before = ProcessWide.CountTensors();
        using var few = Run(name, 4, s_data.Denoiser());
        Assert.Equal(before + 1, Tensor.TotalCount);
        using var many = Run(name, 25, s_data.Denoiser());
        Assert.Equal(before + 2, Tensor.TotalCount);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Sample_Cancelled_EndsBeforeTheNextCallAndLeavesNothing(string name)
    {
        using var cancellation = new CancellationTokenSource();
        var denoiser = s_data.Denoiser(cancel: cancellation.Token);
        var before = ProcessWide.CountTensors();
        Assert.Throws<OperationCanceledException>(() => Run(name, 20, denoiser, step =>
        {
            if (step.Index == 1) cancellation.Cancel();
        }));
        Assert.Equal(before, Tensor.TotalCount);
        Assert.InRange(denoiser.ModelCalls, 2, 8);
    }
}
