using LoraBridge.Checkpoints;
using LoraBridge.Checkpoints.Naming;
using LoraBridge.Diffusion.Models;
using LoraBridge.Diffusion.Text;
using LoraBridge.Lora;
using LoraBridge.Lora.Formats;
using LoraBridge.Lora.Tools;
using LoraBridge.Tests.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Lora.Tools;

public sealed class LoraBakingTests : IDisposable
{
    private static readonly BakeOptions s_exact = new() { SaveType = TensorType.F32 };

    private readonly TemporaryFolder _folder = new();
    private readonly BaseCheckpoint _model = BaseCheckpoint.Open(ToolAdapters.Model);

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Bake_ABlend_AtWeightOneDoesWhatTheBlendDoesLive()
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var model = StableDiffusionModel.Load(ToolAdapters.Model, new() { ComputeType = ComputeType.Float32 });
        using var file = CheckpointFile.Open(Path.Combine(Path.GetDirectoryName(ToolAdapters.Model)!, "lora-out.safetensors"));
        var (x, t, context) = (file.Read("x"), file.Read("t"), file.Read("base_context"));
        var ids = full([1, 77], 320, dtype: int64);
        var blocks = new BlockWeights { Inputs = [1, 0.5, 1, 1, 2], Outputs = [1, 0] };

        var result = Bake([new(ToolAdapters.Linear, 0.8, 0.5, blocks), new(ToolAdapters.Locon, -0.4)], s_exact);

