using System.Text.Json;
using LoraBridge.Checkpoints;
using LoraBridge.Checkpoints.Naming;
using LoraBridge.Lora;
using LoraBridge.Lora.Algorithms;
using LoraBridge.Tests.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Lora;

public sealed class LoraFileTests : IDisposable
{
    private static readonly Dictionary<string, Func<Dictionary<string, Tensor>>> s_algorithms = new()
    {
        ["LoRA"] = () => Keys(TinyAdapters.Linear, ("lora_down.weight", 4, 64), ("lora_up.weight", 32, 4)),
        ["pointwise"] = () => Keys4(TinyAdapters.Pointwise, ("lora_down.weight", [4, 32, 1, 1]), ("lora_up.weight", [32, 4, 1, 1])),
        ["LoCon"] = () => Keys4(TinyAdapters.Convolution, ("lora_down.weight", [4, 32, 3, 3]), ("lora_up.weight", [64, 4, 1, 1])),
        ["CP"] = () => Keys4(TinyAdapters.Convolution, ("lora_down.weight", [4, 32, 1, 1]), ("lora_up.weight", [64, 4, 1, 1]), ("lora_mid.weight", [4, 4, 3, 3])),
        ["bias"] = () => Keys4(TinyAdapters.Linear, ("lora_down.weight", [4, 64]), ("lora_up.weight", [32, 4]), ("lora_up.bias", [32])),
        ["DoRA rows"] = () => Keys(TinyAdapters.Linear, ("lora_down.weight", 4, 64), ("lora_up.weight", 32, 4), ("dora_scale", 32, 1)),
        ["DoRA columns"] = () => Keys(TinyAdapters.Linear, ("lora_down.weight", 4, 64), ("lora_up.weight", 32, 4), ("dora_scale", 1, 64)),
        ["DoRA convolution"] = () => Keys4(TinyAdapters.Convolution, ("lora_down.weight", [4, 32, 3, 3]), ("lora_up.weight", [64, 4, 1, 1]), ("dora_scale", [64, 1, 1, 1])),
        ["LoHa"] = () => Keys(TinyAdapters.Linear, ("hada_w1_a", 32, 3), ("hada_w1_b", 3, 64), ("hada_w2_a", 32, 3), ("hada_w2_b", 3, 64)),
        ["LoHa Tucker"] = () => Keys4(TinyAdapters.Convolution, ("hada_w1_a", [2, 64]), ("hada_w1_b", [2, 32]), ("hada_w2_a", [2, 64]), ("hada_w2_b", [2, 32]), ("hada_t1", [2, 2, 3, 3]), ("hada_t2", [2, 2, 3, 3])),
        ["LoKr"] = () => Keys(TinyAdapters.Linear, ("lokr_w1", 4, 8), ("lokr_w2_a", 8, 2), ("lokr_w2_b", 2, 8)),
        ["LoKr whole"] = () => Keys4(TinyAdapters.Convolution, ("lokr_w1", [8, 4]), ("lokr_w2", [8, 8, 3, 3])),
        ["IA3"] = () => Keys4(TinyAdapters.Linear, ("weight", [32]), ("on_input", [])),
        ["Full"] = () => Keys4(TinyAdapters.Linear, ("diff", [32, 64]), ("diff_b", [32])),
        ["Norm"] = () => Keys4(TinyAdapters.Norm, ("w_norm", [32]), ("b_norm", [32])),
        ["Set"] = () => Keys(TinyAdapters.Linear, ("set_weight", 32, 64)),
        ["GLoRA"] = () => Keys(TinyAdapters.Linear, ("a1.weight", 64, 4), ("a2.weight", 4, 64), ("b1.weight", 32, 4), ("b2.weight", 4, 64)),
        ["OFT"] = () => Keys4(TinyAdapters.Linear, ("oft_blocks", [4, 8, 8]), ("rescale", [32, 1])),
        ["BOFT"] = () => Keys4(TinyAdapters.Linear, ("oft_blocks", [2, 8, 4, 4])),
    };

    private readonly TinyAdapters _adapters = new();

    public void Dispose() => _adapters.Dispose();

    public static TheoryData<string> Algorithms => [.. s_algorithms.Keys];

