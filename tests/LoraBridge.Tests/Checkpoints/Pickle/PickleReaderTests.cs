using System.Diagnostics;
using System.Numerics;
using LoraBridge.Checkpoints;
using LoraBridge.Checkpoints.Pickle;

namespace LoraBridge.Tests.Checkpoints.Pickle;

public sealed class PickleReaderTests
{
    [Fact]
    public void Read_PlainValues_AreTheirOwn()
    {
        var root = Read(new PickleBytes().Tuple(
            p => p.Op('N'), p => p.Raw(0x88), p => p.Raw(0x89), p => p.Raw((byte)'K', 255), p => p.Raw((byte)'M', 0xff, 0xff), p => p.Int(-5),
            p => p.Long(long.MinValue), p => p.Raw(0x8a, 0), p => p.Raw([(byte)'G', .. new byte[] { 0x3f, 0xf8, 0, 0, 0, 0, 0, 0 }]), p => p.Text("naïve 猫"), p => p.Raw((byte)'U', 2, 0xe9, (byte)'a'), p => p.Raw((byte)'C', 1, 7)));

        var items = Assert.IsType<PickledTuple>(root).Items;
        Assert.Equal([null, true, false, 255L, 65535L, -5L, long.MinValue, 0L, 1.5, "naïve 猫", "éa"], items.Take(11));
        Assert.Equal([7], Assert.IsType<byte[]>(items[11]));
    }

    [Fact]
    public void Read_LargeNumber_IsExact() =>
        Assert.Equal(BigInteger.Pow(2, 80), Read(new PickleBytes().Raw([0x8a, 11, .. new byte[10], 1])));

    [Theory]
    [InlineData(16_383)]
    [InlineData(16_384)]
    [InlineData(16_385)]
    [InlineData(1_000_000)]
    public void Read_TextLongerThanTheBuffer_LosesNothingBehindIt(int length)
    {
        var text = string.Concat(Enumerable.Range(0, length).Select(i => (char)('a' + i % 26)));
        Assert.Equal([text, "behind", 7L, text, null], Assert.IsType<PickledTuple>(Read(new PickleBytes().Tuple(
            p => p.Text(text), p => p.Text("behind"), p => p.Int(7), p => p.Text(text), p => p.Op('N')))).Items);
    }

    [Fact]
    public void Read_ListsAndDictionaries_KeepTheirOrder()
    {
        // {"b": [1, 2], "a": (), "b": 3}, by single and many items, with the list through the memo
        var root = Read(new PickleBytes().Raw((byte)'}', (byte)'q', 0).Text("b").Op(']').Raw((byte)'q', 1).Int(1).Op('a').Op('(').Int(2).Op('e').Op('s')
            .Op('(').Text("a").Op(')').Text("list").Raw((byte)'h', 1).Op('u'));

        var mapping = Assert.IsType<PickledMapping>(root);
        Assert.Equal(["b", "a", "list"], mapping.Items.Select(item => item.Key));
        Assert.Equal([1L, 2L], Assert.IsType<List<object?>>(mapping.Find("b")));
        Assert.Same(mapping.Find("b"), mapping.Find("list"));
        Assert.Null(mapping.Find("nothing"));
    }

    [Fact]
    public void Read_KeySetTwice_HasItsLastValueAtItsFirstPlace()
    {
        var mapping = Assert.IsType<PickledMapping>(Read(new PickleBytes().Op('}').Op('(').Text("a").Int(1).Text("b").Int(2).Text("a").Int(3).Op('u')));
        Assert.Equal(["a", "b"], mapping.Items.Select(item => item.Key));
        Assert.Equal(3L, mapping.Find("a"));
    }

    [Fact]
    public void Read_OrderedDictOfPairs_IsADictionary()
    {
        var mapping = Assert.IsType<PickledMapping>(Read(new PickleBytes().Global("collections", "OrderedDict")
            .Tuple(p => p.Op(']').Op('(').Tuple(q => q.Text("k"), q => q.Int(1)).Op('e')).Op('R')));
        Assert.Equal(1L, mapping.Find("k"));
    }

