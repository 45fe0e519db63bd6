using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Native;

public sealed class TensorPropertiesTests
{
    public static TheoryData<ScalarType, long, bool, bool, bool> Types => new()
    {
        { uint8, 1, false, true, false },
        { int8, 1, false, true, false },
        { int16, 2, false, true, false },
        { int32, 4, false, true, false },
        { int64, 8, false, true, false },
        { float16, 2, true, false, false },
        { bfloat16, 2, true, false, false },
        { float32, 4, true, false, false },
        { float64, 8, true, false, false },
        { complex64, 8, false, false, true },
        { complex128, 16, false, false, true },
        { torch.@bool, 1, false, false, false },
    };

    [Theory]
    [MemberData(nameof(Types))]
    public void Type_OfATensor_SaysItsSizeAndKind(ScalarType type, long size, bool floating, bool integral, bool complex)
    {
        using var scope = NewDisposeScope();
        var x = empty([2, 3], type);

        Assert.Equal(type, x.dtype);
        Assert.Equal(size, x.element_size());
        Assert.Equal(size, x.ElementSize);
        Assert.Equal(size, type.ElementSize());
        Assert.Equal(floating, x.is_floating_point());
        Assert.Equal(floating, is_floating_point(type));
        Assert.Equal(integral || type == ScalarType.Bool, x.is_integral());
        Assert.Equal(integral || type == ScalarType.Bool, is_integral(type));
        Assert.Equal(complex, x.is_complex());
        Assert.Equal(complex, is_complex(type));
    }

    [Fact]
    public void TypeNames_AreLibtorchsNumbers()
    {
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 15], new[] { uint8, int8, int16, int32, int64, float16, float32, float64, complex64, complex128, torch.@bool, bfloat16 }.Select(type => (int)type));
        Assert.Equal([int16, int32, int64, float16, float32, float64], [torch.@short, torch.@int, torch.@long, half, torch.@float, torch.@double]);
    }

    [Fact]
    public void Shape_OfATensor_IsReadInEveryWay()
    {
        using var scope = NewDisposeScope();
        var x = zeros(2, 3, 4);

        Assert.Equal([2, 3, 4], x.shape);
        Assert.Equal([2, 3, 4], x.size());
        Assert.Equal(3, x.size(1));
        Assert.Equal(4, x.size(-1));
        Assert.Equal(3, x.dim());
        Assert.Equal(3, x.ndim);
        Assert.Equal(24, x.numel());
        Assert.Equal(24, x.NumberOfElements);
        Assert.NotSame(x.shape, x.shape);
        Assert.Empty(zeros([], float32).shape);
        Assert.Equal(1, zeros([], float32).numel());
        Assert.Equal(0, zeros([2, 0], float32).numel());
    }

    [Fact]
    public void Layout_OfAView_IsReported()
    {
        using var scope = NewDisposeScope();
        var x = zeros(2, 3, 4);
        var part = x.transpose(1, 2)[1];

        Assert.Equal([12, 4, 1], x.stride());
        Assert.Equal([1, 4], part.stride());
        Assert.Equal(1, part.stride(0));
        Assert.Equal(4, part.stride(-1));
        Assert.Equal(0, x.storage_offset());
        Assert.Equal(12, part.storage_offset());
        Assert.True(x.is_contiguous());
        Assert.False(part.is_contiguous());
    }

    [Fact]
    public void Place_OfATensor_IsReported()
    {
        using var scope = NewDisposeScope();
        var x = zeros(2);
        var shadow = zeros([2, 3], float32, META);

        Assert.Equal(DeviceType.CPU, x.device.type);
        Assert.Equal(DeviceType.CPU, x.device_type);
        Assert.Equal(-1, x.device_index);
        Assert.True(x.is_cpu());
        Assert.False(x.is_cuda);
        Assert.False(x.is_meta);
        Assert.False(x.is_pinned());
        Assert.True(shadow.is_meta);
        Assert.False(shadow.is_cpu());
        Assert.Equal(DeviceType.META, shadow.device.type);
        Assert.Equal([3, 2], shadow.t().shape);
    }

    [Fact]
    public void Name_OfATensor_IsKept()
    {
        using var x = zeros(2);

        Assert.Null(x.name);
        x.name = "latents";
        Assert.Equal("latents", x.name);
        Assert.NotEmpty(x.ToString());
    }

    [Fact]
    public void Count_OfTensors_FollowsTheirLives()
    {
        var x = zeros(2);
        Assert.True(Tensor.TotalCount >= 1);
        Assert.True(Tensor.PeakCount >= 1);
        Assert.NotEqual(0, x.Handle);
        Assert.False(x.IsInvalid);

        x.Dispose();

        Assert.True(x.IsInvalid);
        Assert.ThrowsAny<InvalidOperationException>(() => x.Handle);
        x.Dispose();
    }

    [Fact]
    public void Alias_OutlivesTheOriginal()
    {
        using var scope = NewDisposeScope();
        var x = ones(2, float64);
        var alias = x.alias();

        x.Dispose();
        alias.add_(1);

        PlainValues.Close([2, 2], alias);
    }
}
