using LoraBridge.Checkpoints;
using TorchSharp;

namespace LoraBridge.Lora.Tools;

/// <summary>In which type a file keeps its numbers.</summary>
internal static class StoredTypes
{
    /// <summary>The narrowest type that loses nothing: F32 as soon as one factor is wider than a half or types are mixed.</summary>
    public static TensorType Of(LoraFile file)
    {
        var types = file.Modules.SelectMany(module => module.Tensors.Where(pair => pair.Value.NumberOfElements > 1)).Select(pair => pair.Value.dtype).Distinct().ToArray();
        return types switch
        {
            [torch.ScalarType.Float16] => TensorType.F16,
            [torch.ScalarType.BFloat16] => TensorType.BF16,
            _ => TensorType.F32,
        };
    }
}
