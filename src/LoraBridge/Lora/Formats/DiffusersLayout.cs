using LoraBridge.Checkpoints.Naming;
using LoraBridge.Lora.Algorithms;
using static TorchSharp.torch;

namespace LoraBridge.Lora.Formats;

/// <summary>
/// Keys as diffusers writes them today, with PEFT's names for the tensors. The files have no alpha and older readers no eye for
/// settings in the metadata, so that alpha / rank is multiplied into B.
/// </summary>
internal static class DiffusersLayout
{
    private const string Cure = "Write it in the kohya layout.";

    /// <summary>The tensors to write.</summary>
    /// <exception cref="LoraMismatchException">The layout has no place for an algorithm.</exception>
    public static Dictionary<string, Tensor> Tensors(LoraFile file, string path)
    {
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var module in file.Modules)
        {
            var network = module.Target.Component == ModelComponent.UNet ? "unet" : "text_encoder";
            Add(tensors, $"{network}.{file.Layers.DottedNames.Diffusers(module.Target)}", module, file, path, module.Scale);
        }
        return tensors;
    }

    /// <summary>Adds a module's tensors under PEFT's names, B times a factor.</summary>
    public static void Add(Dictionary<string, Tensor> tensors, string stem, LoraModule module, LoraFile file, string path, double factor)
    {
        foreach (var (kind, tensor) in module.Tensors)
        {
            if (kind is TensorKind.Alpha or TensorKind.Scale) continue;
            var name = kind switch
            {
                TensorKind.Down => "lora_A.weight",
                TensorKind.Up => "lora_B.weight",
                TensorKind.UpBias => "lora_B.bias",
                TensorKind.DoraScale when module is DoraModule { IsByOutput: true } => TensorKind.Magnitude,
                TensorKind.DoraScale => throw new LoraMismatchException(path, stem, "has DoRA lengths by input, which diffusers and PEFT cannot express", Cure),
                _ => throw new LoraMismatchException(path, stem, $"is of the algorithm {module.Algorithm} with a tensor '{kind}', which diffusers and PEFT cannot express", Cure),
            };
            var shaped = KohyaLayout.Shaped(kind, tensor, module, file.Layers);
            tensors.Add($"{stem}.{name}", kind switch
            {
                TensorKind.Up or TensorKind.UpBias => factor == 1 ? shaped : shaped.to(float32) * factor,
                TensorKind.DoraScale when tensor.dim() == 2 => shaped.flatten(),        // (out) of a linear layer, (1, out, 1, 1) of a convolution
                TensorKind.DoraScale => shaped.reshape([1, -1, .. Enumerable.Repeat(1L, Math.Max((int)tensor.dim() - 2, 0))]),
                _ => shaped,
            });
        }
    }
}
