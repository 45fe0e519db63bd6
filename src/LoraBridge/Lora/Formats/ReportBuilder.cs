using LoraBridge.Lora.Algorithms;

namespace LoraBridge.Lora.Formats;

/// <summary>Counts what an adapter does.</summary>
internal static class ReportBuilder
{
    /// <summary>The part of the report that the modules tell.</summary>
    public static LoraReport Of(string path, IReadOnlyList<LoraModule> modules)
    {
        var ranked = modules.Where(module => module.Rank is not null).ToArray();
        var dora = modules.OfType<DoraModule>().Select(module => module.IsByOutput ? "output rows" : "input columns").Distinct().Order(StringComparer.Ordinal).ToArray();
        return new()
        {
            Path = path,
            Modules =
            [
                .. from module in modules
                   group module by (Component: module.Target.Component.ToString(), module.Algorithm) into same
                   orderby same.Key.Component descending, same.Key.Algorithm
                   select new LoraModuleCount(same.Key.Component, same.Key.Algorithm, same.Count()),
            ],
            MinRank = ranked.Min(module => module.Rank),
            MaxRank = ranked.Max(module => module.Rank),
            MinScale = ranked.Length == 0 ? null : ranked.Min(module => module.Scale),
            MaxScale = ranked.Length == 0 ? null : ranked.Max(module => module.Scale),
            Types = [.. modules.SelectMany(module => module.Tensors.Values).Select(tensor => Checkpoints.TorchTypes.Of(tensor.dtype) is { } type ? Checkpoints.TensorTypes.FormatName(type) : tensor.dtype.ToString()).Distinct().Order(StringComparer.Ordinal)],
            DoraNorm = dora.Length == 0 ? null : string.Join(" and ", dora),
        };
    }
}
