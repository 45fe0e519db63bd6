using LoraBridge.Checkpoints;
using LoraBridge.Checkpoints.Naming;
using LoraBridge.Lora.Tools;
using LoraBridge.Tests.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Lora.Tools;

public sealed class LoraExtractionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly BaseCheckpoint _model = BaseCheckpoint.Open(ToolAdapters.Model);

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("linear", false, 4)]
    [InlineData("locon", true, 8)]                                              // more ranks than were merged: the rest hold rounding
    public void Extract_FromAMergedAdapter_GivesItsChangesBack(string name, bool convolutions, int rank)
    {
        using var scope = NewDisposeScope();
        var adapter = name == "linear" ? ToolAdapters.Linear : ToolAdapters.Locon;
        var expected = ToolAdapters.Differences(adapter, _model);
        var tuned = Tuned(expected);

        var result = Extract(tuned, new() { Rank = RankChoice.Fixed(rank), ConvolutionRank = convolutions ? RankChoice.Fixed(4) : null, SaveType = TensorType.F32 });

        var extracted = ToolAdapters.Differences(result.Files[0].Path, _model);
        Assert.True(ToolAdapters.Error(expected, extracted) < 1e-4, $"{ToolAdapters.Error(expected, extracted)}");
        Assert.True(result.Fit.Error < 1e-4);
        Assert.True(result.TextIncluded);
        Assert.Empty(result.LeftOut);
        using var file = CheckpointFile.Open(result.Files[0].Path);
        Assert.Equal(("out", "sd_v1", "stable-diffusion-v1/lora"), (file.Metadata["ss_output_name"], file.Metadata["ss_base_model_version"], file.Metadata["modelspec.architecture"]));
        Assert.Equal("extracted from tuned.safetensors less model.safetensors", file.Metadata["ss_training_comment"]);
    }

    [Fact]
    public void Extract_ByARule_FindsTheRankThatIsThere()
    {
        using var scope = NewDisposeScope();
        var tuned = Tuned(new() { [ToolAdapters.Query] = Change(ToolAdapters.Query, 3), [ToolAdapters.Text] = Change(ToolAdapters.Text, 5) });

        var result = Extract(tuned, new() { Rank = RankChoice.Dynamic(RankMethod.Ratio, 1000), SaveType = TensorType.F32 });

        Assert.Equal([5, 3], result.Fit.Layers.Select(layer => layer.Rank!.Value));
    }

    [Fact]
    public void Extract_WhatAnAdapterDoesNotHold_IsToldAndMeasured()
    {
        using var scope = NewDisposeScope();
        var tuned = Tuned(new() { [ToolAdapters.Query] = Change(ToolAdapters.Query, 2), [ToolAdapters.Convolution] = Change(ToolAdapters.Convolution, 2), [ToolAdapters.Norm] = ones(32) });

        var without = Extract(tuned, new() { Rank = RankChoice.Fixed(2) });
        var with = Extract(tuned, new() { Rank = RankChoice.Fixed(2), ConvolutionRank = RankChoice.Fixed(2) });

        Assert.Equal(new[] { ToolAdapters.Norm.Path + ".weight", ToolAdapters.Convolution.Path + ".weight" }.Order(), without.LeftOut.Order());
        Assert.Equal([ToolAdapters.Norm.Path + ".weight"], with.LeftOut);
        Assert.Equal(Math.Sqrt(32), with.LeftOutNorm, 1e-3);
        Assert.False(with.TextIncluded);
        Assert.True(with.Unchanged > 0);
    }

    [Fact]
    public void Extract_ATextEncoderBelowTheThreshold_LeavesItOut()
    {
        using var scope = NewDisposeScope();
        var small = Change(ToolAdapters.Text, 2);
        var largest = small.abs().max().ToDouble();
        var tuned = Tuned(new() { [ToolAdapters.Query] = Change(ToolAdapters.Query, 2), [ToolAdapters.Text] = small });

        var without = Extract(tuned, new() { TextThreshold = largest * 1.1 });
        var with = Extract(tuned, new() { TextThreshold = largest * 0.9 });

        Assert.False(without.TextIncluded);
        Assert.Single(without.Fit.Layers);
        Assert.Contains(ToolAdapters.Text.Path + ".weight", without.LeftOut);
        Assert.True(with.TextIncluded);
        Assert.Equal(2, with.Fit.Layers.Count);
    }

    [Fact]
    public void Extract_Clamped_KeepsOutliersDownAndFitsWorse()
    {
        using var scope = NewDisposeScope();
        var tuned = Tuned(new() { [ToolAdapters.Query] = Change(ToolAdapters.Query, 4) });

        var plain = Extract(tuned, new() { Rank = RankChoice.Fixed(4), SaveType = TensorType.F32 });
        var clamped = Extract(tuned, new() { Rank = RankChoice.Fixed(4), SaveType = TensorType.F32, ClampQuantile = 0.9 });

        Assert.True(clamped.Fit.Error > 10 * plain.Fit.Error);
        Assert.InRange(clamped.Fit.Error, 0.001, 0.5);
    }

    [Fact]
    public void Extract_FromTheSameCheckpoint_IsRefused()
    {
        var refused = Assert.Throws<CheckpointFormatException>(() => Extract(ToolAdapters.Model, new()));

        Assert.Contains("no layer that an adapter could hold differs", refused.Message, StringComparison.Ordinal);
        Assert.Empty(_folder.Names);
    }

    [Fact]
    public void Extract_OfOtherShapes_NamesTheKey()
    {
        using var scope = NewDisposeScope();
        var path = _folder.File("tuned.safetensors");
        SafetensorsWriter.Write(path, new Dictionary<string, Tensor>
        {
            ["cond_stage_model.transformer.text_model.encoder.layers.0.self_attn.q_proj.weight"] = zeros(96, 96),
        });

        var refused = Assert.Throws<CheckpointFormatException>(() => Extract(path, new()));

        Assert.Contains("layers.0.self_attn.q_proj.weight' is [96, 96]", refused.Message, StringComparison.Ordinal);
    }

    private ExtractResult Extract(string tuned, ExtractOptions options) => LoraExtraction.Extract(tuned, ToolAdapters.Model, _folder.File("out.safetensors"), options, TimeProvider.System);

    private Tensor Change(ModuleName target, int rank)
    {
        var file = ToolAdapters.Write(_folder.File("change.safetensors"), _model, (target, ToolAdapters.LoRA(_model, target, rank, rank, seed: (ulong)rank)));
        return ToolAdapters.Differences(file, _model)[target];
    }

    /// <summary>The model with changed layers, in float32; those that do not change are there too.</summary>
    private string Tuned(Dictionary<ModuleName, Tensor> changes)
    {
        using var file = CheckpointFile.Open(ToolAdapters.Model);
        var layout = CheckpointLayout.Of(file.Tensors);
        var tensors = new Dictionary<string, Tensor>();
        foreach (var (component, keys) in new[] { (ModelComponent.UNet, layout.UNet), (ModelComponent.TextEncoder, layout.TextEncoder) })
        {
            foreach (var (name, key) in keys)
            {
                var module = new ModuleName(component, name.EndsWith(".weight", StringComparison.Ordinal) ? name[..^".weight".Length] : name + "?");
                tensors[key] = changes.TryGetValue(module, out var change) ? file.Read(key).to(float32) + change : file.Read(key);
            }
        }
        var path = _folder.File("tuned.safetensors");
        SafetensorsWriter.Write(path, tensors);
        return path;
    }
}
