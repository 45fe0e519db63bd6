using System.Globalization;
using System.Text;
using LoraBridge.Lora.Tools;

namespace LoraBridge.Server.Commands.LoraTools;

/// <summary>An inspection as text for a terminal.</summary>
internal static class InspectionText
{
    private const int BarWidth = 40;

    public static string Of(LoraInspection inspection, bool layers)
    {
        var text = new StringBuilder();
        var report = inspection.Report;
        Line(text, "file", $"{inspection.Path} ({Bytes(inspection.Bytes)}, {string.Join(" and ", report.Types)})");
        Line(text, "family", inspection.Family);
        Line(text, "layout", string.Join(", ", report.Layouts));
        Line(text, "layers", string.Join(", ", report.Modules.Select(row => $"{row.Modules} {row.Algorithm} in the {(row.Component == "UNet" ? "UNet" : "text encoder")}")));
        if (report.MinRank is { } least) Line(text, "rank", $"{Range(least, report.MaxRank!.Value)}, scale {Range(report.MinScale ?? 1, report.MaxScale ?? 1)}");
        if (report.DoraNorm is { } dora) Line(text, "DoRA", $"norms over {dora}");
        if (report.Embeddings.Count > 0) Line(text, "embeddings", string.Join(", ", report.Embeddings.Keys));
        if (inspection.Hashes is { } hashes) Line(text, "hash", $"{hashes.AutoV3} ({State(inspection.HashState)})");

        foreach (var (heading, said) in inspection.Training.Facts) Line(text, heading, said);
        if (inspection.Training.Tags.Count > 0) Line(text, "tags", string.Join(", ", inspection.Training.Tags.Select(tag => $"{tag.Key} ({tag.Value})")));

        text.Append('\n');
        foreach (var part in inspection.Components) text.Append(CultureInfo.InvariantCulture, $"{part.Name,-12} {part.Layers,4} layers   ‖D‖ {part.Norm,9:0.0000}   {part.Share:0.0 %}\n");
        text.Append('\n');
        Bars(text, inspection.Blocks);
        if (layers) Table(text, inspection.Layers);

        text.Append('\n');
        foreach (var warning in report.Warnings.Concat(inspection.Advice)) text.Append($"note: {warning}\n");
        text.Append(inspection.Conclusion).Append('\n');
        return text.ToString();
    }

    private static void Bars(StringBuilder text, IReadOnlyList<InspectionPart> blocks)
    {
        var greatest = blocks.Count == 0 ? 0 : blocks.Max(block => block.Norm);
        foreach (var block in blocks)
        {
            var length = greatest == 0 ? 0 : (int)Math.Round(block.Norm / greatest * BarWidth);
            text.Append(CultureInfo.InvariantCulture, $"{block.Name,-6} {new string('█', length).PadRight(BarWidth, '·')} {block.Norm:0.0000} ({block.Layers} {(block.Layers == 1 ? "layer" : "layers")})\n");
        }
    }

    private static void Table(StringBuilder text, IReadOnlyList<LayerInspection> layers)
    {
        var width = layers.Count == 0 ? 5 : layers.Max(layer => layer.Layer.Length);
        var relative = layers.Any(layer => layer.RelativeNorm is not null);
        text.Append(CultureInfo.InvariantCulture, $"\n{"layer".PadRight(width)}  {"algorithm",-10} {"rank",4} {"used",4} {"eff.",6} {"scale",7} {"‖up‖",9} {"‖down‖",9} {"‖D‖",9}{(relative ? $" {"‖D‖/‖W‖",9}" : "")}\n");
        foreach (var layer in layers)
        {
            text.Append(CultureInfo.InvariantCulture, $"{layer.Layer.PadRight(width)}  {layer.Algorithm,-10} {layer.Rank,4} {layer.Spectrum?.Used,4} {layer.Spectrum?.Effective,6:0.0} {layer.Scale,7:0.###} {layer.UpNorm,9:0.0000} {layer.DownNorm,9:0.0000} {layer.Norm,9:0.0000}");
            if (relative) text.Append(CultureInfo.InvariantCulture, $" {layer.RelativeNorm,9:0.000000}");
            text.Append(!layer.IsFinite ? "  NaN" : layer.IsZero ? "  zero" : "").Append('\n');
        }
    }

    private static void Line(StringBuilder text, string heading, string said) => text.Append($"{heading + ":",-16}").Append(said).Append('\n');

    private static string Range<T>(T least, T most) where T : IFormattable, IEquatable<T> =>
        least.Equals(most) ? Number(least) : $"{Number(least)} to {Number(most)}";

    private static string Number<T>(T number) where T : IFormattable => number.ToString("0.######", CultureInfo.InvariantCulture);

    private static string State(HashState state) => state switch
    {
        HashState.Verified => "verified",
        HashState.Mismatch => "NOT the one in its metadata",
        _ => "not stated in the file",
    };

    private static string Bytes(long bytes) => bytes switch
    {
        < 1 << 10 => $"{bytes} bytes",
        < 1 << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.0} KiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.0} MiB"),
    };
}
