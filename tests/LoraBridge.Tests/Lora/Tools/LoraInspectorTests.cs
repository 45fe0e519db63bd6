using LoraBridge.Checkpoints;
using LoraBridge.Checkpoints.Naming;
using LoraBridge.Lora.Formats;
using LoraBridge.Lora.Tools;
using LoraBridge.Tests.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Lora.Tools;

public sealed class LoraInspectorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly BaseCheckpoint _model = BaseCheckpoint.Open(ToolAdapters.Model);

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Inspect_AnAdapterWithItsCheckpoint_MeasuresEveryLayer()
    {
        using var scope = NewDisposeScope();
        var path = Write((ToolAdapters.Query, ToolAdapters.LoRA(_model, ToolAdapters.Query, 4, 2)), (ToolAdapters.Text, ToolAdapters.LoRA(_model, ToolAdapters.Text, 4, 4, seed: 2)));
        var differences = ToolAdapters.Differences(path, _model);

        var inspection = LoraInspector.Inspect(path, _model);

        var query = inspection.Layers.Single(layer => layer.Component == "UNet");
        var norm = differences[ToolAdapters.Query].norm().ToDouble();
        Assert.Equal(("IN01", "LoRA", 4L, 0.5), (query.Block, query.Algorithm, query.Rank, query.Scale));
        Assert.Equal(norm, query.Norm!.Value, 1e-5);
        Assert.Equal(norm / _model.Weight(ToolAdapters.Query).norm().ToDouble(), query.RelativeNorm!.Value, 1e-6);
        Assert.Equal(4, query.Spectrum!.Used);
        Assert.InRange(query.Spectrum.Effective, 2, 4);
        Assert.InRange(query.UpNorm!.Value, 0.1, 10);
        Assert.Equal(["TE00", "IN01"], inspection.Blocks.Select(block => block.Name));
        Assert.Equal(["TextEncoder", "UNet"], inspection.Components.Select(part => part.Name));
        Assert.Equal(1, inspection.Components.Sum(part => part.Share), 1e-12);
        Assert.Equal(norm, inspection.Blocks[1].Norm, 1e-5);
        Assert.Equal((Verdict.Works, "It works: all 2 layers are changed."), (inspection.Verdict, inspection.Conclusion));
        Assert.Equal(HashState.Verified, inspection.HashState);
        Assert.Equal(new FileInfo(path).Length, inspection.Bytes);
    }

    [Fact]
    public void Inspect_TheGoldenAdapter_SaysWhatItIs()
    {
        var inspection = LoraInspector.Inspect(ToolAdapters.Linear, _model);

        Assert.Equal(210, inspection.Layers.Count);
        Assert.Equal("Stable Diffusion 1, text width 64 (the file says sd_v1)", inspection.Family);
        Assert.Equal(HashState.Absent, inspection.HashState);
        Assert.Equal(64, inspection.Hashes!.Model.Length);
        Assert.Equal("networks.lora, rank 4, alpha 2.0", inspection.Training.Facts.Single(fact => fact.Key == "network").Value);
        Assert.Equal(["TE00", "TE01", "TE02", "IN01", "IN02", "IN04", "IN05", "IN07", "IN08", "MID", "OUT03"], inspection.Blocks.Select(block => block.Name).Take(11));
        Assert.Equal(Verdict.Works, inspection.Verdict);
    }

    [Fact]
    public void Inspect_UntrainedLayers_AreNamed()
    {
        using var scope = NewDisposeScope();
        var last = new ModuleName(ModelComponent.TextEncoder, "text_model.encoder.layers.2.mlp.fc1");
        var untrained = new Dictionary<string, Tensor>(ToolAdapters.LoRA(_model, last, 2, 2));
        untrained[TensorKind.Up].zero_();

        var some = LoraInspector.Inspect(Write((ToolAdapters.Query, ToolAdapters.LoRA(_model, ToolAdapters.Query, 4, 2)), (last, untrained)), _model);

        Assert.Equal(Verdict.WorksInPart, some.Verdict);
        Assert.Equal("It works, but 1 of 2 layers change nothing (all of TE02; the text encoder's last layers stay untrained with clip skip 2).", some.Conclusion);
        Assert.True(some.Layers.Single(layer => layer.Component == "TextEncoder").IsZero);
        Assert.Equal(0, some.Layers.Single(layer => layer.Component == "TextEncoder").Spectrum!.Used);
    }

    [Fact]
    public void Inspect_AnUntrainedOrFaintOrDamagedFile_SaysSo()
    {
        using var scope = NewDisposeScope();

        Assert.Equal(Verdict.DoesNothing, VerdictAfter(factors => factors[TensorKind.Up].zero_()));
        Assert.Equal(Verdict.Faint, VerdictAfter(factors => factors[TensorKind.Up].mul_(1e-6)));
        Assert.Equal(Verdict.Works, VerdictAfter(factors => factors[TensorKind.Up].mul_(1)));

        using var file = CheckpointFile.Open(Write((ToolAdapters.Query, ToolAdapters.LoRA(_model, ToolAdapters.Query, 4, 2))));
        var tensors = file.Tensors.Keys.ToDictionary(key => key, key => key.EndsWith("up.weight", StringComparison.Ordinal) ? file.Read(key) / 0 : file.Read(key));
        SafetensorsWriter.Write(_folder.File("nan.safetensors"), tensors);
        var damaged = LoraInspector.Inspect(_folder.File("nan.safetensors"), _model);
        Assert.Equal(Verdict.Damaged, damaged.Verdict);
        Assert.StartsWith("It is damaged: all 1 layers hold NaN", damaged.Conclusion, StringComparison.Ordinal);
        Assert.False(damaged.Layers[0].IsFinite);

        Verdict VerdictAfter(Action<Dictionary<string, Tensor>> change)
        {
            var factors = ToolAdapters.LoRA(_model, ToolAdapters.Query, 4, 2);
            change(factors);
            return LoraInspector.Inspect(Write((ToolAdapters.Query, factors)), _model).Verdict;
        }
    }

    [Fact]
    public void Inspect_UnusedRanks_SuggestsAResize()
    {
        using var scope = NewDisposeScope();
        var factors = ToolAdapters.LoRA(_model, ToolAdapters.Query, 8, 8);
        factors[TensorKind.Up].narrow(1, 3, 5).mul_(1e-4);

        var inspection = LoraInspector.Inspect(Write((ToolAdapters.Query, factors)), _model);

        Assert.Equal(3, inspection.Layers[0].Spectrum!.Used);
        Assert.Contains("it can be resized to 3", Assert.Single(inspection.Advice), StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_OddAlphas_AreTold()
    {
        using var scope = NewDisposeScope();
        var stem = _model.Layers.Names.Stem(ToolAdapters.Query);
        SafetensorsWriter.Write(_folder.File("odd.safetensors"), new Dictionary<string, Tensor>
        {
            [$"{stem}.lora_down.weight"] = ones(2, 32),
            [$"{stem}.lora_up.weight"] = ones(32, 2),
            [$"{stem}.alpha"] = tensor(new long[] { 16 }),
        });

        var inspection = LoraInspector.Inspect(_folder.File("odd.safetensors"), _model);

        Assert.Equal(3, inspection.Layers[0].Notes.Count);
        Assert.Contains(inspection.Advice, advice => advice.Contains("alpha is of shape [1]", StringComparison.Ordinal));
        Assert.Contains(inspection.Advice, advice => advice.Contains("scale of 8 is unusual", StringComparison.Ordinal));
    }

    [Fact]
    public void Inspect_AWrongHash_IsAMismatch()
    {
        using var scope = NewDisposeScope();
        using (var file = CheckpointFile.Open(Write((ToolAdapters.Query, ToolAdapters.LoRA(_model, ToolAdapters.Query, 4, 2)))))
        {
            SafetensorsWriter.Write(_folder.File("wrong.safetensors"), file.Tensors.Keys.ToDictionary(key => key, key => file.Read(key)), new Dictionary<string, string> { ["sshs_model_hash"] = new('0', 64) });
        }

        var inspection = LoraInspector.Inspect(_folder.File("wrong.safetensors"), _model);

        Assert.Equal(HashState.Mismatch, inspection.HashState);
        Assert.Contains(inspection.Advice, advice => advice.Contains("hash", StringComparison.Ordinal));
    }

    [Fact]
    public void Inspect_WhatDependsOnTheCheckpoint_IsMeasuredWithIt()
    {
        using var scope = NewDisposeScope();
        SafetensorsWriter.Write(_folder.File("ia3.safetensors"), new Dictionary<string, Tensor>
        {
            ["lora_te_text_model_encoder_layers_0_self_attn_k_proj.weight"] = ones(768),
            ["lora_te_text_model_encoder_layers_0_self_attn_k_proj.on_input"] = tensor(0f),
        });
        var dora = Write((ToolAdapters.Query, new(ToolAdapters.LoRA(_model, ToolAdapters.Query, 2, 2)) { [TensorKind.DoraScale] = ToolAdapters.Own(full([32, 1], 2f)) }));

        var without = LoraInspector.Inspect(_folder.File("ia3.safetensors"));
        var with = LoraInspector.Inspect(dora, _model);

        Assert.Null(without.Layers[0].Norm);
        Assert.Contains("depends on the checkpoint", without.Layers[0].Notes[0], StringComparison.Ordinal);
        Assert.Equal(Verdict.Works, without.Verdict);
        Assert.Equal(ToolAdapters.Differences(dora, _model)[ToolAdapters.Query].norm().ToDouble(), with.Layers[0].Norm!.Value, 1e-4);
        Assert.NotNull(with.Layers[0].Spectrum);
    }

    [Theory]
    [InlineData(ModelComponent.UNet, "input_blocks.11.0.in_layers.2", "IN11")]
    [InlineData(ModelComponent.UNet, "middle_block.1.proj_in", "MID")]
    [InlineData(ModelComponent.UNet, "output_blocks.3.1.proj_in", "OUT03")]
    [InlineData(ModelComponent.UNet, "time_embed.0", "BASE")]
    [InlineData(ModelComponent.TextEncoder, "text_model.encoder.layers.11.mlp.fc2", "TE11")]
    [InlineData(ModelComponent.TextEncoder, "text_model.encoder.layers.3.layer_norm1", "TE03")]
    [InlineData(ModelComponent.TextEncoder, "text_model.final_layer_norm", "BASE")]
    public void BlockOf_ALayer_IsThatOfBlockWeights(ModelComponent component, string path, string block) => Assert.Equal(block, LayerInspector.BlockOf(new(component, path)));

    private string Write(params (ModuleName Target, Dictionary<string, Tensor> Tensors)[] modules) => ToolAdapters.Write(_folder.File("in.safetensors"), _model, modules);
}
