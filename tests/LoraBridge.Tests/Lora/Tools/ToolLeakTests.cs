using LoraBridge.Checkpoints;
using LoraBridge.Lora.Tools;
using LoraBridge.Tests.Checkpoints;
using LoraBridge.Tests.Native;

namespace LoraBridge.Tests.Lora.Tools;

[Collection(ProcessWide.Name)]
public sealed class ToolLeakTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Tools_WhenTheyAreDone_LeaveNoTensors()
    {
        using var model = BaseCheckpoint.Open(TinyAdapters.Model);
        LoraInspector.Inspect(TinyAdapters.Linear, model);
        var before = ProcessWide.CountTensors();

        LoraInspector.Inspect(TinyAdapters.Linear, model);
        LoraBaking.Bake([new(TinyAdapters.Linear), new(TinyAdapters.Linear, -0.5)], _folder.File("a.safetensors"), new() { Rank = RankChoice.Fixed(2) }, model, TimeProvider.System);
        LoraResizing.Resize(TinyAdapters.Linear, _folder.File("b.safetensors"), new() { Rank = RankChoice.Fixed(2) }, model);
        LoraConversion.Convert(TinyAdapters.Linear, _folder.File("c.safetensors"), new() { AsLoraOfRank = RankChoice.Fixed(2) }, model);

        Assert.Equal(before, ProcessWide.CountTensors());
    }

    [Fact]
    public void Bake_Cancelled_LeavesNoFileAndNoTensors()
    {
        using var model = BaseCheckpoint.Open(TinyAdapters.Model);
        using var stop = new CancellationTokenSource();
        var before = ProcessWide.CountTensors();

        Assert.Throws<OperationCanceledException>(() => LoraBaking.Bake(
            [new(TinyAdapters.Linear)], _folder.File("a.safetensors"), new(), model, TimeProvider.System, new Stop(stop, after: 3), stop.Token));

        Assert.Equal(before, ProcessWide.CountTensors());
        Assert.Empty(_folder.Names);
    }

    [Fact]
    public void Extract_Refused_LeavesNoTensors()
    {
        var before = ProcessWide.CountTensors();

        Assert.Throws<CheckpointFormatException>(() => LoraExtraction.Extract(TinyAdapters.Model, TinyAdapters.Model, _folder.File("a.safetensors"), new(), TimeProvider.System));

        Assert.Equal(before, ProcessWide.CountTensors());
    }

    private sealed class Stop(CancellationTokenSource source, int after) : IProgress<ToolProgress>
    {
        public void Report(ToolProgress value)
        {
            if (value.Done == after) source.Cancel();
        }
    }
}
