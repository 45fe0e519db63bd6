using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Native;

public sealed class TensorConversionTests
{
    private static readonly Dictionary<string, (Func<Tensor, Tensor> Call, ScalarType Type)> s_conversions = new()
    {
        ["to"] = (x => x.to(int32), ScalarType.Int32),
        ["to on a device"] = (x => x.to(int32, CPU), ScalarType.Int32),
        ["to another's type"] = (x => x.to(zeros([], bfloat16)), ScalarType.BFloat16),
        ["to_type"] = (x => x.to_type(float16), ScalarType.Float16),
        ["type"] = (x => x.type(int16), ScalarType.Int16),
        ["type_as"] = (x => x.type_as(zeros([], int8)), ScalarType.Int8),
        ["bool"] = (x => x.@bool(), ScalarType.Bool),
        ["byte"] = (x => x.@byte(), ScalarType.Byte),
        ["char"] = (x => x.@char(), ScalarType.Int8),
        ["short"] = (x => x.@short(), ScalarType.Int16),
        ["int"] = (x => x.@int(), ScalarType.Int32),
        ["long"] = (x => x.@long(), ScalarType.Int64),
        ["half"] = (x => x.half(), ScalarType.Float16),
        ["bfloat16"] = (x => x.bfloat16(), ScalarType.BFloat16),
        ["float"] = (x => x.@float(), ScalarType.Float32),
        ["double"] = (x => x.@double(), ScalarType.Float64),
    };

    private static readonly Dictionary<string, Func<Tensor, Tensor>> s_same = new()
    {
        ["to a type"] = x => x.to(float64),
        ["to_type"] = x => x.to_type(float64),
        ["to a device"] = x => x.to(CPU),
        ["to a device by name"] = x => x.to("cpu"),
        ["to a kind of device"] = x => x.to(DeviceType.CPU),
        ["to both"] = x => x.to(float64, CPU),
        ["to another's"] = x => x.to(zeros([], float64)),
        ["cpu"] = x => x.cpu(),
        ["double"] = x => x.@double(),
        ["contiguous"] = x => x.contiguous(),
        ["alias"] = x => x.alias(),
        ["detach"] = x => x.detach(),
    };

    private static readonly Dictionary<string, Func<Tensor, Tensor>> s_copies = new()
    {
        ["clone"] = x => x.clone(),
        ["to a type"] = x => x.to(float64, copy: true),
        ["to_type"] = x => x.to_type(float64, copy: true),
        ["to a device"] = x => x.to(CPU, copy: true),
        ["to a device by name"] = x => x.to("cpu", copy: true),
        ["to a kind of device"] = x => x.to(DeviceType.CPU, copy: true),
        ["to both"] = x => x.to(float64, CPU, copy: true),
    };

    public static TheoryData<string> Conversions => [.. s_conversions.Keys];

    public static TheoryData<string> SameMemory => [.. s_same.Keys];

    public static TheoryData<string> Copies => [.. s_copies.Keys];

    [Theory]
    [MemberData(nameof(Conversions))]
    public void Conversion_GivesTheType_AndTheNumbers(string name)
    {
        using var scope = NewDisposeScope();
        var (call, type) = s_conversions[name];

        var converted = call(tensor([0.0, 1.0, 2.75]));

        Assert.Equal(type, converted.dtype);
        var third = type is ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32 or ScalarType.Float64 ? 2.75 : type == ScalarType.Bool ? 1 : 2;
        PlainValues.Close([0, 1, third], converted);
    }

    [Theory]
    [MemberData(nameof(SameMemory))]
    public void Conversion_WithoutChange_IsAnotherObjectOnTheSameMemory(string name)
    {
        using var scope = NewDisposeScope();
        var x = zeros(2, float64);

        var other = s_same[name](x);

        Assert.NotSame(x, other);
        other.add_(1);
        PlainValues.Close([1, 1], x);
        other.Dispose();
        PlainValues.Close([1, 1], x);
    }

    [Theory]
    [MemberData(nameof(Copies))]
    public void Copy_HasItsOwnMemory_AndKeepsTheGraph(string name)
    {
        using var scope = NewDisposeScope();
        var x = zeros(2, float64);

        s_copies[name](x).add_(1);

        PlainValues.Close([0, 0], x);
        GradientCheck.Run(t => s_copies[name](t[0]) * 2, PlainValues.Sample([3]));
    }

