using static TorchSharp.torch;

namespace LoraBridge.Tests.Native;

public sealed class FactoryTests
{
    /// <summary>Every way to name a size: a list, a span, one to four longs or ints.</summary>
    private static readonly Dictionary<string, Func<Tensor[]>> s_sized = new()
    {
        ["zeros"] = () =>
        [
            zeros(new long[] { 2 }, float64), zeros(new long[] { 2, 3 }, float64), zeros([2, 3, 4], float64), zeros([2, 3, 4, 5], float64),
            zeros((ReadOnlySpan<long>)[2], float64), zeros((ReadOnlySpan<long>)[2, 3], float64), zeros((ReadOnlySpan<long>)[2, 3, 4], float64), zeros((ReadOnlySpan<long>)[2, 3, 4, 5], float64),
            zeros(2L, float64), zeros(2L, 3L, float64), zeros(2L, 3L, 4L, float64), zeros(2L, 3L, 4L, 5L, float64),
            zeros(2, float64), zeros(2, 3, float64), zeros(2, 3, 4, float64), zeros(2, 3, 4, 5, float64),
        ],
        ["ones"] = () =>
        [
            ones(new long[] { 2 }, float64), ones(new long[] { 2, 3 }, float64), ones([2, 3, 4], float64), ones([2, 3, 4, 5], float64),
            ones((ReadOnlySpan<long>)[2], float64), ones((ReadOnlySpan<long>)[2, 3], float64), ones((ReadOnlySpan<long>)[2, 3, 4], float64), ones((ReadOnlySpan<long>)[2, 3, 4, 5], float64),
            ones(2L, float64), ones(2L, 3L, float64), ones(2L, 3L, 4L, float64), ones(2L, 3L, 4L, 5L, float64),
            ones(2, float64), ones(2, 3, float64), ones(2, 3, 4, float64), ones(2, 3, 4, 5, float64),
        ],
        ["empty"] = () =>
        [
            empty(new long[] { 2 }, float64), empty(new long[] { 2, 3 }, float64), empty([2, 3, 4], float64), empty([2, 3, 4, 5], float64),
            empty((ReadOnlySpan<long>)[2], float64), empty((ReadOnlySpan<long>)[2, 3], float64), empty((ReadOnlySpan<long>)[2, 3, 4], float64), empty((ReadOnlySpan<long>)[2, 3, 4, 5], float64),
            empty(2L, float64), empty(2L, 3L, float64), empty(2L, 3L, 4L, float64), empty(2L, 3L, 4L, 5L, float64),
            empty(2, float64), empty(2, 3, float64), empty(2, 3, 4, float64), empty(2, 3, 4, 5, float64),
        ],
        ["full"] = () =>
        [
            full(new long[] { 2 }, 2.5, float64), full([2, 3], 2.5, float64), full([2, 3, 4], 2.5, float64), full([2, 3, 4, 5], 2.5, float64),
            full((ReadOnlySpan<long>)[2], 2.5, float64), full((ReadOnlySpan<long>)[2, 3], 2.5, float64), full((ReadOnlySpan<long>)[2, 3, 4], 2.5, float64), full((ReadOnlySpan<long>)[2, 3, 4, 5], 2.5, float64),
            full(2L, 2.5, float64), full(2L, 3L, 2.5, float64), full(2L, 3L, 4L, 2.5, float64), full(2L, 3L, 4L, 5L, 2.5, float64),
            full(2, 2.5, float64), full(2, 3, 2.5, float64), full(2, 3, 4, 2.5, float64), full(2, 3, 4, 5, 2.5, float64),
        ],
        ["rand"] = () =>
        [
            rand(new long[] { 2 }, float64), rand(new long[] { 2, 3 }, float64), rand([2, 3, 4], float64), rand([2, 3, 4, 5], float64),
            rand((ReadOnlySpan<long>)[2], float64), rand((ReadOnlySpan<long>)[2, 3], float64), rand((ReadOnlySpan<long>)[2, 3, 4], float64), rand((ReadOnlySpan<long>)[2, 3, 4, 5], float64),
            rand(2L, float64), rand(2L, 3L, float64), rand(2L, 3L, 4L, float64), rand(2L, 3L, 4L, 5L, float64),
            rand(2, float64), rand(2, 3, float64), rand(2, 3, 4, float64), rand(2, 3, 4, 5, float64),
        ],
        ["randn"] = () =>
        [
            randn(new long[] { 2 }, float64), randn(new long[] { 2, 3 }, float64), randn([2, 3, 4], float64), randn([2, 3, 4, 5], float64),
            randn((ReadOnlySpan<long>)[2], float64), randn((ReadOnlySpan<long>)[2, 3], float64), randn((ReadOnlySpan<long>)[2, 3, 4], float64), randn((ReadOnlySpan<long>)[2, 3, 4, 5], float64),
            randn(2L, float64), randn(2L, 3L, float64), randn(2L, 3L, 4L, float64), randn(2L, 3L, 4L, 5L, float64),
            randn(2, float64), randn(2, 3, float64), randn(2, 3, 4, float64), randn(2, 3, 4, 5, float64),
        ],
    };

    private static readonly Dictionary<string, (Func<Tensor, Tensor> OfMember, Func<Tensor, Tensor> OfFunction)> s_alike = new()
    {
        ["zeros_like"] = (x => x.zeros_like(float32), x => zeros_like(x, float32)),
        ["ones_like"] = (x => x.ones_like(float32), x => ones_like(x, float32)),
        ["empty_like"] = (x => x.empty_like(float32), x => empty_like(x, float32)),
        ["full_like"] = (x => x.full_like(2.5, float32), x => full_like(x, 2.5, float32)),
        ["rand_like"] = (x => x.rand_like(float32), x => rand_like(x, float32)),
        ["randn_like"] = (x => x.randn_like(float32), x => randn_like(x, float32)),
    };

