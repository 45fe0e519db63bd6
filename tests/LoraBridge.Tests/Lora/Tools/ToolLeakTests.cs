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
        using var model = BaseCheckpoint.Open(ToolAdapters.Model);
        LoraInspector.Inspect(ToolAdapters.Linear, model);
        var before = ProcessWide.CountTensors();

        LoraInspector.Inspect(ToolAdapters.Linear, model);
        LoraBaking.Bake([new(ToolAdapters.Linear), new(ToolAdapters.Linear, -0.5)], _folder.File("a.safetensors"), new() { Rank = RankChoice.Fixed(2) }, model, TimeProvider.System);
        LoraResizing.Resize(ToolAdapters.Linear, _folder.File("b.safetensors"), new() { Rank = RankChoice.Fixed(2) }, model);
        LoraConversion.Convert(ToolAdapters.Linear, _folder.File("c.safetensors"), new() { AsLoraOfRank = RankChoice.Fixed(2) }, model);

        Assert.Equal(before, ProcessWide.CountTensors());
    }

    [Fact]
    public void Bake_Cancelled_LeavesNoFileAndNoTensors()
    {
        using var model = BaseCheckpoint.Open(ToolAdapters.Model);
        using var stop = new CancellationTokenSource();
        var before = ProcessWide.CountTensors();

        Assert.Throws<OperationCanceledException>(() => LoraBaking.Bake(
            [new(ToolAdapters.Linear)], _folder.File("a.safetensors"), new(), model, TimeProvider.System, new Stop(stop, after: 3), stop.Token));

        Assert.Equal(before, ProcessWide.CountTensors());
        Assert.Empty(_folder.Names);
    }

    [Fact]
    public void Extract_Refused_LeavesNoTensors()
    {
        var before = ProcessWide.CountTensors();

        Assert.Throws<CheckpointFormatException>(() => LoraExtraction.Extract(ToolAdapters.Model, ToolAdapters.Model, _folder.File("a.safetensors"), new(), TimeProvider.System));

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
