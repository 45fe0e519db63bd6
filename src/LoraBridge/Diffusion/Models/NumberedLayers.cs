using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraBridge.Diffusion.Models;

/// <summary>
/// Layers under the numbers they have in the checkpoint; the numbers that are left out are activations and dropout,
/// which have no weights.
/// </summary>
internal sealed class NumberedLayers : Module
{
    private readonly Dictionary<int, Module<Tensor, Tensor>> _layers = [];

    public NumberedLayers(params (int Number, Module<Tensor, Tensor> Layer)[] layers) : base(nameof(NumberedLayers))
    {
        foreach (var (number, layer) in layers)
        {
            register_module($"{number}", layer);
            _layers.Add(number, layer);
        }
    }

    /// <summary>The layer of that number.</summary>
    public Module<Tensor, Tensor> this[int number] => _layers[number];
}