    [Fact]
    public void Conversion_WithDisposeAfter_EndsTheSource()
    {
        using var scope = NewDisposeScope();
        Tensor[] sources = [zeros(2), zeros(2), zeros(2), zeros(2), zeros(2), zeros(2)];

        Tensor[] results =
        [
            sources[0].to(float64, disposeAfter: true),
            sources[1].to(CPU, disposeAfter: true),
            sources[2].to("cpu", disposeAfter: true),
            sources[3].to(DeviceType.CPU, disposeAfter: true),
            sources[4].to(float64, CPU, disposeAfter: true),
            sources[5].to_type(float64, disposeAfter: true),
        ];

        Assert.All(sources, source => Assert.True(source.IsInvalid));
        Assert.All(results, result => PlainValues.Close([0, 0], result));
    }

    [Fact]
    public void Conversion_Backward_ReturnsToTheType()
    {
        using var scope = NewDisposeScope();
        var x = tensor([1.0, 2.0], requires_grad: true);

        (x.to(bfloat16).to(float32) * 3).sum().backward();

        Assert.Equal(ScalarType.Float64, x.grad!.dtype);
        PlainValues.Close([3, 3], x.grad!);
    }

    [Fact]
    public void BFloat16_RoundsToTheNearestEven()
    {
        using var scope = NewDisposeScope();
        float[] values = [1.00390625f, 1.01171875f, 3.1415927f, -65504f, 1e-40f];

        PlainValues.Close([.. values.Select(value => (double)new BFloat16(value).ToSingle())], tensor(values).bfloat16(), 0);
    }

    [Fact]
    public void Casts_OfAScalarTensor_AreTheNumber()
    {
        using var scope = NewDisposeScope();
        var x = tensor(2.75);

        Assert.Equal(2.75f, (float)x);
        Assert.Equal(2.75, (double)x);
        Assert.Equal((sbyte)2, (sbyte)tensor(2));
        Assert.Equal((byte)2, (byte)tensor(2));
        Assert.Equal((short)2, (short)tensor(2));
        Assert.Equal(2, (int)tensor(2));
        Assert.Equal(2L, (long)tensor(2));
        Assert.True((bool)tensor(true));
    }

    [Fact]
    public void Filling_ReturnsTheTensor()
    {
        using var scope = NewDisposeScope();
        var x = zeros(3, float64);

        Assert.Same(x, x.fill_(2.5));
        PlainValues.Close([2.5, 2.5, 2.5], x);
        Assert.Same(x, x.zero_());
        PlainValues.Close([0, 0, 0], x);
        Assert.Same(x, x.copy_(tensor(new[] { 1, 2, 3 })));
        PlainValues.Close([1, 2, 3], x);
        Assert.Same(x, x.copy_(tensor(4f), nonBlocking: true));
        PlainValues.Close([4, 4, 4], x);
        Assert.Same(x, x.detach_());
    }

    [Fact]
    public void Set_SharesTheOthersMemory()
    {
        using var scope = NewDisposeScope();
        var x = zeros(3, float64);
        var y = ones([2, 2], float64);

        Assert.Same(x, x.set_(y));
        y.add_(1);

        PlainValues.Close([2, 2], [2, 2, 2, 2], x);
    }

    [Fact]
    public void Copy_IntoAGraph_SendsTheGradientToTheSource() =>
        GradientCheck.Run(x => zeros([2, 3], float64).copy_(x[0]), PlainValues.Sample([3]));

    [Fact]
    public void Cuda_WithoutADevice_Throws()
    {
        using var scope = NewDisposeScope();
        if (cuda.is_available())
        {
            Assert.True(zeros(2).cuda().is_cuda);
            Assert.True(zeros(2).pin_memory().is_pinned());
            return;
        }

        Assert.ThrowsAny<Exception>(() => zeros(2).cuda());
        Assert.ThrowsAny<Exception>(() => zeros(2).pin_memory());
        Assert.ThrowsAny<Exception>(() => zeros(2).to(CUDA));
    }
}
