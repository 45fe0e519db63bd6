namespace LoraBridge.Checkpoints.Naming;

/// <summary>The UNet's names: single file (CompVis) beside diffusers.</summary>
internal static class UNetNames
{
    private static readonly KeyName[] _outside =
    [
        new("time_embed.0", "time_embedding.linear_1"),
        new("time_embed.2", "time_embedding.linear_2"),
        new("label_emb.0.0", "add_embedding.linear_1"),
        new("label_emb.0.2", "add_embedding.linear_2"),
        new("input_blocks.0.0", "conv_in"),
        new("out.0", "conv_norm_out"),
        new("out.2", "conv_out"),
    ];

    private static readonly KeyName[] _insideResnet =
    [
        new("in_layers.0", "norm1"),
        new("in_layers.2", "conv1"),
        new("emb_layers.1", "time_emb_proj"),
        new("out_layers.0", "norm2"),
        new("out_layers.3", "conv2"),
        new("skip_connection", "conv_shortcut"),
    ];

    public static KeyNames Table(UNetTopology topology) =>
        new([.. _outside, .. Down(topology.Down), .. Middle(), .. Up(topology.Up)]);

    private static IEnumerable<KeyName> Down(IReadOnlyList<UNetLevel> levels)
    {
        var input = 1;
        foreach (var (level, row) in levels.Index())
        {
            foreach (var (block, attention) in row.Attention.Index())
            {
                foreach (var name in Resnet($"input_blocks.{input}.0", $"down_blocks.{level}.resnets.{block}")) yield return name;
                if (attention) yield return new($"input_blocks.{input}.1", $"down_blocks.{level}.attentions.{block}");
                input++;
            }
            if (row.HasSampler) yield return new($"input_blocks.{input++}.0.op", $"down_blocks.{level}.downsamplers.0.conv");
        }
    }

    private static IEnumerable<KeyName> Middle() =>
    [
        .. Resnet("middle_block.0", "mid_block.resnets.0"),
        new("middle_block.1", "mid_block.attentions.0"),
        .. Resnet("middle_block.2", "mid_block.resnets.1"),
    ];

    private static IEnumerable<KeyName> Up(IReadOnlyList<UNetLevel> levels)
    {
        var output = 0;
        foreach (var (level, row) in levels.Index())
        {
            foreach (var (block, attention) in row.Attention.Index())
            {
                foreach (var name in Resnet($"output_blocks.{output}.0", $"up_blocks.{level}.resnets.{block}")) yield return name;
                if (attention) yield return new($"output_blocks.{output}.1", $"up_blocks.{level}.attentions.{block}");
                output++;
            }
            // the upsampler stands in the level's last block, behind its transformer if that block has one
            if (row.HasSampler) yield return new($"output_blocks.{output - 1}.{(row.Attention[^1] ? 2 : 1)}.conv", $"up_blocks.{level}.upsamplers.0.conv");
        }
    }

    private static IEnumerable<KeyName> Resnet(string singleFile, string diffusers) =>
        _insideResnet.Select(name => new KeyName($"{singleFile}.{name.SingleFile}", $"{diffusers}.{name.Diffusers}"));
}
