namespace LoraBridge.Diffusion.Text;

/// <summary>An order in which people list block weights.</summary>
/// <param name="Use">What it is used for.</param>
/// <param name="IsSupported">Whether the blocks are those of a model that LoraBridge runs.</param>
/// <param name="Blocks">The blocks' names in order.</param>
internal sealed record BlockWeightLayout(string Use, bool IsSupported, IReadOnlyList<string> Blocks)
{
    /// <summary>BASE (the text encoder), IN00 to IN11, M00 and OUT00 to OUT11: every block of SD1.</summary>
    public static BlockWeightLayout Sd1Convolutions { get; } = new("SD1 with convolutions (LoCon)", true, ["BASE", .. Names("IN", 0, 11), "M00", .. Names("OUT", 0, 11)]);

    /// <summary>Those of SD1 that have attention.</summary>
    public static BlockWeightLayout Sd1 { get; } = new(
        "SD1", true, ["BASE", .. Names("IN", 1, 2), .. Names("IN", 4, 5), .. Names("IN", 7, 8), "M00", .. Names("OUT", 3, 11)]);

    /// <summary>All layouts; each has its own length, by which a list is told.</summary>
    public static IReadOnlyList<BlockWeightLayout> All { get; } =
    [
        Sd1,
        Sd1Convolutions,
        new("SDXL", false, ["BASE", .. Names("IN", 4, 5), .. Names("IN", 7, 8), "M00", .. Names("OUT", 0, 5)]),
        new("SDXL with convolutions (LoCon)", false, ["BASE", .. Names("IN", 0, 8), "M00", .. Names("OUT", 0, 8)]),
    ];

    /// <summary>The presets that the block weight extension brought along, as the blocks of <see cref="Sd1"/> that they keep, and their weight.</summary>
    public static IReadOnlyDictionary<string, (string[] Kept, double Weight)> Presets { get; } = new Dictionary<string, (string[], double)>(StringComparer.OrdinalIgnoreCase)
    {
        ["NONE"] = ([], 0),
        ["ALL"] = ([.. Sd1.Blocks], 1),
        ["ALL0.5"] = ([.. Sd1.Blocks], 0.5),
        ["INS"] = (["BASE", "IN01", "IN02", "IN04"], 1),
        ["IND"] = (["BASE", "IN05", "IN07", "IN08"], 1),
        ["INALL"] = (["BASE", .. Sd1.Blocks.Where(IsIn)], 1),
        ["MIDD"] = (["BASE", "IN05", "IN07", "IN08", "M00", .. Names("OUT", 3, 6)], 1),
        ["OUTD"] = (["BASE", .. Names("OUT", 3, 6)], 1),
        ["OUTS"] = (["BASE", .. Names("OUT", 7, 11)], 1),
        ["OUTALL"] = (["BASE", .. Names("OUT", 3, 11)], 1),
    };

    /// <summary>Where a block stands among all of SD1; -1 when there is none of the name.</summary>
    public static int IndexOf(string block)
    {
        for (var i = 0; i < Sd1Convolutions.Blocks.Count; i++)
        {
            if (string.Equals(Sd1Convolutions.Blocks[i], block, StringComparison.OrdinalIgnoreCase)) return i;
        }
        return -1;
    }

    /// <summary>Weights in this order, for all blocks of SD1: a block that the layout lacks has the weight of the listed one before it, IN00 of the one after it.</summary>
    public double[] Spread(IReadOnlyList<double> weights)
    {
        var all = new double[Sd1Convolutions.Blocks.Count];
        var listed = Blocks.Select(IndexOf).ToList();
        for (var i = 0; i < all.Length; i++)
        {
            var at = listed.FindLastIndex(index => index <= i);
            // the text encoder says nothing of the block after it
            if (i > 0 && at == 0) at = 1;
            all[i] = weights[at];
        }
        return all;
    }

    private static bool IsIn(string block) => block.StartsWith("IN", StringComparison.Ordinal);

    private static IEnumerable<string> Names(string stage, int first, int last) => Enumerable.Range(first, last - first + 1).Select(i => $"{stage}{i:00}");
}
