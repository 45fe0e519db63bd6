using LoraBridge.Checkpoints;
using LoraBridge.Checkpoints.Naming;
using static TorchSharp.torch;

namespace LoraBridge.Lora.Tools;

/// <summary>Two checkpoints of one family, tensor beside tensor, read one pair at a time.</summary>
internal sealed class CheckpointPair : IDisposable
{
    private readonly CheckpointFile _tuned, _base;
    private readonly Dictionary<(ModelComponent Component, string Name), (string Tuned, string Base)> _keys = [];

    private CheckpointPair(CheckpointFile tuned, CheckpointFile @base)
    {
        (_tuned, _base) = (tuned, @base);
        var (tunedLayout, baseLayout) = (CheckpointLayout.Of(tuned.Tensors), CheckpointLayout.Of(@base.Tensors));
        if (tunedLayout.Family != baseLayout.Family)
            throw new CheckpointFormatException(tuned.Path, $"it is {tunedLayout.Description}, and {@base.Path} is {baseLayout.Description}", "Give the checkpoint that the model was trained from");
        Match(ModelComponent.UNet, tunedLayout.UNet, baseLayout.UNet);
        Match(ModelComponent.TextEncoder, tunedLayout.TextEncoder, baseLayout.TextEncoder);
        if (_keys.Count == 0)
            throw new CheckpointFormatException(tuned.Path, $"nothing in it is also in {@base.Path}: it is {tunedLayout.Description}", "Give two whole checkpoints of one family");
    }

    /// <summary>Opens both.</summary>
    /// <exception cref="CheckpointFormatException">They are not of one family, or a tensor has other sizes in the other.</exception>
    public static CheckpointPair Open(string tunedPath, string basePath)
    {
        var tuned = CheckpointFile.Open(tunedPath);
        CheckpointFile? before = null;
        try
        {
            before = CheckpointFile.Open(basePath);
            return new(tuned, before);
        }
        catch
        {
            tuned.Dispose();
            before?.Dispose();
            throw;
        }
    }

    /// <summary>The tensors that both have, by single-file name.</summary>
    public IEnumerable<(ModelComponent Component, string Name)> Tensors => _keys.Keys;

    /// <summary>Sizes of a tensor.</summary>
    public IReadOnlyList<long> Shape((ModelComponent Component, string Name) tensor) => _tuned.Tensors[_keys[tensor].Tuned].Shape;

    /// <summary>Tuned less base, in float32, in a shape that both agree on.</summary>
    public Tensor Difference((ModelComponent Component, string Name) tensor)
    {
        using var scope = NewDisposeScope();
        var (tuned, before) = (_tuned.Read(_keys[tensor].Tuned), _base.Read(_keys[tensor].Base));
        return (tuned.to(float32) - before.to(float32).reshape(tuned.shape)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _tuned.Dispose();
        _base.Dispose();
    }

    private void Match(ModelComponent component, IReadOnlyDictionary<string, string> tuned, IReadOnlyDictionary<string, string> before)
    {
        foreach (var (name, key) in tuned)
        {
            if (!before.TryGetValue(name, out var other)) continue;
            var (shape, otherShape) = (_tuned.Tensors[key].Shape, _base.Tensors[other].Shape);
            // a 1x1 convolution and a matrix hold the same
            if (!Trimmed(shape).SequenceEqual(Trimmed(otherShape)))
                throw new CheckpointFormatException(_tuned.Path, $"'{key}' is [{string.Join(", ", shape)}], and in {_base.Path} it is [{string.Join(", ", otherShape)}]", "Give the checkpoint that the model was trained from");
            _keys.Add((component, name), (key, other));
        }
    }

    private static IReadOnlyList<long> Trimmed(IReadOnlyList<long> shape) => shape is [var rows, var columns, 1, 1] ? [rows, columns] : shape;
}
