namespace LoraBridge.Diffusion.Models;

/// <summary>Asks the shapes of a model's weights about its structure.</summary>
internal sealed class ShapeReader(IReadOnlyDictionary<string, long[]> shapes, string model)
{
    /// <summary>Whether there is a weight of that name.</summary>
    public bool Has(string name) => shapes.ContainsKey(name);

    /// <summary>Whether any weight's name begins so.</summary>
    public bool HasAny(string prefix) => shapes.Keys.Any(name => name.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>The shape of a weight that must be there and have that many dimensions.</summary>
    public long[] Shape(string name, int dimensions)
    {
        if (!shapes.TryGetValue(name, out var shape)) throw Fail($"it has no '{name}'");
        return shape.Length == dimensions ? shape : throw Fail($"'{name}' is [{string.Join(", ", shape)}], not of {dimensions} dimensions");
    }

    /// <summary>How many numbers, from 0 without a gap, follow the prefix.</summary>
    public int Count(string prefix)
    {
        var count = 0;
        while (HasAny($"{prefix}{count}.")) count++;
        return count;
    }

    /// <summary>The exception to throw when the shapes are not those of the model.</summary>
    public ModelShapeException Fail(string reason) => new(model, reason);
}
