using System.Numerics;
using System.Text;

namespace LoraBridge.Checkpoints.Pickle;

/// <summary>Makes data of the calls in a pickle. What Python would look up and run is matched against a table of meanings instead.</summary>
internal sealed class PickleBuilder(string path, PickleAllowList allowList, Func<object?, object?>? persistent)
{
    /// <summary>Finds a name on the allow-list.</summary>
    public PickledGlobal Global(string module, string name) => allowList.Find($"{module}.{name}") ?? throw Refused($"{module}.{name}");

    /// <summary>Makes the object that calling a name with arguments stands for.</summary>
    public object? Call(object? callee, object? arguments)
    {
        if (callee is not PickledGlobal global) throw Broken("calls something that is not a name");
        if (arguments is not PickledTuple(var items)) throw Broken($"calls {global.Name} with something that is not a tuple");
        return global.Meaning switch
        {
            PickledMeaning.Record => new PickledRecord(global.Name, items),
            PickledMeaning.Dictionary => Dictionary(items),
            PickledMeaning.Tuple => new PickledTuple(items is [] ? [] : Sequence(items[0]) ?? throw Misused(global)),
            PickledMeaning.Bytes => items is [string text, "latin1" or "latin-1"] ? Encoding.Latin1.GetBytes(text) : throw Misused(global),
            PickledMeaning.Tensor => items is [PickledStorage storage, long offset, var size, var stride, ..] ? Tensor(storage, storage.Type, offset, size, stride) : throw Misused(global),
            PickledMeaning.TypedTensor => items is [PickledStorage storage, long offset, var size, var stride, _, _, PickledGlobal { Meaning: PickledMeaning.ElementType, Type: { } type }, ..]
                ? Tensor(storage, type, offset, size, stride) : throw Misused(global),
            PickledMeaning.Parameter => items is [PickledTensor tensor, ..] ? tensor : throw Misused(global),
            _ => throw Misused(global),
        };
    }

    /// <summary>Keeps a record's state; a dictionary's attributes (module versions) are dropped.</summary>
    public void SetState(object? target, object? state)
    {
        if (target is PickledRecord record) record.State = state;
        else if (target is not PickledMapping) throw Broken("sets the state of something that has none");
    }

    /// <summary>Resolves a reference to something outside the pickle.</summary>
    public object? Persistent(object? id) => persistent is null ? throw Broken("refers to data outside it") : persistent(id);

    public CheckpointFormatException Refused(string name) => new(path,
        $"refuses {SafetensorsHeader.Shown(name)}: this file would run code, for the name is not one that tensors need",
        "Get the model as safetensors, or convert it on a machine where its code may run");

    /// <summary>Whether an item can be a dictionary's key.</summary>
    public static bool IsKey(object? item) => item is null or string or long or double or bool or BigInteger or PickledTuple or PickledGlobal or byte[];

    private PickledMapping Dictionary(IReadOnlyList<object?> items)
    {
        var dictionary = new PickledMapping();
        if (items is []) return dictionary;
        foreach (var pair in Sequence(items[0]) ?? throw Broken("makes a dictionary of something that is not a list"))
        {
            if (Sequence(pair) is not [var key, var value] || !IsKey(key)) throw Broken("makes a dictionary of something that is not pairs");
            dictionary.Set(key, value);
        }
        return dictionary;
    }

    private PickledTensor Tensor(PickledStorage storage, TensorType type, long offset, object? size, object? stride)
    {
        if (Lengths(size) is not { } shape || Lengths(stride) is not { } strides || shape.Count != strides.Count || shape.Count > 64 || offset < 0)
            throw Broken("has a tensor whose shape and strides make no sense");
        if (type.ByteLength(shape) is not { } bytes) throw Broken("has a tensor of more than 2^63 bytes");

        // a typed view of a storage of bytes counts in its own elements
        var available = storage.Count * storage.ElementSize / (type.Bits() / 8);
        Int128 last = offset;
        for (var i = 0; i < shape.Count && bytes > 0 && last < available; i++) last += (Int128)(shape[i] - 1) * strides[i];
        if (bytes > 0 && last >= available) throw Broken($"has a tensor that reaches beyond its storage of {available:N0} elements");

        const long MaxRepeated = 1 << 24;
        if (bytes > available * (type.Bits() / 8) && bytes > MaxRepeated)
            throw Broken($"has a tensor that would unfold {bytes:N0} bytes from a storage of {available * (type.Bits() / 8):N0}");
        return new PickledTensor(storage, type, offset, shape, strides);
    }

    private static List<long>? Lengths(object? sequence)
    {
        if (Sequence(sequence) is not { } items) return null;
        var lengths = new List<long>(items.Count);
        foreach (var item in items)
        {
            if (item is not long length || length < 0) return null;
            lengths.Add(length);
        }
        return lengths;
    }

    private static IReadOnlyList<object?>? Sequence(object? item) => item switch
    {
        PickledTuple tuple => tuple.Items,
        List<object?> list => list,
        _ => null,
    };

    private CheckpointFormatException Misused(PickledGlobal global) => Broken($"calls {global.Name} with arguments it does not take");

    private CheckpointFormatException Broken(string what) => new(path, $"its pickle {what}");
}
