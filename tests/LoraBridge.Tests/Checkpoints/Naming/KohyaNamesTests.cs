using LoraBridge.Checkpoints;
using LoraBridge.Checkpoints.Naming;
using LoraBridge.Tests.Goldens;

namespace LoraBridge.Tests.Checkpoints.Naming;

public sealed class KohyaNamesTests
{
    private static readonly KohyaNames s_names = KohyaNames.Of(Modules(StableDiffusion15.UNet), Modules(StableDiffusion15.TextEncoder));

    [Theory]
    [InlineData("lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q", "input_blocks.1.1.transformer_blocks.0.attn1.to_q")]
    [InlineData("lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_out_0", "middle_block.1.transformer_blocks.0.attn2.to_out.0")]
    [InlineData("lora_unet_up_blocks_1_attentions_2_transformer_blocks_0_ff_net_0_proj", "output_blocks.5.1.transformer_blocks.0.ff.net.0.proj")]
    [InlineData("lora_unet_up_blocks_1_attentions_2_transformer_blocks_0_ff_net_2", "output_blocks.5.1.transformer_blocks.0.ff.net.2")]
    [InlineData("lora_unet_up_blocks_3_attentions_2_proj_in", "output_blocks.11.1.proj_in")]
    [InlineData("lora_unet_down_blocks_1_resnets_0_conv1", "input_blocks.4.0.in_layers.2")]
    [InlineData("lora_unet_down_blocks_1_resnets_0_conv_shortcut", "input_blocks.4.0.skip_connection")]
    [InlineData("lora_unet_down_blocks_1_resnets_0_time_emb_proj", "input_blocks.4.0.emb_layers.1")]
    [InlineData("lora_unet_down_blocks_0_downsamplers_0_conv", "input_blocks.3.0.op")]
    [InlineData("lora_unet_up_blocks_0_upsamplers_0_conv", "output_blocks.2.1.conv")]
    [InlineData("lora_unet_conv_in", "input_blocks.0.0")]
    [InlineData("lora_unet_time_embedding_linear_1", "time_embed.0")]
    public void Stem_UNetLayer_IsWrittenInDiffusersNames(string stem, string path)
    {
        var module = new ModuleName(ModelComponent.UNet, path);
        Assert.Equal(module, s_names.Find(stem));
        Assert.Equal(stem, s_names.Stem(module));
    }

    [Fact]
    public void Stem_TextLayer_IsWrittenForTheOnlyEncoder()
    {
        var module = new ModuleName(ModelComponent.TextEncoder, "text_model.encoder.layers.11.mlp.fc2");
        Assert.Equal("lora_te_text_model_encoder_layers_11_mlp_fc2", s_names.Stem(module));
        Assert.Equal(module, s_names.Find("lora_te_text_model_encoder_layers_11_mlp_fc2"));
        Assert.Equal(module, s_names.Find("lora_te1_text_model_encoder_layers_11_mlp_fc2"));
        Assert.Equal(module, s_names.Find("lycoris_text_model_encoder_layers_11_mlp_fc2"));
    }

    [Theory]
    [InlineData("lora_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_k", "input_blocks.4.1.transformer_blocks.0.attn1.to_k")]
    [InlineData("lora_unet_output_blocks_2_1_conv", "output_blocks.2.1.conv")]
    [InlineData("lycoris_mid_block_attentions_0_proj_in", "middle_block.1.proj_in")]
    public void Find_OtherSpellings_AreRead(string stem, string path) =>
        Assert.Equal(new ModuleName(ModelComponent.UNet, path), s_names.Find(stem));

    [Theory]
    [InlineData("lora_unet_down_blocks_9_attentions_0_proj_in")]
    [InlineData("lora_te2_text_model_encoder_layers_0_mlp_fc1")]
    [InlineData("lora_te_text_model_encoder_layers_12_mlp_fc1")]
    [InlineData("down_blocks_0_attentions_0_proj_in")]
    [InlineData("")]
    public void Find_LayerTheModelLacks_IsNull(string stem) => Assert.Null(s_names.Find(stem));

    [Fact]
    public void Stem_LayerTheModelLacks_NamesIt() =>
        Assert.Contains("no.such", Assert.Throws<KeyNotFoundException>(() => s_names.Stem(new(ModelComponent.UNet, "no.such"))).Message);