    public static TheoryData<string> Sized => [.. s_sized.Keys];

    public static TheoryData<string> Alike => [.. s_alike.Keys];

    [Theory]
    [MemberData(nameof(Sized))]
    public void Factory_OfEverySizeForm_MakesThatShape(string name)
    {
        using var scope = NewDisposeScope();
        long[][] shapes = [[2], [2, 3], [2, 3, 4], [2, 3, 4, 5]];
        var made = s_sized[name]();

        for (var i = 0; i < made.Length; i++)
        {
            Assert.Equal(shapes[i % 4], made[i].shape);
            Assert.Equal(ScalarType.Float64, made[i].dtype);
            Assert.False(made[i].requires_grad);
            HasValuesOf(name, made[i]);
        }
    }

    [Theory]
    [MemberData(nameof(Alike))]
    public void Factory_AlikeATensor_HasItsShape(string name)
    {
        using var scope = NewDisposeScope();
        var like = zeros(2, 3, float64);

        foreach (var call in new[] { s_alike[name].OfMember, s_alike[name].OfFunction })
        {
            var made = call(like);
            Assert.Equal([2, 3], made.shape);
            Assert.Equal(ScalarType.Float32, made.dtype);
            HasValuesOf(name.Replace("_like", "", StringComparison.Ordinal), made);
        }
    }

    [Fact]
    public void Factory_WithoutAType_MakesFloat32()
    {
        using var scope = NewDisposeScope();

        Assert.Equal(ScalarType.Float32, get_default_dtype());
        Assert.Equal(ScalarType.Float32, zeros(2).dtype);
        Assert.Equal(ScalarType.Float32, randn(2).dtype);
        Assert.Equal(ScalarType.Float32, full(2, 1.5).dtype);
        Assert.Equal(ScalarType.Int64, full(2, 1).dtype);
        Assert.Equal(ScalarType.Float32, linspace(0, 1, 3).dtype);
        Assert.Equal(ScalarType.Int64, arange(3).dtype);
        Assert.Equal(ScalarType.Float32, arange(3.0).dtype);
        Assert.Equal(ScalarType.Int64, randperm(3).dtype);
        Assert.Equal(ScalarType.Int64, randint(3, [2]).dtype);
        Assert.Equal(ScalarType.BFloat16, zeros_like(zeros(2, bfloat16)).dtype);
    }

    [Fact]
    public void Factory_RequiringGradients_MakesALeaf()
    {
        using var scope = NewDisposeScope();
        var like = zeros(2);
        Tensor[] made =
        [
            zeros(2, requires_grad: true), ones(2, requires_grad: true), empty(2, requires_grad: true), full(2, 1.5, requires_grad: true),
            rand(2, requires_grad: true), randn(2, requires_grad: true), normal(0, 1, [2], requires_grad: true), eye(2, requires_grad: true),
            arange(3.0, requires_grad: true), linspace(0, 1, 2, requires_grad: true), zeros_like(like, requires_grad: true), like.randn_like(requires_grad: true),
        ];

        Assert.All(made, x => Assert.True(x.requires_grad && x.is_leaf));
    }

    [Fact]
    public void Factory_OnADevice_StandsThere()
    {
        using var scope = NewDisposeScope();

        Assert.True(zeros([2], float32, META).is_meta);
        Assert.True(ones(2, device: META).is_meta);
        Assert.True(randn(2, device: new Device("meta")).is_meta);
        Assert.True(zeros_like(zeros(2), device: META).is_meta);
        Assert.True(arange(3, device: META).is_meta);
    }

    [Fact]
    public void Arange_StepsToBeforeTheStop()
    {
        using var scope = NewDisposeScope();

        PlainValues.Close([3], [0, 1, 2], arange(3));
        PlainValues.Close([2], [1, 2], arange(1, 3));
        PlainValues.Close([3], [1, 1.5, 2], arange(1.0, 2.5, 0.5, float64));
        PlainValues.Close([3], [3, 2, 1], arange(3, 0, -1, int32));
    }

    [Fact]
    public void Linspace_IncludesBothEnds()
    {
        using var scope = NewDisposeScope();

        PlainValues.Close([5], [0, 0.25, 0.5, 0.75, 1], linspace(0, 1, 5, float64));
        PlainValues.Close([1], [2], linspace(2, 9, 1, float64));
    }

    [Fact]
    public void Eye_HasOnesOnTheDiagonal()
    {
        using var scope = NewDisposeScope();

        PlainValues.Close([2, 2], [1, 0, 0, 1], eye(2));
        PlainValues.Close([2, 3], [1, 0, 0, 0, 1, 0], eye(2, 3, float64));
    }

    private static void HasValuesOf(string name, Tensor made)
    {
        var values = PlainValues.Of(made);
        if (name is "zeros" or "ones" or "full")
            Assert.All(values, value => Assert.Equal(name == "zeros" ? 0 : name == "ones" ? 1 : 2.5, value));
        if (name == "rand") Assert.All(values, value => Assert.InRange(value, 0, 1));
        if (name.StartsWith("rand", StringComparison.Ordinal)) Assert.Equal(values.Length, values.Distinct().Count());
    }
}
