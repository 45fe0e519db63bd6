using System.Runtime.InteropServices;
using LoraBridge.Checkpoints;
using LoraBridge.Tests.Goldens;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Checkpoints;

public sealed class TensorReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(TensorType.F32, ScalarType.Float32)]
    [InlineData(TensorType.F16, ScalarType.Float16)]
    [InlineData(TensorType.BF16, ScalarType.BFloat16)]
    [InlineData(TensorType.F64, ScalarType.Float64)]
    [InlineData(TensorType.I64, ScalarType.Int64)]
    [InlineData(TensorType.I32, ScalarType.Int32)]
    [InlineData(TensorType.I16, ScalarType.Int16)]
    [InlineData(TensorType.I8, ScalarType.Int8)]
    [InlineData(TensorType.U8, ScalarType.Byte)]
    [InlineData(TensorType.Bool, ScalarType.Bool)]
    public void Read_TypeThatTorchHas_IsTheFilesBytes(TensorType type, ScalarType dtype)
    {
        var data = Enumerable.Range(0, 6 * type.Bits() / 8).Select(i => (byte)(i % 2)).ToArray();
        using var file = Open(type, [2, 3], data);

        var tensor = file.Read("x");

        Assert.Equal(dtype, tensor.dtype);
        Assert.Equal([2, 3], tensor.shape);
        Assert.Equal(data, tensor.bytes.ToArray());
    }

    [Fact]
    public void Read_Scalar_HasNoDimensions()
    {
        using var file = Open(TensorType.F32, [], BitConverter.GetBytes(2.5f));
        var scalar = file.Read("x");
        Assert.Empty(scalar.shape);
        Assert.Equal(2.5f, scalar.ToSingle());
    }

    [Fact]
    public void Read_NoElements_KeepsTheShape()
    {
        using var file = Open(TensorType.F32, [3, 0, 2], []);
        Assert.Equal([3, 0, 2], file.Read("x").shape);
    }

    // the values that the formats' definitions give
    [Theory]
    [InlineData(TensorType.F8E4M3, 0x00, 0)]
    [InlineData(TensorType.F8E4M3, 0x01, 0.001953125)]
    [InlineData(TensorType.F8E4M3, 0x08, 0.015625)]
    [InlineData(TensorType.F8E4M3, 0x38, 1)]
    [InlineData(TensorType.F8E4M3, 0xb9, -1.125)]
    [InlineData(TensorType.F8E4M3, 0x7e, 448)]
    [InlineData(TensorType.F8E4M3, 0x7f, double.NaN)]
    [InlineData(TensorType.F8E4M3, 0xff, double.NaN)]
    [InlineData(TensorType.F8E5M2, 0x01, 0.0000152587890625)]
    [InlineData(TensorType.F8E5M2, 0x3c, 1)]
    [InlineData(TensorType.F8E5M2, 0xbe, -1.5)]
    [InlineData(TensorType.F8E5M2, 0x7b, 57344)]
    [InlineData(TensorType.F8E5M2, 0x7c, double.PositiveInfinity)]
    [InlineData(TensorType.F8E5M2, 0x7f, double.NaN)]
    [InlineData(TensorType.F8E4M3Fnuz, 0x01, 0.0009765625)]
    [InlineData(TensorType.F8E4M3Fnuz, 0x40, 1)]
    [InlineData(TensorType.F8E4M3Fnuz, 0x7f, 240)]
    [InlineData(TensorType.F8E4M3Fnuz, 0x80, double.NaN)]
    [InlineData(TensorType.F8E5M2Fnuz, 0x01, 0.00000762939453125)]
    [InlineData(TensorType.F8E5M2Fnuz, 0x40, 1)]
    [InlineData(TensorType.F8E5M2Fnuz, 0x7f, 57344)]
    [InlineData(TensorType.F8E5M2Fnuz, 0x80, double.NaN)]
    [InlineData(TensorType.F8E8M0, 0x7f, 1)]
    [InlineData(TensorType.F8E8M0, 0x80, 2)]
    [InlineData(TensorType.F8E8M0, 0x00, 5.877471754111438e-39)]
    [InlineData(TensorType.F8E8M0, 0xfe, 1.7014118346046923e38)]
    [InlineData(TensorType.F8E8M0, 0xff, double.NaN)]
    public void Read_EightBitFloat_IsWidenedExactly(TensorType type, byte bits, double value)
    {
        using var file = Open(type, [1], [bits]);

        var tensor = file.Read("x");

        Assert.Equal(type == TensorType.F8E8M0 ? ScalarType.Float32 : ScalarType.Float16, tensor.dtype);
        Assert.Equal(value, tensor.dtype == ScalarType.Float32
            ? MemoryMarshal.Read<float>(tensor.bytes)
            : (double)MemoryMarshal.Read<Half>(tensor.bytes));
    }

    [Fact]
    public void Read_ManyEightBitFloats_AreWidenedAcrossPieces()
    {
        var data = new byte[(1 << 20) + 5];
        data.AsSpan().Fill(0x38);
        data[^1] = 0x40;
        using var file = Open(TensorType.F8E4M3, [data.Length], data);

        var tensor = file.Read("x");

        Assert.Equal(data.Length + 1, tensor.to(float32).sum().ToSingle());
        Assert.Equal(2, tensor[-1].to(float32).ToSingle());
    }

    [Fact]
    public void Read_UnsignedIntegers_AreWidenedToSigned()
    {
        using var u16 = Open(TensorType.U16, [2], [0xff, 0xff, 1, 0]);
        TensorAssert.Same(tensor(new[] { 65535, 1 }), u16.Read("x"));
        using var u32 = Open(TensorType.U32, [1], [0xff, 0xff, 0xff, 0xff]);
        TensorAssert.Same(tensor(new[] { 4294967295L }), u32.Read("x"));
        using var u64 = Open(TensorType.U64, [1], BitConverter.GetBytes(9007199254740991ul));
        TensorAssert.Same(tensor(new[] { 9007199254740991L }), u64.Read("x"));
    }

    [Fact]
    public void Read_UnsignedBeyondSigned_SaysSo()
    {
        using var file = Open(TensorType.U64, [1], BitConverter.GetBytes(ulong.MaxValue));
        Assert.Contains("18446744073709551615", Assert.Throws<CheckpointFormatException>(() => file.Read("x")).Reason);
    }

    [Theory]
    [InlineData(TensorType.F4)]
    [InlineData(TensorType.F6E2M3)]
    public void Read_PackedType_SaysWhatToDo(TensorType type)
    {
        using var file = Open(type, [8], new byte[type.Bits()]);
        var error = Assert.Throws<CheckpointFormatException>(() => file.Read("x"));
        Assert.Contains(type.FormatName(), error.Reason);
        Assert.NotNull(error.Cure);
    }

    [Fact]
    public void Read_NoSuchTensor_NamesFileAndKey()
    {
        using var file = Open(TensorType.F32, [0], []);
        Assert.Contains("'y'", Assert.Throws<KeyNotFoundException>(() => file.Read("y")).Message);
    }

    [Fact]
    public void Read_FromSeveralThreads_IsTheSame()
    {
        var path = GoldenFolders.Files.First(path => Path.GetFileName(path) == "model.safetensors");
        using var file = CheckpointFile.Open(path);
        var names = file.Tensors.Keys.Take(200).ToList();
        var one = names.ToDictionary(name => name, name => Sum(file, name));

        Parallel.ForEach(names, new ParallelOptions { MaxDegreeOfParallelism = 4 }, name => Assert.Equal(one[name], Sum(file, name)));

        static int Sum(CheckpointFile file, string name)
        {
            using var tensor = file.Read(name);
            return tensor.bytes.ToArray().Aggregate(17, (hash, value) => unchecked(hash * 31 + value));
        }
    }

    private SafetensorsFile Open(TensorType type, long[] shape, byte[] data)
    {
        var layout = SafetensorsLayout.Of([("x", type, shape)], null);
        return SafetensorsFile.Open(_folder.Write("x.safetensors", [.. layout.Header, .. data]));
    }
}