    [Fact]
    public void DefaultLayers_OfStableDiffusion15_HaveTheReferenceCountsAndCosts()
    {
        var modules = DefaultTargets.Of(StableDiffusion15.UNet, StableDiffusion15.TextEncoder).ToList();
        Assert.Equal((192, 423_936), Cost(modules, ModelComponent.UNet));
        Assert.Equal((72, 165_888), Cost(modules, ModelComponent.TextEncoder));

        var convolutions = DefaultTargets.Of(StableDiffusion15.UNet, StableDiffusion15.TextEncoder, convolutions: true).ToList();
        Assert.Equal(278, convolutions.Count(row => row.Module.Component == ModelComponent.UNet));
        // rank 32 throughout: down takes in * k * k, up takes out
        var parameters = convolutions.Where(row => row.Module.Component == ModelComponent.UNet)
            .Sum(row => 32 * (row.Shape[0] + row.Shape.Skip(1).Aggregate(1L, (product, length) => product * length)));
        Assert.Equal(33_626_112, parameters);
    }

    [Fact]
    public void Stem_EveryLayer_IsItsOwnAndIsFound()
    {
        var modules = Modules(StableDiffusion15.UNet).Select(path => new ModuleName(ModelComponent.UNet, path))
            .Concat(Modules(StableDiffusion15.TextEncoder).Select(path => new ModuleName(ModelComponent.TextEncoder, path))).ToList();

        Assert.Equal(modules.Count, modules.Select(s_names.Stem).Distinct().Count());
        Assert.All(modules, module => Assert.Equal(module, s_names.Find(s_names.Stem(module))));
    }

    [Fact]
    public void Of_TwoLayersOfOneFlatName_NamesBoth()
    {
        var error = Assert.Throws<ArgumentException>(() => KohyaNames.Of([.. Modules(StableDiffusion15.UNet), "middle_block.1.to.q", "middle_block.1.to_q"], []));
        Assert.Contains("'middle_block.1.to.q' and 'middle_block.1.to_q'", error.Message);
    }

    [Theory]
    [InlineData("lora-linear.safetensors")]
    [InlineData("lora-locon.safetensors")]
    public void Find_EveryKeyOfTheGoldenLoras_IsALayerWhoseShapeFits(string name)
    {
        var paths = GoldenFolders.Files.Where(path => Path.GetFileName(path) == name).ToList();
        Assert.NotEmpty(paths);
        foreach (var path in paths)
        {
            using var model = SafetensorsFile.Open(Path.Combine(Path.GetDirectoryName(path)!, "model.safetensors"));
            using var lora = SafetensorsFile.Open(path);
            var layout = CheckpointLayout.Of(model.Tensors);
            var names = KohyaNames.Of(KohyaNames.ModulesOf(layout.UNet.Keys), KohyaNames.ModulesOf(layout.TextEncoder.Keys));

            foreach (var entry in lora.Tensors.Values)
            {
                var (stem, tensor) = (entry.Name[..entry.Name.IndexOf('.')], entry.Name[(entry.Name.IndexOf('.') + 1)..]);
                var module = Assert.NotNull(names.Find(stem));
                Assert.Equal(stem, names.Stem(module));
                var keys = module.Component == ModelComponent.UNet ? layout.UNet : layout.TextEncoder;
                var weight = model.Entry(keys[module.Path + ".weight"]).Shape;
                if (tensor == "lora_down.weight") Assert.Equal(weight.Skip(1), entry.Shape.Skip(1));
                if (tensor == "lora_up.weight") Assert.Equal(weight[0], entry.Shape[0]);
            }
        }
    }

    private static IEnumerable<string> Modules(IReadOnlyList<(string Name, long[] Shape)> rows) => KohyaNames.ModulesOf(rows.Select(row => row.Name));

    private static (int, long) Cost(List<(ModuleName Module, long[] Shape)> modules, ModelComponent component)
    {
        var rows = modules.Where(row => row.Module.Component == component).ToList();
        return (rows.Count, rows.Sum(row => row.Shape[0] + row.Shape[1]));
    }
}
