using LoraBridge.Checkpoints;
using LoraBridge.Checkpoints.Naming;
using LoraBridge.Tests.Goldens;

namespace LoraBridge.Tests.Checkpoints.Naming;

public sealed class KeyNamesTests
{
    private static readonly KeyNames s_unet = KeyNames.ForUNet(StableDiffusion15.UNet.Select(row => row.Name));
    private static readonly KeyNames s_autoencoder = KeyNames.ForAutoencoder(StableDiffusion15.Autoencoder.Select(row => row.Name));

    [Fact]
    public void StableDiffusion15_AllParameters_HaveTheReferenceCounts()
    {
        Assert.Equal((686, 859_520_964), Count(StableDiffusion15.UNet));
        Assert.Equal((248, 83_653_863), Count(StableDiffusion15.Autoencoder));
        Assert.Equal((196, 123_060_480), Count(StableDiffusion15.TextEncoder));
    }

    [Theory]
    [InlineData("time_embed.0.weight", "time_embedding.linear_1.weight")]
    [InlineData("time_embed.2.bias", "time_embedding.linear_2.bias")]
    [InlineData("label_emb.0.2.bias", "add_embedding.linear_2.bias")]
    [InlineData("input_blocks.0.0.weight", "conv_in.weight")]
    [InlineData("input_blocks.1.0.in_layers.0.weight", "down_blocks.0.resnets.0.norm1.weight")]
    [InlineData("input_blocks.2.0.in_layers.2.weight", "down_blocks.0.resnets.1.conv1.weight")]
    [InlineData("input_blocks.3.0.op.weight", "down_blocks.0.downsamplers.0.conv.weight")]
    [InlineData("input_blocks.4.0.skip_connection.bias", "down_blocks.1.resnets.0.conv_shortcut.bias")]
    [InlineData("input_blocks.8.1.transformer_blocks.0.attn2.to_out.0.weight", "down_blocks.2.attentions.1.transformer_blocks.0.attn2.to_out.0.weight")]
    [InlineData("input_blocks.9.0.op.bias", "down_blocks.2.downsamplers.0.conv.bias")]
    [InlineData("input_blocks.11.0.emb_layers.1.weight", "down_blocks.3.resnets.1.time_emb_proj.weight")]
    [InlineData("middle_block.0.out_layers.0.bias", "mid_block.resnets.0.norm2.bias")]
    [InlineData("middle_block.1.proj_in.weight", "mid_block.attentions.0.proj_in.weight")]
    [InlineData("middle_block.2.out_layers.3.weight", "mid_block.resnets.1.conv2.weight")]
    [InlineData("output_blocks.0.0.in_layers.2.weight", "up_blocks.0.resnets.0.conv1.weight")]
    [InlineData("output_blocks.2.1.conv.weight", "up_blocks.0.upsamplers.0.conv.weight")]
    [InlineData("output_blocks.5.2.conv.weight", "up_blocks.1.upsamplers.0.conv.weight")]
    [InlineData("output_blocks.8.2.conv.bias", "up_blocks.2.upsamplers.0.conv.bias")]
    [InlineData("output_blocks.11.1.transformer_blocks.0.ff.net.0.proj.weight", "up_blocks.3.attentions.2.transformer_blocks.0.ff.net.0.proj.weight")]
    [InlineData("out.0.weight", "conv_norm_out.weight")]
    [InlineData("out.2.bias", "conv_out.bias")]
    public void UNet_KnownKey_IsNamedBothWays(string singleFile, string diffusers)
    {
        Assert.Equal(diffusers, s_unet.ToDiffusers(singleFile));
        Assert.Equal(singleFile, s_unet.ToSingleFile(diffusers));
    }

