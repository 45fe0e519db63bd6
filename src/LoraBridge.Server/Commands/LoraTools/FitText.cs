using System.Globalization;
using LoraBridge.Lora;
using LoraBridge.Lora.Tools;

namespace LoraBridge.Server.Commands.LoraTools;

/// <summary>What a tool wrote: the files on standard output, how well they fit on standard error.</summary>
internal static class FitText
{
    /// <summary>Rows of the layers, when they are asked for.</summary>
    public static void WriteTable(TextWriter output, FitReport fit)
    {
        var width = fit.Layers.Count == 0 ? 5 : fit.Layers.Max(layer => layer.Layer.Length);
        output.Write(string.Create(CultureInfo.InvariantCulture, $"{"layer".PadRight(width)}  {"old",5} {"new",5} {"‖D‖",10} {"kept",9} {"error",9}\n"));
        foreach (var layer in fit.Layers)
            output.Write(string.Create(CultureInfo.InvariantCulture, $"{layer.Layer.PadRight(width)}  {Rank(layer.RankBefore),5} {Rank(layer.Rank),5} {layer.Norm,10:0.000000} {layer.Kept,9:0.00 %} {layer.Error,9:0.000 %}\n"));
    }

    /// <summary>The files, and a line on the whole.</summary>
    public static void WriteSummary(TextWriter output, TextWriter error, IReadOnlyList<SavedLora> files, FitReport fit)
    {
        foreach (var file in files) output.WriteLine(file.Path);
        if (fit.Layers.Count == 0) return;
        var ranks = fit.LeastRank is not { } least ? "" : least == fit.GreatestRank ? $"rank {least}, " : $"ranks {least} to {fit.GreatestRank}, ";
        error.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"lorabridge: {fit.Layers.Count} layers, {ranks}error {fit.Error:0.###%} of the whole change (worst layer {fit.Worst!.Error:0.###%}: {fit.Worst.Layer})"));
    }

    private static string Rank(long? rank) => rank?.ToString(CultureInfo.InvariantCulture) ?? "-";
}