    [Fact]
    public void Read_Protocol4_IsUnderstood()
    {
        // PROTO 4, FRAME, SHORT_BINUNICODE "collections" MEMOIZE, "OrderedDict" MEMOIZE, STACK_GLOBAL, EMPTY_TUPLE, REDUCE
        var root = Read([0x80, 4, 0x95, 9, 0, 0, 0, 0, 0, 0, 0, 0x8c, 11, .. "collections"u8, 0x94, 0x8c, 11, .. "OrderedDict"u8, 0x94, 0x93, (byte)')', (byte)'R', (byte)'.']);
        Assert.IsType<PickledMapping>(root);
    }

    [Theory]
    [InlineData("os", "system")]
    [InlineData("posix", "system")]
    [InlineData("builtins", "eval")]
    [InlineData("__builtin__", "getattr")]
    [InlineData("torch", "load")]
    [InlineData("torch.nn.modules.linear", "Linear")]
    [InlineData("numpy.core.multiarray", "scalar")]
    [InlineData("collections", "OrderedDict ")]
    [InlineData("System.Diagnostics", "Process")]
    public void Read_NameOffTheList_IsRefusedByItsFullName(string module, string name)
    {
        var refused = Refused(new PickleBytes().Global(module, name).Stopped);
        Assert.Contains($"refuses {module}.{name}: this file would run code", refused.Reason);
        Assert.Contains("safetensors", refused.Cure);
        Assert.Contains($"refuses {module}.{name}", Refused(new PickleBytes().Text(module).Text(name).Raw(0x93).Stopped).Reason);
        Assert.Contains($"refuses {module}.{name}", Refused([0x80, 2, (byte)'(', (byte)'i', .. System.Text.Encoding.ASCII.GetBytes($"{module}\n{name}\n"), (byte)'.']).Reason);
    }

    [Fact]
    public void Read_ClassAddedToTheList_IsARecord()
    {
        var pickle = new PickleBytes().Global("trainer", "State").Tuple(p => p.Int(1)).Raw(0x81).Op('}').Op('b').Stopped;
        var record = Assert.IsType<PickledRecord>(PickleReader.Read(new MemoryStream(pickle), "memory", PickleAllowList.Default.With("trainer.State")));

        Assert.Equal("trainer.State", record.Name);
        Assert.Equal([1L], record.Arguments);
        Assert.IsType<PickledMapping>(record.State);
        Assert.Contains("refuses trainer.State", Refused(pickle).Reason);
    }

    public static TheoryData<string, byte[]> BrokenPickles => new()
    {
        { "ends in the middle", new PickleBytes().Open },
        { "ends in the middle", new PickleBytes().Op('X').Raw(200, 0, 0, 0).Open },
        { "ends in the middle", new PickleBytes().Op('X').Raw(255, 255, 255, 15).Open },
        { "a text or bytes of 2,147,483,647 bytes", new PickleBytes().Op('X').Raw(255, 255, 255, 127).Open },
        { "a text or bytes of 9,223,372,036,854,775,807 bytes", new PickleBytes().Raw(0x8d, 255, 255, 255, 255, 255, 255, 255, 127).Open },
        { "a text or bytes of 18,446,744,073,709,551,615 bytes", new PickleBytes().Raw(0x8e, 255, 255, 255, 255, 255, 255, 255, 255).Open },
        { "ends in the middle", new PickleBytes().Op('c').Raw("os"u8.ToArray()).Open },
        { "empty stack", new PickleBytes().Stopped },
        { "empty stack", new PickleBytes().Op('0').Stopped },
        { "empty stack", new PickleBytes().Op('a').Stopped },
        { "empty stack", new PickleBytes().Int(1).Op('(').Raw(0x85).Stopped },
        { "empty stack", new PickleBytes().Op('R').Stopped },
        { "empty stack", new PickleBytes().Raw((byte)'q', 0).Stopped },
        { "mark that was not set", new PickleBytes().Op('t').Stopped },
        { "mark that was not set", new PickleBytes().Op('1').Stopped },
        { "not a list", new PickleBytes().Int(1).Int(2).Op('a').Stopped },
        { "not a dictionary", new PickleBytes().Int(1).Int(2).Int(3).Op('s').Stopped },
        { "key without a value", new PickleBytes().Op('}').Op('(').Int(1).Op('u').Stopped },
        { "neither text, number nor tuple", new PickleBytes().Op('}').Op('}').Int(1).Op('s').Stopped },
        { "recalls the item 7", new PickleBytes().Raw((byte)'h', 7).Stopped },
        { "not a name", new PickleBytes().Int(1).Op(')').Op('R').Stopped },
        { "not a tuple", new PickleBytes().Global("collections", "OrderedDict").Int(1).Op('R').Stopped },
        { "arguments it does not take", new PickleBytes().Global("torch", "FloatStorage").Op(')').Op('R').Stopped },
        { "arguments it does not take", new PickleBytes().Global("torch._utils", "_rebuild_tensor_v2").Op(')').Op('R').Stopped },
        { "has none", new PickleBytes().Int(1).Int(1).Op('b').Stopped },
        { "outside it", new PickleBytes().Int(1).Op('Q').Stopped },
        { "valid UTF-8", new PickleBytes().Op('X').Raw(1, 0, 0, 0, 0xff).Stopped },
        { "a set", new PickleBytes().Raw(0x8f).Stopped },
        { "0x82", new PickleBytes().Raw(0x82, 1).Stopped },
        { "0x49", new PickleBytes().Op('I').Stopped },
        { "0x6f (Object)", new PickleBytes().Op('(').Global("torch", "device").Op('o').Stopped },
        { "protocol 9", [0x80, 9, (byte)'N', (byte)'.'] },
        { "number of 1,001 bytes", new PickleBytes().Raw([0x8b, 0xe9, 3, 0, 0, .. new byte[1001]]).Stopped },
        { "longer than 1000 characters", new PickleBytes().Global(new string('m', 2000), "x").Stopped },
        { "not pairs", new PickleBytes().Global("collections", "OrderedDict").Tuple(p => p.Op(']').Int(1).Op('a')).Op('R').Stopped },
    };

