using System.Reflection;
using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Interop;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Native.Binding;

public sealed class OperatorTests
{
    /// <summary>Operators that only newer versions have; the code asks before it calls them.</summary>
    private static readonly string[] s_newer = ["AttentionOps.fused"];

    public static TheoryData<string> Declared => [.. Operators().Keys];

    [Theory]
    [MemberData(nameof(Declared))]
    public void DeclaredOperator_StandsInThisLibtorch(string name)
    {
        var op = Operators()[name];
        if (s_newer.Contains(name) && !op.Exists) return;

        Assert.True(op.Exists, $"no operator for {name}");
        Assert.StartsWith("aten::", op.Schema, StringComparison.Ordinal);
    }

    [Fact]
    public void Operators_AreAsManyAsTheBindingNeeds() => Assert.InRange(Operators().Count, 200, 1000);

    [Fact]
    public void UnknownOperator_SaysItsName()
    {
        var missing = new Operator("no_such_operator", "here");

        Assert.False(missing.Exists);
        var error = Assert.Throws<ExternalException>(() => missing.CallVoid());
        Assert.Contains("no_such_operator", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Call_WithTooManyArguments_SaysSo()
    {
        using var x = zeros(2);

        var error = Assert.Throws<ExternalException>(() => new Operator("abs").Call(x, 1, 2));
        Assert.Contains("takes 1 arguments, not 3", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Call_WithoutARequiredArgument_NamesIt()
    {
        using var x = zeros(2);

        var error = Assert.Throws<ExternalException>(() => new Operator("add", "Tensor").Call(x));
        Assert.Contains("'other'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Call_OfAnIntegerForAFloatOrABool_ConvertsByTheSchema()
    {
        using var scope = NewDisposeScope();
        var x = tensor([1.0, 1.5]);

        Assert.NotEqual(0, new Operator("allclose").CallValue(x, tensor([1.0, 1.0]), 0, 1, 0).Integer);
        PlainValues.Close([2], [2, 0], new Operator("nan_to_num").Call(tensor([double.NaN, 0.0]), 2));
    }

    [Fact]
    public void Call_WithAMissingOptional_TakesNone()
    {
        using var scope = NewDisposeScope();
        long? dimension = null;
        double? none = null;
        ScalarType? type = null;

        PlainValues.Close([], [1], new Operator("argmax").Call(tensor([1.0, 5.0, 2.0]), dimension));
        PlainValues.Close([], [6], new Operator("sum").Call(tensor([1.0, 5.0]), type));
        PlainValues.Close([1], [double.MaxValue], new Operator("nan_to_num").Call(tensor([double.PositiveInfinity]), none, none));
        Assert.Equal(ScalarType.Float64, new Operator("sum").Call(tensor([1.0]), type).dtype);
    }

    [Fact]
    public void Call_WithADefault_TakesTheSchemas()
    {
        using var scope = NewDisposeScope();

        PlainValues.Close([2], [3, 4], new Operator("add", "Tensor").Call(tensor([1.0, 2.0]), tensor([2.0, 2.0]), Argument.Default));
    }

    [Fact]
    public void Call_OfListsOfEveryKind_PassesThem()
    {
        using var scope = NewDisposeScope();
        var x = arange(24, float64).view(2, 3, 4);
        var image = arange(16, float64).view(1, 1, 4, 4);

        Assert.Equal([4, 3, 2], new Operator("permute").Call(x, new long[] { 2, 1, 0 }).shape);
        Assert.Equal([1, 1, 8, 8], new Operator("upsample_nearest2d", "vec").Call(image, Argument.None, new[] { 2.0, 2.0 }).shape);
        Assert.Equal([4, 3, 4], new Operator("cat").Call(new[] { x, x }).shape);
        PlainValues.Close([4], [16, 17, 18, 19], new Operator("index", "Tensor").Call(x, Argument.OptionalTensors([tensor([1L]), tensor([1L])]))[0]);
        Assert.Equal(3, new Operator("split", "Tensor").CallMany(x, 1, 1).Length);
        var gradients = new Operator("convolution_backward").CallMany(image, image, ones([1, 1, 1, 1], float64), Argument.None,
            new long[] { 1, 1 }, new long[] { 0, 0 }, new long[] { 1, 1 }, false, new long[] { 0, 0 }, 1, new[] { true, false, false });
        Assert.NotNull(gradients[0]);
    }

    [Fact]
    public void Call_OfAListLongerThanTheStack_PassesIt()
    {
        using var scope = NewDisposeScope();
        Tensor[] many = [.. Enumerable.Range(0, 500).Select(i => tensor([(double)i]))];

        PlainValues.Close([500], [.. Enumerable.Range(0, 500).Select(i => (double)i)], cat(many));
    }

    [Fact]
    public void CallVoid_GivesBackNothing()
    {
        using var scope = NewDisposeScope();
        var x = zeros(2, float64);
        var before = scope.DisposablesCount;

        new Operator("_foreach_add_", "Scalar").CallVoid(new[] { x }, 2.0);

        PlainValues.Close([2, 2], x);
        Assert.Equal(before, scope.DisposablesCount);
    }

    private static Dictionary<string, Operator> Operators() => typeof(torch).Assembly.GetTypes()
        .SelectMany(type => type.GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        .Where(field => field.FieldType == typeof(Operator))
        .ToDictionary(field => $"{field.DeclaringType!.FullName!.Split('.', '+').Last()}.{field.Name}", field => (Operator)field.GetValue(null)!);
}