    [Theory]
    [InlineData("encoder.down.0.block.1.norm1.weight", "encoder.down_blocks.0.resnets.1.norm1.weight")]
    [InlineData("encoder.down.1.block.0.nin_shortcut.weight", "encoder.down_blocks.1.resnets.0.conv_shortcut.weight")]
    [InlineData("encoder.down.2.downsample.conv.bias", "encoder.down_blocks.2.downsamplers.0.conv.bias")]
    [InlineData("decoder.up.3.block.0.conv1.weight", "decoder.up_blocks.0.resnets.0.conv1.weight")]
    [InlineData("decoder.up.0.block.2.conv2.weight", "decoder.up_blocks.3.resnets.2.conv2.weight")]
    [InlineData("decoder.up.1.upsample.conv.weight", "decoder.up_blocks.2.upsamplers.0.conv.weight")]
    [InlineData("encoder.mid.block_2.conv1.weight", "encoder.mid_block.resnets.1.conv1.weight")]
    [InlineData("decoder.mid.attn_1.norm.weight", "decoder.mid_block.attentions.0.group_norm.weight")]
    [InlineData("decoder.mid.attn_1.q.weight", "decoder.mid_block.attentions.0.to_q.weight")]
    [InlineData("decoder.mid.attn_1.proj_out.bias", "decoder.mid_block.attentions.0.to_out.0.bias")]
    [InlineData("decoder.norm_out.weight", "decoder.conv_norm_out.weight")]
    [InlineData("encoder.conv_in.weight", "encoder.conv_in.weight")]
    [InlineData("post_quant_conv.weight", "post_quant_conv.weight")]
    public void Autoencoder_KnownKey_IsNamedBothWays(string singleFile, string diffusers)
    {
        Assert.Equal(diffusers, s_autoencoder.ToDiffusers(singleFile));
        Assert.Equal(singleFile, s_autoencoder.ToSingleFile(diffusers));
    }

    [Theory]
    [InlineData("query", "q")]
    [InlineData("key", "k")]
    [InlineData("value", "v")]
    [InlineData("proj_attn", "proj_out")]
    public void Autoencoder_OlderAttentionNames_AreRead(string older, string singleFile) =>
        Assert.Equal($"encoder.mid.attn_1.{singleFile}.weight", s_autoencoder.ToSingleFile($"encoder.mid_block.attentions.0.{older}.weight"));

    [Fact]
    public void Names_OfAllParametersThereAndBack_AreThemselvesAndAllDifferent()
    {
        AssertRoundTrip(s_unet, StableDiffusion15.UNet.Select(row => row.Name));
        AssertRoundTrip(s_autoencoder, StableDiffusion15.Autoencoder.Select(row => row.Name));
    }

    [Fact]
    public void Table_BuiltFromDiffusersNames_IsTheSame()
    {
        var theirs = StableDiffusion15.UNet.Select(row => s_unet.ToDiffusers(row.Name)!);
        Assert.Equal(s_unet.Rows, KeyNames.ForUNet(theirs).Rows);
        var theirsToo = StableDiffusion15.Autoencoder.Select(row => s_autoencoder.ToDiffusers(row.Name)!);
        Assert.Equal(s_autoencoder.Rows, KeyNames.ForAutoencoder(theirsToo).Rows);
    }

    [Fact]
    public void Table_BuiltFromModulePaths_IsTheSame() =>
        Assert.Equal(s_unet.Rows, KeyNames.ForUNet(KohyaNames.ModulesOf(StableDiffusion15.UNet.Select(row => row.Name))).Rows);

    [Fact]
    public void TinyModel_AllParameters_AreNamedThereAndBack()
    {
        foreach (var path in GoldenFolders.Files.Where(path => Path.GetFileName(path) == "model.safetensors"))
        {
            using var file = SafetensorsFile.Open(path);
            var layout = CheckpointLayout.Of(file.Tensors);
            AssertRoundTrip(KeyNames.ForUNet(layout.UNet.Keys), layout.UNet.Keys);
            AssertRoundTrip(KeyNames.ForAutoencoder(layout.Autoencoder.Keys), layout.Autoencoder.Keys);
            Assert.Equal(layout.UNet.Keys.Count(), layout.UNet.Values.Distinct().Count());
            Assert.Empty(layout.Other);
        }
    }