    [Theory]
    [MemberData(nameof(BrokenPickles))]
    public void Read_BrokenPickle_SaysWhatIsWrong(string reason, byte[] pickle) => Assert.Contains(reason, Refused(pickle).Reason);

    [Fact]
    public void Read_NestedAMillionDeep_DoesNotEndTheProcess()
    {
        var deep = new PickleBytes().Raw(Enumerable.Repeat((byte)']', 1_000_000)).Raw(Enumerable.Repeat((byte)'a', 999_999)).Stopped;
        Assert.IsType<List<object?>>(Read(deep));
    }

    [Fact]
    public void Read_ListOfItselfDoubledSixtyTimes_TakesNoSpace()
    {
        // each list holds the one before it twice: 2^60 members for whoever counts them, sixty for who does not
        var bomb = new PickleBytes().Op(']');
        for (var i = 0; i < 60; i++) bomb.Raw((byte)'q', (byte)i).Op(']').Raw((byte)'h', (byte)i).Op('a').Raw((byte)'h', (byte)i).Op('a');
        var before = GC.GetAllocatedBytesForCurrentThread();
        Read(bomb);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200_000);
    }

    [Fact]
    public void Read_ListThatHoldsItself_IsRead()
    {
        var list = Assert.IsType<List<object?>>(Read(new PickleBytes().Op(']').Raw((byte)'q', 0).Raw((byte)'h', 0).Op('a')));
        Assert.Same(list, list[0]);
    }

    [Fact]
    public void Read_EndlessPickle_StopsAfterABoundedNumberOfSteps()
    {
        var watch = Stopwatch.StartNew();
        using var endless = new EndlessStream();
        var error = Assert.Throws<CheckpointFormatException>(() => PickleReader.Read(endless, "memory"));
        Assert.Contains("steps", error.Reason);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20));
    }

    [Theory]
    [InlineData(6, 0, new long[] { 2, 3 }, new long[] { 3, 1 }, true)]
    [InlineData(6, 0, new long[] { 2, 3 }, new long[] { 1, 2 }, true)]
    [InlineData(6, 5, new long[] { }, new long[] { }, true)]
    [InlineData(6, 6, new long[] { }, new long[] { }, false)]
    [InlineData(6, 1, new long[] { 2, 3 }, new long[] { 3, 1 }, false)]
    [InlineData(6, 0, new long[] { 2, 3 }, new long[] { 4, 1 }, false)]
    [InlineData(6, 0, new long[] { 2 }, new long[] { long.MaxValue }, false)]
    [InlineData(6, long.MaxValue, new long[] { 2 }, new long[] { long.MaxValue }, false)]
    [InlineData(6, 0, new long[] { 1, 2 }, new long[] { long.MaxValue, 1 }, true)]
    [InlineData(6, 0, new long[] { -2 }, new long[] { 1 }, false)]
    [InlineData(6, -1, new long[] { 2 }, new long[] { 1 }, false)]
    [InlineData(6, 5, new long[] { 2 }, new long[] { -1 }, false)]
    [InlineData(6, 0, new long[] { 2, 3 }, new long[] { 1 }, false)]
    [InlineData(6, 0, new long[] { 1L << 40, 1L << 40 }, new long[] { 0, 0 }, false)]
    [InlineData(6, 0, new long[] { 1L << 30 }, new long[] { 0 }, false)]         // a bomb: 4 GiB from 24 bytes
    [InlineData(6, 0, new long[] { 1000 }, new long[] { 0 }, true)]
    [InlineData(0, 0, new long[] { 0, 3 }, new long[] { 3, 1 }, true)]
    [InlineData(0, 0, new long[] { }, new long[] { }, false)]
    public void Read_TensorInAStorage_StaysInsideIt(long count, long offset, long[] shape, long[] strides, bool inside)
    {
        var pickle = new PickleBytes().Tensor(count, offset, shape, strides).Stopped;
        if (!inside)
        {
            Assert.Throws<CheckpointFormatException>(() => Tensor(pickle));
            return;
        }
        var tensor = Tensor(pickle);
        Assert.Equal(shape, tensor.Shape);
        Assert.Equal(strides, tensor.Strides);
        Assert.Equal(TensorType.F32, tensor.Type);
    }

    [Theory]
    [InlineData(new long[] { 2, 3 }, new long[] { 3, 1 }, true)]
    [InlineData(new long[] { 2, 3 }, new long[] { 1, 2 }, false)]
    [InlineData(new long[] { 1, 3 }, new long[] { 99, 1 }, true)]
    [InlineData(new long[] { 3, 1 }, new long[] { 1, 99 }, true)]
    [InlineData(new long[] { 3, 0 }, new long[] { 5, 5 }, true)]
    [InlineData(new long[] { }, new long[] { }, true)]
    [InlineData(new long[] { 3 }, new long[] { 0 }, false)]
    public void IsContiguous_Strides_AreJudgedByTheDimensionsThatCount(long[] shape, long[] strides, bool contiguous) =>
        Assert.Equal(contiguous, new PickledTensor(new("0", TensorType.F32, 100), TensorType.F32, 0, shape, strides).IsContiguous);

    [Fact]
    public void Pack_PermutedView_IsInRowOrder()
    {
        // arange(24).reshape(2, 3, 4).permute(2, 0, 1), from element 1 of its storage
        var storage = Enumerable.Range(0, 25).Select(value => (byte)(value - 1)).ToArray();
        var view = new PickledTensor(new("0", TensorType.U8, 25), TensorType.U8, 1, [4, 2, 3], [1, 12, 4]);

        var packed = PickledView.Pack(view, "memory", (offset, destination) => storage.AsSpan((int)offset, destination.Length).CopyTo(destination));

        var expected = from i in Enumerable.Range(0, 4) from j in Enumerable.Range(0, 2) from k in Enumerable.Range(0, 3) select (byte)(j * 12 + k * 4 + i);
        Assert.Equal(expected, packed);
    }

    private static PickledTensor Tensor(byte[] pickle) => Assert.IsType<PickledTensor>(PickleReader.Read(new MemoryStream(pickle), "memory", null, reference =>
        reference is PickledTuple { Items: [_, PickledGlobal { Type: { } type }, string key, _, long count] } ? new PickledStorage(key, type, count) : null));

    private static object? Read(PickleBytes pickle) => Read(pickle.Stopped);

    private static object? Read(byte[] pickle) => PickleReader.Read(new MemoryStream(pickle), "memory");

    private static CheckpointFormatException Refused(byte[] pickle) => Assert.Throws<CheckpointFormatException>(() => Read(pickle));

    /// <summary>Makes and forgets an item for ever.</summary>
    private sealed class EndlessStream : MemoryStream
    {
        public override int Read(Span<byte> buffer)
        {
            for (var i = 0; i < buffer.Length; i++) buffer[i] = (byte)(i % 2 == 0 ? 'N' : '0');
            return buffer.Length;
        }
    }
}
