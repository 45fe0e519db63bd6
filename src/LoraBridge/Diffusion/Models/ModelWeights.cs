using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraBridge.Diffusion.Models;

/// <summary>The parameters a model is laid out with, before and while it is given their tensors.</summary>
public static class ModelWeights
{
    /// <summary>Every parameter's name and shape, whether or not it has its tensor yet.</summary>
    public static IEnumerable<(string Name, long[] Shape)> Shapes(Module model) =>
        Slots(model).Select(slot => (slot.Name, slot.Shape));

    /// <summary>Gives every parameter a tensor of its shape, which the model takes over.</summary>
    /// <param name="model">A model without tensors.</param>
    /// <param name="create">Makes the tensor of that name and shape.</param>
    public static void Fill(Module model, Func<string, long[], Tensor> create)
    {
        using var noGrad = no_grad();
        foreach (var slot in Slots(model)) slot.Layer.Assign(slot.Parameter, create(slot.Name, slot.Shape));
    }

    /// <summary>
    /// Sets the type that convolutions and linear layers multiply in, while norms, sums and what layers pass on keep theirs: float32
    /// networks then train in about half the time where a machine multiplies bfloat16, and small steps are not rounded away.
    /// </summary>
    /// <param name="model">A model, with or without tensors.</param>
    /// <param name="type">The type; null for that of each layer's input.</param>
    public static void MultiplyIn(Module model, ScalarType? type)
    {
        foreach (var module in model.modules())
            if (module is Conv2dLayer or LinearLayer) ((WeightLayer)module).ProductType = type;
    }

    internal static IEnumerable<WeightSlot> Slots(Module model)
    {
        foreach (var (path, module) in model.named_modules())
        {
            if (module is not WeightLayer layer) continue;
            yield return new($"{path}.weight", layer.WeightShape, layer, nameof(layer.weight));
            if (layer.BiasShape is { } shape) yield return new($"{path}.bias", shape, layer, nameof(layer.bias));
        }
    }
}

/// <summary>A place for a tensor in a model.</summary>
/// <param name="Name">Name in the model.</param>
/// <param name="Shape">The shape it must have.</param>
/// <param name="Layer">The layer that it belongs to.</param>
/// <param name="Parameter">Name in the layer.</param>
internal sealed record WeightSlot(string Name, long[] Shape, WeightLayer Layer, string Parameter)
{
    /// <summary>Whether a tensor of that shape can be put here: 1x1 convolutions and linear layers hold the same numbers.</summary>
    public bool Accepts(IReadOnlyList<long> shape) => Squeezed(shape).SequenceEqual(Squeezed(Shape));

    private static IEnumerable<long> Squeezed(IReadOnlyList<long> shape) =>
        shape.Count == 4 && shape[2] == 1 && shape[3] == 1 ? shape.Take(2) : shape;
}
