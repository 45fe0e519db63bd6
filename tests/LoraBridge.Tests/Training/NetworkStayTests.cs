using LoraBridge.Tests.Native;
using LoraBridge.Training;
using LoraBridge.Training.Loop;
using LoraBridge.Training.Settings;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Training;

[Collection(ProcessWide.Name)]
public sealed class NetworkStayTests : IDisposable
{
    private readonly TrainingFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private TrainingOptions Cached => _folder.Options with
    {
        Network = _folder.Options.Network with { TrainTextEncoder = false },
        Cache = new() { TextStates = true },
        Loop = _folder.Options.Loop with { Epochs = 1 },
    };

    [Fact]
    public void Of_WhatIsCachedInMemory_LetsBothGo() => Assert.Equal(new(false, false), NetworkStay.Of(Cached, isShared: false));

    [Fact]
    public void Of_WhatIsStillAsked_KeepsThem()
    {
        Assert.Equal(new(true, true), NetworkStay.Of(Cached with { Samples = new() { Prompts = ["x"] } }, isShared: false));
        Assert.Equal(new(true, true), NetworkStay.Of(Cached with { Cache = new() { TextStates = true, LatentsOnDisk = true, TextStatesOnDisk = true } }, isShared: false));
        Assert.Equal(new(true, true), NetworkStay.Of(Cached with { Cache = new() { Latents = false } }, isShared: false));
        Assert.Equal(new(false, true), NetworkStay.Of(Cached with { Validation = new() { Split = 0.2 } }, isShared: false));
        Assert.Equal(new(false, true), NetworkStay.Of(Cached with { Network = new() }, isShared: false));
        Assert.Equal(new(true, false), NetworkStay.Of(Cached with { Augmentation = new() { Color = true } }, isShared: false));
    }

    [Fact]
    public void Session_WhatMayGo_IsGoneBeforeTheFirstStep()
    {
        using var scope = NewDisposeScope();
        using var session = TrainingSession.Begin(Cached, TrainingFolder.Host);
        var ids = zeros([1, 77], dtype: int64, device: CPU);
        Assert.ThrowsAny<Exception>(() => session.Model.TextEncoder.call(ids, 1));
        Assert.ThrowsAny<Exception>(() => session.Model.Autoencoder.Encode(zeros([1, 3, 8, 8], dtype: float32, device: CPU)));
        Assert.NotNull(session.ProofText);
    }

    [Fact]
    public void Run_WithoutItsNetworks_GivesTheSameAdapterAndProof()
    {
        var gone = LoraTrainer.Run(Cached, TrainingFolder.Host);
        var without = Values(gone.Path);
        var stayed = LoraTrainer.Run(Cached with { Cache = new() { LatentsOnDisk = true } }, TrainingFolder.Host);
        Assert.Equal(without, Values(stayed.Path));
        Assert.Equal(stayed.Proof, gone.Proof! with { Problems = stayed.Proof!.Problems });
        Assert.True(gone.Proof.IsSound);
    }

    [Fact]
    public void Run_WithoutItsNetworks_LeavesNoTensorBehind()
    {
        LoraTrainer.Run(Cached, TrainingFolder.Host);
        var before = ProcessWide.CountTensors();
        LoraTrainer.Run(Cached, TrainingFolder.Host);
        Assert.Equal(before, ProcessWide.CountTensors());
    }

    private static List<string> Values(string path)
    {
        using var scope = NewDisposeScope();
        using var file = LoraBridge.Checkpoints.CheckpointFile.Open(path);
        return [.. file.Tensors.Keys.Select(key => $"{key} {Convert.ToHexString(file.Read(key).bytes)}")];
    }
}
