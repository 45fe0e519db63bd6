using System.Globalization;
using LoraBridge.Checkpoints;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Goldens;

/// <summary>The text encoder: every hidden state, the normalised ones, and what the UNet is given.</summary>
internal static class TextGoldens
{
    public static readonly GoldenCheck Check = new(
        "text.safetensors",
        path =>
        {
            using var file = CheckpointFile.Open(path);
            return [.. file.Tensors.Keys.Where(name => name is "last" or "context" || name.StartsWith("hidden.", StringComparison.Ordinal) || name.StartsWith("skip", StringComparison.Ordinal))];
        },
        Run);

    private static void Run(string path, string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var file = CheckpointFile.Open(path);
        var text = GoldenModels.Beside(path).TextEncoder;
        var ids = file.Read("ids");
        var actual = name switch
        {
            _ when name.StartsWith("hidden.", StringComparison.Ordinal) => text.HiddenStates(ids)[int.Parse(name["hidden.".Length..], CultureInfo.InvariantCulture)],
            _ when name.StartsWith("skip", StringComparison.Ordinal) => text.call(ids, long.Parse(name["skip".Length..], CultureInfo.InvariantCulture)),
            _ => text.call(ids, 1),
        };
        GoldenModels.Check(path, file, name, actual, 2e-5);
    }
}
