using LoraBridge.Checkpoints;
using LoraBridge.Checkpoints.Naming;
using LoraBridge.Tests.Goldens;

namespace LoraBridge.Tests.Checkpoints.Naming;

public sealed class CheckpointLayoutTests
{
    [Fact]
    public void Of_StableDiffusion15_FindsAllNetworksUnderTheirOwnNames()
    {
        var layout = Layout([.. StableDiffusion15.SingleFile, ("cond_stage_model.transformer.text_model.embeddings.position_ids", [1, 77]),
            ("betas", [1000]), ("model_ema.diffusion_modelinput_blocks00weight", [4]), ("first_stage_model.loss.logvar", [])]);

        Assert.Equal(ModelFamily.StableDiffusion1, layout.Family);
        Assert.Equal((686, 248, 196), (layout.UNet.Count, layout.Autoencoder.Count, layout.TextEncoder.Count));
        Assert.Equal("model.diffusion_model.input_blocks.0.0.weight", layout.UNet["input_blocks.0.0.weight"]);
        Assert.Equal("first_stage_model.encoder.conv_in.bias", layout.Autoencoder["encoder.conv_in.bias"]);
        Assert.Equal("cond_stage_model.transformer.text_model.final_layer_norm.bias", layout.TextEncoder["text_model.final_layer_norm.bias"]);
        Assert.Equal(4, layout.Ignored.Count);
        Assert.Empty(layout.Other);
        Assert.Equal((4, 768), (layout.InputChannels, layout.ContextWidth));
        Assert.Equal("Stable Diffusion 1.x: UNet 686 tensors, autoencoder 248 tensors, text encoder 196 tensors", layout.Description);
    }

    [Fact]
    public void Of_TextKeysWithoutTheirRoot_AreNamedAsTheOthers()
    {
        var older = StableDiffusion15.SingleFile.Select(row => (row.Name.Replace("transformer.text_model.", "transformer."), row.Shape));
        var layout = Layout(older);

        Assert.Equal(196, layout.TextEncoder.Count);
        Assert.Equal("cond_stage_model.transformer.encoder.layers.0.mlp.fc1.weight", layout.TextEncoder["text_model.encoder.layers.0.mlp.fc1.weight"]);
        Assert.Empty(layout.Other);
    }

    [Theory]
    [InlineData(4, "Stable Diffusion 1.x: ")]
    [InlineData(9, "Stable Diffusion 1.x for inpainting: ")]
    [InlineData(8, "Stable Diffusion 1.x for edits by instruction (instruct-pix2pix): ")]
    [InlineData(5, "Stable Diffusion 1.x with 5 input channels: ")]
    public void Of_InputChannels_AreTold(long channels, string description)
    {
        var layout = Layout(StableDiffusion15.SingleFile.Select(row => row.Name.EndsWith("input_blocks.0.0.weight", StringComparison.Ordinal) ? (row.Name, [320, channels, 3, 3]) : row));
        Assert.Equal(channels, layout.InputChannels);
        Assert.StartsWith(description, layout.Description);
    }

    [Theory]
    [InlineData("cond_stage_model.model.transformer.resblocks.0.ln_1.weight", 1024, ModelFamily.StableDiffusion2)]
    [InlineData("conditioner.embedders.1.model.ln_final.weight", 2048, ModelFamily.StableDiffusionXL)]
    [InlineData("cond_stage_model.transformer.text_model.final_layer_norm.weight", 768, ModelFamily.StableDiffusion1)]
    [InlineData(null, 768, ModelFamily.StableDiffusion1)]
    [InlineData(null, 1024, ModelFamily.StableDiffusion2)]
    [InlineData(null, 2048, ModelFamily.StableDiffusionXL)]
    public void Of_TextKeysOrContextWidth_TellTheFamily(string? textKey, long width, ModelFamily family)
    {
        List<(string, long[])> rows = [("model.diffusion_model.input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight", [640, width])];
        if (textKey is not null) rows.Add((textKey, [width]));
        Assert.Equal(family, Layout(rows).Family);
    }

    [Theory]
    [InlineData(new long[] { 32, 32, 1, 1 }, ModelFamily.StableDiffusion1)]
    [InlineData(new long[] { 32, 32 }, ModelFamily.StableDiffusion2)]
    public void Of_SmallUNetAlone_IsToldByItsProjections(long[] projection, ModelFamily family) => Assert.Equal(family, Layout(
        [("input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight", [32, 64]), ("input_blocks.1.1.proj_in.weight", projection)]).Family);

