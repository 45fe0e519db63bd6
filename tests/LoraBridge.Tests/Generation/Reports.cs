using LoraBridge.Generation;

namespace LoraBridge.Tests.Generation;

/// <summary>Keeps what it is told, and may answer.</summary>
internal sealed class Reports(Action<SamplingProgress>? answer = null) : IProgress<SamplingProgress>
{
    public List<SamplingProgress> All { get; } = [];

    public void Report(SamplingProgress value)
    {
        All.Add(value);
        answer?.Invoke(value);
    }
}
