namespace LoraBridge.Tests.Checkpoints;

/// <summary>Names and shapes of every parameter of Stable Diffusion 1.5, written down from the architecture.</summary>
internal static class StableDiffusion15
{
    private const long Context = 768, Time = 1280;

    private static readonly long[] s_widths = [320, 640, 1280, 1280];

    public static IReadOnlyList<(string Name, long[] Shape)> UNet { get; } = [.. UNetParameters()];

    public static IReadOnlyList<(string Name, long[] Shape)> Autoencoder { get; } = [.. AutoencoderParameters()];

    public static IReadOnlyList<(string Name, long[] Shape)> TextEncoder { get; } = [.. TextParameters()];

    /// <summary>All of them under their keys in a single file.</summary>
    public static IEnumerable<(string Name, long[] Shape)> SingleFile =>
    [
        .. UNet.Select(row => ("model.diffusion_model." + row.Name, row.Shape)),
        .. Autoencoder.Select(row => ("first_stage_model." + row.Name, row.Shape)),
        .. TextEncoder.Select(row => ("cond_stage_model.transformer." + row.Name, row.Shape)),
    ];

    private static IEnumerable<(string, long[])> UNetParameters()
    {
        List<(string, long[])> all =
        [
            .. Layer("time_embed.0", Time, 320), .. Layer("time_embed.2", Time, Time),
            .. Layer("input_blocks.0.0", 320, 4, 3, 3),
        ];
        var skips = new Stack<long>([320]);
        var (channels, block) = (320L, 1);
        foreach (var (level, width) in s_widths.Index())
        {
            for (var i = 0; i < 2; i++, block++)
            {
                all.AddRange(Resnet($"input_blocks.{block}.0", channels, width));
                channels = width;
                if (level < 3) all.AddRange(Transformer($"input_blocks.{block}.1", channels));
                skips.Push(channels);
            }
            if (level == 3) continue;
            all.AddRange(Layer($"input_blocks.{block++}.0.op", channels, channels, 3, 3));
            skips.Push(channels);
        }
        all.AddRange([.. Resnet("middle_block.0", 1280, 1280), .. Transformer("middle_block.1", 1280), .. Resnet("middle_block.2", 1280, 1280)]);
        block = 0;
        foreach (var (level, width) in s_widths.Index().Reverse())
            for (var i = 0; i < 3; i++, block++)
            {
                all.AddRange(Resnet($"output_blocks.{block}.0", channels + skips.Pop(), width));
                channels = width;
                if (level < 3) all.AddRange(Transformer($"output_blocks.{block}.1", channels));
                if (i == 2 && level > 0) all.AddRange(Layer($"output_blocks.{block}.{(level < 3 ? 2 : 1)}.conv", channels, channels, 3, 3));
            }
        return [.. all, .. Norm("out.0", 320), .. Layer("out.2", 4, 320, 3, 3)];
    }

    private static IEnumerable<(string, long[])> Resnet(string name, long from, long to) =>
    [
        .. Norm($"{name}.in_layers.0", from), .. Layer($"{name}.in_layers.2", to, from, 3, 3), .. Layer($"{name}.emb_layers.1", to, Time),
        .. Norm($"{name}.out_layers.0", to), .. Layer($"{name}.out_layers.3", to, to, 3, 3),
        .. from == to ? [] : Layer($"{name}.skip_connection", to, from, 1, 1),
    ];

    private static IEnumerable<(string, long[])> Transformer(string name, long c)
    {
        var block = $"{name}.transformer_blocks.0";
        return
        [
            .. Norm($"{name}.norm", c), .. Layer($"{name}.proj_in", c, c, 1, 1),
            .. Norm($"{block}.norm1", c), .. Norm($"{block}.norm2", c), .. Norm($"{block}.norm3", c),
            .. Attention($"{block}.attn1", c, c), .. Attention($"{block}.attn2", c, Context),
            .. Layer($"{block}.ff.net.0.proj", 8 * c, c), .. Layer($"{block}.ff.net.2", c, 4 * c),
            .. Layer($"{name}.proj_out", c, c, 1, 1),
        ];
    }

