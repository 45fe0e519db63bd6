using LoraBridge.Checkpoints;
using LoraBridge.Diffusion.Models;
using LoraBridge.Tests.Goldens;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Diffusion.Models;

public sealed class StableDiffusionModelTests
{
    private static readonly ModelOptions s_float32 = new() { ComputeType = ComputeType.Float32, Hints = new() { TextHeads = 4 } };

    private static string Golden => Path.Combine(GoldenFolders.Fixtures, "goldens", "sd15-tiny", "model.safetensors");

    [Fact]
    public void Load_GoldenCheckpoint_UsesEveryKeyButBuffers()
    {
        using var file = CheckpointFile.Open(Golden);
        using var model = StableDiffusionModel.Load(Golden, s_float32);

        nn.Module[] parts = [model.UNet, model.Autoencoder, model.TextEncoder];
        Assert.Equal(file.Tensors.Count, parts.Sum(part => part.parameters().Count()) + model.UnusedKeys.Count);
        Assert.Equal(
            ["alphas_cumprod", "alphas_cumprod_prev", "betas", "cond_stage_model.transformer.text_model.embeddings.position_ids", "sqrt_alphas_cumprod", "sqrt_one_minus_alphas_cumprod"],
            model.UnusedKeys.Order(StringComparer.Ordinal));
        Assert.Equal(ModelHints.Sd1 with { TextHeads = 4 }, model.Hints);
    }

    [Fact]
    public void Load_GoldenCheckpoint_HoldsTheFilesBits()
    {
        using var scope = NewDisposeScope();
        using var file = CheckpointFile.Open(Golden);
        using var model = StableDiffusionModel.Load(Golden, s_float32);

        foreach (var (prefix, part) in new (string, nn.Module)[] { ("model.diffusion_model.", model.UNet), ("first_stage_model.", model.Autoencoder), ("cond_stage_model.transformer.", model.TextEncoder) })
            foreach (var (name, parameter) in part.named_parameters())
                TensorAssert.Same(file.Read(prefix + name), parameter, name);
    }

    [Theory]
    [InlineData(ComputeType.Float32, false, ScalarType.Float16)]
    [InlineData(ComputeType.Float32, true, ScalarType.Float32)]
    [InlineData(ComputeType.BFloat16, false, ScalarType.BFloat16)]
    public void Load_HalfPrecisionFile_KeepsTheTypeThatCostsNoMemory(ComputeType compute, bool widen, ScalarType kept)
    {
        using var model = StableDiffusionModel.Load(Golden, s_float32 with { ComputeType = compute, WidenWeights = widen });
        Assert.All(model.UNet.parameters(), parameter => Assert.Equal(kept, parameter.dtype));
        Assert.All(model.Autoencoder.parameters(), parameter => Assert.Equal(kept, parameter.dtype));
        // the text encoder computes in float32 whatever the UNet does
        Assert.Equal(ScalarType.Float32, model.TextEncoder.ComputeType);
        Assert.All(model.TextEncoder.parameters(), parameter => Assert.Equal(widen ? ScalarType.Float32 : ScalarType.Float16, parameter.dtype));
    }

    [Fact]
    public void Load_WithProgress_CountsEveryByteOnce()
    {
        var reports = new List<LoadProgress>();
        using var model = StableDiffusionModel.Load(Golden, s_float32, new Collect(reports));

        var bytes = model.UNet.parameters().Concat(model.Autoencoder.parameters()).Concat(model.TextEncoder.parameters()).Sum(parameter => parameter.numel() * 2);
        Assert.Equal(new LoadProgress(bytes, bytes), reports[^1]);
        Assert.Equal(reports.OrderBy(report => report.BytesRead), reports);
    }

    [Fact]
    public void Load_KeysMissingLeftOverAndMisshapen_ReportsAllAtOnce()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var tensors = TinyCheckpoint();
        tensors.Remove("model.diffusion_model.middle_block.0.in_layers.2.bias");
        tensors.Remove("first_stage_model.decoder.conv_out.bias");
        tensors["model.diffusion_model.middle_block.0.extra.weight"] = zeros([1], dtype: float32, device: CPU);
        tensors["cond_stage_model.transformer.text_model.final_layer_norm.bias"] = zeros([65], dtype: float32, device: CPU);
        SafetensorsWriter.Write(folder.File("broken.safetensors"), tensors);

        var error = Assert.Throws<CheckpointMismatchException>(() => StableDiffusionModel.Load(folder.File("broken.safetensors"), s_float32));