    [Fact]
    public void Of_DiffusersFiles_AreNamedAsSingleFiles()
    {
        var unet = KeyNames.ForUNet(StableDiffusion15.UNet.Select(row => row.Name));
        var autoencoder = KeyNames.ForAutoencoder(StableDiffusion15.Autoencoder.Select(row => row.Name));

        var first = Layout(StableDiffusion15.UNet.Select(row => (unet.ToDiffusers(row.Name)!, row.Shape)));
        Assert.Equal(StableDiffusion15.UNet.Select(row => row.Name).Order(), first.UNet.Keys.Order());
        Assert.Equal("conv_in.weight", first.UNet["input_blocks.0.0.weight"]);
        Assert.Equal(ModelFamily.StableDiffusion1, first.Family);

        var second = Layout(StableDiffusion15.Autoencoder.Select(row => (autoencoder.ToDiffusers(row.Name)!, row.Shape)));
        Assert.Equal(StableDiffusion15.Autoencoder.Select(row => row.Name).Order(), second.Autoencoder.Keys.Order());
        Assert.Equal("decoder.up_blocks.0.resnets.0.conv1.weight", second.Autoencoder["decoder.up.3.block.0.conv1.weight"]);
        Assert.Empty(second.Other);
    }

    [Fact]
    public void Of_AutoencoderWithoutPrefix_IsFound()
    {
        var layout = Layout([.. StableDiffusion15.Autoencoder, ("loss.logvar", [])]);
        Assert.Equal(248, layout.Autoencoder.Count);
        Assert.Empty(layout.Other);
        Assert.StartsWith("an autoencoder alone", layout.Description);
    }

    [Theory]
    [InlineData("lora_unet_down_blocks_0_attentions_0_proj_in.lora_up.weight", "not a base model but a LoRA")]
    [InlineData("unet.down_blocks.0.attentions.0.to_q.lora_A.weight", "not a base model but a LoRA")]
    [InlineData("down_blocks.0.attentions.0.to_q.lora_A.weight", "not a base model but a LoRA")]
    [InlineData("emb_params", "not a base model but a textual inversion")]
    [InlineData("something.else", "no Stable Diffusion model known here: ")]
    public void Of_OtherFiles_AreCalledByTheirNames(string key, string description)
    {
        var layout = Layout([(key, [4, 4])]);
        Assert.Equal(ModelFamily.Unknown, layout.Family);
        Assert.Equal([key], layout.Other);
        Assert.StartsWith(description, layout.Description);
    }

    [Fact]
    public void Of_KeysThatNameOneParameter_KeepsTheFirstAndListsTheOther()
    {
        var layout = Layout([("cond_stage_model.transformer.text_model.final_layer_norm.bias", [4]), ("cond_stage_model.transformer.final_layer_norm.bias", [4])]);
        Assert.Equal("cond_stage_model.transformer.text_model.final_layer_norm.bias", layout.TextEncoder["text_model.final_layer_norm.bias"]);
        Assert.Equal(["cond_stage_model.transformer.final_layer_norm.bias"], layout.Other);
    }

    [Fact]
    public void Of_NoTensors_SaysSo() => Assert.StartsWith("no Stable Diffusion model", Layout([]).Description);

    [Fact]
    public void Of_TheGoldenModels_AreTold()
    {
        var paths = GoldenFolders.Files.Where(path => Path.GetFileName(path) == "model.safetensors").ToList();
        Assert.NotEmpty(paths);
        foreach (var path in paths)
        {
            using var file = SafetensorsFile.Open(path);
            var layout = CheckpointLayout.Of(file.Tensors);
            Assert.NotEqual(ModelFamily.Unknown, layout.Family);
            Assert.NotEmpty(layout.UNet);
            Assert.Equal(file.Tensors.Count, layout.UNet.Count + layout.Autoencoder.Count + layout.TextEncoder.Count + layout.Ignored.Count);
        }
    }

    private static CheckpointLayout Layout(IEnumerable<(string Name, long[] Shape)> rows) =>
        CheckpointLayout.Of(rows.ToDictionary(row => row.Name, row => new TensorEntry(row.Name, TensorType.F16, row.Shape, 0, 0)));
}
