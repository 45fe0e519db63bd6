using System.Numerics;
using System.Text;

namespace LoraBridge.Checkpoints.Pickle;

/// <summary>
/// Reads a pickle into plain data: dictionaries, lists, tuples, text, numbers, tensors. A pickle is a program for a small stack machine;
/// this one has no instruction that reaches outside it, keeps its own stack, and stops after a bounded number of steps.
/// </summary>
public sealed class PickleReader
{
    // a full checkpoint with a trainer's state takes a fiftieth of this
    private const int MaxSteps = 5_000_000;

    private readonly PickleInput _input;
    private readonly PickleBuilder _builder;
    private readonly List<object?> _stack = [];
    private readonly Stack<int> _marks = [];
    private readonly Dictionary<uint, object?> _memo = [];

    private PickleReader(PickleInput input, PickleBuilder builder)
    {
        _input = input;
        _builder = builder;
    }

    /// <summary>Reads one pickle: what it holds, with tensors as <see cref="PickledTensor"/>.</summary>
    /// <param name="stream">From the pickle's first byte on; what follows its end may have been read ahead.</param>
    /// <param name="path">The file, for messages.</param>
    /// <param name="allowList">The names it may mention; the default list when null.</param>
    /// <param name="persistent">Makes an object of a reference out of the pickle, as torch's storages are; none are allowed when null.</param>
    /// <exception cref="CheckpointFormatException">The pickle is broken, or mentions a name that is not on the list.</exception>
    public static object? Read(Stream stream, string path, PickleAllowList? allowList = null, Func<object?, object?>? persistent = null) =>
        Read(new PickleInput(stream, path), allowList ?? PickleAllowList.Default, persistent);

    internal static object? Read(PickleInput input, PickleAllowList allowList, Func<object?, object?>? persistent = null) =>
        new PickleReader(input, new PickleBuilder(input.Path, allowList, persistent)).Run();

    private object? Run()
    {
        for (var step = 0; step < MaxSteps; step++)
        {
            var opcode = (PickleOpcode)_input.Byte();
            if (opcode == PickleOpcode.Stop) return Pop();
            Step(opcode);
        }
        throw Broken($"takes more than {MaxSteps:N0} steps");
    }

