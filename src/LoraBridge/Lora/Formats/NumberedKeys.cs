using System.Globalization;
using System.Text.RegularExpressions;
using LoraBridge.Checkpoints;
using LoraBridge.Checkpoints.Naming;

namespace LoraBridge.Lora.Formats;

/// <summary>
/// The files of the first LoRA trainer for Stable Diffusion (cloneofsimo): <c>unet:0:up</c>. A number counts the layers in the
/// order in which a walk through the model meets them; between two versions of diffusers that order differs, and shapes tell.
/// </summary>
internal static partial class NumberedKeys
{
    private static readonly string[] s_oldParts = ["attn1", "ff", "attn2"], s_newParts = ["attn1", "attn2", "ff"];

    private static readonly string[] s_sides = ["down_blocks", "up_blocks", "mid_block"];       // the middle was registered last

    private static readonly string[] s_projections = ["to_q", "to_k", "to_v", "to_out.0"], s_textProjections = ["k_proj", "v_proj", "q_proj", "out_proj"];

    /// <summary>Whether a file's keys are numbers.</summary>
    public static bool AreIn(CheckpointFile file) => file.Tensors.Keys.Any(key => Key().IsMatch(key));

    /// <summary>Finds the layers behind the numbers; where shapes fit no order, nothing is found.</summary>
    public static SortedKeys Sort(CheckpointFile file, ModelLayers layers)
    {
        var hasGeglu = !file.Metadata.TryGetValue("unet", out var classes) || classes.Contains("GEGLU", StringComparison.Ordinal);
        var unet = Fitting(file, layers, "unet", [UNet(layers, s_oldParts, hasGeglu), UNet(layers, s_newParts, hasGeglu)]);
        var text = Fitting(file, layers, "text_encoder", [Text(layers)]);
        return SortedKeys.Of(file.Tensors.Keys.Select(key => Placed(key, unet, text)), file.Path);
    }

    private static (string Key, SplitKey Split, FoundLayer? Layer) Placed(string key, List<ModuleName> unet, List<ModuleName> text)
    {
        var match = Key().Match(key);
        if (!match.Success) return (key, default, null);
        var order = match.Groups[1].Value == "unet" ? unet : text;
        var kind = match.Groups[3].Value == "up" ? TensorKind.Up : TensorKind.Down;
        FoundLayer? layer = Number(match) is { } number && number < order.Count ? new FoundLayer(order[number], "cloneofsimo", HasAlpha: true) : null;
        return (key, new(key[..key.LastIndexOf(':')], kind), layer);
    }

    private static int? Number(Match match) => int.TryParse(match.Groups[2].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static List<ModuleName> Fitting(CheckpointFile file, ModelLayers layers, string network, List<ModuleName>[] orders)
    {
        return Array.Find(orders, order => order.Index().All(row => Fits(row.Index, layers.Shape(row.Item)!))) ?? [];

        bool Fits(int number, IReadOnlyList<long> shape) =>
            Size($"{network}:{number}:up", 0) is var up && Size($"{network}:{number}:down", 1) is var down && (up ?? shape[0]) == shape[0] && (down ?? shape[1]) == shape[1];

        long? Size(string key, int dimension) => file.Tensors.TryGetValue(key, out var entry) && entry.Shape.Count > dimension ? entry.Shape[dimension] : null;
    }

    private static List<ModuleName> UNet(ModelLayers layers, string[] parts, bool hasGeglu) =>
    [
        .. from name in layers.All
           where name.Component == ModelComponent.UNet
           let match = UNetPath().Match(layers.DottedNames.Diffusers(name))
           where match.Success && (hasGeglu || match.Groups[5].Value != "ff")
           orderby Array.IndexOf(s_sides, match.Groups[1].Value), Int(match.Groups[2]), Int(match.Groups[3]), Int(match.Groups[4]),
               Array.IndexOf(parts, match.Groups[5].Value), Array.IndexOf(s_projections, match.Groups[6].Value)
           select name,
    ];

    private static List<ModuleName> Text(ModelLayers layers) =>
    [
        .. from name in layers.All
           where name.Component == ModelComponent.TextEncoder
           let match = TextPath().Match(name.Path)
           where match.Success
           orderby Int(match.Groups[1]), Array.IndexOf(s_textProjections, match.Groups[2].Value)
           select name,
    ];

    private static int Int(Group group) => group.Length == 0 ? 0 : int.Parse(group.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(unet|text_encoder):(\d{1,6}):(up|down)$")]
    private static partial Regex Key();

    [GeneratedRegex(@"^(down_blocks|up_blocks|mid_block)(?:\.(\d+))?\.attentions\.(\d+)\.transformer_blocks\.(\d+)\.(attn1|attn2|ff)\.(to_[qkv]|to_out\.0|net\.0\.proj)$")]
    private static partial Regex UNetPath();

    [GeneratedRegex(@"\.layers\.(\d+)\.self_attn\.(\w+)$")]
    private static partial Regex TextPath();
}
