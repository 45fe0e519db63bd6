using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using static TorchSharp.torch;

namespace TorchSharp.Interop;

/// <summary>
/// One overload of an ATen operator, found by its schema name at the first call.
/// Arguments follow the schema's order; trailing ones that are not given take the schema's defaults, so a later libtorch
/// that adds an argument is called the same way.
/// </summary>
internal sealed unsafe class Operator(string name, string overload = "")
{
    private const int PoolOnStack = 64;

    private nint _handle;

    /// <summary>Whether the libtorch at hand has this overload.</summary>
    public bool Exists => NativeMethods.lb_operator_exists("aten::" + name, overload) != 0;

    /// <summary>The schema as libtorch prints it.</summary>
    public string Schema
    {
        get
        {
            var buffer = stackalloc byte[4096];
            NativeMethods.Check(NativeMethods.lb_operator_schema(Handle, buffer, 4096));
            return Marshal.PtrToStringUTF8((nint)buffer)!;
        }
    }

    private nint Handle
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _handle != 0 ? _handle : Find();
    }

    /// <summary>Calls an operator with one tensor as its result.</summary>
    public Tensor Call(params ReadOnlySpan<Argument> arguments)
    {
        NativeArgument result;
        Invoke(arguments, &result, 1);
        return new Tensor(result.Pointer);
    }

    /// <summary>Calls an operator whose result is its first argument again: one more reference, given back at once.</summary>
    public void CallInPlace(params ReadOnlySpan<Argument> arguments)
    {
        NativeArgument result;
        Invoke(arguments, &result, 1);
        if (result.Tag == ArgumentTag.Tensor) NativeMethods.lb_release(result.Pointer);
    }

    /// <summary>Calls an operator whose result is a tuple or a list of tensors; what it leaves undefined is null.</summary>
    public Tensor[] CallMany(params ReadOnlySpan<Argument> arguments)
    {
        const int capacity = 8;
        var results = stackalloc NativeArgument[capacity];
        Invoke(arguments, results, capacity);
        if (results[0].Tag == ArgumentTag.Tensors) return TakeList(results[0]);
        var count = 0;
        while (count < capacity && results[count].Tag == ArgumentTag.Tensor) count++;
        var tensors = new Tensor[count];
        for (var i = 0; i < count; i++) tensors[i] = results[i].Pointer == 0 ? null! : new Tensor(results[i].Pointer);
        return tensors;
    }

    /// <summary>Calls an operator with nothing to give back (the <c>_foreach_…_</c> family).</summary>
    public void CallVoid(params ReadOnlySpan<Argument> arguments)
    {
        const int capacity = 8;
        var results = stackalloc NativeArgument[capacity];
        Invoke(arguments, results, capacity);
        for (var i = 0; i < capacity; i++) Discard(results[i]);
    }

    /// <summary>Calls an operator whose result is a number or a truth value.</summary>
    public NativeArgument CallValue(params ReadOnlySpan<Argument> arguments)
    {
        NativeArgument result;
        Invoke(arguments, &result, 1);
        return result;
    }

    private static void Discard(in NativeArgument result)
    {
        if (result.Tag == ArgumentTag.Tensor) NativeMethods.lb_release(result.Pointer);
        if (result.Tag == ArgumentTag.Tensors)
            foreach (var tensor in TakeList(result)) tensor.Dispose();
    }

    private static Tensor[] TakeList(in NativeArgument list)
    {
        var tensors = new Tensor[list.Count];
        for (var i = 0; i < tensors.Length; i++) tensors[i] = new Tensor(((nint*)list.Pointer)[i]);
        NativeMethods.lb_free(list.Pointer);
        return tensors;
    }

    private nint Find()
    {
        NativeMethods.Check(NativeMethods.lb_find_operator("aten::" + name, overload, out var handle));
        return _handle = handle;
    }

    // Lists are copied into one pool of 8-byte cells beside the arguments; few are longer than a handful.
    private void Invoke(ReadOnlySpan<Argument> arguments, NativeArgument* results, int capacity)
    {
        var native = stackalloc NativeArgument[arguments.Length];
        var cells = 0;
        foreach (ref readonly var argument in arguments) cells += Cells(argument);
        var stack = stackalloc long[cells <= PoolOnStack ? cells : 0];
        var pool = cells <= PoolOnStack ? stack : (long*)NativeMemory.Alloc((nuint)cells, sizeof(long));
        try
        {
            var next = pool;
            for (var i = 0; i < arguments.Length; i++)
            {
                Write(arguments[i], ref native[i], next);
                next += Cells(arguments[i]);
            }
            NativeMethods.Check(NativeMethods.lb_call(Handle, native, arguments.Length, results, capacity));
        }
        finally
        {
            if (pool != stack) NativeMemory.Free(pool);
            // the collector must not finalise a tensor that only an argument still knows
            foreach (ref readonly var argument in arguments) GC.KeepAlive(argument.Data);
        }
    }

    private static int Cells(in Argument argument) => argument.Tag switch
    {
        ArgumentTag.Ints or ArgumentTag.Doubles or ArgumentTag.Tensors or ArgumentTag.OptionalTensors => argument.Count,
        ArgumentTag.Bools => argument.Count / sizeof(long) + 1,
        ArgumentTag.String => Encoding.UTF8.GetByteCount((string)argument.Data!) / sizeof(long) + 1,
        _ => 0,
    };

    private static void Write(in Argument argument, ref NativeArgument native, long* pool)
    {
        native.Tag = argument.Tag;
        native.Count = argument.Count;
        native.Integer = argument.Bits;
        switch (argument.Tag)
        {
            case ArgumentTag.Ints:
                ((long[])argument.Data!).CopyTo(new Span<long>(pool, argument.Count));
                native.Pointer = (nint)pool;
                break;
            case ArgumentTag.Doubles:
                ((double[])argument.Data!).CopyTo(new Span<double>(pool, argument.Count));
                native.Pointer = (nint)pool;
                break;
            case ArgumentTag.Bools:
                ((bool[])argument.Data!).CopyTo(new Span<bool>(pool, argument.Count));
                native.Pointer = (nint)pool;
                break;
            case ArgumentTag.Tensors:
            case ArgumentTag.OptionalTensors:
                var tensors = (Tensor?[])argument.Data!;
                for (var i = 0; i < tensors.Length; i++) pool[i] = tensors[i] is { } tensor ? tensor.Handle : 0;
                native.Pointer = (nint)pool;
                break;
            case ArgumentTag.String:
                native.Count = Encoding.UTF8.GetBytes((string)argument.Data!, new Span<byte>(pool, Cells(argument) * sizeof(long)));
                native.Pointer = (nint)pool;
                break;
        }
    }
}