        using var mixer = new LoraMixer(model);
        using var linear = LoraNetwork.Load(ToolAdapters.Linear, mixer.Layers);
        using var locon = LoraNetwork.Load(ToolAdapters.Locon, mixer.Layers);
        using var baked = LoraNetwork.Load(result.Files[0].Path, mixer.Layers);
        mixer.Set([new([new(linear, new LoraTag("a", 0.5, 0.8, null) { Blocks = blocks }), new(locon, new LoraTag("b", -0.4, -0.4, null))])], LoraPlacement.Live);
        var (expected, expectedText) = (model.UNet.call(x, t, context), model.TextEncoder.call(ids, 1));
        mixer.Set([new([new(baked, new LoraTag("c", 1, 1, null))])], LoraPlacement.Live);
        TensorAssert.Close(expected, model.UNet.call(x, t, context), 2e-5, "UNet");
        TensorAssert.Close(expectedText, model.TextEncoder.call(ids, 1), 2e-5, "text encoder");
        mixer.Clear();
        Assert.True(TensorAssert.MaxDifference(expected, model.UNet.call(x, t, context)) > 0.01);
    }

    [Fact]
    public void Bake_Exactly_PutsRanksSideBySideAtScaleOne()
    {
        var result = Bake([new(ToolAdapters.Linear, 0.8), new(ToolAdapters.Locon, -0.4)], s_exact);

        var both = result.Fit.Layers.Single(layer => layer.Layer.EndsWith("down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q", StringComparison.Ordinal));
        Assert.Equal((8L, 8L), (both.RankBefore, both.Rank));
        Assert.True(result.Fit.Error < 1e-6, $"{result.Fit.Error}");
        using var file = CheckpointFile.Open(result.Files[0].Path);
        foreach (var alpha in file.Tensors.Keys.Where(key => key.EndsWith(".alpha", StringComparison.Ordinal)))
            Assert.Equal(file.Tensors[alpha.Replace(".alpha", ".lora_down.weight", StringComparison.Ordinal)].Shape[0], file.Read(alpha).ToDouble());
        Assert.Equal("lora-linear, lora-locon", file.Metadata["modelspec.merged_from"]);
        Assert.Equal("sd_v1", file.Metadata["ss_base_model_version"]);
        Assert.Equal("baked", file.Metadata["ss_output_name"]);
        Assert.Equal("2026-11-22T00:00:00", file.Metadata["modelspec.date"]);
        Assert.Equal(CheckpointHashes.Lora(SafetensorsFile.Open(ToolAdapters.Linear)).Model, System.Text.Json.JsonDocument.Parse(file.Metadata["lorabridge_merged_from"]).RootElement[0].GetProperty("hash").GetString());
    }

    [Fact]
    public void Bake_InHalfPrecision_SaysWhatRoundingCosts()
    {
        using var scope = NewDisposeScope();
        var exact = ToolAdapters.Differences(Bake(Two(), s_exact, "exact").Files[0].Path, _model);

        var result = Bake(Two(), new());

        Assert.InRange(result.Fit.Error, 1e-5, 1e-3);
        Assert.Equal(ToolAdapters.Error(exact, ToolAdapters.Differences(result.Files[0].Path, _model)), result.Fit.Error, 1e-6);
    }

    [Fact]
    public void Bake_AtARank_IsTheBestOfThatRankAndSaysTheError()
    {
        using var scope = NewDisposeScope();
        var exact = ToolAdapters.Differences(Bake(Two(), s_exact, "exact").Files[0].Path, _model);

        var result = Bake(Two(), s_exact with { Rank = RankChoice.Fixed(3), ConvolutionRank = RankChoice.Fixed(2) });

        var baked = ToolAdapters.Differences(result.Files[0].Path, _model);
        Assert.Equal(ToolAdapters.Error(exact, baked), result.Fit.Error, 1e-5);
        Assert.Equal([3, 3, 2], result.Fit.Layers.OrderByDescending(layer => layer.Rank).Select(layer => layer.Rank!.Value));
        var values = SingularFactors.Of(exact[ToolAdapters.Query].to(float64)).Values;
        var least = Math.Sqrt(values.Skip(3).Sum(value => value * value) / values.Sum(value => value * value));
        Assert.Equal(least, result.Fit.Layers.Single(layer => layer.Layer == _model.Layers.Names.Stem(ToolAdapters.Query)).Error, 1e-6);
        using var file = CheckpointFile.Open(result.Files[0].Path);
        Assert.Equal(("3", """{"conv_dim": "2", "conv_alpha": "2"}"""), (file.Metadata["ss_network_dim"], file.Metadata["ss_network_args"]));
    }

    [Fact]
    public void Bake_MoreRanksThanALayerHas_StaysExactAtTheLayersOwn()
    {
        using var scope = NewDisposeScope();
        var wide = Write("wide", (ToolAdapters.Query, ToolAdapters.LoRA(_model, ToolAdapters.Query, 24, 24)));

        var result = Bake([new(wide), new(wide, 0.5)], s_exact);

        Assert.Equal((48L, 32L), (result.Fit.Layers[0].RankBefore, result.Fit.Layers[0].Rank));
        Assert.True(result.Fit.Error < 1e-6);
        TensorAssert.Close(ToolAdapters.Differences(wide, _model)[ToolAdapters.Query] * 1.5f, ToolAdapters.Differences(result.Files[0].Path, _model)[ToolAdapters.Query], 1e-5);
    }

    [Fact]
    public void Bake_WhatHasNoRanks_IsWrittenWholeOrAtTheRankAskedFor()
    {
        using var scope = NewDisposeScope();
        var loha = Write("loha", (ToolAdapters.Query, ToolAdapters.LoHa(_model, ToolAdapters.Query, 8)));
        var lora = Write("lora", (ToolAdapters.Query, ToolAdapters.LoRA(_model, ToolAdapters.Query, 2, 1)));
        var expected = ToolAdapters.Differences(loha, _model)[ToolAdapters.Query] + ToolAdapters.Differences(lora, _model)[ToolAdapters.Query] * 0.5f;

        var whole = Bake([new(loha), new(lora, 0.5)], s_exact, "whole");
        var thin = Bake([new(loha), new(lora, 0.5)], s_exact with { Rank = RankChoice.Fixed(16) }, "thin");

        Assert.Null(whole.Fit.Layers[0].Rank);
        TensorAssert.Close(expected, ToolAdapters.Differences(whole.Files[0].Path, _model)[ToolAdapters.Query], 1e-6);
        Assert.Equal(16, thin.Fit.Layers[0].Rank);
        Assert.Equal((expected - ToolAdapters.Differences(thin.Files[0].Path, _model)[ToolAdapters.Query]).norm().ToDouble() / expected.norm().ToDouble(), thin.Fit.Error, 1e-5);
    }

    [Fact]
    public void Bake_NormsAndBiases_GoAlong()
    {
        using var scope = NewDisposeScope();
        var file = Write("norm",
            (ToolAdapters.Norm, new() { [TensorKind.NormWeight] = ToolAdapters.Own(full([32], 0.25f)), [TensorKind.NormBias] = ToolAdapters.Own(full([32], -1f)) }),
            (ToolAdapters.Convolution, new(ToolAdapters.LoRA(_model, ToolAdapters.Convolution, 2, 2)) { [TensorKind.DifferenceOfBias] = ToolAdapters.Own(ones(64)) }));

        var result = Bake([new(file, 0.5)], s_exact with { Rank = RankChoice.Fixed(2) });

        using var baked = LoraFile.Open(result.Files[0].Path, _model.Layers);
        var norm = baked.Modules.Single(module => module.Target == ToolAdapters.Norm);
        TensorAssert.Close(full([32], 0.125f), norm.WeightDifference(zeros(32)));
        TensorAssert.Close(full([32], -0.5f), norm.BiasDifference()!);
        var convolution = baked.Modules.Single(module => module.Target == ToolAdapters.Convolution);
        Assert.Equal(2, convolution.Rank);
        TensorAssert.Close(full([64], 0.5f), convolution.BiasDifference()!);
        TensorAssert.Close(ToolAdapters.Differences(file, _model)[ToolAdapters.Convolution] * 0.5f, convolution.WeightDifference(zeros(64, 32, 3, 3)), 1e-6);
    }

    [Fact]
    public void Bake_WhatDependsOnTheCheckpoint_NeedsIt()
    {
        using var scope = NewDisposeScope();
        var dora = Write("dora", (ToolAdapters.Query, new(ToolAdapters.LoRA(_model, ToolAdapters.Query, 2, 2)) { [TensorKind.DoraScale] = ToolAdapters.Own(full([32, 1], 2f)) }));

        var result = Bake([new(dora, 0.5)], s_exact);

        TensorAssert.Close(ToolAdapters.Differences(dora, _model)[ToolAdapters.Query] * 0.5f, ToolAdapters.Differences(result.Files[0].Path, _model)[ToolAdapters.Query], 1e-6);
        var refused = Assert.Throws<LoraMismatchException>(() => LoraBaking.Bake([new(WriteIa3OfAnotherModel())], _folder.File("x.safetensors"), s_exact, null, TimeProvider.System));
        Assert.Contains("--base FILE", refused.Message, StringComparison.Ordinal);
        Assert.Contains("IA3", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("x.safetensors", _folder.Names);
    }

    [Fact]
    public void Bake_WithoutACheckpoint_TakesTheSizesThatTheFactorsTell()
    {
        using var scope = NewDisposeScope();
        var loha = Write("loha", (ToolAdapters.Convolution, ToolAdapters.LoHa(_model, ToolAdapters.Convolution, 2)), (ToolAdapters.Norm, new() { [TensorKind.NormWeight] = ToolAdapters.Own(full([32], 0.25f)) }));
        BakeInput[] inputs = [new(ToolAdapters.Linear, 0.8, 0.5), new(ToolAdapters.Locon, -0.4), new(loha)];

        LoraBaking.Bake(inputs, _folder.File("without.safetensors"), s_exact with { Name = "x" }, null, TimeProvider.System);
        LoraBaking.Bake(inputs, _folder.File("with.safetensors"), s_exact with { Name = "x" }, _model, TimeProvider.System);

        using var without = CheckpointFile.Open(_folder.File("without.safetensors"));
        using var with = CheckpointFile.Open(_folder.File("with.safetensors"));
        Assert.Equal(with.Tensors.Keys.Order(StringComparer.Ordinal), without.Tensors.Keys.Order(StringComparer.Ordinal));
        foreach (var key in with.Tensors.Keys) Assert.True(with.Read(key).equal(without.Read(key)).all().ToBoolean(), key);
    }

    [Fact]
    public void Bake_AdaptersOfDifferentSizesWithoutACheckpoint_NamesBoth()
    {
        using var scope = NewDisposeScope();
        const string Layer = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q";
        var wide = _folder.File("wide.safetensors");
        SafetensorsWriter.Write(wide, new Dictionary<string, Tensor> { [Layer + ".lora_down.weight"] = zeros(1, 320), [Layer + ".lora_up.weight"] = zeros(320, 1) });

        var refused = Assert.Throws<LoraMismatchException>(() => LoraBaking.Bake([new(ToolAdapters.Linear), new(wide)], _folder.File("x.safetensors"), s_exact, null, TimeProvider.System));

        Assert.Contains("[320, 320]", refused.Message, StringComparison.Ordinal);
        Assert.Contains("lora-linear.safetensors that layer is [32, 32]", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bake_Nothing_IsRefused()
    {
        Assert.Contains("nothing to bake", Assert.Throws<ArgumentException>(() => Bake([], s_exact)).Message, StringComparison.Ordinal);
        Assert.Contains("Every weight is 0", Assert.Throws<ArgumentException>(() => Bake([new(ToolAdapters.Linear, 0, 0)], s_exact)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bake_ValuesTooLargeForTheType_IsRefusedWithTheCure()
    {
        using var scope = NewDisposeScope();
        var large = Write("large", (ToolAdapters.Norm, new() { [TensorKind.NormWeight] = ToolAdapters.Own(full([32], 60000f)) }));

        var refused = Assert.Throws<ArgumentException>(() => Bake([new(large, 2)], new()));

        Assert.Contains("save as bfloat16 or float32", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bake_AFileWithNaN_IsRefused()
    {
        using var scope = NewDisposeScope();
        using var file = CheckpointFile.Open(ToolAdapters.Linear);
        var tensors = file.Tensors.Keys.ToDictionary(key => key, key => file.Read(key));
        var broken = tensors.Keys.First(key => key.EndsWith("lora_up.weight", StringComparison.Ordinal));
        tensors[broken] = tensors[broken] * float.NaN;
        SafetensorsWriter.Write(_folder.File("nan.safetensors"), tensors);

        var refused = Assert.Throws<LoraMismatchException>(() => Bake([new(ToolAdapters.Linear), new(_folder.File("nan.safetensors"))], s_exact));

        Assert.Equal(broken, refused.Key);
    }

    private BakeInput[] Two() =>
    [
        new(Write("one", (ToolAdapters.Query, ToolAdapters.LoRA(_model, ToolAdapters.Query, 4, 2)), (ToolAdapters.Convolution, ToolAdapters.LoRA(_model, ToolAdapters.Convolution, 3, 1))), 0.8),
        new(Write("two", (ToolAdapters.Query, ToolAdapters.LoRA(_model, ToolAdapters.Query, 2, 2, seed: 2)), (ToolAdapters.Text, ToolAdapters.LoRA(_model, ToolAdapters.Text, 4, 4, seed: 3))), -0.4, 0.3),
    ];

    private string Write(string name, params (ModuleName Target, Dictionary<string, Tensor> Tensors)[] modules) =>
        ToolAdapters.Write(_folder.File($"{name}.safetensors"), _model, modules);

    private BakeResult Bake(IReadOnlyList<BakeInput> inputs, BakeOptions options, string name = "baked") =>
        LoraBaking.Bake(inputs, _folder.File($"{name}.safetensors"), options, _model, new FixedTime());

    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 11, 22, 0, 0, 0, TimeSpan.Zero);
    }

    private string WriteIa3OfAnotherModel()
    {
        SafetensorsWriter.Write(_folder.File("ia3.safetensors"), new Dictionary<string, Tensor>
        {
            ["lora_te_text_model_encoder_layers_0_self_attn_k_proj.weight"] = ones(768),
            ["lora_te_text_model_encoder_layers_0_self_attn_k_proj.on_input"] = tensor(0f),
        });
        return _folder.File("ia3.safetensors");
    }
}
