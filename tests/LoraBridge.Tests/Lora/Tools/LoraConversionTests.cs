using LoraBridge.Checkpoints;
using LoraBridge.Lora;
using LoraBridge.Lora.Tools;
using LoraBridge.Tests.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Lora.Tools;

public sealed class LoraConversionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly BaseCheckpoint _model = BaseCheckpoint.Open(ToolAdapters.Model);

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Convert_ThroughEveryLayout_KeepsEveryChange()
    {
        using var scope = NewDisposeScope();
        var input = Input();
        var expected = ToolAdapters.Differences(input, _model);

        Convert(input, "diffusers.safetensors", new() { Layout = LoraLayout.Diffusers });
        Convert(_folder.File("diffusers.safetensors"), "peft", new() { Layout = LoraLayout.Peft });
        var last = Convert(_folder.File("peft"), "kohya.safetensors", new());

        Assert.True(ToolAdapters.Error(expected, ToolAdapters.Differences(last.Files[0].Path, _model)) < 1e-6);
        using var diffusers = CheckpointFile.Open(_folder.File("diffusers.safetensors"));
        Assert.Contains(diffusers.Tensors.Keys, key => key.EndsWith("down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q.lora_A.weight", StringComparison.Ordinal));
        using var kohya = CheckpointFile.Open(_folder.File("kohya.safetensors"));
        Assert.Contains(_model.Layers.Names.Stem(ToolAdapters.Query) + ".alpha", kohya.Tensors.Keys);
    }

    [Theory]
    [InlineData(TensorType.F16, 1e-3)]
    [InlineData(TensorType.BF16, 1e-2)]
    [InlineData(TensorType.F32, 0)]
    [InlineData(null, 0)]
    public void Convert_ToAType_StoresThat(TensorType? type, double error)
    {
        using var scope = NewDisposeScope();
        var input = Input();

        var result = Convert(input, "out.safetensors", new() { SaveType = type });

        using var file = CheckpointFile.Open(result.Files[0].Path);
        Assert.All(file.Tensors.Values.Where(entry => entry.Shape.Count > 0), entry => Assert.Equal(type ?? TensorType.F32, entry.Type));
        Assert.InRange(ToolAdapters.Error(ToolAdapters.Differences(input, _model), ToolAdapters.Differences(result.Files[0].Path, _model)), error / 100, error);
    }

    [Fact]
    public void Convert_AsLoRA_LeavesPlainLayersAsTheyAre()
    {
        using var scope = NewDisposeScope();
        var input = ToolAdapters.Write(_folder.File("mixed.safetensors"), _model,
            (ToolAdapters.Query, ToolAdapters.LoHa(_model, ToolAdapters.Query, 8)), (ToolAdapters.Text, ToolAdapters.LoRA(_model, ToolAdapters.Text, 4, 1)));

        var result = Convert(input, "out.safetensors", new() { AsLoraOfRank = RankChoice.Fixed(16) });

        Assert.Equal(16, Assert.Single(result.Fit.Layers).Rank);
        var (before, after) = (ToolAdapters.Differences(input, _model), ToolAdapters.Differences(result.Files[0].Path, _model));
        TensorAssert.Same(before[ToolAdapters.Text], after[ToolAdapters.Text]);
        Assert.Equal((before[ToolAdapters.Query] - after[ToolAdapters.Query]).norm().ToDouble() / before[ToolAdapters.Query].norm().ToDouble(), result.Fit.Error, 1e-5);
        using var file = LoraFile.Open(result.Files[0].Path, _model.Layers);
        Assert.Equal(["LoRA"], file.Report.Modules.Select(row => row.Algorithm).Distinct());
    }

    [Fact]
    public void Convert_Metadata_IsTakenOutAndSet()
    {
        using var scope = NewDisposeScope();

        var result = Convert(Input(), "out.safetensors", new()
        {
            Strip = MetadataStrip.Private,
            SetMetadata = new Dictionary<string, string?> { ["modelspec.author"] = "me", ["ss_steps"] = null },
        });

        Assert.Equal(["ss_output_name", "ss_steps"], result.RemovedMetadata);
        using var file = SafetensorsFile.Open(result.Files[0].Path);
        Assert.Equal("me", file.Metadata["modelspec.author"]);
        Assert.Equal("sd_v1", file.Metadata["ss_base_model_version"]);
        Assert.DoesNotContain("ss_output_name", file.Metadata.Keys);
        Assert.DoesNotContain("ss_steps", file.Metadata.Keys);
        Assert.Equal(CheckpointHashes.Lora(file).Model, file.Metadata["sshs_model_hash"]);
    }

    [Fact]
    public void Convert_KeysOfNoLayer_AreNamed()
    {
        using var scope = NewDisposeScope();
        using (var file = CheckpointFile.Open(Input()))
        {
            var tensors = file.Tensors.Keys.ToDictionary(key => key, key => file.Read(key));
            tensors["lora_unet_nothing.lora_up.weight"] = ones(2, 2);
            SafetensorsWriter.Write(_folder.File("odd.safetensors"), tensors);
        }

        var result = Convert(_folder.File("odd.safetensors"), "out.safetensors", new());

        Assert.Equal(["lora_unet_nothing.lora_up.weight"], result.DroppedKeys);
    }

    private ConvertResult Convert(string input, string output, ConvertOptions options) => LoraConversion.Convert(input, _folder.File(output), options, _model);

    private string Input() => ToolAdapters.Write(_folder.File("in.safetensors"), _model, new Dictionary<string, string> { ["ss_output_name"] = "cat", ["ss_base_model_version"] = "sd_v1", ["ss_steps"] = "5" },
        (ToolAdapters.Query, ToolAdapters.LoRA(_model, ToolAdapters.Query, 4, 2)),
        (ToolAdapters.Text, ToolAdapters.LoRA(_model, ToolAdapters.Text, 4, 4, seed: 2)),
        (ToolAdapters.Convolution, ToolAdapters.LoRA(_model, ToolAdapters.Convolution, 2, 1, seed: 3)));
}
