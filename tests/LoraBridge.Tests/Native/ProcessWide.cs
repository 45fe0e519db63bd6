namespace LoraBridge.Tests.Native;

/// <summary>Tests of what the whole process shares (the default generator, counts, memory): none runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ProcessWide
{
    public const string Name = "Process wide";

    /// <summary>Live tensors, after what other tests left to the collector is gone: it must not be counted away in the middle of a test.</summary>
    public static long CountTensors()
    {
        for (var i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        return TorchSharp.torch.Tensor.TotalCount;
    }
}
