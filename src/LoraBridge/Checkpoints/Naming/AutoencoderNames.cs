namespace LoraBridge.Checkpoints.Naming;

/// <summary>
/// The autoencoder's names: single file (CompVis) beside diffusers. The mid attention's weights are (C, C, 1, 1) in a single file and
/// (C, C) in diffusers: the same numbers in the same order.
/// </summary>
internal static class AutoencoderNames
{
    private static readonly KeyName[] _insideAttention =
    [
        new("norm", "group_norm"), new("q", "to_q"), new("k", "to_k"), new("v", "to_v"), new("proj_out", "to_out.0"),
    ];

    private static readonly KeyName[] _insideAttentionOlder =
    [
        new("q", "query"), new("k", "key"), new("v", "value"), new("proj_out", "proj_attn"),
    ];

    public static KeyNames Table(IEnumerable<string> keys)
    {
        var paths = KeyPrefixes.Of(keys);
        return new(
            [.. Half(paths, "encoder", "down", "downsample"), .. Half(paths, "decoder", "up", "upsample"), new("quant_conv", "quant_conv"), new("post_quant_conv", "post_quant_conv")],
            [.. Attention("encoder", _insideAttentionOlder), .. Attention("decoder", _insideAttentionOlder)]);
    }

    private static IEnumerable<KeyName> Half(HashSet<string> paths, string half, string side, string sampler)
    {
        var levels = Enumerable.Range(0, int.MaxValue)
            .TakeWhile(level => paths.Contains($"{half}.{side}.{level}") || paths.Contains($"{half}.{side}_blocks.{level}")).Count();
        for (var level = 0; level < levels; level++)
        {
            // the decoder counts its levels from the picture's side, diffusers from the latents'
            var theirs = side == "up" ? levels - 1 - level : level;
            var (single, diffusers) = ($"{half}.{side}.{level}", $"{half}.{side}_blocks.{theirs}");
            for (var block = 0; paths.Contains($"{single}.block.{block}") || paths.Contains($"{diffusers}.resnets.{block}"); block++)
                foreach (var name in Resnet($"{single}.block.{block}", $"{diffusers}.resnets.{block}")) yield return name;
            yield return new($"{single}.{sampler}.conv", $"{diffusers}.{sampler}rs.0.conv");
        }

        foreach (var name in Resnet($"{half}.mid.block_1", $"{half}.mid_block.resnets.0")) yield return name;
        foreach (var name in Resnet($"{half}.mid.block_2", $"{half}.mid_block.resnets.1")) yield return name;
        foreach (var name in Attention(half, _insideAttention)) yield return name;
        yield return new($"{half}.conv_in", $"{half}.conv_in");
        yield return new($"{half}.norm_out", $"{half}.conv_norm_out");
        yield return new($"{half}.conv_out", $"{half}.conv_out");
    }

    private static IEnumerable<KeyName> Resnet(string singleFile, string diffusers) =>
    [
        new($"{singleFile}.nin_shortcut", $"{diffusers}.conv_shortcut"),
        .. new[] { "norm1", "conv1", "norm2", "conv2" }.Select(name => new KeyName($"{singleFile}.{name}", $"{diffusers}.{name}")),
    ];

    private static IEnumerable<KeyName> Attention(string half, KeyName[] inside) =>
        inside.Select(name => new KeyName($"{half}.mid.attn_1.{name.SingleFile}", $"{half}.mid_block.attentions.0.{name.Diffusers}"));
}
