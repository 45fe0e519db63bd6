using LoraBridge.Checkpoints;
using LoraBridge.Lora.Tools;
using LoraBridge.Tests.Checkpoints;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Lora.Tools;

public sealed class LoraResizingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly BaseCheckpoint _model = BaseCheckpoint.Open(ToolAdapters.Model);

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Resize_ToFewerRanks_SaysWhatItLost()
    {
        using var scope = NewDisposeScope();
        var input = Input();

        var result = Resize(input, new() { Rank = RankChoice.Fixed(3), ConvolutionRank = RankChoice.Fixed(1) });

        Assert.Equal(ToolAdapters.Error(ToolAdapters.Differences(input, _model), ToolAdapters.Differences(result.Files[0].Path, _model)), result.Fit.Error, 1e-5);
        var query = result.Fit.Layers.Single(layer => layer.Layer == _model.Layers.Names.Stem(ToolAdapters.Query));
        Assert.Equal((6L, 3L), (query.RankBefore, query.Rank));
        Assert.Equal(1 - query.Error * query.Error, query.Kept, 1e-12);
        Assert.Equal(1, result.Fit.LeastRank);
        Assert.InRange(result.Fit.Worst!.Error, result.Fit.Error, 1);
        using var file = CheckpointFile.Open(result.Files[0].Path);
        Assert.Equal("3", file.Metadata["ss_network_dim"]);
        Assert.Equal("cat", file.Metadata["ss_output_name"]);
        Assert.StartsWith("nice; resized from in (rank 3, convolution rank 1; error 0.", file.Metadata["ss_training_comment"], StringComparison.Ordinal);
        Assert.Equal(TensorType.F32, file.Tensors.Values.First(entry => entry.Shape.Count > 0).Type);
    }

    [Fact]
    public void Resize_ByARule_GivesEachLayerItsOwnRank()
    {
        using var scope = NewDisposeScope();

        var result = Resize(Input(), new() { Rank = RankChoice.Dynamic(RankMethod.Frobenius, 0.96), SaveType = TensorType.F16 });

        Assert.All(result.Fit.Layers, layer => Assert.True(layer.Error <= Math.Sqrt(1 - 0.96 * 0.96) + 1e-3, $"{layer}"));
        Assert.True(result.Fit.LeastRank < result.Fit.GreatestRank);
        using var file = CheckpointFile.Open(result.Files[0].Path);
        Assert.Equal("Dynamic", file.Metadata["ss_network_dim"]);
        Assert.Contains("rank by Frobenius 0.96", file.Metadata["ss_training_comment"], StringComparison.Ordinal);
    }

    [Fact]
    public void Resize_ToMoreRanksThanThereAre_ChangesNothing()
    {
        using var scope = NewDisposeScope();
        var input = Input();

        var result = Resize(input, new() { Rank = RankChoice.Fixed(64) });

        Assert.True(result.Fit.Error < 1e-6);
        Assert.Equal(6, result.Fit.GreatestRank);
    }

    [Fact]
    public void Resize_OtherAlgorithms_MakesPlainLoRA()
    {
        using var scope = NewDisposeScope();
        var input = ToolAdapters.Write(_folder.File("loha.safetensors"), _model,
            (ToolAdapters.Query, ToolAdapters.LoHa(_model, ToolAdapters.Query, 8)), (ToolAdapters.Convolution, ToolAdapters.LoHa(_model, ToolAdapters.Convolution, 2)));

        var result = Resize(input, new() { Rank = RankChoice.Fixed(32), ConvolutionRank = RankChoice.Fixed(4) });

        // 32 is all that the one layer has, and 2 x 2 products are what the other's is made of
        Assert.True(result.Fit.Error < 1e-5, $"{result.Fit.Error}");
        TensorAssert.Close(ToolAdapters.Differences(input, _model)[ToolAdapters.Convolution], ToolAdapters.Differences(result.Files[0].Path, _model)[ToolAdapters.Convolution], 1e-6);
        using var file = CheckpointFile.Open(result.Files[0].Path);
        Assert.All(file.Tensors.Keys, key => Assert.True(key.Contains(".lora_", StringComparison.Ordinal) || key.EndsWith(".alpha", StringComparison.Ordinal), key));
    }

    private BakeResult Resize(string input, ResizeOptions options) => LoraResizing.Resize(input, _folder.File("out.safetensors"), options, _model);

    private string Input() => ToolAdapters.Write(_folder.File("in.safetensors"), _model, new Dictionary<string, string> { ["ss_output_name"] = "cat", ["ss_training_comment"] = "nice" },
        (ToolAdapters.Query, ToolAdapters.LoRA(_model, ToolAdapters.Query, 6, 3)),
        (ToolAdapters.Text, ToolAdapters.LoRA(_model, ToolAdapters.Text, 3, 3, seed: 2)),
        (ToolAdapters.Convolution, ToolAdapters.LoRA(_model, ToolAdapters.Convolution, 2, 1, seed: 3)));
}
