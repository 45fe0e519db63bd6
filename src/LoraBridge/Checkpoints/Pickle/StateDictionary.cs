using System.Globalization;
using System.Numerics;

namespace LoraBridge.Checkpoints.Pickle;

/// <summary>The named tensors of a pickle: its own dictionary, or the one called <c>state_dict</c> inside a trainer's file.</summary>
internal sealed class StateDictionary
{
    private const string Nested = "state_dict";

    private readonly OrderedDictionary<string, TensorEntry> _entries = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private readonly List<string> _ignored = [];

    private StateDictionary()
    {
    }

    public Dictionary<string, PickledTensor> Tensors { get; } = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, TensorEntry> Entries => _entries;

    /// <summary>The plain text and numbers beside the tensors, such as <c>global_step</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _metadata;

    public IReadOnlyList<string> Ignored => _ignored;

    public static StateDictionary Of(object? root, string path)
    {
        if (root is not PickledMapping dictionary)
            throw new CheckpointFormatException(path, "it holds no dictionary of tensors", "Save the model's state_dict()");
        var state = new StateDictionary();
        var nested = dictionary.Find(Nested) as PickledMapping;
        foreach (var (key, value) in dictionary.Items)
            if (value != nested || nested is null)
                state.Add(key, value);
        foreach (var (key, value) in nested?.Items ?? []) state.Add(key, value);
        return state;
    }

    public static TensorEntry Entry(string name, PickledTensor tensor)
    {
        var begin = tensor.Offset * (tensor.Type.Bits() / 8);
        return new TensorEntry(name, tensor.Type, tensor.Shape, begin, begin + tensor.Type.ByteLength(tensor.Shape)!.Value);
    }

    private void Add(object? key, object? value)
    {
        var name = key as string ?? string.Create(CultureInfo.InvariantCulture, $"({key?.GetType().Name ?? "None"})");
        if (key is string && value is PickledTensor tensor)
        {
            _entries[name] = Entry(name, tensor);
            Tensors[name] = tensor;
        }
        else if (key is string && value is string or long or double or bool or BigInteger)
        {
            _metadata[name] = Convert.ToString(value, CultureInfo.InvariantCulture)!;
        }
        else
        {
            _ignored.Add(name);
        }
    }
}
