using LoraBridge.Checkpoints.Naming;

namespace LoraBridge.Tests.Checkpoints;

/// <summary>The layers that LoRA trainers take by default, with the shapes of their weights.</summary>
internal static class DefaultTargets
{
    public static IEnumerable<(ModuleName Module, long[] Shape)> Of(
        IEnumerable<(string Name, long[] Shape)> unet, IEnumerable<(string Name, long[] Shape)> text, bool convolutions = false) =>
    [
        .. unet.Where(row => Weight(row) && (InTransformer(row.Name) || (convolutions && InResnetOrSampler(row.Name))))
            .Select(row => (new ModuleName(ModelComponent.UNet, Path(row.Name)), row.Shape)),
        .. text.Where(row => Weight(row) && row.Name.Contains(".layers.")).Select(row => (new ModuleName(ModelComponent.TextEncoder, Path(row.Name)), row.Shape)),
    ];

    private static bool Weight((string Name, long[] Shape) row) => row.Name.EndsWith(".weight", StringComparison.Ordinal) && row.Shape.Length > 1;

    private static bool InTransformer(string name) => name.Contains(".transformer_blocks.") || name.Contains(".proj_in.") || name.Contains(".proj_out.");

    private static bool InResnetOrSampler(string name) =>
        !InTransformer(name) && (name.Contains("_layers.") || name.Contains(".skip_connection.") || name.Contains(".op.") || name.EndsWith(".conv.weight", StringComparison.Ordinal));

    private static string Path(string name) => name[..^".weight".Length];
}