    public static TheoryData<string, LoraLayout> DiffusersAlgorithms
    {
        get
        {
            var data = new TheoryData<string, LoraLayout>();
            foreach (var name in s_algorithms.Keys)
            {
                data.Add(name, LoraLayout.Diffusers);
                data.Add(name, LoraLayout.Peft);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Save_KohyaInItsOwnType_IsTheSameFileBitForBit(string algorithm)
    {
        foreach (var (type, name) in new[] { (ScalarType.Float16, TensorType.F16), (ScalarType.Float32, TensorType.F32), (ScalarType.BFloat16, TensorType.BF16) })
        {
            var keys = s_algorithms[algorithm]().ToDictionary(pair => pair.Key, pair => pair.Value.to(type));
            var metadata = new Dictionary<string, string> { ["ss_network_dim"] = "4", ["modelspec.title"] = "x" };
            var original = _adapters.Read(keys, metadata);

            var saved = Assert.Single(original.Save(_adapters.File("again.safetensors"), new() { Type = name }));

            Assert.Equal(SafetensorsWriter.ComputeHashes(keys, metadata), saved.Hashes);
            using var again = SafetensorsFile.Open(saved.Path);
            Assert.Equal(saved.Hashes, CheckpointHashes.Lora(again));
            Assert.Equal((saved.Hashes.Model, saved.Hashes.Legacy), (again.Metadata["sshs_model_hash"], again.Metadata["sshs_legacy_hash"]));
            Assert.Equal(["modelspec.title", "ss_network_dim", "sshs_legacy_hash", "sshs_model_hash"], again.Metadata.Keys.Order(StringComparer.Ordinal));
            Assert.Equal(keys.Keys.Order(StringComparer.Ordinal), again.Tensors.Keys.Order(StringComparer.Ordinal));
            foreach (var (key, tensor) in keys) TensorAssert.Same(tensor, again.Read(key), key);
            SameDifferences(original, _adapters.Open(saved.Path), 0);
        }
    }

    [Theory]
    [MemberData(nameof(DiffusersAlgorithms))]
    public void Save_DiffusersOrPeft_IsTheSameAdapterOrSaysThatItCannotBe(string algorithm, LoraLayout layout)
    {
        var original = _adapters.Read(s_algorithms[algorithm]());
        var path = _adapters.File("other");
        var options = new LoraSaveOptions { Layout = layout, Type = TensorType.F32 };
        if (algorithm is not ("LoRA" or "pointwise" or "LoCon" or "bias" or "DoRA rows" or "DoRA convolution"))
        {
            var error = Assert.Throws<LoraMismatchException>(() => original.Save(path, options));
            Assert.Contains("diffusers and PEFT cannot express", error.Message);
            Assert.False(Path.Exists(path));
            return;
        }

        var saved = Assert.Single(original.Save(path, options));

        var again = _adapters.Open(path);
        Assert.Empty(again.Report.UnmatchedKeys);
        Assert.Equal(layout == LoraLayout.Peft, !again.Report.Warnings.Any(text => text.Contains("scale is taken to be 1")));
        SameDifferences(original, again, 1e-6);
        using var file = SafetensorsFile.Open(saved.Path);
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal(saved.Hashes, CheckpointHashes.Lora(file));
    }

    [Fact]
    public void Save_Diffusers_MultipliesTheScaleIntoB()
    {
        var original = _adapters.Read(s_algorithms["LoRA"]());           // alpha 2, rank 4
        original.Save(_adapters.File("d.safetensors"), new() { Layout = LoraLayout.Diffusers, Type = TensorType.F32 });

        using var file = SafetensorsFile.Open(_adapters.File("d.safetensors"));
        Assert.Equal(["unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.lora_A.weight", "unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.lora_B.weight"], file.Tensors.Keys);
        TensorAssert.Same(original.Modules[0].Tensors["lora_up.weight"] * 0.5, file.Read(file.Tensors.Keys.Last()));
    }

    [Fact]
    public void Save_Peft_WritesSettingsInOrder()
    {
        var keys = s_algorithms["LoRA"]();
        foreach (var (key, tensor) in TinyAdapters.Keys(TinyAdapters.Square, ("lora_down.weight", TinyAdapters.Random(1, 4, 32)), ("lora_up.weight", TinyAdapters.Random(2, 32, 4)), ("alpha", TinyAdapters.Number(2)))) keys[key] = tensor;
        foreach (var (key, tensor) in TinyAdapters.Keys(TinyAdapters.Pointwise, ("lora_down.weight", TinyAdapters.Random(1, 8, 32, 1, 1)), ("lora_up.weight", TinyAdapters.Random(2, 32, 8, 1, 1)), ("alpha", TinyAdapters.Number(1.5)))) keys[key] = tensor;
        foreach (var (key, tensor) in TinyAdapters.Keys(TinyAdapters.Text, ("lora_down.weight", TinyAdapters.Random(1, 2, 64)), ("lora_up.weight", TinyAdapters.Random(2, 256, 2)))) keys[key] = tensor;
        var original = _adapters.Read(keys);

        var saved = original.Save(_adapters.File("peft"), new() { Layout = LoraLayout.Peft, Type = TensorType.F32 });

        Assert.Equal(2, saved.Count);
        var text = File.ReadAllText(_adapters.File("peft/unet/adapter_config.json"));
        Assert.StartsWith("{\n  \"alpha_pattern\": {\n    \"down_blocks.0.attentions.0.proj_in\": 1.5\n  },\n  \"base_model_name_or_path\": null,\n  \"bias\": \"none\",\n", text);
        var config = JsonDocument.Parse(text).RootElement;
        Assert.Equal(config.EnumerateObject().Select(row => row.Name).Order(StringComparer.Ordinal), config.EnumerateObject().Select(row => row.Name));
        Assert.Equal((4, 2, "LORA"), (config.GetProperty("r").GetInt32(), config.GetProperty("lora_alpha").GetInt32(), config.GetProperty("peft_type").GetString()));
        Assert.Equal(8, config.GetProperty("rank_pattern").GetProperty("down_blocks.0.attentions.0.proj_in").GetInt32());
        Assert.Equal(3, config.GetProperty("target_modules").GetArrayLength());
        SameDifferences(original, _adapters.Open(_adapters.File("peft")), 1e-6);
        Assert.Equal(2, JsonDocument.Parse(File.ReadAllText(_adapters.File("peft/text_encoder/adapter_config.json"))).RootElement.GetProperty("lora_alpha").GetInt32());
    }

    [Fact]
    public void Save_RankThirtyTwoOfStableDiffusion1_HasTheSizesOfVectorD()
    {
        using var scope = NewDisposeScope();
        var modules = DefaultTargets.Of(StableDiffusion15.UNet, StableDiffusion15.TextEncoder)
            .Select(target => (LoraModule)new LowRankModule(target.Module, zeros([32, .. target.Shape[1..]], dtype: float16), zeros([target.Shape[0], 32, .. target.Shape[2..].Select(_ => 1L)], dtype: float16), null, 0.5)).ToList();
        using var file = LoraFile.Of(ModelLayers.Sd15, modules);

        var saved = Assert.Single(file.Save(_adapters.File("d.safetensors")));

        using var written = SafetensorsFile.Open(saved.Path);
        var bare = SafetensorsLayout.Of(written.Tensors.Values.Select(entry => (entry.Name, entry.Type, entry.Shape)), null);
        Assert.Equal((792, 37_749_264L, 37_861_176L, 111_904 + 8), (written.Tensors.Count, written.DataLength, bare.FileLength, bare.Header.Length));
        Assert.Equal((192, 72), (file.Report.UNetModules, file.Report.TextModules));
        Assert.All(written.Tensors.Values.Where(entry => entry.Name.EndsWith(".alpha", StringComparison.Ordinal)), entry => Assert.Equal((TensorType.F16, 0), (entry.Type, entry.Shape.Count)));
    }

    [Theory]
    [InlineData(16, TensorType.F16, TensorType.F16)]
    [InlineData(0.0003, TensorType.F16, TensorType.F32)]         // F16 would round it
    [InlineData(2049, TensorType.F16, TensorType.F32)]
    [InlineData(1.5, TensorType.BF16, TensorType.BF16)]
    [InlineData(1.01, TensorType.BF16, TensorType.F32)]
    public void Save_Alpha_KeepsItsValue(double alpha, TensorType type, TensorType stored)
    {
        var file = _adapters.Read(TinyAdapters.Keys(TinyAdapters.Linear, ("lora_down.weight", TinyAdapters.Random(1, 4, 64)), ("lora_up.weight", TinyAdapters.Random(2, 32, 4)), ("alpha", TinyAdapters.Number(alpha))));
        file.Save(_adapters.File("a.safetensors"), new() { Type = type });

        using var written = SafetensorsFile.Open(_adapters.File("a.safetensors"));
        var entry = written.Tensors.Values.Single(entry => entry.Name.EndsWith(".alpha", StringComparison.Ordinal));
        Assert.Equal((stored, (float)alpha), (entry.Type, written.Read(entry.Name).ToSingle()));
    }

    [Fact]
    public void Save_WithoutAlphaOrWithScale_WritesTheAlphaThatMeansTheSame()
    {
        (string, Tensor)[] factors = [("lora_down.weight", TinyAdapters.Random(1, 4, 64)), ("lora_up.weight", TinyAdapters.Random(2, 32, 4))];
        Assert.Equal(4, Alpha([.. factors]));
        Assert.Equal(3, Alpha([.. factors, ("alpha", TinyAdapters.Number(1)), ("scale", TinyAdapters.Number(0.75))]));

        double Alpha((string, Tensor)[] tensors)
        {
            _adapters.Read(TinyAdapters.Keys(TinyAdapters.Linear, tensors)).Save(_adapters.File("a.safetensors"));
            using var written = SafetensorsFile.Open(_adapters.File("a.safetensors"));
            return written.Read(written.Tensors.Keys.Single(key => key.EndsWith(".alpha", StringComparison.Ordinal))).ToSingle();
        }
    }

    [Theory]
    [InlineData(70000f, TensorType.F16, "BF16 or F32")]
    [InlineData(float.NaN, TensorType.F32, "NaN")]
    [InlineData(float.PositiveInfinity, TensorType.BF16, "infinity")]
    public void Save_NumberThatTheTypeCannotHold_IsRefusedAndNothingWritten(float value, TensorType type, string says)
    {
        var down = TinyAdapters.Random(1, 4, 64);
        down[1, 2].fill_(value);
        var file = _adapters.Read(TinyAdapters.Keys(TinyAdapters.Linear, ("lora_down.weight", down), ("lora_up.weight", TinyAdapters.Random(2, 32, 4))));

        var error = Assert.Throws<LoraMismatchException>(() => file.Save(_adapters.File("x.safetensors"), new() { Type = type }));

        Assert.Contains(says, error.Message);
        Assert.EndsWith("lora_down.weight", error.Key);
        Assert.False(File.Exists(_adapters.File("x.safetensors")));
    }

    [Fact]
    public void HasItsOwnHash_ChangedData_IsFalse()
    {
        var original = _adapters.Read(s_algorithms["LoRA"]());
        Assert.Null(LoraFile.HasItsOwnHash(original.Path));
        var path = original.Save(_adapters.File("h.safetensors"))[0].Path;
        Assert.True(LoraFile.HasItsOwnHash(path));

        var bytes = File.ReadAllBytes(path);
        bytes[^1] ^= 1;
        File.WriteAllBytes(path, bytes);

        Assert.False(LoraFile.HasItsOwnHash(path));
    }

    [Fact]
    public void Save_MatricesOfAConvolution_GetItsDimensions()
    {
        var file = _adapters.Read(TinyAdapters.Keys(TinyAdapters.Convolution, ("lora_down.weight", TinyAdapters.Random(1, 4, 288)), ("lora_up.weight", TinyAdapters.Random(2, 64, 4))));
        file.Save(_adapters.File("c.safetensors"));

        using var written = SafetensorsFile.Open(_adapters.File("c.safetensors"));
        Assert.Equal([4, 32, 3, 3], written.Tensors.Single(pair => pair.Key.EndsWith("down.weight", StringComparison.Ordinal)).Value.Shape);
        Assert.Equal([64, 4, 1, 1], written.Tensors.Single(pair => pair.Key.EndsWith("up.weight", StringComparison.Ordinal)).Value.Shape);
    }

    private void SameDifferences(LoraFile expected, LoraFile actual, double limit)
    {
        Assert.Equal(expected.Modules.Count, actual.Modules.Count);
        foreach (var module in expected.Modules)
        {
            using var scope = NewDisposeScope();
            var other = actual.Modules.Single(row => row.Target == module.Target);
            var weight = TinyAdapters.Weight(module.Target);
            Assert.Equal((module.Algorithm, module.ChangesWeight), (other.Algorithm, other.ChangesWeight));
            TensorAssert.Close(module.WeightDifference(weight), other.WeightDifference(weight), limit, module.Algorithm);
            if (module.BiasDifference() is { } bias) TensorAssert.Close(bias, other.BiasDifference()!, limit, "bias");
            else Assert.Null(other.BiasDifference());
        }
    }

    private static Dictionary<string, Tensor> Keys(ModuleName target, params (string Kind, long Rows, long Columns)[] tensors) =>
        Keys4(target, [.. tensors.Select(row => (row.Kind, new[] { row.Rows, row.Columns }))]);

    // alpha where there is a rank; values that every type holds
    private static Dictionary<string, Tensor> Keys4(ModuleName target, params (string Kind, long[] Shape)[] tensors)
    {
        var ranked = tensors.Any(row => row.Kind is "lora_down.weight" or "hada_w1_b" or "lokr_w2_a" or "b2.weight");
        return TinyAdapters.Keys(target,
        [
            .. tensors.Select((row, i) => (row.Kind, row.Kind == "on_input" ? TinyAdapters.Number(0) : TinyAdapters.Random(i, row.Shape).to(ScalarType.BFloat16).to(ScalarType.Float16).to(ScalarType.Float32))),
            .. ranked ? [("alpha", TinyAdapters.Number(2))] : Array.Empty<(string, Tensor)>(),
        ]);
    }
}
