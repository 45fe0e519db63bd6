namespace LoraBridge.Checkpoints.Naming;

/// <summary>One resolution of a UNet on its way down or up.</summary>
/// <param name="Attention">For each of its residual blocks, whether a transformer follows.</param>
/// <param name="HasSampler">Whether a change of resolution ends it.</param>
internal sealed record UNetLevel(IReadOnlyList<bool> Attention, bool HasSampler);

/// <summary>Which blocks a UNet has, read from its keys: all that its names depend on.</summary>
/// <param name="Down">From the latents' resolution to the lowest.</param>
/// <param name="Up">From the lowest resolution back.</param>
internal sealed record UNetTopology(IReadOnlyList<UNetLevel> Down, IReadOnlyList<UNetLevel> Up)
{
    /// <summary>Reads keys or module paths of either spelling.</summary>
    /// <exception cref="ArgumentException">Some blocks are missing.</exception>
    public static UNetTopology Of(IEnumerable<string> keys) => Find(keys)
        ?? throw new ArgumentException("These are not the keys of a whole UNet: a residual block of some level is missing, so the levels cannot be told.", nameof(keys));

    /// <summary>Reads keys or module paths of either spelling; null when they are not those of a whole UNet.</summary>
    public static UNetTopology? Find(IEnumerable<string> keys)
    {
        var paths = KeyPrefixes.Of(keys);
        var topology = paths.Contains("down_blocks.0")
            ? new UNetTopology(DiffusersLevels(paths, "down_blocks", "downsamplers"), DiffusersLevels(paths, "up_blocks", "upsamplers"))
            : new UNetTopology(InputLevels(paths), OutputLevels(paths));
        return topology.IsWhole ? topology : null;
    }

    private bool IsWhole => Down.Count > 0 && Up.Count > 0 && Down.Concat(Up).All(level => level.Attention.Count > 0);

    private static List<UNetLevel> DiffusersLevels(HashSet<string> paths, string side, string sampler)
    {
        var levels = new List<UNetLevel>();
        for (var level = 0; paths.Contains($"{side}.{level}"); level++)
        {
            var attention = new List<bool>();
            for (var block = 0; paths.Contains($"{side}.{level}.resnets.{block}"); block++)
                attention.Add(paths.Contains($"{side}.{level}.attentions.{block}"));
            levels.Add(new(attention, paths.Contains($"{side}.{level}.{sampler}.0")));
        }
        return levels;
    }

    private static List<UNetLevel> InputLevels(HashSet<string> paths)
    {
        var levels = new List<UNetLevel>();
        var attention = new List<bool>();
        var block = 1;                                                          // 0 is the convolution that takes the latents in
        for (; paths.Contains($"input_blocks.{block}"); block++)
        {
            if (paths.Contains($"input_blocks.{block}.0.op"))
            {
                levels.Add(new(attention, HasSampler: true));
                attention = [];
            }
            else
            {
                attention.Add(paths.Contains($"input_blocks.{block}.1"));
            }
        }
        levels.Add(new(attention, HasSampler: false));
        return paths.Contains($"input_blocks.{block + 1}") ? [] : levels;        // a block is missing
    }

    private static List<UNetLevel> OutputLevels(HashSet<string> paths)
    {
        var levels = new List<UNetLevel>();
        var attention = new List<bool>();
        var block = 0;
        for (; paths.Contains($"output_blocks.{block}"); block++)
        {
            // an upsampler comes after the transformer where there is one: it is "2.conv" or "1.conv"
            var direct = paths.Contains($"output_blocks.{block}.1.conv");
            attention.Add(paths.Contains($"output_blocks.{block}.1") && !direct);
            if (!direct && !paths.Contains($"output_blocks.{block}.2.conv")) continue;
            levels.Add(new(attention, HasSampler: true));
            attention = [];
        }
        levels.Add(new(attention, HasSampler: false));
        return paths.Contains($"output_blocks.{block + 1}") ? [] : levels;
    }
}

/// <summary>The dotted beginnings of a set of keys, as deep as the names of blocks go.</summary>
internal static class KeyPrefixes
{
    private const int Depth = 6;                                                // a hostile key may have a million dots

    public static HashSet<string> Of(IEnumerable<string> keys)
    {
        var prefixes = new HashSet<string>(StringComparer.Ordinal);
        foreach (var key in keys)
        {
            var dot = -1;
            for (var depth = 0; depth < Depth; depth++)
            {
                dot = key.IndexOf('.', dot + 1);
                prefixes.Add(dot < 0 ? key : key[..dot]);
                if (dot < 0) break;
            }
        }
        return prefixes;
    }
}
