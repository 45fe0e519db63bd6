namespace LoraBridge.Checkpoints.Pickle;

/// <summary>
/// A dictionary out of a pickle, in the order of the file. A text key that comes again replaces its value, as in Python.
/// </summary>
public sealed class PickledMapping
{
    private readonly List<KeyValuePair<object?, object?>> _items = [];
    private Dictionary<string, int>? _byText;                                   // made late: a pickle of a byte makes an empty dictionary

    /// <summary>All pairs; keys are text, numbers, bytes, tuples, names or null.</summary>
    public IReadOnlyList<KeyValuePair<object?, object?>> Items => _items;

    /// <summary>The value of a text key, or null when there is none.</summary>
    public object? Find(string key) => _byText is not null && _byText.TryGetValue(key, out var index) ? _items[index].Value : null;

    internal void Set(object? key, object? value)
    {
        if (key is string text)
        {
            _byText ??= new(StringComparer.Ordinal);
            if (!_byText.TryAdd(text, _items.Count))
            {
                _items[_byText[text]] = new(key, value);
                return;
            }
        }
        _items.Add(new(key, value));
    }
}

/// <summary>A tuple out of a pickle.</summary>
/// <param name="Items">Its members.</param>
public sealed record PickledTuple(IReadOnlyList<object?> Items);

/// <summary>A name on the allow-list, standing as data where Python would have the class or function itself.</summary>
/// <param name="Name">Module and name, such as <c>torch.float16</c>.</param>
/// <param name="Meaning">What the reader makes of it.</param>
/// <param name="Type">The element type, of storages and dtypes.</param>
public sealed record PickledGlobal(string Name, PickledMeaning Meaning, TensorType? Type = null);

/// <summary>An object of a harmless class: its arguments and its state are kept, nothing is made of them.</summary>
/// <param name="name">The class, such as <c>torch.device</c>.</param>
/// <param name="arguments">What its constructor would have been given.</param>
public sealed class PickledRecord(string name, IReadOnlyList<object?> arguments)
{
    /// <summary>The class's module and name.</summary>
    public string Name => name;

    /// <summary>What its constructor would have been given.</summary>
    public IReadOnlyList<object?> Arguments => arguments;

    /// <summary>What its state would have been set to; null when the file sets none.</summary>
    public object? State { get; internal set; }
}

/// <summary>A block of a file's numbers that one or more tensors look into.</summary>
/// <param name="Key">Its name in the file.</param>
/// <param name="Type">Its element type; bytes when it has none.</param>
/// <param name="Count">Its elements.</param>
/// <param name="Offset">Elements by which it starts inside the block of that name; 0 but in old files.</param>
public sealed record PickledStorage(string Key, TensorType Type, long Count, long Offset = 0)
{
    /// <summary>Bytes an element.</summary>
    public int ElementSize => Type.Bits() / 8;
}

/// <summary>A tensor as a view of a storage; its bounds have been checked.</summary>
/// <param name="Storage">Where its numbers lie.</param>
/// <param name="Type">Its element type.</param>
/// <param name="Offset">Elements before its first one.</param>
/// <param name="Shape">The lengths of its dimensions.</param>
/// <param name="Strides">Elements from one index to the next, a dimension each.</param>
public sealed record PickledTensor(PickledStorage Storage, TensorType Type, long Offset, IReadOnlyList<long> Shape, IReadOnlyList<long> Strides)
{
    /// <summary>Whether its elements lie one after the other in row order.</summary>
    public bool IsContiguous
    {
        get
        {
            var expected = 1L;
            for (var i = Shape.Count - 1; i >= 0; i--)
            {
                if (Shape[i] == 0) return true;
                if (Shape[i] != 1 && Strides[i] != expected) return false;
                expected *= Shape[i];
            }
            return true;
        }
    }
}