    private static IEnumerable<(string, long[])> Attention(string name, long c, long context) =>
    [
        ($"{name}.to_q.weight", [c, c]), ($"{name}.to_k.weight", [c, context]), ($"{name}.to_v.weight", [c, context]), .. Layer($"{name}.to_out.0", c, c),
    ];

    private static IEnumerable<(string, long[])> AutoencoderParameters()
    {
        long[] widths = [128, 256, 512, 512];
        List<(string, long[])> all = [.. Layer("encoder.conv_in", 128, 3, 3, 3), .. Layer("decoder.conv_in", 512, 4, 3, 3)];
        var channels = 128L;
        foreach (var (level, width) in widths.Index())
        {
            for (var i = 0; i < 2; i++, channels = width) all.AddRange(AutoencoderResnet($"encoder.down.{level}.block.{i}", channels, width));
            if (level < 3) all.AddRange(Layer($"encoder.down.{level}.downsample.conv", width, width, 3, 3));
        }
        channels = 512;
        foreach (var (level, width) in widths.Index().Reverse())
        {
            for (var i = 0; i < 3; i++, channels = width) all.AddRange(AutoencoderResnet($"decoder.up.{level}.block.{i}", channels, width));
            if (level > 0) all.AddRange(Layer($"decoder.up.{level}.upsample.conv", width, width, 3, 3));
        }
        foreach (var half in new[] { "encoder", "decoder" })
        {
            all.AddRange([.. AutoencoderResnet($"{half}.mid.block_1", 512, 512), .. AutoencoderResnet($"{half}.mid.block_2", 512, 512), .. Norm($"{half}.mid.attn_1.norm", 512)]);
            foreach (var projection in new[] { "q", "k", "v", "proj_out" }) all.AddRange(Layer($"{half}.mid.attn_1.{projection}", 512, 512, 1, 1));
        }
        return
        [
            .. all, .. Norm("encoder.norm_out", 512), .. Layer("encoder.conv_out", 8, 512, 3, 3), .. Norm("decoder.norm_out", 128),
            .. Layer("decoder.conv_out", 3, 128, 3, 3), .. Layer("quant_conv", 8, 8, 1, 1), .. Layer("post_quant_conv", 4, 4, 1, 1),
        ];
    }

    private static IEnumerable<(string, long[])> AutoencoderResnet(string name, long from, long to) =>
    [
        .. Norm($"{name}.norm1", from), .. Layer($"{name}.conv1", to, from, 3, 3), .. Norm($"{name}.norm2", to), .. Layer($"{name}.conv2", to, to, 3, 3),
        .. from == to ? [] : Layer($"{name}.nin_shortcut", to, from, 1, 1),
    ];

    private static IEnumerable<(string, long[])> TextParameters() =>
    [
        ("text_model.embeddings.token_embedding.weight", [49408, 768]), ("text_model.embeddings.position_embedding.weight", [77, 768]),
        .. Enumerable.Range(0, 12).SelectMany(i => TextLayer($"text_model.encoder.layers.{i}")),
        .. Norm("text_model.final_layer_norm", 768),
    ];

    private static IEnumerable<(string, long[])> TextLayer(string name) =>
    [
        .. new[] { "q_proj", "k_proj", "v_proj", "out_proj" }.SelectMany(projection => Layer($"{name}.self_attn.{projection}", 768, 768)),
        .. Layer($"{name}.mlp.fc1", 3072, 768), .. Layer($"{name}.mlp.fc2", 768, 3072), .. Norm($"{name}.layer_norm1", 768), .. Norm($"{name}.layer_norm2", 768),
    ];

    private static IEnumerable<(string, long[])> Layer(string name, long to, params long[] from) => [($"{name}.weight", [to, .. from]), ($"{name}.bias", [to])];

    private static IEnumerable<(string, long[])> Norm(string name, long c) => [($"{name}.weight", [c]), ($"{name}.bias", [c])];
}