        Assert.Equal(["first_stage_model.decoder.conv_out.bias", "model.diffusion_model.middle_block.0.in_layers.2.bias"], error.Missing.Order(StringComparer.Ordinal));
        Assert.Equal(["model.diffusion_model.middle_block.0.extra.weight"], error.Unexpected);
        Assert.Equal(["cond_stage_model.transformer.text_model.final_layer_norm.bias is [65], not [64]"], error.Misshapen);
        Assert.Contains("2 missing", error.Message, StringComparison.Ordinal);
        Assert.Contains("1 unexpected", error.Message, StringComparison.Ordinal);
        Assert.Contains("broken.safetensors", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CheckpointMismatch_ManyKeys_ShowsTenAndTheCount()
    {
        var error = new CheckpointMismatchException("m.safetensors", [.. Enumerable.Range(0, 25).Select(i => $"key{i}.")], [], []);
        Assert.Contains("25 missing: key0.", error.Message, StringComparison.Ordinal);
        Assert.Contains("key9., …", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("key10.", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("unexpected", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_TextKeysOfAnOlderSpelling_AreAccepted()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var tensors = TinyCheckpoint().ToDictionary(entry => entry.Key.Replace(".text_model.", ".", StringComparison.Ordinal), entry => entry.Value);
        SafetensorsWriter.Write(folder.File("older.safetensors"), tensors);

        using var model = StableDiffusionModel.Load(folder.File("older.safetensors"), s_float32);

        TensorAssert.Same(
            tensors["cond_stage_model.transformer.final_layer_norm.weight"],
            model.TextEncoder.get_parameter("text_model.final_layer_norm.weight")!);
    }

    [Fact]
    public void Load_AveragedCopiesAndLosses_AreLeftOut()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var tensors = TinyCheckpoint();
        string[] unused = ["model_ema.diffusion_modelout2bias", "first_stage_model.loss.logvar", "first_stage_model.model_ema.decay", "posterior_variance"];
        foreach (var key in unused) tensors[key] = zeros([1], dtype: float32, device: CPU);
        SafetensorsWriter.Write(folder.File("full.safetensors"), tensors);

        using var model = StableDiffusionModel.Load(folder.File("full.safetensors"), s_float32);

        Assert.Equal(unused.Order(StringComparer.Ordinal), model.UnusedKeys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("first_stage_model.")]
    public void Load_AutoencoderOfItsOwn_ReplacesTheBuiltInOne(string prefix)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var autoencoder = Tiny.Autoencoder(seed: 9);
        var tensors = autoencoder.named_parameters().ToDictionary(entry => prefix + entry.name, entry => (Tensor)entry.parameter);
        // some files keep the attention's 1x1 convolutions as matrices
        foreach (var key in tensors.Keys.Where(key => key.Contains("attn_1", StringComparison.Ordinal) && tensors[key].dim() == 4).ToArray())
            tensors[key] = tensors[key].squeeze(3).squeeze(2);
        tensors["loss.logvar"] = zeros([1], dtype: float32, device: CPU);
        SafetensorsWriter.Write(folder.File("vae.safetensors"), tensors);

        using var model = StableDiffusionModel.Load(Golden, s_float32 with { AutoencoderPath = folder.File("vae.safetensors") });

        foreach (var (name, parameter) in autoencoder.named_parameters())
            TensorAssert.Same(parameter, model.Autoencoder.get_parameter(name)!, name);
    }

    [Fact]
    public void Load_Metadata_GoesBeforeTheRule()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder.File("m.safetensors"), TinyCheckpoint(), new Dictionary<string, string> { ["lorabridge.text_heads"] = "2", ["lorabridge.unet_heads"] = "4" });

        using var model = StableDiffusionModel.Load(folder.File("m.safetensors"), new() { ComputeType = ComputeType.Float32 });

        Assert.Equal((2, 4), (model.TextEncoder.Config.Heads, model.UNet.Config.HeadCount));
    }

    [Theory]
    [InlineData("lora_unet_mid_block_attentions_0_proj_in.lora_down.weight", "a LoRA")]
    [InlineData("conditioner.embedders.1.model.ln_final.weight", "Stable Diffusion XL")]
    [InlineData("cond_stage_model.model.ln_final.weight", "Stable Diffusion 2.x")]
    [InlineData("decoder.conv_in.weight", "an autoencoder")]
    [InlineData("cond_stage_model.transformer.text_model.final_layer_norm.weight", "UNet missing")]
    [InlineData("something", "no Stable Diffusion model")]
    public void Load_AnotherFamilyOrKind_SaysWhatTheFileIs(string key, string found)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        SafetensorsWriter.Write(folder.File("other.safetensors"), new Dictionary<string, Tensor> { [key] = zeros([2, 2], dtype: float32, device: CPU) });

        var error = Assert.Throws<UnsupportedModelException>(() => StableDiffusionModel.Load(folder.File("other.safetensors"), s_float32));

        Assert.Contains(found, error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(error.Cure);
    }

    [Fact]
    public void Load_WithoutAutoencoder_AsksForOne()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        var tensors = TinyCheckpoint().Where(entry => !entry.Key.StartsWith("first_stage_model.", StringComparison.Ordinal)).ToDictionary();
        SafetensorsWriter.Write(folder.File("pruned.safetensors"), tensors);

        var error = Assert.Throws<UnsupportedModelException>(() => StableDiffusionModel.Load(folder.File("pruned.safetensors"), s_float32));

        Assert.Contains(nameof(ModelOptions.AutoencoderPath), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_SomethingElseAsAutoencoder_SaysSo() =>
        Assert.Throws<UnsupportedModelException>(() => StableDiffusionModel.Load(Golden, s_float32 with { AutoencoderPath = Path.Combine(Path.GetDirectoryName(Golden)!, "lora-linear.safetensors") }));

    private static Dictionary<string, Tensor> TinyCheckpoint()
    {
        var tensors = new Dictionary<string, Tensor>();
        Add("model.diffusion_model.", Tiny.UNet());
        Add("first_stage_model.", Tiny.Autoencoder());
        Add("cond_stage_model.transformer.", Tiny.Text());
        return tensors;

        void Add(string prefix, nn.Module model)
        {
            foreach (var (name, parameter) in model.named_parameters()) tensors[prefix + name] = parameter.alias();
            model.Dispose();
        }
    }

    private sealed class Collect(List<LoadProgress> reports) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value) => reports.Add(value);
    }
}
