using LoraBridge.Checkpoints;
using LoraBridge.Checkpoints.Naming;
using LoraBridge.Diffusion.Models;
using static TorchSharp.torch;

namespace LoraBridge.Lora.Tools;

/// <summary>The checkpoint that adapters are for: its layers' sizes at once, their weights one at a time when they are asked for.</summary>
public sealed class BaseCheckpoint : IDisposable
{
    private readonly CheckpointFile _file;
    private readonly CheckpointLayout _layout;

    private BaseCheckpoint(CheckpointFile file)
    {
        _file = file;
        _layout = CheckpointLayout.Of(file.Tensors);
        if (_layout is not { Family: ModelFamily.StableDiffusion1, UNet.Count: > 0, TextEncoder.Count: > 0 })
            throw new UnsupportedModelException(file.Path, _layout.Description, "Give a Stable Diffusion 1.x checkpoint that holds a UNet and a text encoder.");
        var hints = ModelHintSources.FromMetadata(file.Metadata).Or(ModelHintSources.FromConfigBeside(file.Path)).Or(ModelHints.Sd1);
        // modules without memory: only their names and sizes are asked for
        using var unet = new UNet2DConditionModel(UNetConfig.FromShapes(Shapes(_layout.UNet), hints));
        using var text = new ClipTextModel(ClipTextConfig.FromShapes(Shapes(_layout.TextEncoder), hints));
        Layers = new(unet, text, CPU);
    }

    /// <summary>Opens a Stable Diffusion 1 checkpoint; its weights stay on disk.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="UnsupportedModelException">The file is of another family or kind.</exception>
    public static BaseCheckpoint Open(string path)
    {
        var file = CheckpointFile.Open(path);
        try
        {
            return new(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The file.</summary>
    public string Path => _file.Path;

    /// <summary>Its layers.</summary>
    public ModelLayers Layers { get; }

    /// <summary>A layer's weight in float32, in the layer's shape; of the caller's scope.</summary>
    /// <exception cref="CheckpointFormatException">The file lacks it.</exception>
    internal Tensor Weight(ModuleName layer)
    {
        using var scope = NewDisposeScope();
        var keys = layer.Component == ModelComponent.UNet ? _layout.UNet : _layout.TextEncoder;
        if (!keys.TryGetValue($"{layer.Path}.weight", out var key))
            throw new CheckpointFormatException(Path, $"it has no weight for '{layer.Path}'", "Give a whole checkpoint");
        return _file.Read(key).to(float32).reshape([.. Layers.Shape(layer)!]).MoveToOuterDisposeScope();
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private Dictionary<string, long[]> Shapes(IReadOnlyDictionary<string, string> keys) =>
        keys.ToDictionary(pair => pair.Key, pair => _file.Tensors[pair.Value].Shape.ToArray(), StringComparer.Ordinal);
}