    // SDXL: three levels, none of them with attention at the first, ten transformer blocks at the last
    [Theory]
    [InlineData("input_blocks.3.0.op", "down_blocks.0.downsamplers.0.conv")]
    [InlineData("input_blocks.8.1", "down_blocks.2.attentions.1")]
    [InlineData("output_blocks.2.1", "up_blocks.0.attentions.2")]
    [InlineData("output_blocks.2.2.conv", "up_blocks.0.upsamplers.0.conv")]
    [InlineData("output_blocks.5.2.conv", "up_blocks.1.upsamplers.0.conv")]
    [InlineData("output_blocks.8.0.skip_connection", "up_blocks.2.resnets.2.conv_shortcut")]
    public void UNet_ThreeLevels_AreCountedFromTheKeys(string singleFile, string diffusers)
    {
        string[] keys =
        [
            .. Blocks("input_blocks", [1, 2], attention: false), "input_blocks.3.0.op.weight", .. Blocks("input_blocks", [4, 5], true), "input_blocks.6.0.op.weight",
            .. Blocks("input_blocks", [7, 8], true), .. Blocks("output_blocks", [0, 1, 2], true), "output_blocks.2.2.conv.weight",
            .. Blocks("output_blocks", [3, 4, 5], true), "output_blocks.5.2.conv.weight", .. Blocks("output_blocks", [6, 7, 8], false),
        ];
        var names = KeyNames.ForUNet(keys);

        Assert.Equal(diffusers, names.ToDiffusers(singleFile));
        Assert.Equal(singleFile, names.ToSingleFile(diffusers));
        Assert.Null(names.ToDiffusers("input_blocks.9.0.in_layers.0"));
        Assert.Equal(names.Rows, KeyNames.ForUNet(keys.Select(key => names.ToDiffusers(key)!)).Rows);
    }

    [Fact]
    public void UNet_OneBlockALevel_IsCountedFromTheKeys()
    {
        string[] keys =
        [
            .. Blocks("input_blocks", [1], true), "input_blocks.2.0.op.weight", .. Blocks("input_blocks", [3], true),
            .. Blocks("output_blocks", [0, 1], true), "output_blocks.1.2.conv.weight", .. Blocks("output_blocks", [2, 3], true),
        ];
        var names = KeyNames.ForUNet(keys);
        Assert.Equal("down_blocks.1.attentions.0.norm", names.ToDiffusers("input_blocks.3.1.norm"));
        Assert.Equal("up_blocks.0.upsamplers.0.conv", names.ToDiffusers("output_blocks.1.2.conv"));
        Assert.Equal("up_blocks.1.attentions.1.norm", names.ToDiffusers("output_blocks.3.1.norm"));
    }

    [Theory]
    [InlineData("input_blocks.12.0.in_layers.0.weight")]
    [InlineData("input_blocks.1.0.unknown.weight")]
    [InlineData("input_blocks.1")]
    [InlineData("input_blocks.10.1.proj_in.weight")]
    [InlineData("nothing")]
    [InlineData("")]
    [InlineData(".")]
    public void ToDiffusers_NameOfNoRow_IsNull(string name) => Assert.Null(s_unet.ToDiffusers(name));

    [Fact]
    public void ToDiffusers_NameOfAMillionDots_IsNullAtOnce() => Assert.Null(s_unet.ToDiffusers(new string('.', 1_000_000)));

    [Theory]
    [InlineData("input_blocks.5.")]
    [InlineData("output_blocks.6.")]
    [InlineData("input_blocks.")]
    [InlineData("output_blocks.")]
    public void ForUNet_BlockMissing_IsRefused(string lost)
    {
        var keys = StableDiffusion15.UNet.Select(row => row.Name).Where(name => !name.StartsWith(lost, StringComparison.Ordinal));
        Assert.Contains("missing", Assert.Throws<ArgumentException>(() => KeyNames.ForUNet(keys)).Message);
    }

    private static IEnumerable<string> Blocks(string side, int[] blocks, bool attention) => blocks.SelectMany(block => (string[])
        [$"{side}.{block}.0.in_layers.2.weight", .. attention ? [$"{side}.{block}.1.norm.weight"] : Array.Empty<string>()]);

    private static void AssertRoundTrip(KeyNames names, IEnumerable<string> keys)
    {
        var theirs = keys.Select(key => (Key: key, Diffusers: names.ToDiffusers(key))).ToList();
        Assert.NotEmpty(theirs);
        Assert.All(theirs, pair => Assert.NotNull(pair.Diffusers));
        Assert.All(theirs, pair => Assert.Equal(pair.Key, names.ToSingleFile(pair.Diffusers!)));
        Assert.Equal(theirs.Count, theirs.DistinctBy(pair => pair.Diffusers).Count());
    }

    private static (int, long) Count(IReadOnlyList<(string Name, long[] Shape)> rows)
    {
        Assert.Equal(rows.Count, rows.DistinctBy(row => row.Name).Count());
        return (rows.Count, rows.Sum(row => row.Shape.Aggregate(1L, (product, length) => product * length)));
    }
}