    private void Step(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Protocol: CheckProtocol(_input.Byte()); break;
            case PickleOpcode.Frame: _input.UInt64(); break;
            case PickleOpcode.Mark: _marks.Push(_stack.Count); break;
            case PickleOpcode.Pop: PopItemOrMark(); break;
            case PickleOpcode.PopMark: PopToMark(); break;
            case PickleOpcode.Duplicate: Push(Top()); break;

            case PickleOpcode.None: Push(null); break;
            case PickleOpcode.True: Push(true); break;
            case PickleOpcode.False: Push(false); break;
            case PickleOpcode.BinaryByte: Push((long)_input.Byte()); break;
            case PickleOpcode.BinaryShort: Push((long)_input.UInt16()); break;
            case PickleOpcode.BinaryInt: Push((long)(int)_input.UInt32()); break;
            case PickleOpcode.Long1: PushLong(_input.Byte()); break;
            case PickleOpcode.Long4: PushLong(_input.UInt32()); break;
            case PickleOpcode.BinaryFloat: Push(_input.Double()); break;

            case PickleOpcode.ShortUnicode: Push(_input.Utf8(_input.Byte())); break;
            case PickleOpcode.BinaryUnicode: Push(_input.Utf8(_input.UInt32())); break;
            case PickleOpcode.BinaryUnicode8: Push(_input.Utf8(_input.UInt64())); break;
            case PickleOpcode.ShortBinaryString: Push(Encoding.Latin1.GetString(_input.Bytes(_input.Byte()))); break;
            case PickleOpcode.BinaryString: Push(Encoding.Latin1.GetString(_input.Bytes(_input.UInt32()))); break;
            case PickleOpcode.ShortBinaryBytes: Push(_input.Bytes(_input.Byte())); break;
            case PickleOpcode.BinaryBytes: Push(_input.Bytes(_input.UInt32())); break;
            case PickleOpcode.BinaryBytes8 or PickleOpcode.ByteArray8: Push(_input.Bytes(_input.UInt64())); break;

            case PickleOpcode.EmptyTuple: Push(new PickledTuple([])); break;
            case PickleOpcode.Tuple1: Push(new PickledTuple(PopLast(1))); break;
            case PickleOpcode.Tuple2: Push(new PickledTuple(PopLast(2))); break;
            case PickleOpcode.Tuple3: Push(new PickledTuple(PopLast(3))); break;
            case PickleOpcode.Tuple: Push(new PickledTuple(PopToMark())); break;
            case PickleOpcode.EmptyList: Push(new List<object?>()); break;
            case PickleOpcode.List: Push(PopToMark()); break;
            case PickleOpcode.Append: Append(PopLast(1)); break;
            case PickleOpcode.Appends: Append(PopToMark()); break;
            case PickleOpcode.EmptyDictionary: Push(new PickledMapping()); break;
            case PickleOpcode.Dictionary: var items = PopToMark(); Push(new PickledMapping()); SetItems(items); break;
            case PickleOpcode.SetItem: SetItems(PopLast(2)); break;
            case PickleOpcode.SetItems: SetItems(PopToMark()); break;

            case PickleOpcode.BinaryGet: Push(Remembered(_input.Byte())); break;
            case PickleOpcode.LongBinaryGet: Push(Remembered(_input.UInt32())); break;
            case PickleOpcode.BinaryPut: _memo[_input.Byte()] = Top(); break;
            case PickleOpcode.LongBinaryPut: _memo[_input.UInt32()] = Top(); break;
            case PickleOpcode.Memoize: _memo[(uint)_memo.Count] = Top(); break;

            case PickleOpcode.Global: Push(_builder.Global(_input.Line(), _input.Line())); break;
            case PickleOpcode.StackGlobal: var name = PopLast(2); Push(_builder.Global(Text(name[0]), Text(name[1]))); break;
            case PickleOpcode.Reduce or PickleOpcode.NewObject: var call = PopLast(2); Push(_builder.Call(call[0], call[1])); break;
            case PickleOpcode.Build: var state = Pop(); _builder.SetState(Top(), state); break;
            case PickleOpcode.BinaryPersistentId: Push(_builder.Persistent(Pop())); break;

            case PickleOpcode.Instance: throw _builder.Refused(_input.Line() + "." + _input.Line());
            case PickleOpcode.EmptySet or PickleOpcode.AddItems or PickleOpcode.FrozenSet: throw Broken("holds a set, which no checkpoint needs");
            default: throw Broken($"has the instruction 0x{(byte)opcode:x2} ({opcode}), which no checkpoint needs");
        }
    }

    private void Push(object? item) => _stack.Add(item);

    private int Floor => _marks.Count == 0 ? 0 : _marks.Peek();

    private object? Top() => _stack.Count > Floor ? _stack[^1] : throw Broken("takes from an empty stack");

    private object? Pop()
    {
        var item = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return item;
    }

    private void PopItemOrMark()
    {
        if (_stack.Count > Floor) Pop();
        else if (!_marks.TryPop(out _)) throw Broken("takes from an empty stack");
    }

    private List<object?> PopLast(int count)
    {
        if (_stack.Count - Floor < count) throw Broken("takes from an empty stack");
        return Take(_stack.Count - count);
    }

    private List<object?> PopToMark() => _marks.TryPop(out var mark) ? Take(mark) : throw Broken("looks for a mark that was not set");

    private List<object?> Take(int from)
    {
        var items = _stack.GetRange(from, _stack.Count - from);
        _stack.RemoveRange(from, items.Count);
        return items;
    }

    private void Append(List<object?> items)
    {
        if (Top() is not List<object?> list) throw Broken("appends to something that is not a list");
        list.AddRange(items);
    }

    private void SetItems(List<object?> items)
    {
        if (Top() is not PickledMapping dictionary) throw Broken("sets items of something that is not a dictionary");
        if (items.Count % 2 != 0) throw Broken("sets a key without a value");
        for (var i = 0; i < items.Count; i += 2)
            dictionary.Set(PickleBuilder.IsKey(items[i]) ? items[i] : throw Broken("has a dictionary key that is neither text, number nor tuple"), items[i + 1]);
    }

    private object? Remembered(uint index) => _memo.TryGetValue(index, out var item) ? item : throw Broken($"recalls the item {index}, which it has not stored");

    private void PushLong(uint length)
    {
        const int Longest = 1000;
        if (length > Longest) throw Broken($"has a number of {length:N0} bytes");
        var number = new BigInteger(_input.Bytes(length));
        if (number >= long.MinValue && number <= long.MaxValue) Push((long)number);
        else Push(number);
    }

    private string Text(object? item) => item as string ?? throw Broken("names a global by something that is not text");

    private void CheckProtocol(byte protocol)
    {
        if (protocol > 5) throw Broken($"is of protocol {protocol}, newer than any known");
    }

    private CheckpointFormatException Broken(string what) => new(_input.Path, $"its pickle {what} (at byte {_input.Position:N0})");
}
