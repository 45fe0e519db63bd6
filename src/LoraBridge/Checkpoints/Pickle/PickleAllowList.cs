namespace LoraBridge.Checkpoints.Pickle;

/// <summary>What the reader makes of a name that a pickle mentions.</summary>
public enum PickledMeaning
{
    /// <summary>Kept as data: a class whose objects become records.</summary>
    Record,

    /// <summary>Becomes a dictionary.</summary>
    Dictionary,

    /// <summary>Becomes a tuple.</summary>
    Tuple,

    /// <summary>Becomes bytes: how text-only pickles store them.</summary>
    Bytes,

    /// <summary>Becomes a tensor.</summary>
    Tensor,

    /// <summary>Becomes a tensor whose element type is named apart from its storage's.</summary>
    TypedTensor,

    /// <summary>Stands for the tensor it wraps.</summary>
    Parameter,

    /// <summary>Says what a storage holds.</summary>
    Storage,

    /// <summary>Names an element type.</summary>
    ElementType,
}

/// <summary>
/// The only names that a pickle may mention. Every other is refused by its full name, before anything comes of it.
/// The names are looked up here and never in any runtime: nothing is loaded, nothing is called.
/// </summary>
public sealed class PickleAllowList
{
    private readonly Dictionary<string, PickledGlobal> _globals;

    private PickleAllowList(IEnumerable<PickledGlobal> globals) => _globals = globals.ToDictionary(global => global.Name, StringComparer.Ordinal);

    /// <summary>What tensors need, and a few harmless neighbours of theirs.</summary>
    public static PickleAllowList Default { get; } = new(
    [
        new("collections.OrderedDict", PickledMeaning.Dictionary),
        new("torch._utils._rebuild_tensor", PickledMeaning.Tensor),
        new("torch._utils._rebuild_tensor_v2", PickledMeaning.Tensor),
        new("torch._utils._rebuild_tensor_v3", PickledMeaning.TypedTensor),
        new("torch._utils._rebuild_parameter", PickledMeaning.Parameter),
        new("torch.Size", PickledMeaning.Tuple),
        new("_codecs.encode", PickledMeaning.Bytes),
        new("torch.device", PickledMeaning.Record),
        // in the first textual-inversion files: parameters in a module, whose state has an empty set
        new("torch.nn.modules.container.ParameterDict", PickledMeaning.Record),
        new("__builtin__.set", PickledMeaning.Tuple),
        new("torch.storage.UntypedStorage", PickledMeaning.Storage, TensorType.U8),
        .. Storages("torch."),
        .. Storages("torch.cuda."),
        .. ElementTypes(),
    ]);

    /// <summary>The list with more classes whose objects are kept as records, such as a trainer's own.</summary>
    public PickleAllowList With(params IEnumerable<string> classes) =>
        new(_globals.Values.Concat(classes.Where(name => !_globals.ContainsKey(name)).Distinct().Select(name => new PickledGlobal(name, PickledMeaning.Record))));

    /// <summary>The meaning of a full name, or null when it is not on the list.</summary>
    public PickledGlobal? Find(string name) => _globals.GetValueOrDefault(name);

    private static IEnumerable<PickledGlobal> Storages(string module)
    {
        (string Name, TensorType Type)[] rows =
        [
            ("BoolStorage", TensorType.Bool), ("ByteStorage", TensorType.U8), ("CharStorage", TensorType.I8), ("ShortStorage", TensorType.I16),
            ("IntStorage", TensorType.I32), ("LongStorage", TensorType.I64), ("HalfStorage", TensorType.F16), ("BFloat16Storage", TensorType.BF16),
            ("FloatStorage", TensorType.F32), ("DoubleStorage", TensorType.F64), ("ComplexFloatStorage", TensorType.C64),
        ];
        return rows.Select(row => new PickledGlobal(module + row.Name, PickledMeaning.Storage, row.Type));
    }

    private static IEnumerable<PickledGlobal> ElementTypes()
    {
        (string Name, TensorType Type)[] rows =
        [
            ("bool", TensorType.Bool), ("uint8", TensorType.U8), ("int8", TensorType.I8), ("int16", TensorType.I16), ("int32", TensorType.I32),
            ("int64", TensorType.I64), ("uint16", TensorType.U16), ("uint32", TensorType.U32), ("uint64", TensorType.U64), ("float16", TensorType.F16),
            ("bfloat16", TensorType.BF16), ("float32", TensorType.F32), ("float64", TensorType.F64), ("complex64", TensorType.C64),
            ("float8_e4m3fn", TensorType.F8E4M3), ("float8_e5m2", TensorType.F8E5M2), ("float8_e8m0fnu", TensorType.F8E8M0),
            ("float8_e4m3fnuz", TensorType.F8E4M3Fnuz), ("float8_e5m2fnuz", TensorType.F8E5M2Fnuz),
        ];
        return rows.Select(row => new PickledGlobal("torch." + row.Name, PickledMeaning.ElementType, row.Type));
    }
}
